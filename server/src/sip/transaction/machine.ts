import type { Clock } from '../../base/clock.ts';
import type { SipRequest } from '../message/message.ts';
import type { Flow } from '../transport/flow.ts';
import type { Deadlines, TimerOptions } from './timers.ts';

/** For each state and input: the next state and what is done on the way. An input without a row is ignored there. */
export type Table<State extends string, Input extends string, Action extends string> = {
  readonly [S in State]: { readonly [I in Input]?: readonly [next: State, ...actions: Action[]] };
};

/** What the machines need of the layer that holds them. */
export interface MachineHost {
  readonly clock: Clock;
  readonly timers: Readonly<TimerOptions>;
  readonly deadlines: Deadlines;
  /** Calls into the transaction user; what it throws is logged and goes no further. */
  tell(callback: () => void): void;
  /** An ACK for a 2xx that came with the branch of the INVITE. */
  passAck(ack: SipRequest, flow: Flow): void;
  /**
   * Whether what is sent over this flow arrives at somebody who wants it; else no more may be sent than was received.
   */
  isReached(flow: Flow): boolean;
  /** The machine has terminated. */
  remove(key: string): void;
}
