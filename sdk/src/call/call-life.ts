import { AnotherWay, beginsMs } from '../another-way.ts';
import { say } from '../base.ts';
import type { Conference } from '../conference/conference.ts';
import { emit } from '../listeners.ts';
import type { AudioInterface } from '../media.ts';
import { CommandFailed, iceServersOf, lifetimeOf, type Message, Session, WhipRefusal } from '../session.ts';
import { CallEndReason, CallError, CallStates } from './call-enums.ts';
import { CallMedia } from './call-media.ts';
import { type ConferenceEnd, callEndReasonOf, callExceptionOf } from './call-refusals.ts';
import type { CallSound } from './call-sound.ts';
import { isEnding, isLive, isOver } from './call-states.ts';
import { CallEndEvent, CallException } from './call-values.ts';
import { MuteTold } from './mute-told.ts';
import { pauses, StartAttempts } from './start-attempts.ts';

/** Whose life it is. Its state is kept there, where applications read it. */
export interface LivingCall {
  _callState: string;
  getCallId(): string;
  /** Of a call of an extension: somebody holds it, or takes it back, by another interface. */
  _heldByServer(held: boolean): void;
  /** Of such a call: who is at the other end now, and whether it is held there. */
  _isWith(party: { readonly name: string; readonly number: string }): void;
  _heldRemotely(held: boolean): void;
}

export interface LifeMeans {
  readonly audio: AudioInterface;
  /** It is wanted for what is presented alone. */
  readonly withoutSound: boolean;
  /** Whom to ask, and with what. Rejects with WhipRefusal or CallException. */
  readonly admission: () => Promise<{
    readonly base: string;
    readonly token: string;
    /** Another can be asked for when this one is used. */
    readonly again: boolean;
  }>;
  /** `maxCallStartReconnectionAttempts`, as the application has configured it. */
  readonly startAttempts: unknown;
  readonly ended: () => void;
}

/** Ends of a call that its server did not mean: it has begun anew, or goes away and may come back. */
const serverGone: ReadonlySet<string> = new Set(['unknown', 'shutdown', 'systemFailure']);
/** When nobody waits any more for a server that has begun anew, ms. */
const givesUpMs = 180_000;

/**
 * How a call comes about and ends, and the callbacks that tell of it:
 *
 *   idle → initiating → remote_alerting → established ⇄ (holding → held → unholding) → ending → ended
 *   any → failed → (end()) → ending → ended
 */
export class CallLife {
  readonly #call: LivingCall;
  readonly #means: LifeMeans | null;
  readonly #conference: Conference;
  readonly #sound: CallSound;
  /** What can be done may have changed: with the state, or because the server is reached or not. */
  readonly #changed: () => void;
  #media: CallMedia | null = null;
  #session: Session | null = null;
  /** null: it never was. */
  #online: boolean | null = null;
  #establishedAt: Date | undefined;
  #conferenceEnd: ConferenceEnd = null;
  /** Whether another token can be asked for. */
  #again = false;
  /** The server has begun anew: it is tried to have a call there again. */
  #comesBack = false;
  /** That was right: a server that has begun anew asks for it again. */
  #passcode: unknown = null;
  readonly #mute = new MuteTold({ isLive: () => isLive(this.#call._callState), ask: (what) => this.ask(what) });
  #ways = this.#newWays();

  constructor(
    call: LivingCall,
    means: LifeMeans | null,
    conference: Conference,
    sound: CallSound,
    changed: () => void,
  ) {
    this.#call = call;
    this.#means = means;
    this.#conference = conference;
    this.#sound = sound;
    this.#changed = changed;
  }

  /** null: there is no sound yet, or any more. */
  get media(): CallMedia | null {
    return this.#media;
  }

  /** Whether the server is reached. */
  get isOnline(): boolean {
    return this.#online === true;
  }

  /** null: it has not answered yet. */
  get server(): string | null {
    return this.#session?.server ?? null;
  }

  get establishedAt(): Date | undefined {
    return this.#establishedAt;
  }

  start(): void {
    this.become(CallStates.INITIATING);
    queueMicrotask(() => void this.#begin());
  }

  end(): void {
    if (this.#call._callState === CallStates.ENDING || this.#call._callState === CallStates.ENDED) return;
    this.#finish(CallEndReason.CALL_ENDED_LOCALLY, '');
  }

  /** As the owner wishes. */
  mute(muted: boolean): void {
    this.#mute.wants(muted);
  }

  /** Its owner is muted, and the server may not know yet. */
  get mutes(): boolean {
    return this.#mute.mutes;
  }

  become(state: string): void {
    if (this.#call._callState === state) return;
    this.#call._callState = state;
    this.#changed();
    emit(this.#call, '_StateChanged', state);
  }

  /** A command to the server. Rejects with CommandFailed. */
  ask(what: string, more: Readonly<Record<string, unknown>> = {}): Promise<void> {
    if (what === 'passcode') this.#passcode = more['passcode'];
    return (
      this.#session?.ask(what, more) ?? Promise.reject(new CommandFailed('unavailable', 'The call is not established.'))
    );
  }

  async #begin(): Promise<void> {
    const means = this.#means;
    // Nobody is asked for a microphone for it.
    if (this.#isOver()) return;
    try {
      if (means === null) throw new CallException(CallError.NOT_REGISTERED, 'There is no service for this call.');
      if (means.withoutSound) {
        throw new CallException(CallError.COLLABORATION_ONLY_CALL_NOT_SUPPORTED, 'There is sound alone here.');
      }
      const media = await CallMedia.open(this.#call.getCallId(), means.audio);
      if (this.#isOver()) {
        media.close();
        return;
      }
      this.#media = media;
      this.#sound.useCarrier(media);
      media.onConnected = () => this.#connected();
      media.onLost = (failed) => this.#lost(failed);
      media.onRemoteStream = (stream) => this.#tell('AudioStreamUpdatedCallback', stream);
      const opened = await this.#open(means, media);
      if (opened === null) return;
      const { session, answer } = opened;
      if (this.#isOver()) {
        session.end();
        return;
      }
      this.#session = session;
      this.become(CallStates.REMOTE_ALERTING);
      this.#tell('CallRemoteAlertingCallback', false);
      if (this.#isOver()) return;
      session.listen();
      await media.accept(answer);
    } catch (error) {
      this.#fail(callExceptionOf(error));
    }
  }

  /** Asks the server, again where it is not reached and that may be; null: the call is over. */
  async #open(
    { admission, startAttempts }: LifeMeans,
    media: CallMedia,
  ): Promise<Awaited<ReturnType<typeof Session.open>> | null> {
    const attempts = new StartAttempts(startAttempts);
    let told = false;
    for (;;) {
      let goodMs = Number.POSITIVE_INFINITY;
      try {
        const { base, token, again } = await admission();
        if (this.#isOver()) return null;
        this.#again = again;
        if (!again) goodMs = lifetimeOf(token);
        media.iceServers = iceServersOf(token);
        // The browser may have another network by now.
        const offer = await (told ? media.again() : media.offer());
        if (this.#isOver()) return null;
        if (!told) this.#tell('CallStartedCallback');
        told = true;
        if (this.#isOver()) return null;
        return await Session.open(base, token, offer, this.#listener);
      } catch (error) {
        if (this.#isOver()) return null;
        await attempts.another(error, goodMs);
        if (this.#isOver()) return null;
        say('warn', `the server of the call is not reached, it is tried again: ${(error as Error).message}`);
      }
    }
  }

  #connected(): void {
    this.#ways.found();
    const { _callState: state } = this.#call;
    if (state !== CallStates.REMOTE_ALERTING && state !== CallStates.INITIATING) return;
    this.#establishedAt = new Date();
    this.become(CallStates.ESTABLISHED);
    this.#tell('CallEstablishedCallback');
    this.#tellConference();
    void this.#mute.tell();
  }

  /** With the address of its events; there is no collaboration. */
  #tellConference(): void {
    const uccp = this.#session?.location.replace(/^http/, 'ws') ?? '';
    this.#tell('CallConferenceStatusChangedCallback', true, `${uccp}/events`, '');
  }

  #lost(failed: boolean): void {
    if (isLive(this.#call._callState)) this.#ways.lost(failed);
    else if (failed) setTimeout(() => this.#notFound(), beginsMs);
  }

  #notFound(): void {
    if (this.#isOver() || isLive(this.#call._callState) || this.#media?.failed !== true) return;
    this.#fail(new CallException(CallError.MEDIA_START_FAILURE, 'No way for the sound was found.'));
  }

  /** Perhaps the browser has another network now: it stays the same call and the same participant. */
  async #goAnotherWay(): Promise<void> {
    const [media, session] = [this.#media, this.#session];
    if (media === null || session === null) throw new WhipRefusal(404, 'noWay', '');
    try {
      media.iceServers = await session.freshIceServers();
      const answer = await session.move(await media.again(), true);
      if (this.#media === media) await media.accept(answer);
    } catch (error) {
      if ((error as WhipRefusal).status !== 404 || !this.#mayComeBack) throw error;
      this.#begunAnew();
    }
  }

  #newWays(): AnotherWay {
    return new AnotherWay({
      connected: () => this.#media?.connected ?? true,
      look: () => this.#goAnotherWay(),
      gaveUp: () => {
        if (this.#isOver()) return;
        // It may be about to begin anew: that takes longer.
        if (!this.#online && this.#mayComeBack) this.#begunAnew();
        else this.#finish(CallEndReason.ICE_FAILURE, 'The connection of the sound was lost.');
      },
    });
  }

  readonly #listener = {
    message: (message: Message) => this.#told(message),
    online: (online: boolean) => this.#isReached(online),
  };

  get #mayComeBack(): boolean {
    return this.#again && isLive(this.#call._callState);
  }

  /** It stays the same call to the application, which is told that the service is away, and there again. */
  #begunAnew(): void {
    if (this.#comesBack) return;
    this.#comesBack = true;
    this.#conferenceEnd = null;
    this.#ways.close();
    this.#session?.close();
    this.#session = null;
    if (this.#online) this.#isReached(false);
    void this.#comeBack();
  }

  async #comeBack(): Promise<void> {
    const until = Date.now() + givesUpMs;
    for (let tries = 0; Date.now() < until; tries++) {
      await new Promise((go) => setTimeout(go, pauses[Math.min(tries, pauses.length - 1)]));
      const media = this.#media;
      if (this.#isOver() || media === null) return;
      try {
        const { base, token } = await this.#means!.admission();
        media.iceServers = iceServersOf(token);
        const { session, answer } = await Session.open(base, token, await media.again(), this.#listener);
        if (this.#isOver()) {
          session.end();
          return;
        }
        this.#session = session;
        this.#ways = this.#newWays();
        session.listen();
        await media.accept(answer);
        return;
      } catch (error) {
        const { status = 400 } = error as Partial<WhipRefusal>;
        if (status >= 400 && status < 500 && status !== 429) break;
      }
    }
    if (!this.#isOver()) this.#finish(CallEndReason.CALL_DISCONNECTED, 'The server has begun anew.');
  }

  /**
   * As it was before the server began anew: who was not heard is not, hands are up, and what is asked for again was
   * given.
   */
  #asBefore(message: Message): void {
    if (message.type === 'admission') {
      const passcode = this.#passcode;
      this.#passcode = null;
      if (passcode !== null) void this.ask('passcode', { passcode }).catch(() => {});
      else this.#finish(CallEndReason.CALL_DISCONNECTED, 'The server has begun anew.');
    }
    if (message.type !== 'conference') return;
    this.#comesBack = false;
    // It is the same conference at another address.
    this.#tellConference();
    if (this.#sound.isMuted) this.mute(true);
    // The conference knows no other one yet.
    if (this.#conference.getSelfParticipant()?.isHandRaised()) void this.ask('raiseHand').catch(() => {});
    if (this.#call._callState === CallStates.HELD) void this.ask('hold').catch(() => {});
  }

  #told(message: Message): void {
    if (this.#isOver()) return;
    if (message.type === 'ended') this.#conferenceEnd = { by: message['by'] ?? null };
    if (message.type === 'call' && message['state'] === 'ended') {
      const reason = String(message['reason']);
      if (serverGone.has(reason) && this.#mayComeBack) {
        this.#begunAnew();
        return;
      }
      this.#session?.close();
      this.#session = null;
      this.#finish(callEndReasonOf(reason, this.#conferenceEnd), reason);
      return;
    }
    if (this.#comesBack) this.#asBefore(message);
    if (this.#isOver() || (this.#comesBack && message.type === 'admission')) return;
    this.#conference._told(message);
  }

  #isReached(online: boolean): void {
    const first = this.#online === null;
    this.#online = online;
    this.#changed();
    if (online) void this.#mute.tell();
    this.#conference._online(online);
    if (!first) this.#tell(online ? 'CallServiceAvailableCallback' : 'CallServiceUnavailableCallback');
  }

  #fail(exception: CallException): void {
    if (this.#isOver()) return;
    say('error', `call failed: ${exception.getError()} ${exception.message}`);
    this.#release();
    this.become(CallStates.FAILED);
    this.#conference._notReached();
    this.#tell('CallFailedCallback', exception);
  }

  #finish(reason: string, text: string): void {
    this.become(CallStates.ENDING);
    this.#release();
    this.#conference._ended(reason, this.#conferenceEnd?.by ?? '');
    queueMicrotask(() => {
      this.become(CallStates.ENDED);
      this.#means?.ended();
      this.#tell('CallEndedCallback', new CallEndEvent(reason, 'HTTP', 0, text));
    });
  }

  #release(): void {
    this.#ways.close();
    this.#media?.close();
    this.#session?.end();
    this.#media = null;
    this.#session = null;
    this.#online = false;
    this.#sound.useCarrier(null);
  }

  #isOver(): boolean {
    return isOver(this.#call._callState);
  }

  #tell(name: string, ...more: unknown[]): void {
    if (!this.#isOver() || isEnding(name)) emit(this.#call, name, this.#call, ...more);
  }
}
