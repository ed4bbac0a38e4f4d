import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import type { Flow } from '../transport/flow.ts';
import type { Transport } from '../transport/transport.ts';
import type { ClientHandlers, ClientTransaction, ServerTransaction } from './transaction.ts';

export type { ClientHandlers, ClientState, ClientTransaction, ServerState, ServerTransaction } from './transaction.ts';

/** Milliseconds (RFC 3261 table 4). */
export interface TimerOptions {
  t1: number;
  t2: number;
  t4: number;
  /** How long an INVITE may stay without a final response after the last provisional one before it is cancelled. */
  timerC: number;
  /** How long a refused INVITE's client transaction absorbs retransmissions on unreliable transports. */
  timerD: number;
  /** How long an INVITE may stay unanswered before a 100 is sent. */
  trying: number;
}

export interface TransactionLayerOptions {
  transport: Transport;
  clock: Clock;
  random: Random;
  log: Log;
  timers?: Partial<TimerOptions>;
  limits?: { serverTransactions?: number; clientTransactions?: number };
}

export class TransactionLayer {
  onRequest: (request: SipRequest, transaction: ServerTransaction) => void = () => {};
  onCancel: (cancel: SipRequest, invite: ServerTransaction) => void = () => {};
  onAck: (ack: SipRequest, flow: Flow) => void = () => {};
  onStrayResponse: (response: SipResponse, flow: Flow) => void = () => {};

  constructor(_options: TransactionLayerOptions) {}

  request(_request: SipRequest, _flow: Flow, _handlers: ClientHandlers): ClientTransaction {
    throw new Error('not there yet');
  }

  sendAck(_ack: SipRequest, _flow: Flow): void {}

  counts(): { server: number; client: number } {
    return { server: 0, client: 0 };
  }

  close(): void {}
}
