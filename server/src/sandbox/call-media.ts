import type { Random } from '../base/random.ts';
import {
  acceptAnswer,
  answer,
  type Direction,
  type LocalAudio,
  makeOffer,
  type Negotiated,
  parseSession,
  pcma,
  pcmu,
  type SessionShape,
  sameDescription,
} from '../sdp/offer-answer.ts';
import type { RtpPort, RtpPorts } from './rtp-ports.ts';
import type { RtpStream } from './rtp-stream.ts';

/** RFC 4733 payload type in offers of ours, as most telephones have it. */
const telephoneEvent = 101;

/** The one audio stream of a call: its port, its descriptions, and what was agreed on. */
export class CallMedia {
  readonly stream: RtpStream;
  direction: Direction = 'sendrecv';
  readonly #ports: RtpPorts;
  readonly #host: string;
  readonly #sessionId: string;
  #version = 1;
  #port: RtpPort | null = null;
  #opening: Promise<void> | null = null;
  #last: { readonly sdp: string; readonly local: LocalAudio } | null = null;
  #shape: SessionShape | null = null;
  #closed = false;

  constructor(stream: RtpStream, ports: RtpPorts, host: string, random: Random) {
    this.stream = stream;
    this.#ports = ports;
    this.#host = host;
    this.#sessionId = String(random.bytes(4).readUInt32BE(0));
  }

  get ready(): boolean {
    return this.#port !== null;
  }

  /** At once, on the pair that nearly silent calls share. */
  share(): void {
    this.#port ??= this.#ports.share(this.stream);
  }

  /** A pair of its own. */
  take(): Promise<void> {
    this.#opening ??= this.#ports.take(this.stream).then((port) => {
      if (this.#closed) port.close();
      else this.#port ??= port;
    });
    return this.#opening;
  }

  /** The answer to an offer, first or later; else the text of a Warning header. */
  answer(
    offer: string,
  ): { readonly ok: true; readonly sdp: string } | { readonly ok: false; readonly warning: string } {
    const parsed = parseSession(offer);
    if (!parsed.ok) return { ok: false, warning: `399 ${parsed.reason}` };
    const local = this.#local();
    const result = answer(parsed, local, this.#shape);
    if (!result.ok) return result;
    const sdp = this.#versioned(result.sdp, (version) => {
      const again = answer(parsed, { ...local, sessionVersion: version }, this.#shape);
      return again.ok ? again.sdp : result.sdp;
    });
    this.#last = { sdp, local };
    this.#agreed(result.negotiated);
    return { ok: true, sdp };
  }

  offer(): string {
    const local = this.#local();
    const sdp = this.#versioned(makeOffer(local, this.#shape), (version) =>
      makeOffer({ ...local, sessionVersion: version }, this.#shape),
    );
    this.#last = { sdp, local };
    return sdp;
  }

  /** The answer to our offer. False when it refuses our audio or makes no sense. */
  accept(text: string): boolean {
    if (this.#last === null) return false;
    const result = acceptAnswer(this.#last.local, text, this.#shape);
    if (result.ok) this.#agreed(result.negotiated);
    return result.ok;
  }

  /** Idempotent. */
  close(silently: boolean): void {
    if (this.#closed) return;
    this.#closed = true;
    this.stream.close(silently);
    this.#port?.close();
  }

  #local(): LocalAudio {
    return {
      address: this.#host,
      port: this.#port?.port ?? 0,
      rtcpPort: null,
      formats: [pcmu, pcma],
      telephoneEvent,
      ptime: 20,
      direction: this.direction,
      sessionId: this.#sessionId,
      sessionVersion: this.#version,
    };
  }

  /** The version grows when the description differs from the last (RFC 3264 §5). */
  #versioned(sdp: string, again: (version: number) => string): string {
    if (this.#last === null || sameDescription(this.#last.sdp, sdp)) return sdp;
    return again(++this.#version);
  }

  #agreed(negotiated: Negotiated): void {
    this.#shape = negotiated.shape;
    if (this.#port !== null) this.stream.open(this.#port, negotiated);
  }
}
