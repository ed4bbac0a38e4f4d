import type { Clock, Timer } from '../../../base/clock.ts';
import type { MeetingView } from '../../../directory/directory-views.ts';
import { CommandRefused } from './command-refused.ts';
import type { Session } from './sessions.ts';

/** Somebody who asks to be let in. */
export interface Knocking {
  /** That of the leg: nobody joins by knowing it. */
  readonly id: string;
  readonly name: string;
}

/** What became of a knock; `by`: the name of the moderator who decided it, null: nobody did. */
export type KnockAnswer = { readonly admitted: boolean; readonly by: string | null };

/** What a moderator decided about whom; `by`: its name, empty where the door was opened to all. */
export type KnockDecision = { readonly id: string; readonly admitted: boolean; readonly by: string };

/** Of which conference. */
type Door = Pick<MeetingView, 'conferenceId'>;

interface Knock {
  readonly session: Session;
  readonly told: (answer: KnockAnswer) => void;
  readonly timer: Timer;
  /** It is being let in; null: nobody does that now. */
  entering: Promise<void> | null;
}

/** How long a knock is heard, ms. */
const knockMs = 60_000;
/** At one door at once. */
const mostAtOnce = 50;

/** Who waits at the doors of locked conferences and has knocked, until a moderator decides, or nobody does. */
export class Knocks {
  readonly #clock: Clock;
  readonly #changed: (meeting: MeetingView, decided: KnockDecision | null) => void;
  /** By conference, then by leg. */
  readonly #knocks = new Map<string, Map<string, Knock>>();

  /** `changed`: others wait at this door than before; `decided`: because of that, null: nobody decided anything. */
  constructor(clock: Clock, changed: (meeting: MeetingView, decided: KnockDecision | null) => void) {
    this.#clock = clock;
    this.#changed = changed;
  }

  at({ conferenceId }: Door): Knocking[] {
    const waiting = this.#knocks.get(conferenceId)?.values() ?? [];
    return [...waiting].map(({ session }) => ({ id: session.call.legId, name: session.ticket.name }));
  }

  /** Told once, unless it is taken back. Throws CommandRefused. */
  knock(session: Session, told: (answer: KnockAnswer) => void): void {
    const { conferenceId } = session.meeting;
    const { legId, waits } = session.call;
    if (!waits) throw new CommandRefused('refused', 'You are not waiting to be let in.');
    const door = this.#knocks.get(conferenceId) ?? new Map<string, Knock>();
    if (door.has(legId)) throw new CommandRefused('refused', 'You have knocked already.');
    if (door.size >= mostAtOnce) throw new CommandRefused('unavailable', 'Too many wait already.');
    const timer = this.#clock.setTimer(knockMs, () => {
      if (this.takeBack(session)) told({ admitted: false, by: null });
    });
    door.set(legId, { session, told, timer, entering: null });
    this.#knocks.set(conferenceId, door);
    this.#changed(session.meeting, null);
  }

  /** False: it did not knock. */
  takeBack({ call, meeting }: Session, decided: KnockDecision | null = null): boolean {
    const door = this.#knocks.get(meeting.conferenceId);
    const knock = door?.get(call.legId);
    if (door === undefined || knock === undefined) return false;
    knock.timer.cancel();
    door.delete(call.legId);
    if (door.size === 0) this.#knocks.delete(meeting.conferenceId);
    this.#changed(meeting, decided);
    return true;
  }

  /** Throws CommandRefused or AppError; who could not be let in waits on. */
  async decide({ conferenceId }: Door, id: string, admitted: boolean, by: string): Promise<void> {
    const knock = this.#knocks.get(conferenceId)?.get(id);
    if (knock === undefined) throw new CommandRefused('notFound', 'Nobody with this id is waiting.');
    if (admitted) await letIn(knock);
    // Meanwhile it may have gone, or another moderator have decided.
    if (this.takeBack(knock.session, { id, admitted, by })) knock.told({ admitted, by });
  }

  /** The door was opened, by whomever. */
  async admitAll(door: Door): Promise<void> {
    for (const { id } of this.at(door)) await this.decide(door, id, true, '').catch(() => {});
  }

  close(): void {
    for (const door of this.#knocks.values()) for (const { timer } of door.values()) timer.cancel();
    this.#knocks.clear();
  }
}

/** Once, whoever else does so meanwhile. */
function letIn(knock: Knock): Promise<void> {
  knock.entering ??= knock.session.call.enter().finally(() => {
    knock.entering = null;
  });
  return knock.entering;
}
