import type { Codec } from '../../src/audio/codec.ts';
import { waitFor } from './wait.ts';
import { WebPeer } from './web-peer.ts';

interface Party {
  readonly name: string;
  readonly number: string;
  readonly state: 'dialling' | 'ringing' | 'connected' | 'held';
}

export interface WebPhoneCallTold {
  readonly id: string;
  readonly direction: 'incoming' | 'outgoing';
  readonly state: 'dialling' | 'ringing' | 'established' | 'ended';
  readonly party: { readonly name: string; readonly number: string };
  readonly autoAnswer: boolean;
  readonly early: boolean;
  readonly reason: string | null;
  readonly held: boolean;
  readonly with: readonly Party[];
  readonly waiting: readonly { readonly with: readonly Party[] }[];
}

// biome-ignore lint/suspicious/noExplicitAny: whatever JSON came; the tests look at it piece by piece
type Told = any;

interface WebPhoneOptions {
  /** `http://127.0.0.1:8080` */
  readonly server: string;
  readonly login: string;
  readonly password: string;
  readonly extension?: string;
  readonly tone: number;
  readonly codec: Codec;
}

/**
 * A browser that is a phone of an extension, without the browser: the protocol, and a WebRTC stack that says a tone.
 */
export class WebPhonePeer {
  readonly #options: WebPhoneOptions;
  readonly told: Told[] = [];
  readonly calls = new Map<string, WebPhoneCallTold>();
  readonly #peers = new Map<string, WebPeer>();
  #socket: WebSocket | null = null;
  #nextId = 1;
  location = '';
  /** What it offered when it dialled. */
  offered = '';
  closed: number | null = null;

  private constructor(options: WebPhoneOptions) {
    this.#options = options;
  }

  static async start(options: WebPhoneOptions): Promise<WebPhonePeer> {
    const phone = new WebPhonePeer(options);
    const { server, login, password, extension } = options;
    const answer = await fetch(`${server}/phone`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(extension === undefined ? {} : { extension }),
    });
    if (answer.status !== 201) throw new Error(`signing in: ${answer.status} ${await answer.text()}`);
    phone.location = answer.headers.get('location')!;
    await phone.connect();
    return phone;
  }

  /** Also again, after the socket was lost. */
  async connect(): Promise<void> {
    const socket = new WebSocket(`${this.location.replace(/^http/, 'ws')}/events`);
    this.#socket = socket;
    this.closed = null;
    socket.addEventListener('message', ({ data }) => {
      const message = JSON.parse(String(data));
      this.told.push(message);
      if (message.type === 'call') this.calls.set(message.call.id, message.call);
      if (message.type === 'registered') for (const call of message.calls) this.calls.set(call.id, call);
    });
    socket.addEventListener('close', ({ code }) => {
      if (this.#socket === socket) this.closed = code;
    });
    const from = this.told.length;
    await waitFor(
      () => this.told.slice(from).some(({ type }) => type === 'registered'),
      2000,
      () => `to be registered; closed ${this.closed}`,
    );
  }

  drop(): void {
    this.#socket?.close();
  }

  /** Resolves to the answer; rejects with its error. */
  async ask(what: string, more: object = {}): Promise<Told> {
    const id = this.#nextId++;
    this.#socket!.send(JSON.stringify({ id, do: what, ...more }));
    const answer = await waitFor(
      () => this.told.find((one) => one.type === 'answer' && one.id === id),
      5000,
      `an answer to ${what}`,
    );
    if (!answer.ok) throw Object.assign(new Error(answer.error.message), { code: answer.error.code });
    return answer.result;
  }

  async dial(to: string): Promise<string> {
    const peer = this.#peer();
    this.offered = await peer.offer();
    const { call, answer } = await this.ask('dial', { to, offer: this.offered });
    peer.answered(answer);
    this.#peers.set(call, peer);
    return call;
  }

  async pickUp(call: string): Promise<void> {
    const peer = this.#peer();
    this.#peers.set(call, peer);
    const { answer } = await this.ask('pickUp', { call, offer: await peer.offer() });
    peer.answered(answer);
  }

  /** Another network: what was falls silent, and it comes another way. */
  async move(call: string): Promise<void> {
    this.silence(call);
    const peer = this.#peer();
    this.#peers.set(call, peer);
    const answer = await this.offerAgain(call, await peer.offer());
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`another way: ${answer.status} ${text}`);
    peer.answered(text);
  }

  offerAgain(call: string, offer: string): Promise<Response> {
    return fetch(`${this.location}/calls/${call}`, {
      method: 'POST',
      headers: { 'content-type': 'application/sdp' },
      body: offer,
    });
  }

  /** A call in this state that is none of `but`; its id. */
  async inState(state: WebPhoneCallTold['state'], but: readonly string[] = []): Promise<string> {
    const found = await waitFor(
      () => [...this.calls.values()].find((call) => call.state === state && !but.includes(call.id)),
      5000,
      () => `a call that is ${state}: ${JSON.stringify([...this.calls.values()])}`,
    );
    return found.id;
  }

  async ended(call: string): Promise<WebPhoneCallTold> {
    await waitFor(() => this.calls.get(call)?.state === 'ended', 5000, `the end of call ${call}`);
    return this.calls.get(call)!;
  }

  /** `talks 103 | waits 104`: who is in the call now, and in those that wait at its leg. */
  place(call: string): string {
    const { held, with: parties, waiting } = this.calls.get(call)!;
    const named = (all: readonly Party[]) =>
      all.map(({ number, state }) => (state === 'connected' ? number : `${number} ${state}`)).join(', ');
    const others = waiting.map((one) => `waits ${named(one.with)}`);
    return [`${held ? 'holds' : 'talks'} ${named(parties)}`, ...others].join(' | ');
  }

  async inPlace(call: string, place: string): Promise<void> {
    await waitFor(
      () => this.place(call) === place,
      10_000,
      () => `${place}; it is ${this.place(call)}`,
    );
  }

  /** dB of a tone in the last half second of a call. */
  hears(call: string, tone: number): number {
    return this.#peers.get(call)!.hears(tone);
  }

  /** Hangs up what it has of sound, as a browser whose page went away. */
  silence(call: string): void {
    this.#peers.get(call)?.close();
    this.#peers.delete(call);
  }

  stop(): void {
    for (const peer of this.#peers.values()) peer.close();
    this.#peers.clear();
    this.#socket?.close();
  }

  #peer(): WebPeer {
    return new WebPeer(this.#options.tone, this.#options.codec);
  }
}
