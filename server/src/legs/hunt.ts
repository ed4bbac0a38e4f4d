import { newId } from '../base/id.ts';
import type { Log } from '../base/log.ts';
import { type Cause, moreTelling, type Unreached } from '../call/model/cause.ts';
import type { Refusal } from '../call/model/refusal.ts';
import type { LegReport } from '../call/step/reports.ts';
import type { LegStats } from '../media/engine.ts';
import { HuntMedia } from './hunt-media.ts';
import type { Leg, LegOwner, LegState, MediaNews } from './leg.ts';
import type { DialOrder, LegHouse, Way } from './leg-kind.ts';
import type { MediaProfile } from './media-profile.ts';

type Delivered = Extract<LegReport, { readonly type: 'delivered' }>;

interface Ringing {
  sounds: boolean;
  answerable: boolean;
}

/**
 * Several legs to one phone number, one for each media profile of the phones there, that are one leg to everybody else:
 * they ring together, the first to answer is the leg from then on, and the others are given up.
 *
 *   dialling    members ring; of those that send sound one is heard           → confirmed, closed
 *   confirmed   one has answered: everything goes to it and comes from it     → closed
 *   closed      nothing is reported any more
 */
export class Hunt implements Leg {
  readonly id: string;
  readonly organizationId: string;
  readonly direction = 'outgoing';
  readonly media: HuntMedia;
  readonly log: Log;
  /** Each member is told by itself. */
  readonly heard: MediaNews = { digit() {}, talking() {}, sounds() {}, silent() {}, lost() {} };
  readonly #house: LegHouse;
  readonly #order: DialOrder;
  readonly #members: LegOwner;
  /** Those that have not failed, whether each sends sound, and whether it can be had to answer. */
  readonly #ringing = new Map<Leg, Ringing>();
  /** Members whose signalling or media is still open. */
  readonly #open = new Set<Leg>();
  /** Still to be dialled. */
  #left = 0;
  #state: LegState = 'dialling';
  #winner: Leg | null = null;
  #unreached: Unreached | null = null;
  #told: 'nothing' | 'rings' | 'heard' = 'nothing';
  #toldAnswerable = false;
  #stats: LegStats | null = null;
  #whenConfirmed: (() => void)[] = [];
  /** Nothing is open any more, and that was told. */
  #over = false;

  constructor(house: LegHouse, id: string, order: DialOrder) {
    this.#house = house;
    this.#order = order;
    this.id = id;
    this.organizationId = order.organizationId;
    this.log = house.log.child({ call: order.callId, leg: id });
    this.media = new HuntMedia(id);
    this.#members = {
      idOf: () => id,
      report: (member, report) => this.#reported(member, report),
      digit: (member, digit, durationMs) => this.#digit(member, digit, durationMs),
      closed: (member, stats) => this.#closed(member, stats),
    };
  }

  get state(): LegState {
    return this.#state;
  }

  /** Of who has answered; before that it is not decided. */
  get profile(): MediaProfile {
    return this.#winner?.profile ?? 'rtp';
  }

  get isEncrypted(): boolean {
    return this.#winner?.isEncrypted ?? false;
  }

  /** Dials them all. */
  begin(ways: readonly Way[]): void {
    this.#house.legs.addHunt(this);
    this.#left = ways.length;
    for (const way of ways) {
      // One may have answered at once.
      if (this.#state !== 'dialling') break;
      const memberId = newId(this.#house.random);
      this.log.info({ member: memberId, profile: way.profile }, 'rings together with others');
      // Of several that answered by themselves all but one would be cut off.
      const autoAnswer = this.#order.autoAnswer && way === ways[0];
      const member = way.dial(memberId, { ...this.#order, autoAnswer }, this.#members);
      this.#open.add(member);
      // It may have told already that it rings, or has failed.
      if (this.#state === 'dialling' && member.state === 'dialling') this.#ringingOf(member);
      this.#left--;
    }
    this.#left = 0;
    this.#checkReached();
    this.#checkClosed();
  }

  /** It belongs to its call from the start. */
  belongsTo(): void {}

  // Nobody has called us by it.
  ring(): void {}
  forwarded(): void {}
  refuse(): void {}

  /** The first that can be had to. */
  answer(): void {
    this.#answerable?.answer();
  }

  takeBack(): void {
    this.#winner?.takeBack();
  }

  whenHearing(action: () => void): void {
    this.whenConfirmed(action);
  }

  whenConfirmed(action: () => void): void {
    if (this.#winner !== null) this.#winner.whenConfirmed(action);
    else if (this.#state !== 'closed') this.#whenConfirmed.push(action);
  }

  close(cause: Cause, refusal: Refusal | null = null): void {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#whenConfirmed = [];
    for (const member of this.#winner === null ? this.#ringing.keys() : [this.#winner]) member.close(cause, refusal);
    this.#ringing.clear();
    this.#checkClosed();
  }

  #reported(member: Leg, report: LegReport): void {
    if (this.#state === 'closed') return;
    if (this.#winner !== null) {
      if (member !== this.#winner) return;
      if (report.type === 'cleared' || report.type === 'failed') this.#state = 'closed';
      this.#house.owner.report(this, report);
      this.#checkClosed();
      return;
    }
    switch (report.type) {
      case 'delivered':
        this.#delivered(member, report);
        break;
      case 'sentOn':
        this.#house.owner.report(this, report);
        break;
      case 'answered':
        this.#answered(member);
        break;
      case 'failed':
        this.#lost(member, {
          cause: report.cause,
          ...(report.refusal === undefined ? {} : { refusal: report.refusal }),
        });
        break;
      case 'cleared':
        this.#lost(member, { cause: report.cause });
        break;
      case 'mediaLost':
        member.close('mediaFailure');
        this.#lost(member, { cause: 'mediaFailure' });
        break;
      default:
        // What else there is comes after an answer.
        break;
    }
  }

  #delivered(member: Leg, { early, answerable }: Delivered): void {
    const ringing = this.#ringingOf(member);
    if (early !== undefined) ringing.sounds = early;
    if (answerable !== undefined) ringing.answerable = answerable;
    if (this.#told === 'nothing' && early !== true) this.#tell('rings', {});
    this.#hear();
  }

  #tell(now: 'rings' | 'heard', news: { readonly early?: boolean }): void {
    const answerable = this.#answerable !== null;
    const changed = answerable !== this.#toldAnswerable;
    this.#told = now;
    this.#toldAnswerable = answerable;
    this.#house.owner.report(this, { type: 'delivered', ...news, ...(changed ? { answerable } : {}) });
  }

  get #answerable(): Leg | null {
    for (const [member, { answerable }] of this.#ringing) if (answerable) return member;
    return null;
  }

  #ringingOf(member: Leg): Ringing {
    const known = this.#ringing.get(member);
    if (known !== undefined) return known;
    const ringing = { sounds: false, answerable: false };
    this.#ringing.set(member, ringing);
    return ringing;
  }

  /** Who is heard stays it; when it falls silent or goes, the next that sends sound is. */
  #hear(): void {
    const sounding = [...this.#ringing].filter(([, { sounds }]) => sounds).map(([member]) => member);
    const next = sounding.find(({ media }) => media.id === this.media.id) ?? sounding[0] ?? null;
    this.media.hear(next?.media ?? null);
    const now = next === null ? 'rings' : 'heard';
    if (next === null && this.#told === 'nothing') return;
    if (now !== this.#told) this.#tell(now, { early: now === 'heard' });
    else if ((this.#answerable !== null) !== this.#toldAnswerable) this.#tell(now, {});
  }

  #answered(winner: Leg): void {
    this.#winner = winner;
    this.#state = 'confirmed';
    for (const member of this.#ringing.keys()) if (member !== winner) member.close('callCancelled');
    this.#ringing.clear();
    this.media.hear(winner.media);
    for (const action of this.#whenConfirmed.splice(0)) winner.whenConfirmed(action);
    this.#house.owner.report(this, { type: 'answered' });
  }

  #lost(member: Leg, why: Unreached): void {
    this.#ringing.delete(member);
    this.#unreached = moreTelling(this.#unreached, why);
    this.#hear();
    this.#checkReached();
  }

  /** When none is left, the one whose refusal tells most speaks for all. */
  #checkReached(): void {
    if (this.#state !== 'dialling' || this.#left > 0 || this.#ringing.size > 0) return;
    this.#state = 'closed';
    this.#whenConfirmed = [];
    this.#house.owner.report(this, { type: 'failed', ...(this.#unreached ?? { cause: 'destNotObtainable' }) });
    this.#checkClosed();
  }

  #digit(member: Leg, digit: string, durationMs: number): void {
    if (member.media.id === this.media.id) this.#house.owner.digit(this, digit, durationMs);
  }

  #closed(member: Leg, stats: LegStats | null): void {
    this.#house.legs.remove(member);
    this.#open.delete(member);
    if (member === this.#winner) this.#stats = stats;
    this.#checkClosed();
  }

  #checkClosed(): void {
    if (this.#state !== 'closed' || this.#left > 0 || this.#open.size > 0 || this.#over) return;
    this.#over = true;
    this.#house.owner.closed(this, this.#stats);
  }
}
