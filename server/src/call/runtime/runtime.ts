import { AppError } from '../../base/app-error.ts';
import type { Call, CallRef } from '../model/call.ts';
import type { Cause } from '../model/cause.ts';
import type { Connection } from '../model/connection.ts';
import { clearCall } from '../services/clear-call.ts';
import { parkReturn } from '../services/park-call.ts';
import type { Service, Surroundings } from '../services/service.ts';
import { endCall, notReached } from '../step/departure.ts';
import type { Draft } from '../step/draft.ts';
import type { LegReport } from '../step/reports.ts';
import type { CallPage, CallPageQuery } from './call-index.ts';
import { CallLoop, type CallRuntimeEvents, type CallRuntimeOptions } from './call-loop.ts';
import { type Deadline, Deadlines } from './deadlines.ts';
import { dialsSince } from './dials-before.ts';
import { ParkPositions } from './park-positions.ts';
import { endAfterCrash } from './recovery.ts';
import { ReportIntake } from './report-intake.ts';

export type { CallRuntimeEvents, CallRuntimeOptions } from './call-loop.ts';

/** What was due while the store was away is due again after this time, ms. */
const dueAgainMs = 1000;

/**
 * The one loop: input → step → store.append → effects → published events, one queue per call.
 */
export class CallRuntime {
  readonly #options: CallRuntimeOptions;
  readonly #loop: CallLoop;
  readonly #reports: ReportIntake;
  readonly #deadlines: Deadlines;
  readonly #positions = new ParkPositions();
  /** Chosen by callers for legs that are about to be dialled. */
  readonly #claimedLegs = new Set<string>();
  readonly #around: Surroundings;
  /** Calls about to open. */
  readonly #opening = new Set<Promise<unknown>>();
  #draining = false;
  #closed = false;

  constructor(options: CallRuntimeOptions) {
    this.#options = options;
    const { clock, log } = options;
    this.#loop = new CallLoop(
      options,
      (before, after) => this.#changed(before, after),
      (legId, report) => this.#reports.put(legId, report),
    );
    this.#reports = new ReportIntake(clock, log, this.#loop);
    this.#deadlines = new Deadlines(clock, (deadline) => this.#due(deadline));
    this.#around = {
      newId: () => this.#loop.newId(),
      legs: (legId) => this.#loop.legs.get(legId),
      callsOf: (extensionId) => this.#loop.extensions.of(extensionId).map(({ callId }) => callId),
      consultationsFor: (callId) => this.#loop.index.consultationsFor(callId),
      conferenceCall: (conferenceId) => this.#conferenceCall(conferenceId),
      takePosition: (organizationId) => this.#positions.take(organizationId),
      freePosition: (organizationId, position) => this.#positions.free(organizationId, position),
      isRecordingLost: (recordingId) => this.#reports.isRecordingLost(recordingId),
    };
  }

  /**
   * Does what a service says. Resolves when that is durable and its effects are under way; for one that dials, when
   * dialling begins. Rejects with an AppError, or with `unavailable` when the store failed; then nothing has changed.
   */
  async do<Request, Result, Input>(service: Service<Request, Result, Input>, request: Request): Promise<Result> {
    const around = this.#around;
    // Without `prepare` the input is the request.
    const input = service.prepare?.(request, around) ?? (request as unknown as Input);
    const opens = service.opens?.(input) ?? false;
    if (opens && this.#draining) return refusedNow();
    const claimed = service.dials?.(input);
    const came = service.receives?.(input, around) ?? null;
    for (const legId of [claimed, came?.legId]) if (legId !== undefined) this.#checkNew(legId);
    if (claimed !== undefined) this.#claimedLegs.add(claimed);
    if (came !== null) this.#loop.legs.expect(came.legId, came.ref);
    const calls = () => {
      this.#follow(service.receives?.(input, around) ?? null);
      return service.calls(input, around);
    };
    try {
      const done = this.#run(calls, (draft) => service.step(draft, input, around), service.ends);
      return await (opens ? this.#opens(done) : done);
    } catch (error) {
      if (came !== null) this.#loop.legs.forget(came.legId, came.ref.connectionId);
      service.failed?.(input, around);
      throw error;
    } finally {
      if (claimed !== undefined) this.#claimedLegs.delete(claimed);
    }
  }

  /** What a leg tells about itself. Never throws. */
  report(legId: string, report: LegReport): void {
    this.#reports.put(legId, report);
  }

  /**
   * This recording could not be made, or could not go on: ends it in the call, however long the store is away. Never
   * throws.
   */
  recordingFailed(callId: string, recordingId: string): void {
    this.#reports.recordingFailed(callId, recordingId);
  }

  /** The connection that a leg serves now; of an idle one, which it served last. */
  refOfLeg(legId: string): CallRef | null {
    return this.#loop.legs.refOf(legId);
  }

  /** Running calls as last stored. */
  snapshot(): Call[] {
    return [...this.#loop.calls.values()];
  }

  call(callId: string): Call | null {
    return this.#loop.calls.get(callId) ?? null;
  }

  /** The connections of an extension's device, in all running calls. */
  connectionsOf(extensionId: string): readonly CallRef[] {
    return this.#loop.extensions.of(extensionId);
  }

  /** The connections that an extension is charged for, where it was named for them alone. */
  connectionsChargedTo(extensionId: string): readonly CallRef[] {
    return this.#loop.extensions.chargedTo(extensionId);
  }

  /**
   * Running calls that have to do with an extension as a whole: it is their conference, began them or was called, is
   * charged, or has parked them.
   */
  callsOf(extensionId: string): readonly Call[] {
    return this.#loop.index.ofExtension(extensionId);
  }

  /** Running calls of an organization, the oldest first. */
  callPage(organizationId: string, page: CallPageQuery): CallPage {
    return this.#loop.index.page(organizationId, page);
  }

  /** The running calls in which this is a connection, or a leg that is there or about to be dialled. */
  callsNamed(id: string): readonly Call[] {
    const { extensions, index, legs } = this.#loop;
    const ofLeg = legs.get(id)?.refs.map(({ callId }) => callId) ?? [];
    const ids = new Set([extensions.callOf(id), index.ofDestination(id), ...ofLeg]);
    return [...ids].flatMap((callId) => (callId === null ? [] : (this.call(callId) ?? [])));
  }

  /** The running call of a scheduled conference. */
  callOfConference(conferenceId: string): Call | null {
    const callId = this.#loop.conferences.get(conferenceId);
    return callId === undefined ? null : this.call(callId);
  }

  /** The returned function removes the listener. */
  on<Name extends keyof CallRuntimeEvents>(name: Name, listener: (value: CallRuntimeEvents[Name]) => void): () => void {
    return this.#loop.emitter.on(name, listener);
  }

  /**
   * Before anything else: ends the calls that a crash left open, cause systemFailure, and tells the budget what was
   * dialled of late. Gives how many calls.
   */
  async recover(): Promise<number> {
    const { store, log, clock, budget } = this.#options;
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
    if (budget !== undefined) {
      const dials = await dialsSince(store, clock.now() - budget.windowMs);
      for (const { dial, at } of dials) budget.remember(dial, at);
    }
    if (open.length > 0) log.warn({ calls: open.length }, 'calls left open by an earlier run were ended in the log');
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
      const before = this.#loop.counts.failedAppends;
      const rounds = this.snapshot().map((call) => this.do(clearCall, { callId: call.id, cause }));
      for (const round of await Promise.allSettled(rounds)) {
        failed ||= round.status === 'rejected' && (round.reason as AppError).code === 'unavailable';
      }
      // They are hung up, but it could not be stored.
      failed ||= this.#loop.counts.failedAppends > before;
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
    ends = false,
  ): Promise<Result> {
    if (this.#closed) return refusedNow();
    return new Promise((resolve, reject) => {
      this.#loop.add({
        targets: typeof targets === 'function' ? targets : () => targets,
        step,
        ends,
        dropped() {},
        done: (result) => resolve(result as Result),
        failed: reject,
      });
    });
  }

  #checkNew(legId: string): void {
    if (!this.#loop.legs.has(legId) && !this.#claimedLegs.has(legId)) return;
    throw new AppError('conflict', 'This leg is in a call already.', { legId });
  }

  /** A leg that waits to come in, when the call it is for will open under another id than before. */
  #follow(came: ReturnType<NonNullable<Service<unknown, unknown>['receives']>>): void {
    if (came === null) return;
    const { legId, ref } = came;
    const waits = this.#loop.legs.refOf(legId);
    if (waits?.connectionId === ref.connectionId && waits.callId !== ref.callId) this.#loop.legs.expect(legId, ref);
  }

  /** `close` waits for it, then clears what it opened. */
  #opens<Result>(opening: Promise<Result>): Promise<Result> {
    this.#opening.add(opening);
    const opened = () => void this.#opening.delete(opening);
    opening.then(opened, opened);
    return opening;
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
      else if (kind === 'line') lineTimedOut(draft, callId, at);
      else endTimedOut(draft, callId, at);
    };
    const isUnavailable = (error: unknown) => error instanceof AppError && error.code === 'unavailable';
    this.#run([callId], step, kind !== 'park')
      // Nobody may be dialled any more who could fetch the party.
      .catch((error: unknown) => {
        if (isUnavailable(error)) throw error;
        return this.do(clearCall, { callId, cause: 'resourcesNotAvailable' });
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

function lineTimedOut(draft: Draft, callId: string, at: number): void {
  const waiting = (call: Call | null) => call?.lines.map((id) => call.connections.get(id)).find(isDue) ?? null;
  const isDue = (connection: Connection | undefined) => (connection?.waitsUntil ?? Number.POSITIVE_INFINITY) <= at;
  for (let one = waiting(draft.find(callId)); one !== null; one = waiting(draft.find(callId))) {
    notReached(draft, draft.call(callId), one, { cause: 'noAnswer' });
  }
}

function refusedNow(): Promise<never> {
  return Promise.reject(new AppError('unavailable', 'The server takes no new calls.'));
}
