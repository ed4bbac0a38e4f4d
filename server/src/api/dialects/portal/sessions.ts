import type { Clock, Timer } from '../../../base/clock.ts';
import type { Random } from '../../../base/random.ts';
import type { Cause } from '../../../call/model/cause.ts';
import type { MeetingView } from '../../../directory/directory-views.ts';
import type { BrowserCall } from '../dialect.ts';
import { iceUfragsIn } from './ice-fragment.ts';
import type { ConferenceTicket } from './portal-tokens.ts';

/** A browser's call, from the answer to its offer until a while after it has ended, so that it can be told why. */
export interface Session {
  /** 32 hex digits; who knows it is the browser. */
  readonly id: string;
  /** Of its ICE session: another one when it comes another way. */
  etag: string;
  /** By which its offer has the browser known to ICE (RFC 8839 §5.4), or its last restart. */
  iceUfrags: readonly string[];
  /** What answered the last restart of ICE since its offer; null: there was none. */
  restarted: string | null;
  readonly call: BrowserCall;
  readonly ticket: ConferenceTicket;
  readonly meeting: MeetingView;
  /** Who has logged in; null: a guest. */
  login: string | null;
  /** Where it asked from. */
  readonly address: string;
  /** Why it is over; null: it is not. */
  ended: Cause | null;
  /** What is done with its ICE session, and was asked before; never rejects. */
  turn: Promise<unknown>;
  /** Told when it is over. */
  readonly onEnded: Set<(cause: Cause) => void>;
  /** Told when it begins to wait at the door of a locked conference, after it was asked for a passcode. */
  readonly onWaits: Set<() => void>;
}

/** How long an ended one is known, ms. */
const rememberedMs = 30_000;

export class Sessions {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #sessions = new Map<string, Session>();
  readonly #timers = new Map<string, Timer>();

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** `offer`: the description by which it came. */
  open(call: BrowserCall, ticket: ConferenceTicket, meeting: MeetingView, address: string, offer: string): Session {
    const id = Buffer.from(this.#random.bytes(16)).toString('hex');
    const onWaits = new Set<() => void>();
    const turn = Promise.resolve();
    const known = { id, turn, call, ticket, meeting, address, onWaits, onEnded: new Set<(cause: Cause) => void>() };
    const now = { login: ticket.login, etag: '"1"', iceUfrags: iceUfragsIn(offer), restarted: null, ended: null };
    const session: Session = { ...known, ...now };
    call.onWaits(() => {
      for (const told of [...onWaits]) told();
    });
    this.#sessions.set(id, session);
    call.onEnded((cause) => this.#over(session, cause));
    return session;
  }

  find(id: string): Session | null {
    return this.#sessions.get(id) ?? null;
  }

  /** After all that was asked before: an ETag is that of the ICE session that `act` finds. */
  inTurn<Result>(session: Session, act: () => Promise<Result>): Promise<Result> {
    const acted = session.turn.then(act);
    session.turn = acted.catch(() => {});
    return acted;
  }

  /** It came another way, by this offer. */
  moved(session: Session, offer: string): void {
    this.#isAnother(session, iceUfragsIn(offer));
    session.restarted = null;
  }

  /** Its ICE was restarted, by these names; where that is answered as before it is the same ICE session. */
  restarted(session: Session, iceUfrags: readonly string[], answer: string): void {
    if (session.restarted !== answer) this.#isAnother(session, iceUfrags);
    session.restarted = answer;
  }

  #isAnother(session: Session, iceUfrags: readonly string[]): void {
    session.iceUfrags = iceUfrags;
    session.etag = `"${Number(session.etag.slice(1, -1)) + 1}"`;
  }

  close(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    this.#sessions.clear();
  }

  #over(session: Session, cause: Cause): void {
    session.ended = cause;
    for (const told of [...session.onEnded]) told(cause);
    session.onEnded.clear();
    const forget = () => {
      this.#timers.delete(session.id);
      this.#sessions.delete(session.id);
    };
    this.#timers.set(session.id, this.#clock.setTimer(rememberedMs, forget));
  }
}
