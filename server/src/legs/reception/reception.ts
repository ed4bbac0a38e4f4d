import { AppError, coerceError } from '../../base/app-error.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import type { Device } from '../../call/model/device.ts';
import type { Admission, DirectoryPort, Route } from '../../call/ports.ts';
import type { CallRuntime } from '../../call/runtime/runtime.ts';
import { clearConnection } from '../../call/services/clear-connection.ts';
import { enterConference } from '../../call/services/enter-conference.ts';
import { receiveCall } from '../../call/services/receive-call.ts';
import { refuseEntry } from '../../call/services/refuse-entry.ts';
import {
  type EntryCause,
  type EntryEffect,
  type EntryInput,
  type EntryState,
  type EntryStep,
  type EntryVerdict,
  startEntry,
  stepEntry,
} from '../../ivr/conference-entry.ts';
import { promptItems } from '../announcements.ts';
import type { Leg, Playing } from '../leg.ts';
import type { UnprovenSeats } from './unproven-seats.ts';

/** What every reception needs. */
export interface ReceptionParts {
  readonly clock: Clock;
  readonly runtime: CallRuntime;
  readonly directory: Pick<DirectoryPort, 'admit'>;
  readonly seats: Pick<UnprovenSeats, 'any' | 'free'>;
}

/** Who is received, and for what. */
export interface Guest {
  readonly leg: Leg;
  readonly from: Device;
  readonly route: Extract<Route, { kind: 'conference' }>;
  readonly callerKey: string;
  /** The phone was called and has answered: what is to be asked can be asked at once, in the access call it is in. */
  readonly answered?: boolean;
  /**
   * Who may come in, but for the lock, is not turned away: the dialogue is over, and the leg stays where it is until
   * somebody lets it in, or ends it.
   */
  readonly atDoor?: (right: Pick<Extract<Admission, { result: 'admitted' }>, 'policy' | 'role'>) => void;
}

interface ReceptionOptions extends ReceptionParts, Guest {
  /** The caller is in the conference, or gone: the dialogue is over. */
  readonly over: () => void;
}

/** Between the answer and the first word, so that the phone has opened its ear. */
const firstPauseMs = 200;

/** When a caller who could not be taken may try again. */
const retryAfterMs = 10_000;

const notAdmitted = 'not admitted yet';

/** What came of an attempt to enter. */
interface NotAdmitted {
  readonly conference: string | null;
  readonly result: Exclude<EntryVerdict, 'admitted'>;
  /** ms since the epoch; null unless locked out. */
  readonly until: number | null;
}

/**
 * Runs the dialogue of ivr/conference-entry on one leg. Who dialled everything that is asked for goes straight into the
 * conference and hears nothing of it; the first thing that must be said opens an access call, which answers the phone.
 * Who was called for a conference, and has answered, is in an access call from the start.
 *
 * Where a call comes from may be forged. So a PIN dialled by anybody but an extension (proven by its password) is
 * compared only when the phone has confirmed the answer of the access call, which only the true address has been told
 * (for SIP by its ACK, RFC 3261 §13.2.2.4). Else strangers could use up the attempts of others.
 */
export class Reception {
  readonly #options: ReceptionOptions;
  readonly #first: EntryStep;
  #state: EntryState;
  /** `open`: the phone has acknowledged the answer, or has answered itself. */
  #access: 'none' | 'opening' | 'open' = 'none';
  /** Said, timed and verified then. */
  #waiting: EntryEffect[] = [];
  #admitted: Extract<Admission, { result: 'admitted' }> | null = null;
  #playing: Playing | null = null;
  #timer: Timer | null = null;
  #pause = firstPauseMs;
  /** To be logged once the call is known that the line is about. */
  #unsaid: NotAdmitted | null = null;
  #over = false;

  constructor(options: ReceptionOptions) {
    this.#options = options;
    if (options.answered === true) this.#access = 'open';
    this.#first = startEntry(options.route.conferenceNumber, options.route.pin);
    this.#state = this.#first.state;
  }

  begin(): void {
    this.#take(this.#first);
  }

  get #authenticated(): boolean {
    return this.#options.from.kind === 'extension';
  }

  digit(digit: string): void {
    // Nothing has been asked before.
    if (this.#access === 'open') this.#input({ type: 'digit', digit });
  }

  /** Idempotent. The leg itself is not touched. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer?.cancel();
    this.#playing?.stop();
    this.#options.over();
  }

  #input(input: EntryInput): void {
    if (!this.#over) this.#take(stepEntry(this.#state, input));
  }

  #take(step: EntryStep): void {
    this.#state = step.state;
    for (const effect of step.effects) this.#perform(effect);
    if (this.#state.phase === 'done') this.end();
  }

  #perform(effect: EntryEffect): void {
    switch (effect.type) {
      case 'verify':
        if (this.#mustBeProven(effect.number, effect.pin)) break;
        this.#input({ type: 'verdict', verdict: this.#verify(effect.number, effect.pin) });
        return;
      case 'enter':
        void this.#enter();
        return;
      case 'play':
      case 'timer':
        if (this.#access === 'open') this.#performOpen(effect);
        else break;
        return;
      default:
        this.#performOpen(effect);
        return;
    }
    this.#waiting.push(effect);
    this.#openAccess();
  }

  #performOpen(effect: EntryEffect): void {
    switch (effect.type) {
      case 'play':
        this.#play(effect.prompts);
        break;
      case 'stopPlay':
        this.#playing?.stop();
        this.#playing = null;
        break;
      case 'timer':
        this.#timer?.cancel();
        this.#timer = this.#options.clock.setTimer(effect.ms, () => this.#input({ type: 'timeout' }));
        break;
      case 'noTimer':
        this.#timer?.cancel();
        break;
      case 'hangUp':
        void this.#hangUp(effect.cause);
        break;
      default:
        break;
    }
  }

  /** Whether there is a PIN to compare, and no proof yet of who gave it. */
  #mustBeProven(number: string | null, pin: EntryState['pin']): boolean {
    if (pin === null || this.#access === 'open' || this.#authenticated) return false;
    return this.#admission(number, null).result === 'pinNeeded';
  }

  #admission(number: string | null, pin: EntryState['pin']): Admission {
    const { directory, route, callerKey } = this.#options;
    const { extensionId } = route;
    return directory.admit({
      extensionId,
      conferenceNumber: number,
      pin,
      callerKey,
      authenticated: this.#authenticated,
    });
  }

  #verify(number: string | null, pin: EntryState['pin']): EntryVerdict {
    const admission = this.#admission(number, pin);
    const { result } = admission;
    if (result !== 'admitted') {
      // What is no number may be a PIN typed too early.
      const conference = result === 'unknownNumber' ? null : number;
      const until = result === 'lockedOut' ? admission.untilMs : null;
      this.#note({ conference, result, until });
    }
    this.#admitted = result === 'admitted' ? admission : null;
    return result;
  }

  #note(note: NotAdmitted): void {
    if (this.#access === 'none') this.#unsaid = note;
    else this.#tell(note);
  }

  /** In the log, and, when it is a refusal and not just the next question, as an event of the call. */
  #tell({ conference, result, until }: NotAdmitted): void {
    const { runtime, leg } = this.#options;
    leg.log.info({ conference, result }, notAdmitted);
    const ref = runtime.refOfLeg(leg.id);
    if (ref === null || result === 'numberNeeded' || result === 'pinNeeded') return;
    runtime.do(refuseEntry, { ...ref, why: result, conference, until }).catch((error) => {
      leg.log.warn({ err: coerceError(error) }, 'a refusal is missing in the log of its call');
    });
  }

  /** The phone is answered by a call of its own, in which number and PIN are asked for. */
  #openAccess(): void {
    if (this.#access !== 'none') return;
    this.#access = 'opening';
    const { runtime, leg, from, route } = this.#options;
    leg.whenConfirmed(() => this.#opened());
    const { organizationId, device } = route;
    runtime.do(receiveCall, { kind: 'access', legId: leg.id, organizationId, from, to: device }).then(
      (ref) => {
        leg.belongsTo(ref.callId);
        const unsaid = this.#unsaid;
        this.#unsaid = null;
        if (unsaid !== null) this.#tell(unsaid);
      },
      (error) => this.#refuse(coerceError(error)),
    );
  }

  #opened(): void {
    if (this.#over) return;
    this.#access = 'open';
    for (const effect of this.#waiting.splice(0)) this.#perform(effect);
  }

  async #enter(): Promise<void> {
    const { runtime, leg, from } = this.#options;
    if (this.#admitted === null) return;
    const { policy, role } = this.#admitted;
    const straight = this.#access === 'none' ? { device: from } : {};
    try {
      const ref = await runtime.do(enterConference, { legId: leg.id, policy, role, ...straight });
      leg.belongsTo(ref.callId);
      this.#input({ type: 'entered' });
    } catch (thrown) {
      const verdict = verdictOf(coerceError(thrown));
      if (verdict === 'full' && (await this.#findsRoom(policy.conferenceId))) return;
      const { atDoor } = this.#options;
      if (verdict === 'locked' && atDoor !== undefined && this.#access === 'open') {
        this.end();
        atDoor({ policy, role });
        return;
      }
      // A server that takes no calls says so before anything is answered.
      if (verdict === 'unavailable' && this.#access === 'none') this.#refuse(coerceError(thrown));
      else {
        if (verdict !== 'admitted') this.#note({ conference: policy.number, result: verdict, until: null });
        this.#input({ type: 'verdict', verdict });
      }
    }
  }

  /**
   * Whether it goes on by itself: who is proven takes the seat of one who is not, and who is not shows first that it is
   * there.
   */
  async #findsRoom(conferenceId: string): Promise<boolean> {
    const { seats } = this.#options;
    if (this.#over || !seats.any(conferenceId)) return false;
    if (this.#authenticated || this.#access === 'open') {
      if (!(await seats.free(conferenceId))) return false;
      await this.#enter();
    } else {
      this.#waiting.push({ type: 'enter' });
      this.#openAccess();
    }
    return true;
  }

  #play(prompts: readonly string[]): void {
    const items = [...(this.#pause > 0 ? [{ silenceMs: this.#pause }] : []), ...promptItems(prompts)];
    this.#pause = 0;
    const playing = this.#options.leg.media.play(items);
    this.#playing = playing;
    void playing.finished.then((end) => {
      if (end !== 'stopped' && this.#playing === playing) this.#input({ type: 'promptFinished' });
    });
  }

  async #hangUp(cause: EntryCause): Promise<void> {
    const { runtime, leg } = this.#options;
    const ref = runtime.refOfLeg(leg.id);
    try {
      if (ref !== null) await runtime.do(clearConnection, { ...ref, cause });
    } catch (error) {
      leg.log.warn({ err: coerceError(error) }, 'could not end a call in the model');
    } finally {
      // Whatever the store says, the caller has heard the goodbye.
      leg.close(cause);
    }
  }

  #refuse(error: Error): void {
    const { leg } = this.#options;
    leg.log.warn({ err: error }, 'a call was not taken');
    leg.refuse('resourcesNotAvailable', retryAfterMs);
    this.end();
  }
}

function verdictOf(error: Error): EntryVerdict {
  if (!(error instanceof AppError)) return 'unavailable';
  if (error.code === 'conferenceFull') return 'full';
  return error.code === 'conferenceLocked' ? 'locked' : 'unavailable';
}
