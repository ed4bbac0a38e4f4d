import { askAdmission, refusalOf } from './portal.ts';
import type { Command, ServerMessage } from './protocol.ts';
import { Refusal } from './refusal.ts';
import {
  AnotherWay,
  BrowserSound,
  CommandFailed,
  iceServersOf,
  type Message,
  MuteTold,
  playWhenAllowed,
  type Seat,
  Session,
  WhipRefusal,
} from './session.ts';

/**
 * joining → admission (a passcode is asked for, or it is locked) → in ⇄ lost (it is being mended) → over. From every
 * state to over.
 */
export type LineState = 'joining' | 'admission' | 'in' | 'lost' | 'over';

export interface LineOptions {
  readonly meetingId: string;
  readonly name: string;
  readonly passcode: string;
  readonly microphone: MediaStream;
  /** Where the others are heard; empty: the browser's choice. */
  readonly loudspeaker: string;
  /** The place that the page before its reload had: it is taken again. */
  readonly seat?: Seat | null;
  readonly onState: (state: LineState, why: string | null) => void;
  readonly onMessage: (message: ServerMessage) => void;
  /** Whether the browser lets nobody be heard until its user does something. */
  readonly onHeld: (held: boolean) => void;
}

/** Ends of a call that nobody meant: it is joined again. `timeout`: it was not heard any more. */
const mended = new Set(['mediaFailure', 'systemFailure', 'shutdown', 'networkNotObtainable', 'timeout', 'unknown']);
/** Between two attempts, ms; the last one goes on. */
const pauses = [250, 500, 1000, 2000, 3000];
/** After so long nobody waits any more, ms. */
const givesUpMs = 180_000;

/** A call into a meeting that is kept up: the one place where the page speaks with the server. */
export class MeetingLine {
  readonly #options: LineOptions;
  readonly #audio = new Audio();
  #playNoMore = () => {};
  #state: LineState = 'joining';
  #passcode: string;
  /** Given, and not known to be right yet. */
  #tried: string | null = null;
  #microphone: MediaStream;
  #session: Session | null = null;
  #ways: AnotherWay | null = null;
  #sound: BrowserSound | null = null;
  /** To find a way by. */
  #iceServers: readonly RTCIceServer[] = [];
  /** Whether the session has its socket, and whether the sound has a way. */
  #online = false;
  #sounds = true;
  /** The conference itself has ended, not this call alone. */
  #conferenceOver = false;
  /** What came of a knock, when nobody was let in. */
  #turnedAway: string | null = null;
  /** Oneself in the conference, and whether its hand is up: a call that is made anew knows nothing of it. */
  #self: string | null = null;
  #handRaised = false;
  readonly #mute = new MuteTold({
    isLive: () => this.#state === 'in' || this.#state === 'lost',
    ask: (what) => this.ask({ do: what }),
  });
  #attempt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #giveUp: ReturnType<typeof setTimeout> | undefined;

  constructor(options: LineOptions) {
    this.#options = options;
    this.#passcode = options.passcode;
    this.#microphone = options.microphone;
    this.#audio.autoplay = true;
    this.hearOn(options.loudspeaker);
    window.addEventListener('offline', this.#offline);
    window.addEventListener('online', this.#backOnline);
  }

  /** Joins. Throws Refusal; the line is over then. */
  async start(): Promise<void> {
    const { seat = null } = this.#options;
    try {
      if (seat === null) await this.#join();
      else this.#goOn(seat);
    } catch (error) {
      this.#end(null);
      throw error;
    }
  }

  /** Resolves when the server has done it; rejects with what it says otherwise. */
  ask({ do: what, ...more }: Command): Promise<void> {
    if (this.#session === null || !this.#online) return Promise.reject(new CommandFailed('unavailable', 'offline'));
    return this.#session.ask(what, more);
  }

  /** As its user wishes: the server is told as soon as it is reached. */
  mute(muted: boolean): void {
    this.#mute.wants(muted);
  }

  /** Its user is muted, and the server does not know yet. */
  get mutes(): boolean {
    return this.#mute.mutes;
  }

  async givePasscode(passcode: string): Promise<void> {
    this.#tried = passcode;
    await this.ask({ do: 'passcode', passcode });
  }

  /** Another microphone from now on. */
  async speakInto(stream: MediaStream): Promise<void> {
    this.#microphone = stream;
    const [track] = stream.getAudioTracks();
    if (track !== undefined) await this.#sound?.speakInto(track);
  }

  /** Another loudspeaker from now on, where the browser lets a page choose; one that is gone is passed over. */
  hearOn(deviceId: string): void {
    const audio: Partial<Pick<HTMLAudioElement, 'setSinkId'>> = this.#audio;
    void audio.setSinkId?.call(this.#audio, deviceId).catch(() => {});
  }

  leave(): void {
    this.#end('left');
  }

  /** It is not known yet whether that place is still ours; where it is not, it is joined anew. */
  #goOn(seat: Seat): void {
    this.#iceServers = seat.iceServers;
    const session: Session = Session.again(seat, {
      message: (message) => this.#session === session && this.#take(message as Message & ServerMessage),
      online: (online) => this.#session === session && this.#isOnline(online),
    });
    this.#has(session);
    this.#isLost();
    session.listen();
    this.#ways?.missing();
  }

  #has(session: Session): void {
    this.#session = session;
    this.#ways = new AnotherWay({
      connected: () => this.#sound?.state === 'connected',
      look: () => this.#move(session),
      gaveUp: () => this.#session === session && this.#anew(),
    });
  }

  async #join(): Promise<void> {
    const { meetingId, name } = this.#options;
    const { token } = await askAdmission(meetingId, name, this.#passcode);
    if (this.#over) return;
    this.#iceServers = iceServersOf(token);
    const sound = this.#newSound();
    try {
      const { session, answer } = await Session.open(window.location.origin, token, await sound.offer(), {
        message: (message) => this.#session === session && this.#take(message as Message & ServerMessage),
        online: (online) => this.#session === session && this.#isOnline(online),
      });
      if (this.#over) {
        session.end();
        sound.close();
        return;
      }
      this.#has(session);
      this.#goesBy(sound);
      this.#ways?.begun();
      session.listen();
      await sound.answered(answer);
    } catch (error) {
      sound.close();
      throw error instanceof WhipRefusal ? refusalOf(error) : error;
    }
  }

  #newSound(): BrowserSound {
    const [track] = this.#microphone.getAudioTracks();
    if (track === undefined) throw new Refusal('other', 'There is nothing to speak into.');
    const heard = (stream: MediaStream) => {
      this.#playNoMore();
      this.#audio.srcObject = stream;
      this.#playNoMore = playWhenAllowed(this.#audio, this.#options.onHeld);
    };
    const changed = () => this.#soundChanged(sound);
    const sound: BrowserSound = new BrowserSound(track, heard, changed, this.#iceServers);
    return sound;
  }

  #goesBy(sound: BrowserSound): void {
    const before = this.#sound;
    this.#sound = sound;
    before?.close();
    // Another microphone may have been chosen meanwhile.
    void this.speakInto(this.#microphone).catch(() => {});
  }

  #take(message: Message & ServerMessage): void {
    if (message.type === 'call' && message.state === 'ended') {
      this.#callEnded(message.reason ?? 'normal');
      return;
    }
    if (message.type === 'ended') this.#conferenceOver = true;
    if (message.type === 'changed' && message.participant.id === this.#self) {
      this.#handRaised = message.participant.handRaised;
    }
    if (message.type === 'conference') {
      this.#isNow(message.conference.self);
      if (this.#tried !== null) this.#passcode = this.#tried;
      this.#become('in');
    }
    if (message.type === 'admission') {
      const { refused } = message;
      if (refused === 'denied' || refused === 'notAnswered') this.#turnedAway = refused;
      this.#become('admission');
    }
    this.#options.onMessage(message);
  }

  #callEnded(reason: string): void {
    if (this.#turnedAway !== null) this.#end(this.#turnedAway);
    else if (this.#conferenceOver || !mended.has(reason)) this.#end(reason);
    else this.#anew();
  }

  #isNow(self: string | null): void {
    const anew = this.#self !== null && this.#self !== self;
    this.#self = self;
    if (anew && this.#handRaised) void this.ask({ do: 'raiseHand' }).catch(() => {});
  }

  #isOnline(online: boolean): void {
    this.#online = online;
    if (!online) this.#lost();
    else {
      void this.#mute.tell();
      // A call that is not known any more is told at once, and the socket closed.
      setTimeout(() => this.#mended(), 250);
    }
  }

  #soundChanged(sound: BrowserSound): void {
    if (this.#sound !== sound || this.#over) return;
    const { state } = sound;
    if (state === 'connected') {
      this.#ways?.found();
      this.#sounds = true;
      this.#mended();
    } else if (state === 'disconnected' || state === 'failed') this.#ways?.lost(state === 'failed');
  }

  /** The sound has no way any more: the same call goes another one. Rejects with WhipRefusal. */
  async #move(session: Session): Promise<void> {
    this.#sounds = false;
    this.#lost();
    this.#iceServers = await session.freshIceServers();
    if (this.#session !== session) return;
    const sound = this.#newSound();
    try {
      const answer = await session.move(await sound.offer(), this.#sound !== null);
      if (this.#session !== session) {
        sound.close();
        return;
      }
      this.#goesBy(sound);
      await sound.answered(answer);
    } catch (error) {
      sound.close();
      throw error;
    }
  }

  #pause(): number {
    return pauses[Math.min(this.#attempt++, pauses.length - 1)] ?? 0;
  }

  #lost(): void {
    if (this.#state === 'in') this.#isLost();
  }

  #isLost(): void {
    this.#attempt = 0;
    this.#giveUp = setTimeout(() => this.#end('lost'), givesUpMs);
    this.#become('lost');
  }

  #mended(): void {
    if (this.#state === 'lost' && this.#session !== null && this.#online && this.#sounds && this.#self !== null) {
      this.#become('in');
    }
  }

  /** With a new call. */
  #anew(): void {
    if (this.#over) return;
    this.#lost();
    this.#hangUp();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#rejoin(), this.#pause());
  }

  async #rejoin(): Promise<void> {
    if (this.#over) return;
    try {
      await this.#join();
    } catch (error) {
      if (error instanceof Refusal && !error.passing) this.#end(error.code);
      else this.#anew();
    }
  }

  #hangUp(): void {
    const [session, sound] = [this.#session, this.#sound];
    this.#ways?.close();
    this.#ways = null;
    this.#session = null;
    this.#sound = null;
    this.#online = false;
    this.#sounds = true;
    session?.end();
    sound?.close();
  }

  readonly #offline = () => this.#session?.drop();

  /** Perhaps in another network. */
  readonly #backOnline = () => {
    this.#attempt = 0;
    this.#session?.hurry();
    if (this.#sound !== null && this.#sound.state !== 'connected') this.#ways?.missing();
  };

  get #over(): boolean {
    return this.#state === 'over';
  }

  #become(state: LineState, why: string | null = null): void {
    if (this.#state === state) return;
    this.#state = state;
    if (state !== 'lost') clearTimeout(this.#giveUp);
    this.#options.onState(state, why);
  }

  #end(why: string | null): void {
    if (this.#over) return;
    this.#become('over', why);
    clearTimeout(this.#timer);
    clearTimeout(this.#giveUp);
    this.#hangUp();
    this.#playNoMore();
    this.#audio.srcObject = null;
    window.removeEventListener('offline', this.#offline);
    window.removeEventListener('online', this.#backOnline);
  }
}
