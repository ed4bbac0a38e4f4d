import { AppError } from '../base/app-error.ts';
import type { Call, CallRef } from './call.ts';
import { CallLoop, type CallRuntimeEvents, type CallRuntimeOptions } from './call-loop.ts';
import type { Cause } from './cause.ts';
import { type Deadline, Deadlines } from './deadlines.ts';
import { endCall } from './departure.ts';
import type { Draft } from './draft.ts';
import { ParkPositions } from './park-positions.ts';
import { endAfterCrash } from './recovery.ts';
import { ReportIntake } from './report-intake.ts';
import type { LegReport } from './reports.ts';
import type {
  AssociateData,
  ClearCall,
  ClearConnection,
  ConnectionRequest,
  EnterConference,
  GenerateDigits,
  JoinCall,
  MakeCall,
  ParkCall,
  PickUpCall,
  ReceiveCall,
  SetMute,
  SingleStepConference,
  SingleStepTransfer,
  StartRecording,
  StopRecording,
  UnparkCall,
} from './requests.ts';
import { answerCall } from './services/answer-call.ts';
import { associateData } from './services/associate-data.ts';
import { clearCall } from './services/clear-call.ts';
import { clearConnection } from './services/clear-connection.ts';
import { enterConference } from './services/enter-conference.ts';
import { generateDigits } from './services/generate-digits.ts';
import { holdCall } from './services/hold-call.ts';
import { joinCall } from './services/join-call.ts';
import { makeCall } from './services/make-call.ts';
import { parkCall, parkReturn } from './services/park-call.ts';
import { pickUpCall } from './services/pick-up-call.ts';
import { receiveCall } from './services/receive-call.ts';
import { retrieveCall } from './services/retrieve-call.ts';
import { setMute } from './services/set-mute.ts';
import { singleStepConference } from './services/single-step-conference.ts';
import { singleStepTransfer } from './services/single-step-transfer.ts';
import { startRecording } from './services/start-recording.ts';
import { stopRecording } from './services/stop-recording.ts';
import { unparkCall } from './services/unpark-call.ts';

export type { CallRuntimeEvents, CallRuntimeOptions } from './call-loop.ts';

/** What was due while the store was away is due again after this time, ms. */
const dueAgainMs = 1000;

/**
 * The one loop: input → step → store.append → effects → published events, one queue per call.
 * Every service resolves when what it did is durable and its effects are under way; it rejects with an AppError, or
 * with `unavailable` when the store failed (then nothing changed).
 */
export class CallRuntime {
  readonly #options: CallRuntimeOptions;
  readonly #loop: CallLoop;
  readonly #reports: ReportIntake;
  readonly #deadlines: Deadlines;
  readonly #positions = new ParkPositions();
  /** Chosen by callers for legs that are about to be dialled. */
  readonly #claimedLegs = new Set<string>();
  /** Calls about to open. */
  readonly #opening = new Set<Promise<unknown>>();
  #draining = false;
  #closed = false;

  constructor(options: CallRuntimeOptions) {
    this.#options = options;
    const { clock, log } = options;
    this.#loop = new CallLoop(options, (before, after) => this.#changed(before, after));
    this.#reports = new ReportIntake(clock, log, this.#loop);
    this.#deadlines = new Deadlines(clock, (deadline) => this.#due(deadline));
  }

  /** A new incoming leg. From here on its reports belong to the call, even before this resolves. */
  receiveCall(request: ReceiveCall): Promise<CallRef> {
    const ref = { callId: this.#loop.newId(), connectionId: this.#loop.newId() };
    return this.#withNewLeg(request.legId, ref, [ref.callId], (draft) => {
      receiveCall(draft, { ...ref, request });
      return ref;
    });
  }

  enterConference(request: EnterConference): Promise<CallRef> {
    const { legId, policy } = request;
    const { legs } = this.#loop;
    const connectionId = this.#loop.newId();
    const callId = () => this.#conferenceCall(policy.conferenceId);
    if (legs.has(legId)) {
      const targets = () => {
        const access = legs.get(legId);
        return access === undefined ? [callId()] : [callId(), access.callId];
      };
      return this.#run(targets, (draft) => {
        const ref = { callId: callId(), connectionId };
        enterConference(draft, {
          ...ref,
          request: { legId, policy, role: request.role },
          access: legs.get(legId) ?? null,
        });
        return ref;
      });
    }
    const ref = () => ({ callId: callId(), connectionId });
    // If the conference ends while this waits, it opens again under another id: the leg's reports follow.
    const targets = () => {
      if (legs.get(legId)?.connectionId === connectionId) legs.set(legId, ref());
      return [callId()];
    };
    return this.#withNewLeg(legId, ref(), targets, (draft) => {
      enterConference(draft, { ...ref(), request, access: null });
      return ref();
    });
  }

  /** Resolves when the first phone is being dialled; gives its connection. */
  makeCall(request: MakeCall): Promise<CallRef> {
    const ref = { callId: request.callId ?? this.#loop.newId(), connectionId: this.#loop.newId() };
    const make = (draft: Draft) => {
      makeCall(draft, { ...ref, request });
      return ref;
    };
    return this.#dial([ref.callId], make, request.legId);
  }

  /** Picks up for a caller who still waits. */
  answerCall(request: ConnectionRequest): Promise<void> {
    return this.#run([request.callId], (draft) => answerCall(draft, request));
  }

  holdCall(request: ConnectionRequest): Promise<void> {
    return this.#run([request.callId], (draft) => holdCall(draft, request));
  }

  retrieveCall(request: ConnectionRequest): Promise<void> {
    return this.#run([request.callId], (draft) => retrieveCall(draft, request));
  }

  clearConnection(request: ClearConnection): Promise<void> {
    return this.#run([request.callId], (draft) => clearConnection(draft, request));
  }

  clearCall(request: ClearCall): Promise<void> {
    return this.#run([request.callId], (draft) => clearCall(draft, request));
  }

  /** Resolves when the phone is being dialled; gives its connection. */
  singleStepConference(request: SingleStepConference): Promise<CallRef> {
    const { into, legId } = request;
    const callId = () => ('callId' in into ? into.callId : this.#conferenceCall(into.policy.conferenceId));
    const dial = (draft: Draft): CallRef => {
      const target = callId();
      return { callId: target, connectionId: singleStepConference(draft, { callId: target, request }) };
    };
    return this.#dial(() => [callId()], dial, legId);
  }

  /** Resolves when the phone is being dialled; gives its connection. */
  joinCall(request: JoinCall): Promise<CallRef> {
    const { callId } = request;
    return this.#dial([callId], (draft) => ({ callId, connectionId: joinCall(draft, request) }));
  }

  /** Resolves when the phone is being dialled; gives its connection, in a new call when the party leaves a conference. */
  singleStepTransfer(request: SingleStepTransfer): Promise<CallRef> {
    const newCall = this.#loop.newId();
    return this.#dial([request.callId, newCall], (draft) => singleStepTransfer(draft, request, newCall));
  }

  /** Gives the place under which the party can be fetched: the smallest that is free in its organization, from 1. */
  async parkCall(request: ParkCall): Promise<{ readonly position: number }> {
    let giveBack = () => {};
    // Taken in the step itself, so that two calls never get the same one.
    const take = (organizationId: string): number => {
      const position = this.#positions.take(organizationId);
      giveBack = () => this.#positions.free(organizationId, position);
      return position;
    };
    try {
      return { position: await this.#run([request.callId], (draft) => parkCall(draft, request, take)) };
    } catch (error) {
      giveBack();
      throw error;
    }
  }

  /** Resolves when the phone is being dialled; gives its connection. Unparked once it answers. */
  unparkCall(request: UnparkCall): Promise<CallRef> {
    const { callId } = request;
    return this.#dial([callId], (draft) => ({ callId, connectionId: unparkCall(draft, request) }));
  }

  /** Resolves when the phone is being dialled; gives its connection. */
  pickUpCall(request: PickUpCall): Promise<CallRef> {
    const { callId } = request;
    return this.#dial([callId], (draft) => ({ callId, connectionId: pickUpCall(draft, request) }));
  }

  /** Of a call that is recorded already: the id of that recording. */
  startRecording(request: StartRecording): Promise<{ readonly recordingId: string }> {
    return this.#run([request.callId], (draft) => ({ recordingId: startRecording(draft, request) }));
  }

  stopRecording(request: StopRecording): Promise<void> {
    return this.#run([request.callId], (draft) => stopRecording(draft, request));
  }

  associateData(request: AssociateData): Promise<void> {
    return this.#run([request.callId], (draft) => associateData(draft, request));
  }

  setMute(request: SetMute): Promise<void> {
    return this.#run([request.callId], (draft) => setMute(draft, request));
  }

  generateDigits(request: GenerateDigits): Promise<void> {
    return this.#run([request.callId], (draft) => generateDigits(draft, request));
  }

  /** Any step over one call or several, as one change: the way of services that span calls. */
  step<Result>(callIds: readonly string[], step: (draft: Draft) => Result): Promise<Result> {
    return this.#run(callIds, step);
  }

  /** What a leg tells about itself. Never throws. */
  report(legId: string, report: LegReport): void {
    this.#reports.put(legId, report);
  }

  /** This recording could not be made, or could not go on: ends it in the call, however long the store is away. Never throws. */
  recordingFailed(callId: string, recordingId: string): void {
    this.#reports.recordingFailed(callId, recordingId);
  }

  /** Where a leg is now. */
  refOfLeg(legId: string): CallRef | null {
    return this.#loop.legs.get(legId) ?? null;
  }

  /** Running calls as last stored. */
  snapshot(): Call[] {
    return [...this.#loop.calls.values()];
  }

  call(callId: string): Call | null {
    return this.#loop.calls.get(callId) ?? null;
  }

  /** The running call of a scheduled conference. */
  callOfConference(conferenceId: string): Call | null {
    const callId = this.#loop.conferences.get(conferenceId);
    return callId === undefined ? null : this.call(callId);
  }

  /** The returned function removes the listener. */
  on(name: 'event', listener: (value: CallRuntimeEvents['event']) => void): () => void {
    return this.#loop.emitter.on(name, listener);
  }

  /** Before anything else: ends the calls that a crash left open, cause systemFailure. Gives how many. */
  async recover(): Promise<number> {
    const { store, log } = this.#options;
    const open = await store.openCalls();
    const context = this.#loop.context();
    await Promise.all(
      open.map(async (left) => {
        const { events, records } = endAfterCrash(left, context, log);
        await store.append(
          events.map(({ event }) => event),
          records,
        );
        for (const { event, call } of events) if (call !== null) this.#loop.publish(event, call);
      }),
    );
    if (open.length > 0) log.warn({ calls: open.length }, 'ended calls that were open when the server stopped');
    return open.length;
  }

  /** From now on new calls are refused (`unavailable`); resolves when the last running one has ended. */
  drain(): Promise<void> {
    this.#draining = true;
    return this.#loop.idle();
  }

  /** Drains, clears what is left, and resolves when that is stored. */
  async close(cause: Cause = 'shutdown'): Promise<void> {
    this.#draining = true;
    await Promise.allSettled(this.#opening);
    let failed = false;
    // A caller on the way into a conference may open it meanwhile: hence more than one round.
    while (this.#loop.calls.size > 0 && !failed) {
      const rounds = this.snapshot().map((call) => this.clearCall({ callId: call.id, cause }));
      for (const round of await Promise.allSettled(rounds)) {
        failed ||= round.status === 'rejected' && (round.reason as AppError).code === 'unavailable';
      }
    }
    this.#closed = true;
    this.#reports.close();
    this.#deadlines.close();
  }

  counters(): {
    readonly calls: number;
    readonly connections: number;
    readonly events: number;
    readonly ignoredReports: number;
    readonly failedAppends: number;
  } {
    let connections = 0;
    for (const call of this.#loop.calls.values()) connections += call.connections.size;
    const { events, failedAppends } = this.#loop.counts;
    return { calls: this.#loop.calls.size, connections, events, ignoredReports: this.#reports.ignored, failedAppends };
  }

  #run<Result>(
    targets: readonly string[] | (() => readonly string[]),
    step: (draft: Draft) => Result,
  ): Promise<Result> {
    if (this.#closed) return refusedNow();
    return new Promise((resolve, reject) => {
      this.#loop.add({
        targets: typeof targets === 'function' ? targets : () => targets,
        step,
        dropped() {},
        done: (result) => resolve(result as Result),
        failed: reject,
      });
    });
  }

  /** A service that dials, on a leg of the caller's choice if `legId` is given. */
  async #dial(
    targets: readonly string[] | (() => readonly string[]),
    step: (draft: Draft) => CallRef,
    legId?: string,
  ): Promise<CallRef> {
    if (this.#draining) return refusedNow();
    if (legId === undefined) return this.#opens(this.#run(targets, step));
    if (this.#loop.legs.has(legId) || this.#claimedLegs.has(legId)) {
      throw new AppError('conflict', 'This leg is in a call already.', { legId });
    }
    this.#claimedLegs.add(legId);
    try {
      return await this.#opens(this.#run(targets, step));
    } finally {
      this.#claimedLegs.delete(legId);
    }
  }

  /** `close` waits for it, then clears what it opened. */
  #opens<Result>(opening: Promise<Result>): Promise<Result> {
    this.#opening.add(opening);
    const opened = () => void this.#opening.delete(opening);
    opening.then(opened, opened);
    return opening;
  }

  /** As `#run`, for an incoming leg: it is known from now on, and forgotten if the step fails. */
  async #withNewLeg<Result>(
    legId: string,
    ref: CallRef,
    targets: readonly string[] | (() => readonly string[]),
    step: (draft: Draft) => Result,
  ): Promise<Result> {
    if (this.#draining) return refusedNow();
    const { legs } = this.#loop;
    if (legs.has(legId)) throw new AppError('conflict', 'This leg is in a call already.', { legId });
    legs.set(legId, ref);
    try {
      return await this.#opens(this.#run(targets, step));
    } catch (error) {
      if (legs.get(legId)?.connectionId === ref.connectionId) legs.delete(legId);
      throw error;
    }
  }

  /** The conference's running call, or the id under which it will open. */
  #conferenceCall(conferenceId: string): string {
    const { conferences } = this.#loop;
    let callId = conferences.get(conferenceId);
    if (callId === undefined) {
      callId = this.#loop.newId();
      conferences.set(conferenceId, callId);
    }
    return callId;
  }

  #changed(before: Call | null, after: Call): void {
    this.#deadlines.watch(after);
    if (after.ended) this.#reports.callEnded(after.id);
    const left = before?.parked ?? null;
    if (left === null || (!after.ended && after.parked?.position === left.position)) return;
    this.#positions.free(after.organizationId, left.position);
  }

  #due(deadline: Deadline): void {
    const { callId, kind, at } = deadline;
    const step = (draft: Draft) => {
      if (kind === 'park') parkReturn(draft, callId, at);
      else endTimedOut(draft, callId, at);
    };
    const isUnavailable = (error: unknown) => error instanceof AppError && error.code === 'unavailable';
    this.#run([callId], step)
      // Nobody may be dialled any more who could fetch the party.
      .catch((error: unknown) => {
        if (isUnavailable(error)) throw error;
        return this.clearCall({ callId, cause: 'resourcesNotAvailable' });
      })
      .catch((error: unknown) => {
        if (isUnavailable(error) && !this.#closed) this.#deadlines.again(deadline, dueAgainMs);
      });
  }
}

function endTimedOut(draft: Draft, callId: string, endsAt: number): void {
  const call = draft.find(callId);
  if (call !== null && call.endsAt === endsAt) endCall(draft, call, 'timeout');
}

function refusedNow(): Promise<never> {
  return Promise.reject(new AppError('unavailable', 'The server takes no new calls.'));
}
