import { PhoneConnection, type PhoneState } from './phone-connection.ts';
import type { PhoneCallTold, PhoneLogin } from './phone-socket.ts';

/** One call at the phone of a user, as whoever lives in it is told. */
export interface PhoneCallOwner {
  told(call: PhoneCallTold): void;
  /** To be answered now: somebody asked for it elsewhere. */
  pickUp(): void;
  online(online: boolean): void;
}

export interface PhoneCallsListener {
  /** Somebody calls: gives who is told of the call. */
  incoming(call: PhoneCallTold): PhoneCallOwner;
  /** A call in which the page before its reload was: gives who goes on in it. */
  goesOn(call: PhoneCallTold): PhoneCallOwner;
  /** The service is there, or is not. */
  online(online: boolean): void;
  /** It ended without having been asked to: `displaced`, `loginWrong`, … */
  over(why: string): void;
}

/** The phone of a logged-in user: who is told of which call. */
export class PhoneCalls {
  readonly #listener: PhoneCallsListener;
  readonly #owners = new Map<string, PhoneCallOwner>();
  readonly #connection: PhoneConnection;
  /** Who dials, and is not known by an id yet: what is told of it comes before the answer. */
  #dialling: PhoneCallOwner | null = null;

  constructor(listener: PhoneCallsListener) {
    this.#listener = listener;
    this.#connection = new PhoneConnection({
      state: (state, why) => this.#state(state, why),
      calls: (calls) => this.#all(calls),
      call: (call) => this.#told(call),
      pickUp: (callId) => this.#owners.get(callId)?.pickUp(),
      forgotten: () => this.#all([]),
    });
  }

  /** What its calls find a way by. Never rejects. */
  freshIceServers(): Promise<readonly RTCIceServer[]> {
    return this.#connection.freshIceServers();
  }

  /** What proves to the server which phone this is; null: it is none now. */
  get phoneId(): string | null {
    return this.#connection.phoneId;
  }

  get isRegistered(): boolean {
    return this.#connection.state === 'registered';
  }

  /** Rejects with PhoneRefusal. */
  async register(login: PhoneLogin): Promise<void> {
    await this.#connection.register(login);
  }

  unregister(): Promise<void> {
    return this.#connection.unregister();
  }

  /** Rejects with CommandFailed or PhoneRefusal. */
  ask(what: string, more: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
    return this.#connection.ask(what, more);
  }

  /** Another way in a call, with an offer, as the one before is lost, or the page is new. As `PhoneConnection.move`. */
  move(callId: string, offer: string, lost: boolean): Promise<string> {
    return this.#connection.move(callId, offer, lost);
  }

  /** Gives the id and the answer. One after the other. Rejects as `ask`. */
  async dial(
    to: string,
    offer: string,
    owner: PhoneCallOwner,
  ): Promise<{ readonly id: string; readonly answer: string }> {
    if (this.#dialling !== null) throw new Error('Another call is being dialled.');
    this.#dialling = owner;
    try {
      const { call, answer } = await this.#connection.ask('dial', { to, offer });
      return { id: String(call), answer: String(answer) };
    } finally {
      this.#dialling = null;
    }
  }

  #told(call: PhoneCallTold): void {
    const known = this.#owners.get(call.id);
    if (call.state === 'ended') this.#owners.delete(call.id);
    if (known !== undefined) {
      known.told(call);
      return;
    }
    if (call.state === 'ended') return;
    if (call.direction === 'outgoing' && this.#dialling !== null) {
      this.#owners.set(call.id, this.#dialling);
      this.#dialling.told(call);
      return;
    }
    if (call.direction === 'outgoing' || call.state !== 'ringing') {
      this.#owners.set(call.id, this.#listener.goesOn(call));
      return;
    }
    const owner = this.#listener.incoming(call);
    this.#owners.set(call.id, owner);
    if (call.autoAnswer) owner.pickUp();
  }

  /** What is not among them is over. */
  #all(calls: readonly PhoneCallTold[]): void {
    for (const [id, owner] of [...this.#owners]) {
      if (calls.some((call) => call.id === id)) continue;
      this.#owners.delete(id);
      const party = { name: '', number: '' };
      const nowhere = { held: false, with: [], waiting: [], autoAnswer: false, early: false };
      owner.told({ ...nowhere, id, direction: 'incoming', state: 'ended', party, reason: 'networkNotObtainable' });
    }
    for (const call of calls) this.#told(call);
  }

  #state(state: PhoneState, why: string | null): void {
    const online = state === 'registered';
    for (const owner of [...this.#owners.values()]) owner.online(online);
    this.#listener.online(online);
    if (state === 'off' && why !== null) this.#listener.over(why);
  }
}
