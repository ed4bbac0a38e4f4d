import { AnotherWay } from '../another-way.ts';
import { say } from '../base.ts';
import { emit } from '../listeners.ts';
import type { AudioInterface } from '../media.ts';
import type { PhoneCallOwner, PhoneCalls } from '../phone/phone-calls.ts';
import type { PhoneCallTold, PhoneParty } from '../phone/phone-socket.ts';
import { CommandFailed } from '../session.ts';
import { CallEndReason, CallError, CallStates, TransferProgressCode } from './call-enums.ts';
import type { LivingCall } from './call-life.ts';
import { CallMedia } from './call-media.ts';
import { callExceptionOf } from './call-refusals.ts';
import type { CallSound } from './call-sound.ts';
import { isEnding, isLive, isOver } from './call-states.ts';
import { CallEndEvent, CallException } from './call-values.ts';

export interface PhoneLifeMeans {
  readonly audio: AudioInterface;
  readonly phone: PhoneCalls;
  readonly ended: () => void;
}

/** Ends of a call that nobody answered, as the failures that applications know. */
const failures: Readonly<Record<string, string>> = {
  busy: CallError.BUSY,
  callRejected: CallError.BUSY,
  noAnswer: CallError.TIMEOUT,
  destNotObtainable: CallError.USER_TEMPORARILY_UNAVAILABLE,
  unauthorized: CallError.NOT_AUTHORIZED,
  networkNotObtainable: CallError.TRANSPORT_ERROR,
};

/** Of dialling: the server's refusals. */
const refusals: Readonly<Record<string, string>> = {
  notFound: CallError.NOT_FOUND,
  notAllowed: CallError.NOT_AUTHORIZED,
  invalid: CallError.INVALID_PARAMETER,
};

/**
 * A call of a logged-in user's extension:
 *
 *   idle → initiating → remote_alerting → established ⇄ (holding → held → unholding) → ending → ended
 *   alerting → ignored, established → ending → ended
 *   any but alerting → failed → (end()) → ending → ended
 */
export class PhoneCallLife implements PhoneCallOwner {
  readonly #call: LivingCall;
  readonly #means: PhoneLifeMeans;
  readonly #sound: CallSound;
  readonly #changed: () => void;
  readonly #to: string;
  #id: string | null = null;
  #media: CallMedia | null = null;
  #online: boolean;
  #establishedAt: Date | undefined;
  #missed = false;
  #early = false;
  /** Who was alone at the other end last; null: nobody yet. */
  #with: PhoneParty | null = null;
  #accepting = false;
  /** The server was asked for that, whatever it said. */
  #pickedUp = false;
  readonly #ways = new AnotherWay({
    connected: () => this.#media?.connected ?? isOver(this.#call._callState),
    look: () => this.#goAnotherWay(),
    gaveUp: () => this.end(),
  });

  constructor(call: LivingCall, means: PhoneLifeMeans, to: string, sound: CallSound, changed: () => void) {
    this.#call = call;
    this.#means = means;
    this.#to = to;
    this.#sound = sound;
    this.#changed = changed;
    this.#online = means.phone.isRegistered;
  }

  get media(): CallMedia | null {
    return this.#media;
  }

  get isOnline(): boolean {
    return this.#online;
  }

  get establishedAt(): Date | undefined {
    return this.#establishedAt;
  }

  /** It came in, and nobody answered it here or elsewhere. */
  get isMissed(): boolean {
    return this.#missed;
  }

  /** What is called sends sound, as an announcement, before it answers. */
  get isHeardEarly(): boolean {
    return this.#early;
  }

  /** At the server; null: it has none yet. */
  get phoneCallId(): string | null {
    return this.#id;
  }

  /** As a conference of another call is told which call this is. */
  get asTold(): { readonly phone: string | null; readonly call: string | null } {
    return { phone: this.#means.phone.phoneId, call: this.#id };
  }

  /** It rings here. */
  alerting(id: string): void {
    this.#id = id;
    this.become(CallStates.ALERTING);
  }

  start(): void {
    this.become(CallStates.INITIATING);
    queueMicrotask(() => void this.#dial());
  }

  /** The page before its reload was in it: it is the same call, with another way of its sound. */
  goesOn(told: PhoneCallTold): void {
    this.#id = told.id;
    this.become(CallStates.INITIATING);
    this.told(told);
    this.#ways.missing();
  }

  /** Answers what rings. Rejects with CallException. */
  async accept(): Promise<void> {
    const { _callState: state } = this.#call;
    if ((state !== CallStates.ALERTING && state !== CallStates.IGNORED) || this.#accepting) {
      throw new CallException(CallError.CALL_STATE_MISMATCH, 'It does not ring.');
    }
    this.#accepting = true;
    this.#tell('CallEstablishingCallback');
    try {
      const media = await this.#open();
      const offer = await media.offer();
      this.#pickedUp = true;
      const { answer } = await this.#means.phone.ask('pickUp', { call: this.#id, offer });
      this.#ways.begun();
      await media.accept(String(answer));
    } catch (error) {
      this.#release();
      const exception = this.#exceptionOf(error);
      // It rings on: another device may answer it, or this one with another microphone.
      if (!isOver(this.#call._callState)) say('error', `a call was not accepted: ${exception.message}`);
      throw exception;
    } finally {
      this.#accepting = false;
    }
  }

  ignore(): void {
    if (this.#call._callState !== CallStates.ALERTING) return;
    this.become(CallStates.IGNORED);
    this.#tell('CallIgnoredCallback');
  }

  async deny(busy: boolean): Promise<void> {
    await this.#means.phone.ask('refuse', { call: this.#id, busy });
  }

  end(): void {
    if (this.#call._callState === CallStates.ENDING || this.#call._callState === CallStates.ENDED) return;
    const id = this.#id;
    this.#finish(CallEndReason.CALL_ENDED_LOCALLY, '');
    if (id !== null) this.#hangUp(id);
  }

  #hangUp(call: string): void {
    void this.#means.phone.ask('hangUp', { call }).catch(() => {});
  }

  /** It is muted here, as on any phone. */
  mute(): void {}

  readonly mutes = false;

  become(state: string): void {
    if (this.#call._callState === state) return;
    this.#call._callState = state;
    this.#changed();
    emit(this.#call, '_StateChanged', state);
  }

  /** Of the call; what is for conferences alone is refused. Rejects with CommandFailed. */
  async ask(what: string, more: Readonly<Record<string, unknown>> = {}): Promise<void> {
    if (!['digits', 'hold', 'retrieve', 'merge', 'transfer'].includes(what)) {
      throw new CommandFailed('notAllowed', 'This call is no conference.');
    }
    await this.#means.phone.ask(what, { ...more, call: this.#id });
  }

  /** Whoever is in the call is left with others, and it goes on without us. As `ask`. */
  async transfer(to: Readonly<Record<string, unknown>>): Promise<string> {
    await this.ask('transfer', to);
    return TransferProgressCode.ACCEPTED;
  }

  // ── what the server tells ────────────────────────────────────────────────────────────────────────────────────────

  told({ id, state, early, reason, held, with: parties }: PhoneCallTold): void {
    this.#id = id;
    if (isOver(this.#call._callState)) {
      // The server was not reached when it ended here.
      if (state !== 'ended') this.#hangUp(id);
      return;
    }
    if (state === 'ringing' && this.#call._callState !== CallStates.ALERTING) this.#rings(early);
    else if (state === 'established') {
      this.#established();
      // The server was not reached any more when it answered.
      if (this.#pickedUp && this.#media === null && !this.#accepting) this.#ways.missing();
      this.#call._heldByServer(held);
      this.#isWith(parties);
    } else if (state === 'ended') this.#over(reason ?? 'normal');
  }

  pickUp(): void {
    void this.accept().catch(() => {});
  }

  online(online: boolean): void {
    if (online === this.#online) return;
    this.#online = online;
    this.#changed();
    this.#tell(online ? 'CallServiceAvailableCallback' : 'CallServiceUnavailableCallback');
  }

  /** Where one alone is at the other end: who, and whether it is held there. */
  #isWith(parties: readonly PhoneParty[]): void {
    const [party] = parties;
    if (party === undefined || parties.length > 1 || party.state === 'dialling' || party.state === 'ringing') return;
    const before = this.#with;
    this.#with = party;
    if (before !== null && before.number !== party.number) this.#call._isWith(party);
    this.#call._heldRemotely(party.state === 'held');
  }

  #rings(early: boolean): void {
    if (this.#call._callState === CallStates.IGNORED) return;
    this.#early = early;
    this.become(CallStates.REMOTE_ALERTING);
    this.#changed();
    this.#tell('CallRemoteAlertingCallback', early);
  }

  #established(): void {
    if (isLive(this.#call._callState)) return;
    this.#establishedAt = new Date();
    this.become(CallStates.ESTABLISHED);
    this.#tell('CallEstablishedCallback');
  }

  #over(reason: string): void {
    const { _callState: state } = this.#call;
    const rang = state === CallStates.ALERTING || state === CallStates.IGNORED;
    this.#missed = rang && reason === 'callCancelled';
    const failure = rang || isLive(state) ? undefined : failures[reason];
    if (failure !== undefined) {
      this.#fail(new CallException(failure, reason, reason));
      return;
    }
    this.#finish(reason === 'mediaFailure' ? CallEndReason.ICE_FAILURE : CallEndReason.CALL_DISCONNECTED, reason);
  }

  async #dial(): Promise<void> {
    // Nobody is asked for a microphone for it.
    if (isOver(this.#call._callState)) return;
    try {
      const media = await this.#open();
      const offer = await media.offer();
      if (isOver(this.#call._callState)) return;
      this.#tell('CallStartedCallback');
      if (isOver(this.#call._callState)) return;
      const { id, answer } = await this.#means.phone.dial(this.#to, offer, this);
      this.#id = id;
      if (isOver(this.#call._callState)) {
        this.#hangUp(id);
        return;
      }
      this.#ways.begun();
      await media.accept(answer);
    } catch (error) {
      this.#fail(this.#exceptionOf(error));
    }
  }

  async #open(): Promise<CallMedia> {
    const media = await CallMedia.open(this.#call.getCallId(), this.#means.audio);
    if (isOver(this.#call._callState)) {
      media.close();
      throw new CallException(CallError.ENDED, 'The call is over.');
    }
    this.#media = media;
    this.#sound.useCarrier(media);
    media.onConnected = () => this.#ways.found();
    media.onLost = (failed) => {
      if (this.#id !== null) this.#ways.lost(failed);
      // Nothing is dialled yet: what it would be of is not begun.
      else if (failed) this.end();
    };
    media.onRemoteStream = (stream) => this.#tell('AudioStreamUpdatedCallback', stream);
    media.iceServers = await this.#means.phone.freshIceServers();
    if (isOver(this.#call._callState)) throw new CallException(CallError.ENDED, 'The call is over.');
    return media;
  }

  /** It stays the same call. */
  async #goAnotherWay(): Promise<void> {
    if (this.#id === null) return;
    const known = this.#media;
    const media = known ?? (await this.#open());
    if (known !== null) known.iceServers = await this.#means.phone.freshIceServers();
    if (this.#media !== media) return;
    const offer = await (known === null ? media.offer() : media.again());
    const answer = await this.#means.phone.move(this.#id, offer, known !== null);
    if (this.#media === media) await media.accept(answer);
  }

  #exceptionOf(error: unknown): CallException {
    const { code } = error as { code?: string };
    const known = error instanceof CommandFailed ? refusals[error.code] : undefined;
    if (known !== undefined) return new CallException(known, (error as Error).message, String(code));
    if (code === 'network') return new CallException(CallError.TRANSPORT_ERROR, (error as Error).message);
    return callExceptionOf(error);
  }

  #fail(exception: CallException): void {
    if (isOver(this.#call._callState)) return;
    say('error', `call failed: ${exception.getError()} ${exception.message}`);
    this.#release();
    this.become(CallStates.FAILED);
    this.#tell('CallFailedCallback', exception);
  }

  #finish(reason: string, text: string): void {
    this.#ways.close();
    this.become(CallStates.ENDING);
    this.#release();
    queueMicrotask(() => {
      this.become(CallStates.ENDED);
      this.#means.ended();
      this.#tell('CallEndedCallback', new CallEndEvent(reason, 'HTTP', 0, text));
    });
  }

  #release(): void {
    this.#media?.close();
    this.#media = null;
    this.#sound.useCarrier(null);
  }

  #tell(name: string, ...more: unknown[]): void {
    if (!isOver(this.#call._callState) || isEnding(name)) emit(this.#call, name, this.#call, ...more);
  }
}
