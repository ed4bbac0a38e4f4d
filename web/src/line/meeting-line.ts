import { askAdmission } from './portal.ts';
import type { Command, ServerMessage } from './protocol.ts';
import { Refusal } from './refusal.ts';
import { closeSound, openSound, type Sound } from './sound.ts';

/**
 * joining → admission (a passcode is asked for) → in ⇄ lost (it is being mended) → over. From every state to over.
 */
export type LineState = 'joining' | 'admission' | 'in' | 'lost' | 'over';

export interface LineOptions {
  readonly meetingId: string;
  readonly name: string;
  readonly passcode: string;
  readonly microphone: MediaStream;
  readonly onState: (state: LineState, why: string | null) => void;
  readonly onMessage: (message: ServerMessage) => void;
}

/** Ends of a call that nobody meant: it is joined again. */
const mended = new Set(['mediaFailure', 'systemFailure', 'shutdown', 'networkNotObtainable']);
const closedEnded = 4000;
const closedUnknown = 4404;
/** Between two attempts, ms; the last one goes on. */
const pauses = [250, 500, 1000, 2000, 3000];
/** After so long nobody waits any more, ms. */
const givesUpMs = 180_000;
/** How long the sound may be broken before the call is made anew, ms. */
const brokenMs = 5000;

/** A call into a meeting that is kept up: the one place where the page speaks with the server. */
export class MeetingLine {
  readonly #options: LineOptions;
  readonly #audio = new Audio();
  readonly #answers = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  #state: LineState = 'joining';
  #passcode: string;
  /** Given, and not known to be right yet. */
  #tried: string | null = null;
  #microphone: MediaStream;
  #sound: Sound | null = null;
  #socket: WebSocket | null = null;
  #nextId = 1;
  /** Oneself in the conference, and whether its hand is up: a call that is made anew knows nothing of it. */
  #self: string | null = null;
  #handRaised = false;
  /** The number of the last event seen. */
  #seen: string | null = null;
  #attempt = 0;
  #lostAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #broken: ReturnType<typeof setTimeout> | undefined;

  constructor(options: LineOptions) {
    this.#options = options;
    this.#passcode = options.passcode;
    this.#microphone = options.microphone;
    this.#audio.autoplay = true;
    window.addEventListener('offline', this.#offline);
    window.addEventListener('online', this.#online);
    window.addEventListener('pagehide', this.#pagehide);
  }

  /** Joins. Throws Refusal; the line is over then. */
  async start(): Promise<void> {
    try {
      await this.#join();
    } catch (error) {
      this.#end(null);
      throw error;
    }
  }

  /** Resolves when the server has done it; rejects with what it says otherwise. */
  ask(command: Command): Promise<void> {
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN) return Promise.reject(new Error('offline'));
    const id = this.#nextId++;
    socket.send(JSON.stringify({ id, ...command }));
    return new Promise((resolve, reject) => this.#answers.set(id, { resolve, reject }));
  }

  async givePasscode(passcode: string): Promise<void> {
    this.#tried = passcode;
    await this.ask({ do: 'passcode', passcode });
  }

  /** Another microphone from now on. */
  async speakInto(stream: MediaStream): Promise<void> {
    this.#microphone = stream;
    const [track = null] = stream.getAudioTracks();
    await this.#sound?.peer.getSenders()[0]?.replaceTrack(track);
  }

  leave(): void {
    this.#end('left');
  }

  async #join(): Promise<void> {
    const { meetingId, name } = this.#options;
    const { token } = await askAdmission(meetingId, name, this.#passcode);
    if (this.#over) return;
    const sound = await openSound(token, this.#microphone, (stream) => {
      this.#audio.srcObject = stream;
      void this.#audio.play().catch(() => {});
    });
    if (this.#over) {
      closeSound(sound);
      return;
    }
    this.#sound = sound;
    this.#seen = null;
    sound.peer.addEventListener('connectionstatechange', () => this.#soundChanged(sound));
    this.#listen(sound);
  }

  #listen(sound: Sound): void {
    const url = new URL(`${sound.location}/events`, window.location.href.replace(/^http/, 'ws'));
    if (this.#seen !== null) url.searchParams.set('after', this.#seen);
    const socket = new WebSocket(url);
    this.#socket = socket;
    let ended: string | null = null;
    socket.addEventListener('message', ({ data }) => {
      const message = JSON.parse(String(data)) as ServerMessage;
      if (message.type === 'call' && message.state === 'ended') ended = message.reason ?? 'normal';
      else this.#take(message);
    });
    socket.addEventListener('open', () => {
      // Nothing is said where nothing was missed; a call that is not known any more closes at once.
      setTimeout(() => {
        if (this.#socket === socket && this.#state === 'lost' && this.#seen !== null) this.#become('in');
      }, 250);
    });
    socket.addEventListener('close', ({ code }) => {
      if (this.#socket !== socket) return;
      this.#dropSocket();
      if (this.#over) return;
      if (code === closedEnded && (ended === null || !mended.has(ended))) this.#end(ended ?? 'normal');
      else if (code === closedEnded || code === closedUnknown) this.#again(true);
      else this.#again(false);
    });
  }

  #take(message: ServerMessage): void {
    if ('number' in message) this.#seen = message.number;
    if (message.type === 'answer') {
      const waiting = this.#answers.get(message.id);
      this.#answers.delete(message.id);
      if (message.ok) waiting?.resolve();
      else waiting?.reject(new Error(message.error?.message ?? ''));
      return;
    }
    if (message.type === 'changed' && message.participant.id === this.#self) {
      this.#handRaised = message.participant.handRaised;
    }
    if (message.type === 'conference') {
      this.#isNow(message.conference.self);
      if (this.#tried !== null) this.#passcode = this.#tried;
      this.#become('in');
    }
    if (message.type === 'admission') this.#become('admission');
    this.#options.onMessage(message);
  }

  #isNow(self: string | null): void {
    const anew = this.#self !== null && this.#self !== self;
    this.#self = self;
    if (anew && this.#handRaised) void this.ask({ do: 'raiseHand' }).catch(() => {});
  }

  /** Tries to mend what is broken; `anew`: with a new call. */
  #again(anew: boolean): void {
    if (this.#over) return;
    if (this.#state !== 'lost') {
      this.#lostAt = performance.now();
      this.#attempt = 0;
      this.#become('lost');
    }
    if (anew && this.#sound !== null) {
      closeSound(this.#sound);
      this.#sound = null;
    }
    clearTimeout(this.#timer);
    if (performance.now() - this.#lostAt > givesUpMs) {
      this.#end('lost');
      return;
    }
    const pause = pauses[Math.min(this.#attempt++, pauses.length - 1)] ?? 0;
    this.#timer = setTimeout(() => void this.#mend(), pause);
  }

  async #mend(): Promise<void> {
    if (this.#over) return;
    if (this.#sound !== null) {
      this.#listen(this.#sound);
      return;
    }
    try {
      await this.#join();
    } catch (error) {
      if (error instanceof Refusal && !error.passing) this.#end(error.code);
      else this.#again(true);
    }
  }

  #soundChanged(sound: Sound): void {
    if (this.#sound !== sound || this.#over) return;
    const state = sound.peer.connectionState;
    clearTimeout(this.#broken);
    if (state === 'failed') this.#anew();
    if (state === 'disconnected') this.#broken = setTimeout(() => this.#anew(), brokenMs);
  }

  #anew(): void {
    this.#dropSocket();
    this.#again(true);
  }

  readonly #offline = () => {
    this.#dropSocket();
    this.#again(false);
  };

  readonly #online = () => {
    if (this.#state !== 'lost') return;
    this.#attempt = 0;
    this.#again(false);
  };

  readonly #pagehide = () => this.leave();

  #dropSocket(): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    for (const { reject } of this.#answers.values()) reject(new Error('offline'));
    this.#answers.clear();
  }

  get #over(): boolean {
    return this.#state === 'over';
  }

  #become(state: LineState, why: string | null = null): void {
    if (this.#state === state) return;
    this.#state = state;
    if (state === 'in') this.#attempt = 0;
    this.#options.onState(state, why);
  }

  #end(why: string | null): void {
    if (this.#over) return;
    this.#become('over', why);
    clearTimeout(this.#timer);
    clearTimeout(this.#broken);
    this.#dropSocket();
    if (this.#sound !== null) closeSound(this.#sound);
    this.#sound = null;
    this.#audio.srcObject = null;
    window.removeEventListener('offline', this.#offline);
    window.removeEventListener('online', this.#online);
    window.removeEventListener('pagehide', this.#pagehide);
  }
}
