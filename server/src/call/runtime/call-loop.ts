import { AppError, coerceError } from '../../base/app-error.ts';
import type { Clock } from '../../base/clock.ts';
import { Emitter } from '../../base/emitter.ts';
import { newId } from '../../base/id.ts';
import type { Log } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import { forCurrentRequest } from '../../base/request-scope.ts';
import { currentTrace, keepTrace } from '../../base/tracing.ts';
import type { Call } from '../model/call.ts';
import type { Device } from '../model/device.ts';
import type { LogStep } from '../model/event-log.ts';
import type { CallEvent } from '../model/events.ts';
import type { CallHandling, CallStore, DialBudget, MediaPort, SignallingPort } from '../ports.ts';
import { Draft, type Step, type StepContext } from '../step/draft.ts';
import { perform } from '../step/effects.ts';
import type { LegLookup, LegPlace } from '../step/leg-place.ts';
import type { LegReport } from '../step/reports.ts';
import { CallIndex } from './call-index.ts';
import { CallQueues, type Execution, type Job, type Waiting } from './call-queues.ts';
import { DialOuts } from './dial-outs.ts';
import { ExtensionIndex } from './extension-index.ts';
import { LegPlaces } from './leg-places.ts';

/** What the loop needs from outside. */
export interface CallRuntimeOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly store: CallStore;
  readonly signalling: SignallingPort;
  readonly media: MediaPort;
  /** Asked for every call over a trunk; without one there is no limit. */
  readonly budget?: DialBudget;
  /** What devices do with calls to them; without it they ring. */
  readonly handling?: (device: Device) => CallHandling;
}

export interface CallRuntimeEvents {
  /** `call` is the state after this very event. Events of one call come in order of seq. */
  event: { readonly event: CallEvent; readonly call: Call };
  /** It has failed, and cannot be stored as ended now: the event that says so comes once it can. */
  recordingLost: { readonly callId: string; readonly recordingId: string };
}

/** One input on its way through the loop. `done` or `failed` is told once, `failed` also when the store refused. */
export interface StepJob extends Job {
  step(draft: Draft): unknown;
  done(result: unknown): void;
  failed(error: Error): void;
  /** Its legs are hung up also when the store refuses; it is done then, unless there were none. */
  readonly ends?: boolean;
  /** Does it in the trace in which it was asked for. */
  readonly traced?: <Result>(action: () => Result) => Result;
}

/** `taken`: legs for which this step asked the budget. */
type Outcome = { readonly job: StepJob } & (
  | { readonly step: Step<unknown>; readonly taken: readonly string[] }
  | { readonly error: Error }
);

/**
 * The loop: input → step → append → new state → effects → published events. Holds the running calls, where each leg
 * belongs, and which call is whose conference. Owned by the runtime.
 */
export class CallLoop {
  readonly calls = new Map<string, Call>();
  readonly legs = new LegPlaces();
  readonly extensions = new ExtensionIndex();
  readonly index = new CallIndex();
  /** Conference → its call, reserved before it opens. */
  readonly conferences = new Map<string, string>();
  readonly emitter: Emitter<CallRuntimeEvents>;
  readonly counts = { events: 0, failedAppends: 0 };
  readonly #options: CallRuntimeOptions;
  readonly #queues: CallQueues<StepJob>;
  readonly #dialOuts: DialOuts | null;
  readonly #onChanged: (before: Call | null, after: Call) => void;
  readonly #onReport: (legId: string, report: LegReport) => void;
  #waitingForIdle: (() => void)[] = [];

  /**
   * `onChanged`: a call that is stored now, new ones (before: null) and ended ones included. `onReport`: what is known
   * of a leg here: that it is gone though that could not be stored, or that it is not to be dialled.
   */
  constructor(
    options: CallRuntimeOptions,
    onChanged: (before: Call | null, after: Call) => void,
    onReport: (legId: string, report: LegReport) => void,
  ) {
    this.#options = options;
    this.#onChanged = onChanged;
    this.#onReport = onReport;
    this.#dialOuts = options.budget === undefined ? null : new DialOuts(options.budget);
    this.emitter = new Emitter((error) => options.log.error({ err: error }, 'a listener of call events failed'));
    this.#queues = new CallQueues(
      (batch) => this.#execute(batch),
      () => this.#checkIdle(),
    );
  }

  add(job: StepJob): void {
    const targets = () => {
      const callIds = job.targets();
      return callIds === null ? null : this.legs.together(callIds);
    };
    // Other requests' jobs may be done with it: what is refused is told by whom it was asked for.
    const step = forCurrentRequest((draft: Draft) => job.step(draft));
    this.#queues.add({ ...job, step, targets, traced: currentTrace() });
  }

  newId(): string {
    return newId(this.#options.random);
  }

  context(): StepContext {
    const { clock, handling } = this.#options;
    const context = { now: clock.now(), newId: () => this.newId() };
    return handling === undefined ? context : { ...context, handling };
  }

  /** Resolves once no call runs and no input waits. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#waitingForIdle.push(resolve);
      this.#checkIdle();
    });
  }

  #checkIdle(): void {
    if (this.calls.size > 0 || this.#queues.size > 0) return;
    const waiting = this.#waitingForIdle;
    this.#waitingForIdle = [];
    for (const resolve of waiting) resolve();
  }

  /**
   * Steps the jobs one after the other on a state of their own, up to one about a call that has ended, and has all
   * stored at once.
   */
  #execute(batch: readonly Waiting<StepJob>[]): Execution {
    const working = new Map<string, Call>();
    const context = this.context();
    const legs = new Map<string, LegPlace | null>();
    const legOf: LegLookup = (legId) => (legs.has(legId) ? (legs.get(legId) ?? null) : this.legs.get(legId));
    const outcomes: Outcome[] = [];
    const steps: LogStep[] = [];
    for (const { job, callIds } of batch) {
      // It belongs to whatever follows the ended call, or to more calls than it was queued for.
      if (callIds.some((id) => working.get(id)?.ended === true) || reachesFurther(callIds, legs.values())) break;
      const outcome = this.#run(job, new Draft(this.#callsOf(callIds, working), context, legOf));
      outcomes.push(outcome);
      if ('error' in outcome) continue;
      for (const call of outcome.step.calls) working.set(call.id, call);
      for (const [legId, place] of outcome.step.legs) legs.set(legId, place);
      const { events, records } = outcome.step;
      if (events.length > 0) steps.push({ events: events.map(({ event }) => event), records });
    }
    const used = outcomes.length;
    if (steps.length === 0) {
      this.#commit(outcomes);
      return { used, finished: null };
    }
    const finished = this.#append(steps).then(
      () => this.#commit(outcomes),
      (error: unknown) => this.#fail(outcomes, [...working.keys()], coerceError(error)),
    );
    return { used, finished };
  }

  #run(job: StepJob, draft: Draft): Outcome {
    try {
      const step = draft.finish(job.step(draft));
      return { job, step, taken: this.#dialOuts?.admit(step) ?? [] };
    } catch (error) {
      return { job, error: coerceError(error) };
    }
  }

  #callsOf(callIds: readonly string[], working: ReadonlyMap<string, Call>): Call[] {
    const found: Call[] = [];
    for (const id of callIds) {
      const call = working.get(id) ?? this.calls.get(id);
      if (call !== undefined) found.push(call);
    }
    return found;
  }

  async #append(steps: readonly LogStep[]): Promise<void> {
    await this.#options.store.appendSteps(steps);
  }

  #commit(outcomes: readonly Outcome[]): void {
    for (const outcome of outcomes) {
      const { job } = outcome;
      if ('error' in outcome) {
        this.#guarded(() => job.failed(outcome.error));
        continue;
      }
      this.#take(outcome.step);
      const { signalling, media } = this.#options;
      const { effects, events, legs } = outcome.step;
      const act = (): void => {
        keepTrace([...legs.keys(), ...events.map(({ event }) => event.connectionId ?? event.callId)]);
        for (const { event } of events) if (event.seq === 1) keepTrace([event.callId]);
        for (const effect of effects) this.#guarded(() => perform(effect, signalling, media, this.#onReport));
      };
      if (job.traced === undefined) act();
      else job.traced(act);
      for (const entry of outcome.step.events) this.publish(entry.event, entry.call);
      this.#guarded(() => job.done(outcome.step.result));
    }
  }

  /** The new state becomes the state. */
  #take(step: Step<unknown>): void {
    this.#dialOuts?.stored(step);
    for (const [legId, place] of step.legs) this.legs.put(legId, place);
    for (const { event } of step.events) this.extensions.take(event);
    for (const call of step.calls) {
      const conferenceId = call.conference?.conferenceId;
      const before = this.calls.get(call.id) ?? null;
      this.index.take(before, call);
      if (!call.ended) {
        this.calls.set(call.id, call);
        if (conferenceId !== undefined) this.conferences.set(conferenceId, call.id);
      } else {
        this.calls.delete(call.id);
        if (conferenceId !== undefined) this.#forget(conferenceId, call.id);
      }
      this.#guarded(() => this.#onChanged(before, call));
    }
  }

  #fail(outcomes: readonly Outcome[], callIds: readonly string[], cause: Error): void {
    const { log } = this.#options;
    this.counts.failedAppends += 1;
    log.error({ calls: callIds, error: cause.message }, 'events could not be stored; nothing was done');
    // A call that could not open is not tried again under the same id.
    for (const [conferenceId, callId] of this.conferences) {
      if (callIds.includes(callId) && !this.calls.has(callId)) this.#forget(conferenceId, callId);
    }
    for (const outcome of outcomes) {
      if ('taken' in outcome) this.#dialOuts?.giveBack(outcome.taken);
      if ('step' in outcome && outcome.job.ends === true && this.#endUnstored(outcome.step)) {
        this.#guarded(() => outcome.job.done(outcome.step.result));
        continue;
      }
      const error = 'error' in outcome ? outcome.error : new AppError('unavailable', 'The event log is not available.');
      this.#guarded(() => outcome.job.failed(error));
    }
  }

  /**
   * Nobody is kept on the phone by a full disk: the call stays as it is, without them, until it can be stored that they
   * have gone. False: nobody is hung up by it, as their legs are wanted in other calls.
   */
  #endUnstored({ effects }: Step<unknown>): boolean {
    let ended = false;
    for (const effect of effects) {
      if (effect.do !== 'clear') continue;
      const { signalling, media } = this.#options;
      this.#guarded(() => perform(effect, signalling, media, this.#onReport));
      this.#onReport(effect.legId, { type: 'cleared', cause: effect.cause });
      ended = true;
    }
    return ended;
  }

  #forget(conferenceId: string, callId: string): void {
    if (this.conferences.get(conferenceId) === callId) this.conferences.delete(conferenceId);
  }

  publish(event: CallEvent, call: Call): void {
    this.counts.events += 1;
    const { log } = this.#options;
    const { type, seq, connectionId, cause } = event;
    if (type === 'callCleared') log.info({ call: call.id, seq, cause, kind: call.kind }, 'call ended');
    else if (seq === 1) log.info({ call: call.id, kind: call.kind, organization: call.organizationId }, 'call began');
    else if (log.isLevelEnabled('debug')) log.debug({ call: call.id, seq, connection: connectionId, cause }, type);
    this.emitter.emit('event', { event, call });
  }

  /** Ports and callers are not to throw; if one does, the others must not suffer. */
  #guarded(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#options.log.error({ err: error }, 'an effect of a call failed');
    }
  }
}

/** Whether one of these legs binds the calls to others, since they were queued for. */
function reachesFurther(callIds: readonly string[], legs: Iterable<LegPlace | null>): boolean {
  for (const place of legs) {
    if (place === null || place.refs.length < 2) continue;
    const here = place.refs.filter(({ callId }) => callIds.includes(callId)).length;
    if (here > 0 && here < place.refs.length) return true;
  }
  return false;
}
