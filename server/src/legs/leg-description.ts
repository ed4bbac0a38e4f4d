import type { Random } from '../base/random.ts';
import type { LegConfiguration } from '../media/engine.ts';
import {
  type AnswerResult,
  type AudioFormat,
  acceptAnswer,
  answer,
  type LocalAudio,
  makeOffer,
  type Negotiated,
  type ParsedSession,
  pcma,
  pcmu,
  type SessionShape,
  sameDescription,
} from '../sdp/offer-answer.ts';
import { plainAddress } from './plain-address.ts';

/** What phones are offered, in order of preference. */
export const spokenFormats: readonly AudioFormat[] = [pcmu, pcma];
const telephoneEvent = 101;
const usualPtime = 20;

export interface MediaAddress {
  readonly address: string;
  readonly port: number;
  readonly rtcpPort: number;
}

/** The session description of one leg over its life: keeps the o= line's id and version and the m= lines that were agreed. */
export class LegDescription {
  readonly #local: Omit<LocalAudio, 'sessionVersion'>;
  readonly #ours: { has(address: string, port: number): boolean };
  #version = 1;
  #last: string | null = null;
  #shape: SessionShape | null = null;
  #negotiated: Negotiated | null = null;

  /** `ours`: where we receive ourselves; a peer that names such a port is refused. */
  constructor(media: MediaAddress, random: Random, ours: { has(address: string, port: number): boolean }) {
    this.#ours = ours;
    this.#local = {
      ...media,
      formats: spokenFormats,
      telephoneEvent,
      ptime: usualPtime,
      direction: 'sendrecv',
      sessionId: String(1 + random.int(0x7fff_fffe)),
    };
  }

  /** What holds now; null before the first agreement. */
  get negotiated(): Negotiated | null {
    return this.#negotiated;
  }

  answer(offer: ParsedSession): AnswerResult {
    if (this.#pointsAtUs(offer)) return { ok: false, status: 488, warning: '399 The media address is our own' };
    const local = { ...this.#local, sessionVersion: this.#version };
    const result = answer(offer, local);
    if (!result.ok) return result;
    const sdp = this.#versioned(result.sdp, (sessionVersion) => {
      const again = answer(offer, { ...local, sessionVersion });
      return again.ok ? again.sdp : result.sdp;
    });
    this.#agreed(result.negotiated);
    return { ...result, sdp };
  }

  offer(): string {
    const make = (sessionVersion: number) => makeOffer({ ...this.#local, sessionVersion }, this.#shape);
    return this.#versioned(make(this.#version), make);
  }

  /** What the other side made of our last `offer`; null when it can't be used, and then nothing changes. */
  accept(sdp: string): Negotiated | null {
    const result = acceptAnswer({ ...this.#local, sessionVersion: this.#version }, sdp, this.#shape);
    if (!result.ok) return null;
    const { remote } = result.negotiated;
    if (remote !== null && this.#ours.has(plainAddress(remote.address), remote.port)) return null;
    this.#agreed(result.negotiated);
    return result.negotiated;
  }

  #pointsAtUs({ audio }: ParsedSession): boolean {
    return audio !== null && this.#ours.has(plainAddress(audio.address), audio.port);
  }

  #agreed(negotiated: Negotiated): void {
    this.#negotiated = negotiated;
    this.#shape = negotiated.shape;
  }

  /** One version more than last time if anything else changed (RFC 3264 8). */
  #versioned(sdp: string, withVersion: (version: number) => string): string {
    if (this.#last !== null && !sameDescription(this.#last, sdp)) {
      this.#version += 1;
      sdp = withVersion(this.#version);
    }
    this.#last = sdp;
    return sdp;
  }
}

/** What the media process must know of an agreement that was signalled from this IP address; null before that is known. */
export function legConfiguration(negotiated: Negotiated, signalledFrom: string | null): LegConfiguration {
  const { send, receive, remote, direction } = negotiated;
  return {
    remote:
      remote === null
        ? null
        : {
            address: plainAddress(remote.address),
            port: remote.port,
            // RTCP to another address than RTP would be a way to have us send there.
            rtcpPort: remote.rtcp !== null && remote.rtcp.address === remote.address ? remote.rtcp.port : null,
            ...(signalledFrom === null ? {} : { signalledFrom }),
          },
    send: { payloadType: send.format.payloadType, codec: send.format.name, ptime: send.ptime },
    receive: receive.map((format) => ({ payloadType: format.payloadType, codec: format.name })),
    telephoneEvent: negotiated.telephoneEvent,
    direction,
  };
}

/** The same agreement while the peer has not yet shown that it asked for it: we listen and send nothing anywhere. */
export function listenOnly(configuration: LegConfiguration): LegConfiguration {
  return { ...configuration, send: null };
}
