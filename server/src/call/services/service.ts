import type { CallRef } from '../model/call.ts';
import type { Draft } from '../step/draft.ts';
import type { LegLookup } from '../step/leg-place.ts';

/** What a service may ask besides the calls it is about. */
export interface Surroundings {
  readonly newId: () => string;
  readonly legs: LegLookup;
  /** The running calls in which a device of this extension is. */
  callsOf(extensionId: string): readonly string[];
  /** The running calls that were begun to ask somebody for this one. */
  consultationsFor(callId: string): readonly string[];
  /** The running call of a scheduled conference, or the id under which it will open. */
  conferenceCall(conferenceId: string): string;
  /** A place under which a party of this organization is parked: the smallest that is free, from 1. */
  takePosition(organizationId: string): number;
  freePosition(organizationId: string, position: number): void;
  /** It has failed, and that could not be stored yet: to the log it goes on. */
  isRecordingLost(recordingId: string): boolean;
}

/**
 * One service as a value: which calls it is about, and what it does to them. `Input` is the request, or what `prepare`
 * makes of it once, before anything waits: ids of what is to come.
 */
export interface Service<Request, Result, Input = Request> {
  prepare?(request: Request, around: Surroundings): Input;
  /** Asked whenever things have moved; all calls that share a leg with these are stepped with them. */
  calls(input: Input, around: Surroundings): readonly string[];
  /** Throws AppError to refuse. */
  step(draft: Draft, input: Input, around: Surroundings): Result;
  /** It makes something go on that was not there: refused while the server drains. Default: no. */
  opens?(input: Input): boolean;
  /** The id that the caller has chosen for a leg to be dialled; in use already: conflict. */
  dials?(input: Input): string | undefined;
  /** A new leg that has come in, and its connection to be: known from now on, so that its reports wait for it. */
  receives?(input: Input, around: Surroundings): { readonly legId: string; readonly ref: CallRef } | null;
  /** It ends legs: they are hung up also when that cannot be stored, and the log learns of it when it can. */
  readonly ends?: boolean;
  /** It was refused, or could not be stored: gives back what it took. */
  failed?(input: Input, around: Surroundings): void;
}

/** The calls of the leg at which the call is to wait. */
export function callsAtLeg({ atLeg }: { readonly atLeg?: string }, legs: LegLookup): readonly string[] {
  const refs = atLeg === undefined ? [] : (legs(atLeg)?.refs ?? []);
  return refs.map(({ callId }) => callId);
}

/** A service about one call that is there. */
export function onOneCall<Request extends { readonly callId: string }, Result>(
  step: Service<Request, Result>['step'],
): Service<Request, Result> {
  return { calls: ({ callId }) => [callId], step };
}

/** A service that ends legs of one call that is there. */
export function endingLegs<Request extends { readonly callId: string }, Result>(
  step: (draft: Draft, request: Request) => Result,
): Service<Request, Result> {
  return { ...onOneCall(step), ends: true };
}

/** A service that dials a device into one call that is there; gives its connection. */
export function dialsIntoCall<Request extends { readonly callId: string; readonly atLeg?: string }>(
  step: (draft: Draft, request: Request) => string,
): Service<Request, CallRef> {
  return {
    opens: () => true,
    calls: (request, { legs }) => [request.callId, ...callsAtLeg(request, legs)],
    step: (draft, request) => ({ callId: request.callId, connectionId: step(draft, request) }),
  };
}
