import type { Timer } from '../../base/clock.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { createResponse } from '../message/response.ts';
import { serialize } from '../message/serialize.ts';
import type { Flow } from '../transport/flow.ts';
import { Allowance } from './allowance.ts';
import type { MachineHost, Table } from './machine.ts';
import type { ServerHandle, ServerMachine } from './server-handle.ts';
import type { Deadline } from './timers.ts';

type State = 'proceeding' | 'completed' | 'confirmed' | 'accepted' | 'terminated';
type Input =
  | 'request'
  | 'provisional'
  | 'success'
  | 'failure'
  | 'refusal'
  | 'ack'
  | 'error'
  | 'timerTrying'
  | 'timerG'
  | 'timerH'
  | 'timerI'
  | 'timerL';
type Action =
  | 'send'
  | 'sendTrying'
  | 'repeat'
  | 'repeatIfAllowed'
  | 'repeatIfUnproven'
  | 'passAck'
  | 'reportError'
  | 'reportTimeout'
  | 'startG'
  | 'startH'
  | 'startI'
  | 'startL';

/**
 * The INVITE server transaction (RFC 3261 figure 7 as changed by RFC 6026 figure 5):
 * proceeding until the final response; completed after a refusal, until its ACK; confirmed while late ACKs may come;
 * accepted after a 2xx, which the transaction user repeats; terminated, right away after a refusal nobody remembers.
 *
 * To an address that may be forged (see allowance.ts) nothing goes by itself, only one answer for each copy of the
 * INVITE, the 2xx included; no 100 either, so that an honest caller goes on to repeat its INVITE until it has the
 * answer.
 */
const table: Table<State, Input, Action> = {
  proceeding: {
    request: ['proceeding', 'repeat'],
    timerTrying: ['proceeding', 'sendTrying'],
    provisional: ['proceeding', 'send'],
    success: ['accepted', 'send', 'startL'],
    failure: ['completed', 'send', 'startG', 'startH'],
    refusal: ['terminated', 'send'],
    error: ['terminated', 'reportError'],
  },
  completed: {
    request: ['completed', 'repeat'],
    timerG: ['completed', 'repeatIfAllowed', 'startG'],
    timerH: ['terminated', 'reportTimeout'],
    ack: ['confirmed', 'startI'],
    error: ['terminated', 'reportError'],
  },
  confirmed: {
    timerI: ['terminated'],
  },
  accepted: {
    request: ['accepted', 'repeatIfUnproven'],
    success: ['accepted', 'send'],
    ack: ['accepted', 'passAck'],
    timerL: ['terminated'],
  },
  terminated: {},
};

export class InviteServer implements ServerMachine {
  readonly key: string;
  flow: Flow;
  state: State = 'proceeding';
  units = 1;
  /** The tag of the last response, for the answer to a CANCEL. */
  toTag: string | null = null;
  readonly #host: MachineHost;
  /** What the transaction user holds; let go when it has nothing more to hear. */
  #handle: ServerHandle | null;
  #bytes: Buffer | null = null;
  #ack: SipRequest | null = null;
  #error: Error | null = null;
  readonly #source: Flow;
  readonly #allowance = new Allowance();
  #interval = 0;
  #short: Timer | null;
  #long: Deadline | null = null;

  constructor(host: MachineHost, key: string, flow: Flow, handle: ServerHandle) {
    this.#host = host;
    this.key = key;
    this.flow = flow;
    this.#handle = handle;
    this.#source = handle.flow;
    this.#allowance.received(handle.request);
    this.#short = host.clock.setTimer(host.timers.trying, () => this.input('timerTrying'));
  }

  get handle(): ServerHandle | null {
    return this.#handle;
  }

  respond(response: SipResponse): void {
    const { status } = response;
    const input = status < 200 ? 'provisional' : status < 300 ? 'success' : 'failure';
    if (table[this.state][input] === undefined) return;
    const bytes = this.#isReached() ? serialize(response) : this.#allowance.fit(response);
    // Of a final response the first is owed, another is a repetition.
    const repeats = this.state === 'accepted';
    if (repeats && !this.#isReached() && bytes.length > this.#allowance.bytes) return;
    this.#bytes = bytes;
    if (status > 100) this.toTag = response.toTag;
    // What may not go yet goes with the next copy of the INVITE.
    if (input !== 'provisional' || this.#mayRing()) this.input(input);
  }

  refuse(response: SipResponse): void {
    if (this.state !== 'proceeding' || this.#bytes !== null) {
      this.respond(response);
      return;
    }
    this.#bytes = this.#isReached() ? serialize(response) : this.#allowance.fit(response);
    this.input('refusal');
  }

  acknowledge(ack: SipRequest): void {
    this.#ack = ack;
    this.input('ack');
    this.#ack = null;
  }

  retransmitted(copy: SipRequest): void {
    this.#allowance.received(copy);
    this.input('request');
  }

  timerEnded(name: 'timerH' | 'timerI' | 'timerL'): void {
    this.#long = null;
    this.input(name);
  }

  readonly #failed = (error: Error): void => {
    this.#error = error;
    this.input('error');
  };

  input(input: Input): void {
    const row = table[this.state][input];
    if (row === undefined) return;
    const before = this.state;
    this.state = row[0];
    if (before !== this.state) this.#leave();
    for (let i = 1; i < row.length; i++) this.#perform(row[i] as Action);
    if (this.state === 'terminated' && before !== 'terminated') this.#host.remove(this.key);
  }

  /** Whatever ran in the old state has no meaning in the new one. */
  #leave(): void {
    this.#short?.cancel();
    this.#short = null;
    this.#long?.cancel();
    this.#long = null;
  }

  #perform(action: Action): void {
    const { timers, deadlines } = this.#host;
    switch (action) {
      case 'send':
        this.#short?.cancel();
        this.#short = null;
        this.#send();
        // From here on the transaction user repeats it.
        if (this.state === 'accepted' && this.#isReached()) this.#bytes = null;
        break;
      case 'repeatIfAllowed':
        if (this.#isReached() || (this.#bytes?.length ?? 0) <= this.#allowance.bytes) this.#send();
        break;
      case 'repeatIfUnproven':
        if (!this.#isReached()) this.#send();
        break;
      case 'repeat':
        if (this.state !== 'proceeding' || this.#mayRing()) this.#send();
        break;
      case 'sendTrying':
        this.#short = null;
        if (!this.#isReached()) break;
        // What could not go until now says more.
        if (this.#handle !== null) this.#bytes ??= serialize(createResponse(this.#handle.request, 100));
        this.#send();
        break;
      case 'passAck':
        if (this.#ack !== null) this.#host.passAck(this.#ack, this.flow);
        break;
      case 'reportError':
        this.#report((handle) => handle.onTransportError?.(this.#error ?? new Error('The transport failed.')));
        break;
      case 'reportTimeout':
        this.#report((handle) => handle.onTimeout?.());
        break;
      case 'startG':
        if (this.flow.reliable) break;
        this.#interval = this.#interval === 0 ? timers.t1 : Math.min(this.#interval * 2, timers.t2);
        this.#short = this.#host.clock.setTimer(this.#interval, () => this.input('timerG'));
        break;
      case 'startH':
        // With nobody to tell, the request need not wait with us for an ACK that may never come.
        if (this.#handle?.onTimeout === null && this.#handle.onTransportError === null) this.#handle = null;
        this.#long = deadlines.after(64 * timers.t1, this, 'timerH');
        break;
      case 'startI':
        this.#handle = null;
        this.#bytes = null;
        if (this.flow.reliable) this.input('timerI');
        else this.#long = deadlines.after(timers.t4, this, 'timerI');
        break;
      case 'startL':
        this.#handle = null;
        this.#long = deadlines.after(64 * timers.t1, this, 'timerL');
        break;
    }
  }

  #send(): void {
    if (this.#bytes === null) return;
    this.#allowance.spend(this.#bytes.length);
    this.flow.send(this.#bytes, this.#failed);
  }

  /** A provisional response leaves room for the final one. */
  #mayRing(): boolean {
    return this.#isReached() || 2 * (this.#bytes?.length ?? 0) <= this.#allowance.bytes;
  }

  /** Answers go to the source, if not always to the port that the request came from. */
  #isReached(): boolean {
    return this.#host.isReached(this.flow) || (this.flow !== this.#source && this.#host.isReached(this.#source));
  }

  #report(call: (handle: ServerHandle) => void): void {
    const handle = this.#handle;
    if (handle !== null) this.#host.tell(() => call(handle));
  }

  /** Ends the transaction without a word. */
  stop(): void {
    this.#leave();
    this.state = 'terminated';
  }
}
