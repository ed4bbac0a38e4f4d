import { PhoneEars, type PhoneLevels } from './phone-ears.ts';
import {
  type PhoneCallTold,
  type PhoneExtension,
  type PhoneLogin,
  PhoneRefusal,
  PhoneSocket,
  type PhoneSocketListener,
  signIn,
} from './phone-socket.ts';
import { PhoneSound } from './phone-sound.ts';

export type { PhoneLevels } from './phone-ears.ts';
export { type PhoneExtension, type PhoneLogin, PhoneRefusal } from './phone-socket.ts';

/** off → registering → registered ⇄ lost (it is being mended) → off. */
export type PhoneState = 'off' | 'registering' | 'registered' | 'lost';

/** A call at the phone. */
export interface PhoneCall extends Omit<PhoneCallTold, 'state'> {
  readonly state: PhoneCallTold['state'] | 'held';
}

export interface PhoneLineOptions {
  /** `why`: of `off`, where nobody asked for that: `displaced`, `replaced`, `expired`, `loginWrong`, … */
  readonly onState?: (state: PhoneState, why: string | null) => void;
  /** A call that is new (an incoming one rings), or in another state; the last state is `ended`. */
  readonly onCall?: (call: PhoneCall) => void;
  /** Ten times a second while there is something to hear. */
  readonly onLevels?: (levels: PhoneLevels) => void;
  /** Rings and ringback are made by the page itself. Default: here. */
  readonly silent?: boolean;
  /** What it speaks with, asked for anew when calls begin. Default: this machine's microphone. */
  readonly microphone?: () => Promise<MediaStream>;
}

interface Line {
  call: PhoneCall;
  /** null: it rings, or an earlier page had it. */
  sound: PhoneSound | null;
  answering: boolean;
}

/** Between two attempts to come back, ms; the last one goes on. */
const pauses = [250, 500, 1000, 2000, 4000];

/**
 * A browser that is the phone of an extension (docs/protocols/webrtc.md): register it, and it rings, answers, dials,
 * holds. Of several calls one is talked in, the others are held.
 */
export class PhoneLine {
  readonly #options: PhoneLineOptions;
  readonly #ears: PhoneEars;
  readonly #lines = new Map<string, Line>();
  readonly #listener: PhoneSocketListener;
  #login: PhoneLogin | null = null;
  #address = '';
  #socket: PhoneSocket | null = null;
  #state: PhoneState = 'off';
  #extension: PhoneExtension | null = null;
  /** Calls that were begun and have no line yet. */
  #begun = 0;
  #tries = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #registering: { readonly done: (extension: PhoneExtension) => void; readonly failed: (why: Error) => void } | null =
    null;

  constructor(options: PhoneLineOptions = {}) {
    this.#options = options;
    this.#ears = new PhoneEars((levels) => options.onLevels?.(levels), options.microphone);
    this.#listener = {
      registered: (extension, calls) => this.#registered(extension, calls),
      call: (call) => this.#told(call),
      pickUp: (callId) => void this.answer(callId).catch(() => {}),
      closed: (over) => this.#closed(over),
    };
  }

  get state(): PhoneState {
    return this.#state;
  }

  get extension(): PhoneExtension | null {
    return this.#extension;
  }

  get calls(): PhoneCall[] {
    return [...this.#lines.values()].map(({ call }) => call);
  }

  get muted(): boolean {
    return this.#ears.muted;
  }

  /** Signs in. Rejects with PhoneRefusal. */
  async register(login: PhoneLogin): Promise<PhoneExtension> {
    if (this.#state !== 'off') throw new PhoneRefusal(0, 'registered', 'It is a phone already.');
    this.#login = login;
    this.#become('registering');
    try {
      this.#address = await signIn(login);
      return await new Promise((done, failed) => {
        this.#registering = { done, failed };
        this.#connect();
      });
    } catch (error) {
      this.#off(null);
      throw error;
    }
  }

  /** Signs out; calls end. */
  async unregister(): Promise<void> {
    const address = this.#state === 'off' ? null : this.#address;
    this.#off(null);
    if (address !== null) await fetch(address, { method: 'DELETE', keepalive: true }).catch(() => {});
  }

  /** Asks for the microphone, so that the browser's question does not come with the first call. */
  async prepare(): Promise<void> {
    await this.#ears.microphone();
    this.#rest();
  }

  /** Gives the call's id. Rejects with CommandFailed, or what the browser says of the microphone. */
  async dial(to: string): Promise<string> {
    const socket = this.#reached;
    this.#holdOthers('');
    this.#begun++;
    let sound: PhoneSound | null = null;
    try {
      sound = await this.#newSound();
      const { call, answer } = await socket.ask('dial', { to, offer: await sound.offer() });
      const id = String(call);
      const line = this.#lines.get(id);
      // It may have ended while it was answered.
      if (line === undefined) throw new Error('the call is over');
      line.sound = sound;
      await sound.answered(String(answer));
      this.#listen();
      return id;
    } catch (error) {
      sound?.close();
      throw error;
    } finally {
      this.#begun--;
      this.#rest();
    }
  }

  /** Answers what rings. */
  async answer(id: string): Promise<void> {
    const socket = this.#reached;
    const line = this.#line(id);
    if (line.call.state !== 'ringing' || line.call.direction !== 'incoming' || line.answering) return;
    line.answering = true;
    this.#listen();
    try {
      this.#holdOthers(id);
      const sound = await this.#newSound();
      line.sound = sound;
      const { answer } = await socket.ask('pickUp', { call: id, offer: await sound.offer() });
      await sound.answered(String(answer));
      this.#listen();
    } catch (error) {
      line.sound?.close();
      line.sound = null;
      throw error;
    } finally {
      line.answering = false;
      this.#listen();
    }
  }

  /** Turns away what rings. */
  async refuse(id: string, busy = false): Promise<void> {
    await this.#reached.ask('refuse', { call: id, busy });
  }

  async hangUp(id: string): Promise<void> {
    this.#lines.get(id)?.sound?.close();
    await this.#reached.ask('hangUp', { call: id });
  }

  /** The others hear music meanwhile. */
  async hold(id: string): Promise<void> {
    await this.#reached.ask('hold', { call: id });
    this.#isHeld(id, true);
  }

  async retrieve(id: string): Promise<void> {
    this.#holdOthers(id);
    await this.#reached.ask('retrieve', { call: id });
    this.#isHeld(id, false);
  }

  async digits(id: string, digits: string): Promise<void> {
    await this.#reached.ask('digits', { call: id, digits });
  }

  mute(muted: boolean): void {
    this.#ears.muted = muted;
  }

  /** Another microphone, for all calls; '' is the usual one. */
  async speakInto(deviceId: string): Promise<void> {
    const track = await this.#ears.speakInto(deviceId);
    if (track === null) return;
    await Promise.all([...this.#lines.values()].map(({ sound }) => sound?.speakInto(track)));
  }

  /** Another loudspeaker; '' is the usual one. */
  hearOn(deviceId: string): Promise<void> {
    return this.#ears.hearOn(deviceId);
  }

  /** What WebRTC measures of a call; null: it has no sound. */
  async stats(id: string): Promise<RTCStatsReport | null> {
    return (await this.#lines.get(id)?.sound?.stats()) ?? null;
  }

  /** What is heard in a call; null: nothing yet. */
  streamOf(id: string): MediaStream | null {
    return this.#lines.get(id)?.sound?.remote ?? null;
  }

  // ── the socket ───────────────────────────────────────────────────────────────────────────────────────────────────

  get #reached(): PhoneSocket {
    if (this.#socket === null || this.#state !== 'registered') {
      throw new PhoneRefusal(0, 'network', 'The server is not reached now.');
    }
    return this.#socket;
  }

  #connect(): void {
    this.#socket = new PhoneSocket(this.#address, this.#listener);
  }

  #registered(extension: PhoneExtension, calls: readonly PhoneCallTold[]): void {
    this.#extension = extension;
    this.#tries = 0;
    this.#become('registered');
    this.#registering?.done(extension);
    this.#registering = null;
    const known = new Set(calls.map(({ id }) => id));
    for (const { call } of [...this.#lines.values()]) {
      if (!known.has(call.id)) this.#told({ ...call, state: 'ended', reason: 'networkNotObtainable' });
    }
    for (const call of calls) this.#told(call);
  }

  #closed(over: string | null): void {
    this.#socket = null;
    // Unknown: the server began anew. Expired: half a day is over, or nobody came back in time.
    const anew = over === 'unknown' || over === 'expired' || over === 'shutdown';
    if (over !== null && !anew) {
      this.#off(over);
      return;
    }
    if (anew) {
      for (const { call } of [...this.#lines.values()])
        this.#told({ ...call, state: 'ended', reason: 'systemFailure' });
      this.#address = '';
    }
    if (this.#registering === null) this.#become('lost');
    this.#again();
  }

  #again(): void {
    const pause = pauses[Math.min(this.#tries++, pauses.length - 1)]!;
    this.#timer = setTimeout(() => void this.#mend(), pause);
  }

  async #mend(): Promise<void> {
    const login = this.#login;
    if (login === null) return;
    try {
      if (this.#address === '') this.#address = await signIn(login);
      if (this.#login === login) this.#connect();
    } catch (error) {
      if (this.#login !== login) return;
      const { status, code } = error as PhoneRefusal;
      // What will not be otherwise a moment later.
      if (status >= 400 && status < 500 && status !== 429) this.#off(code);
      else this.#again();
    }
  }

  #off(why: string | null): void {
    clearTimeout(this.#timer);
    this.#login = null;
    this.#socket?.close();
    this.#socket = null;
    this.#registering?.failed(new PhoneRefusal(0, why ?? 'off'));
    this.#registering = null;
    for (const { call } of [...this.#lines.values()]) this.#told({ ...call, state: 'ended', reason: 'normal' });
    this.#become('off', why);
  }

  #become(state: PhoneState, why: string | null = null): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#options.onState?.(state, why);
  }

  // ── calls ────────────────────────────────────────────────────────────────────────────────────────────────────────

  #told(told: PhoneCallTold | PhoneCall): void {
    const known = this.#lines.get(told.id);
    if (known === undefined && told.state === 'ended') return;
    const held = known?.call.state === 'held' && told.state === 'established';
    const call: PhoneCall = held ? { ...told, state: 'held' } : told;
    const line = known ?? { call, sound: null, answering: false };
    line.call = call;
    this.#lines.set(call.id, line);
    if (call.state === 'ended') {
      this.#lines.delete(call.id);
      line.sound?.close();
    }
    this.#listen();
    this.#options.onCall?.(call);
    if (known === undefined && call.autoAnswer && call.state === 'ringing') void this.answer(call.id).catch(() => {});
  }

  #line(id: string): Line {
    const line = this.#lines.get(id);
    if (line === undefined) throw new PhoneRefusal(404, 'notFound', 'There is no such call.');
    return line;
  }

  #isHeld(id: string, held: boolean): void {
    const line = this.#lines.get(id);
    if (line === undefined || line.call.state === (held ? 'held' : 'established')) return;
    line.call = { ...line.call, state: held ? 'held' : 'established' };
    this.#listen();
    this.#options.onCall?.(line.call);
  }

  /** One talks in one call at a time. */
  #holdOthers(id: string): void {
    for (const { call } of this.#lines.values()) {
      if (call.id !== id && call.state === 'established') void this.hold(call.id).catch(() => {});
    }
  }

  async #newSound(): Promise<PhoneSound> {
    const microphone = await this.#ears.microphone();
    const sound: PhoneSound = new PhoneSound(
      microphone,
      () => this.#listen(),
      () => this.#soundLost(sound),
    );
    return sound;
  }

  #soundLost(sound: PhoneSound): void {
    for (const { call, sound: own } of this.#lines.values()) {
      if (own === sound) void this.hangUp(call.id).catch(() => {});
    }
  }

  /** What is to be heard now: the call that is talked in, else what rings. */
  #listen(): void {
    const lines = [...this.#lines.values()];
    const heard = lines.find(({ call, sound }) => sound !== null && (call.state === 'established' || call.early));
    this.#ears.play(heard?.sound?.remote ?? null);
    if (this.#options.silent !== true) {
      const rings = lines.find(({ call, answering }) => call.state === 'ringing' && !call.autoAnswer && !answering);
      const alone = heard === undefined && rings !== undefined && !rings.call.early;
      this.#ears.sound(alone ? (rings.call.direction === 'incoming' ? 'ringing' : 'ringback') : null);
    }
    this.#rest();
  }

  #rest(): void {
    if (this.#lines.size === 0 && this.#begun === 0) this.#ears.rest();
  }
}
