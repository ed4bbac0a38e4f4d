import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { Call, CallRef } from './call.ts';
import type { Cause } from './cause.ts';
import type { CallEvent } from './events.ts';
import type { CallStore, MediaPort, SignallingPort } from './ports.ts';
import type { LegReport } from './reports.ts';
import type {
  ClearCall,
  ClearConnection,
  ConnectionRequest,
  EnterConference,
  GenerateDigits,
  MakeCall,
  ReceiveCall,
  SetMute,
  SingleStepConference,
} from './requests.ts';

export interface CallRuntimeOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly store: CallStore;
  readonly signalling: SignallingPort;
  readonly media: MediaPort;
}

export interface CallRuntimeEvents {
  /** `call` is the state after this very event. Events of one call come in order of seq. */
  event: { readonly event: CallEvent; readonly call: Call };
}

/**
 * The one loop: input → step → store.append → effects → published events, one queue per call.
 * Every service resolves when what it did is durable and its effects are under way; it rejects with an AppError, or
 * with `unavailable` when the store failed (then nothing changed).
 */
export class CallRuntime {
  constructor(options: CallRuntimeOptions) {
    void options;
  }

  /** A new incoming leg. From here on its reports belong to the call, even before this resolves. */
  receiveCall(request: ReceiveCall): Promise<CallRef> {
    throw new Error(String(request));
  }
  enterConference(request: EnterConference): Promise<CallRef> {
    throw new Error(String(request));
  }
  makeCall(request: MakeCall): Promise<CallRef> {
    throw new Error(String(request));
  }
  answerCall(request: ConnectionRequest): Promise<void> {
    throw new Error(String(request));
  }
  holdCall(request: ConnectionRequest): Promise<void> {
    throw new Error(String(request));
  }
  retrieveCall(request: ConnectionRequest): Promise<void> {
    throw new Error(String(request));
  }
  clearConnection(request: ClearConnection): Promise<void> {
    throw new Error(String(request));
  }
  clearCall(request: ClearCall): Promise<void> {
    throw new Error(String(request));
  }
  singleStepConference(request: SingleStepConference): Promise<CallRef> {
    throw new Error(String(request));
  }
  setMute(request: SetMute): Promise<void> {
    throw new Error(String(request));
  }
  generateDigits(request: GenerateDigits): Promise<void> {
    throw new Error(String(request));
  }

  /** What a leg tells about itself. Never throws. */
  report(legId: string, report: LegReport): void {
    throw new Error(String([legId, report]));
  }

  /** Where a leg is now. */
  refOfLeg(legId: string): CallRef | null {
    throw new Error(legId);
  }
  /** Running calls as last stored. */
  snapshot(): Call[] {
    throw new Error();
  }
  call(callId: string): Call | null {
    throw new Error(callId);
  }
  /** The running call of a scheduled conference. */
  callOfConference(conferenceId: string): Call | null {
    throw new Error(conferenceId);
  }

  /** The returned function removes the listener. */
  on(name: 'event', listener: (value: CallRuntimeEvents['event']) => void): () => void {
    throw new Error(String([name, listener]));
  }

  /** Before anything else: ends the calls that a crash left open, cause systemFailure. Gives how many. */
  recover(): Promise<number> {
    throw new Error();
  }
  /** From now on new calls are refused (`unavailable`); resolves when the last running one has ended. */
  drain(): Promise<void> {
    throw new Error();
  }
  /** Drains, clears what is left, and resolves when that is stored. */
  close(cause?: Cause): Promise<void> {
    throw new Error(cause);
  }
  counters(): {
    readonly calls: number;
    readonly connections: number;
    readonly events: number;
    readonly ignoredReports: number;
    readonly failedAppends: number;
  } {
    throw new Error();
  }
}
