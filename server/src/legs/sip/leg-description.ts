import type { Random } from '../../base/random.ts';
import type { LegConfiguration } from '../../media/engine.ts';
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
} from '../../sdp/offer-answer.ts';
import { PayloadNumbers } from '../../sdp/payload-numbers.ts';
import type { MediaAddress } from '../media-leg.ts';
import { LegSrtp, type SrtpTerms } from './leg-srtp.ts';
import { plainAddress } from './plain-address.ts';

/** What phones are offered unless told otherwise, in order of preference. */
export const spokenFormats: readonly AudioFormat[] = [pcmu, pcma];
const telephoneEvent = { payloadType: 101, clockRate: 8000 };
const usualPtime = 20;

/**
 * The session description of one leg over its life: keeps the o= line's id and version, the m= lines and the payload
 * types that were agreed, and knows whether the other side holds.
 */
export class LegDescription {
  readonly #local: Omit<LocalAudio, 'sessionVersion'>;
  readonly #ours: { has(address: string, port: number): boolean };
  readonly #formats: readonly AudioFormat[];
  readonly #numbers = new PayloadNumbers();
  readonly #srtp: LegSrtp;
  /** Our offer that was sent last. */
  #offer: Omit<LocalAudio, 'sessionVersion'> | null = null;
  #version = 1;
  #last: string | null = null;
  #negotiated: Negotiated | null = null;
  #stands = false;
  #held = false;

  /**
   * `ours`: where we receive ourselves; a peer that names such a port is refused. `formats`: what is spoken, preferred
   * ones first. `srtp` default: plain RTP alone.
   */
  constructor(
    media: MediaAddress,
    random: Random,
    ours: { has(address: string, port: number): boolean },
    formats: readonly AudioFormat[] = spokenFormats,
    srtp: SrtpTerms = { taken: 'off', offered: 'off' },
  ) {
    this.#ours = ours;
    this.#srtp = new LegSrtp(srtp, random);
    this.#formats = formats;
    const { address, port, rtcpPort } = media;
    this.#local = {
      address,
      port,
      rtcpPort,
      formats,
      telephoneEvent: telephoneEvent.payloadType,
      ptime: usualPtime,
      direction: 'sendrecv',
      sessionId: String(1 + random.int(0x7fff_fffe)),
    };
  }

  /** What holds now; null before the first agreement. */
  get negotiated(): Negotiated | null {
    return this.#negotiated;
  }

  /**
   * The other side took the sound away from us that it heard before (RFC 3264 §8.4): by direction, address, or port 0.
   * One that never wanted to hear, such as an announcement, does not hold.
   */
  get held(): boolean {
    return this.#held;
  }

  /** The call is answered: what is agreed from now on changes a session that stands. */
  stand(): void {
    this.#stands = true;
  }

  answer(offer: ParsedSession): AnswerResult {
    let local = { ...this.#local, sessionVersion: this.#version, srtp: this.#srtp.taken };
    const running = this.#running;
    let result = answer(offer, local, running);
    if (result.ok && this.#srtp.isRekeyed(result.negotiated.srtp)) {
      local = { ...local, srtp: this.#srtp.taken };
      result = answer(offer, local, running);
    }
    if (!result.ok) return result;
    if (this.#pointsAtUs(result.negotiated)) {
      return { ok: false, status: 488, warning: '399 The media address is our own' };
    }
    const { sdp: first } = result;
    const sdp = this.#versioned(first, (sessionVersion) => {
      const again = answer(offer, { ...local, sessionVersion }, running);
      return again.ok ? again.sdp : first;
    });
    const { receive, telephoneEvents, theirs } = result.negotiated;
    this.#agreed(result.negotiated);
    if (theirs !== null) this.#numbers.agree(receive, telephoneEvents.send);
    return { ...result, sdp };
  }

  /** The next offer leaves nothing to choose; false when it would be the same again. */
  insist(): boolean {
    return this.#srtp.insist();
  }

  offer(): string {
    const event = this.#numbers.event(telephoneEvent);
    const offer = {
      ...this.#local,
      formats: this.#formats.map((format) => this.#numbers.format(format)),
      telephoneEvent: event.payloadType,
      telephoneEventClock: event.clockRate,
      srtp: this.#srtp.offered(),
    };
    this.#numbers.agree(offer.formats, event);
    this.#offer = offer;
    const make = (sessionVersion: number) => makeOffer({ ...offer, sessionVersion }, this.#running);
    return this.#versioned(make(this.#version), make);
  }

  /** What the other side made of our last `offer`; null when it can't be used, and then nothing changes. */
  accept(sdp: string): Negotiated | null {
    const offer = this.#offer ?? this.#local;
    const result = acceptAnswer({ ...offer, sessionVersion: this.#version }, sdp, this.#running);
    if (!result.ok || this.#pointsAtUs(result.negotiated)) return null;
    this.#agreed(result.negotiated);
    return result.negotiated;
  }

  /** The m= lines of the session, once there is one. */
  get #running(): SessionShape | null {
    return this.#stands ? (this.#negotiated?.shape ?? null) : null;
  }

  #pointsAtUs({ remote }: Negotiated): boolean {
    return remote !== null && this.#ours.has(remote.address, remote.port);
  }

  #agreed(negotiated: Negotiated): void {
    const heard = this.#negotiated?.remoteHeld === false;
    this.#held = this.#stands && negotiated.remoteHeld && (this.#held || heard);
    this.#negotiated = negotiated;
    this.#srtp.agree(negotiated.srtp);
    if (negotiated.theirs !== null) this.#numbers.learn(negotiated.theirs);
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

/**
 * What the media process must know of an agreement that was signalled from this IP address; null before that is known.
 * `provenHost` for a caller who did not log in: where the INVITE came from.
 */
export function legConfiguration(
  negotiated: Negotiated,
  signalledFrom: string | null,
  provenHost: string | null = null,
): LegConfiguration {
  const { send, receive, remote, direction, srtp } = negotiated;
  return {
    remote:
      remote === null
        ? null
        : {
            kind: 'udp',
            address: plainAddress(remote.address),
            port: remote.port,
            // RTCP to another address than RTP would be a way to have us send there.
            rtcpPort: remote.rtcp !== null && remote.rtcp.address === remote.address ? remote.rtcp.port : null,
            ...(signalledFrom === null ? {} : { signalledFrom }),
            ...(provenHost === null ? {} : { provenHost }),
            ...(srtp === null ? {} : { srtp }),
          },
    send: { payloadType: send.format.payloadType, codec: codecOf(send.format), ptime: send.ptime },
    receive: receive.map((format) => ({ payloadType: format.payloadType, codec: codecOf(format) })),
    telephoneEvents: negotiated.telephoneEvents,
    direction,
  };
}

/** As the media process knows it. */
function codecOf({ name, clockRate }: AudioFormat): string {
  return clockRate === 8000 ? name : `${name}/${clockRate}`;
}

/** Whether the other side may be heard under this agreement. */
export function mayBeHeard({ remote, direction }: Negotiated): boolean {
  return remote !== null && (direction === 'sendrecv' || direction === 'recvonly');
}

/** The same agreement while the peer has not yet shown that it asked for it: we listen and send nothing anywhere. */
export function listenOnly(configuration: LegConfiguration): LegConfiguration {
  return { ...configuration, send: null };
}
