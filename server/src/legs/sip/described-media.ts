import type { Random } from '../../base/random.ts';
import type { LegStats, MediaEngine } from '../../media/engine.ts';
import { type AudioFormat, type Negotiated, type ParsedSession, parseSession } from '../../sdp/offer-answer.ts';
import { MediaLeg } from '../media-leg.ts';
import { LegDescription, legConfiguration, listenOnly, mayBeHeard } from './leg-description.ts';
import type { SrtpTerms } from './leg-srtp.ts';
import type { OwnPorts } from './own-ports.ts';

interface DescribedMediaOptions {
  readonly engine: MediaEngine;
  readonly random: Random;
  readonly ports: OwnPorts;
  /** What is spoken, preferred ones first. */
  readonly formats: readonly AudioFormat[];
  readonly srtp: SrtpTerms;
  readonly id: string;
  readonly organizationId: string;
  /** It failed though it is still wanted; it can't be relied on any more. */
  readonly onFailure: (error: Error) => void;
}

/** `warning`: the text of a Warning header. */
export type Described =
  | { readonly ok: true; readonly sdp: string }
  | { readonly ok: false; readonly status: number; readonly warning: string };

/**
 * The sound of one SIP leg, and what both sides said of it in session descriptions: whose offer waits for whose answer,
 * what holds now, and what the media process is told of that. Knows no INVITE and sends nothing.
 */
export class DescribedMedia {
  readonly leg: MediaLeg;
  /** Rejects when there is no port or no process. Nothing can be described before. */
  readonly opened: Promise<void>;
  readonly #ports: OwnPorts;
  #description: LegDescription | null = null;
  /** The caller's, not answered for good yet; null: it leaves it to us. */
  #theirs: ParsedSession | null = null;
  /** What a caller who waits was answered already. */
  #earlyAnswer: string | null = null;
  /** An offer of ours is out whose answer comes in the ACK. */
  #offered = false;
  /** Where the INVITE of a caller who is not known came from; its ACK has shown that it is there. */
  #provenHost: string | null = null;

  constructor(options: DescribedMediaOptions) {
    const { engine, random, ports, formats, srtp, id, organizationId, onFailure } = options;
    this.#ports = ports;
    this.leg = new MediaLeg(engine, id, engine.openLeg(id, organizationId), onFailure);
    this.opened = this.leg.opened.then((address) => {
      ports.add(address);
      this.#description = new LegDescription(address, random, ports, formats, srtp);
    });
    // Whoever needs it waits for it.
    this.opened.catch(() => {});
  }

  /** What holds now; null before the first agreement. */
  get negotiated(): Negotiated | null {
    return this.#description?.negotiated ?? null;
  }

  /** Whether a caller waits for the answer to its offer. */
  get asked(): boolean {
    return this.#theirs !== null;
  }

  /** The caller's offer, null when it leaves that to us. `provenHost`: where a caller who is not known sent it from. */
  receive(offer: ParsedSession | null, provenHost: string | null): void {
    this.#theirs = offer;
    this.#provenHost = provenHost;
  }

  /** The answer to the caller's offer before ours to the call; null when it cannot be answered. It stands. */
  answerEarly(): string | null {
    const result = this.#theirs === null ? null : this.#opened.answer(this.#theirs);
    this.#earlyAnswer = result?.ok === true ? result.sdp : null;
    return this.#earlyAnswer;
  }

  /**
   * What goes with our answer to the call: the early answer again, the answer, or an offer where the caller made none.
   */
  answerCall(): Described {
    const offer = this.#theirs;
    const early = this.#earlyAnswer;
    const described = early === null ? this.#answerOrOffer(offer) : ({ ok: true, sdp: early } as const);
    if (described.ok) this.#theirs = null;
    return described;
  }

  /** Offers, each when the one before was refused, whose answer comes with `accept`; null when there is no other. */
  offers(): () => string | null {
    let first = true;
    return () => {
      if (!first && !this.#opened.insist()) return null;
      first = false;
      return this.#opened.offer();
    };
  }

  /** An offer whose answer comes in the ACK. */
  offerForAck(): string {
    this.#offered = true;
    return this.#opened.offer();
  }

  /** What the other side made of our offer; null when it can't be used, and then nothing changes. */
  accept(sdp: string | null): Negotiated | null {
    return sdp === null ? null : this.#opened.accept(sdp);
  }

  /** An ACK; `asBefore` when no answer was awaited from it. */
  acked(answer: string | null): 'agreed' | 'unusable' | 'asBefore' {
    if (!this.#offered) return 'asBefore';
    this.#offered = false;
    return this.accept(answer) === null ? 'unusable' : 'agreed';
  }

  /** New address, new codec, hold, or a mere refresh: all are an offer to answer. */
  answerAgain(offer: string): Described {
    const parsed = parseSession(offer);
    return parsed.ok ? this.#opened.answer(parsed) : { ok: false, status: 400, warning: parsed.reason };
  }

  /** The call is answered: what is agreed from now on changes a session that stands. */
  stand(): void {
    this.#description?.stand();
  }

  /** Whether the other side has put us on hold. */
  get held(): boolean {
    return this.#description?.held ?? false;
  }

  /** Whether the other side may be heard by what holds. */
  get mayBeHeard(): boolean {
    return this.negotiated !== null && mayBeHeard(this.negotiated);
  }

  /**
   * Tells the media process what was agreed, by descriptions from `from`. `known` false: before its ACK an INVITE could
   * have come from anyone in anyone's name, and sound sent where it says would be a flood for the price of one packet.
   * `watched`: whether packets come is told.
   */
  configure(from: string | null, { known, watched }: { readonly known: boolean; readonly watched: boolean }): void {
    const { negotiated } = this;
    if (negotiated === null) return;
    const agreed = legConfiguration(negotiated, from, this.#provenHost);
    const configuration = watched ? { ...agreed, watched } : agreed;
    this.leg.perform('configureLeg', known ? configuration : listenOnly(configuration));
  }

  close(): Promise<LegStats | null> {
    this.#theirs = null;
    // Forgotten first: once it is closed another leg may have the port.
    void this.leg.opened.then((address) => this.#ports.remove(address)).catch(() => {});
    return this.leg.close();
  }

  get #opened(): LegDescription {
    if (this.#description === null) throw new Error('media is described before it is open');
    return this.#description;
  }

  #answerOrOffer(offer: ParsedSession | null): Described {
    return offer === null ? { ok: true, sdp: this.offerForAck() } : this.#opened.answer(offer);
  }
}
