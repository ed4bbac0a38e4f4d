import { AnotherWay } from '../another-way.ts';
import { BrowserSound } from '../browser-sound.ts';
import { OverReload } from '../over-reload.ts';
import { PhoneConnection, type PhoneState, phoneBefore } from './phone-connection.ts';
import { PhoneEars, type PhoneLevels } from './phone-ears.ts';
import { type PhoneCallTold, type PhoneExtension, type PhoneLogin, PhoneRefusal } from './phone-socket.ts';

export { type PhoneState, phoneBefore } from './phone-connection.ts';
export type { PhoneLevels } from './phone-ears.ts';
export { type PhoneExtension, type PhoneLogin, PhoneRefusal } from './phone-socket.ts';

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
  /** Whether the browser lets the others be heard only once its user does something, as after a reload. */
  readonly onHeld?: (held: boolean) => void;
  /** Rings and ringback are made by the page itself. Default: here. */
  readonly silent?: boolean;
  /** What it speaks with, asked for anew when calls begin. Default: this machine's microphone. */
  readonly microphone?: () => Promise<MediaStream>;
}

interface Line {
  call: PhoneCall;
  /** null: it rings, or an earlier page had it. */
  sound: BrowserSound | null;
  answering: boolean;
  readonly ways: AnotherWay;
}

/**
 * A browser that is the phone of an extension (docs/protocols/webrtc.md): register it, and it rings, answers, dials,
 * holds. Of several calls one is talked in, the others are held.
 */
export class PhoneLine {
  readonly #options: PhoneLineOptions;
  readonly #ears: PhoneEars;
  readonly #lines = new Map<string, Line>();
  readonly #connection: PhoneConnection;
  /** Calls that were begun and have no line yet. */
  #begun = 0;

  constructor(options: PhoneLineOptions = {}) {
    this.#options = options;
    this.#ears = new PhoneEars({
      onLevels: (levels) => options.onLevels?.(levels),
      onHeld: (held) => options.onHeld?.(held),
      onAnother: (track) => void this.#speakInto(track).catch(() => {}),
      source: options.microphone,
    });
    // Nobody is to be heard who was not.
    if (OverReload.take('muted') === true && phoneBefore() !== null) this.#ears.muted = true;
    new OverReload('muted', () => (this.muted && this.state !== 'off') || null);
    this.#connection = new PhoneConnection({
      state: (state, why) => options.onState?.(state, why),
      calls: (calls) => {
        this.#all(calls);
        this.#bringSound();
      },
      call: (call) => this.#told(call),
      pickUp: (callId) => void this.answer(callId).catch(() => {}),
      forgotten: () => this.#all([]),
    });
  }

  get state(): PhoneState {
    return this.#connection.state;
  }

  get extension(): PhoneExtension | null {
    return this.#connection.extension;
  }

  get calls(): PhoneCall[] {
    return [...this.#lines.values()].map(({ call }) => call);
  }

  get muted(): boolean {
    return this.#ears.muted;
  }

  /**
   * Signs in; where the page before its reload was the same phone (`phoneBefore`), it goes on with its calls. Rejects
   * with PhoneRefusal.
   */
  register(login: PhoneLogin): Promise<PhoneExtension> {
    return this.#connection.register(login);
  }

  /** Signs out; calls end. */
  unregister(): Promise<void> {
    return this.#connection.unregister();
  }

  /** Asks for the microphone, so that the browser's question does not come with the first call. */
  async prepare(): Promise<void> {
    await this.#ears.microphone();
    this.#rest();
  }

  /** Gives the call's id. Rejects with CommandFailed, or what the browser says of the microphone. */
  async dial(to: string): Promise<string> {
    this.#holdOthers('');
    this.#begun++;
    let sound: BrowserSound | null = null;
    try {
      sound = await this.#newSound();
      const { call, answer } = await this.#connection.ask('dial', { to, offer: await sound.offer() });
      const id = String(call);
      const line = this.#lines.get(id);
      // It may have ended while it was answered.
      if (line === undefined) throw new Error('the call is over');
      this.#goesBy(line, sound);
      line.ways.begun();
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
    const line = this.#line(id);
    if (line.call.state !== 'ringing' || line.call.direction !== 'incoming' || line.answering) return;
    line.answering = true;
    this.#listen();
    try {
      this.#holdOthers(id);
      const sound = await this.#newSound();
      this.#goesBy(line, sound);
      const { answer } = await this.#connection.ask('pickUp', { call: id, offer: await sound.offer() });
      line.ways.begun();
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
    await this.#connection.ask('refuse', { call: id, busy });
  }

  async hangUp(id: string): Promise<void> {
    this.#lines.get(id)?.sound?.close();
    await this.#connection.ask('hangUp', { call: id });
  }

  /** The others hear music meanwhile. */
  async hold(id: string): Promise<void> {
    await this.#connection.ask('hold', { call: id });
    this.#isHeld(id, true);
  }

  async retrieve(id: string): Promise<void> {
    this.#holdOthers(id);
    await this.#connection.ask('retrieve', { call: id });
    this.#isHeld(id, false);
  }

  async digits(id: string, digits: string): Promise<void> {
    await this.#connection.ask('digits', { call: id, digits });
  }

  mute(muted: boolean): void {
    this.#ears.muted = muted;
  }

  /** Another microphone, for all calls; '' is the usual one. */
  async speakInto(deviceId: string): Promise<void> {
    const track = await this.#ears.speakInto(deviceId);
    if (track !== null) await this.#speakInto(track);
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

  // ── calls ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** What is not among them is over. */
  #all(calls: readonly PhoneCallTold[]): void {
    for (const { call } of [...this.#lines.values()]) {
      if (!calls.some(({ id }) => id === call.id)) {
        this.#told({ ...call, state: 'ended', reason: 'networkNotObtainable' });
      }
    }
    for (const call of calls) this.#told(call);
  }

  #told(told: PhoneCallTold | PhoneCall): void {
    const known = this.#lines.get(told.id);
    const held = told.state === 'established' && told.held;
    const call: PhoneCall = held ? { ...told, state: 'held' } : told;
    // One of the page before, which ended meanwhile.
    if (known === undefined && call.state === 'ended') {
      this.#options.onCall?.(call);
      return;
    }
    const line = known ?? { call, sound: null, answering: false, ways: this.#waysOf(call.id) };
    line.call = call;
    this.#lines.set(call.id, line);
    if (call.state === 'ended') {
      this.#lines.delete(call.id);
      line.ways.close();
      line.sound?.close();
    }
    this.#listen();
    this.#options.onCall?.(call);
    if (known === undefined && call.autoAnswer && call.state === 'ringing') void this.answer(call.id).catch(() => {});
  }

  /** Calls of the page before: it comes another way in each. */
  #bringSound(): void {
    if (this.#begun > 0) return;
    for (const { call, sound, answering, ways } of this.#lines.values()) {
      const rings = call.state === 'ringing' && call.direction === 'incoming';
      if (sound === null && !answering && !rings) ways.missing();
    }
  }

  #line(id: string): Line {
    const line = this.#lines.get(id);
    if (line === undefined) throw new PhoneRefusal(404, 'notFound', 'There is no such call.');
    return line;
  }

  #isHeld(id: string, held: boolean): void {
    const line = this.#lines.get(id);
    if (line === undefined || line.call.state === (held ? 'held' : 'established')) return;
    line.call = { ...line.call, held, state: held ? 'held' : 'established' };
    this.#listen();
    this.#options.onCall?.(line.call);
  }

  /** One talks in one call at a time. */
  #holdOthers(id: string): void {
    for (const { call } of this.#lines.values()) {
      if (call.id !== id && call.state === 'established') void this.hold(call.id).catch(() => {});
    }
  }

  async #speakInto(track: MediaStreamTrack): Promise<void> {
    await Promise.all([...this.#lines.values()].map(({ sound }) => sound?.speakInto(track)));
  }

  async #newSound(): Promise<BrowserSound> {
    const [microphone, iceServers] = await Promise.all([this.#ears.microphone(), this.#connection.freshIceServers()]);
    const sound: BrowserSound = new BrowserSound(
      microphone,
      () => this.#listen(),
      (state) => this.#soundIs(sound, state),
      iceServers,
    );
    return sound;
  }

  #goesBy(line: Line, sound: BrowserSound): void {
    line.sound = sound;
    // Another microphone may have been chosen meanwhile.
    const { track } = this.#ears;
    if (track !== null) void sound.speakInto(track).catch(() => {});
  }

  #soundIs(sound: BrowserSound, state: RTCPeerConnectionState): void {
    const line = [...this.#lines.values()].find((one) => one.sound === sound);
    if (state === 'connected') line?.ways.found();
    else if (state === 'disconnected' || state === 'failed') line?.ways.lost(state === 'failed');
  }

  #waysOf(id: string): AnotherWay {
    return new AnotherWay({
      connected: () => this.#lines.get(id)?.sound?.state === 'connected',
      look: () => this.#goAnotherWay(id),
      gaveUp: () => void this.hangUp(id).catch(() => {}),
    });
  }

  /** Perhaps this browser has another network now: it stays the same call. */
  async #goAnotherWay(id: string): Promise<void> {
    const sound = await this.#newSound();
    try {
      const lost = this.#line(id).sound !== null;
      const answer = await this.#connection.move(id, await sound.offer(), lost);
      const line = this.#line(id);
      line.sound?.close();
      this.#goesBy(line, sound);
      await sound.answered(answer);
      this.#listen();
    } catch (error) {
      sound.close();
      // The call may have ended while the user was asked for the microphone.
      this.#rest();
      throw error;
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
