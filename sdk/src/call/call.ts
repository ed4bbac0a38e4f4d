import { type Capability, say } from '../base.ts';
import { Capabilities, withCapabilities } from '../capabilities.ts';
import { Conference } from '../conference/conference.ts';
import { Participant } from '../conference/participant.ts';
import { emit, withEvents } from '../listeners.ts';
import { addMethod } from '../methods.ts';
import { callCapabilities, callEvents } from '../names.ts';
import { SdkPromise } from '../promise.ts';
import { absentMethods, neverSo } from './call-absent.ts';
import { absentCapability, callDenials } from './call-capabilities.ts';
import { CallError, CallStates } from './call-enums.ts';
import { CallLife, type LifeMeans } from './call-life.ts';
import { callExceptionOf, rejected } from './call-refusals.ts';
import { CallSound } from './call-sound.ts';
import { isLive, isOver } from './call-states.ts';
import {
  AudioChannel,
  AudioDetails,
  CallException,
  type ConferenceEntryOptions,
  type UserToUserInfo,
} from './call-values.ts';

/** What a call is made with. */
export interface CallMeans extends LifeMeans {
  readonly remoteAddress: string;
  readonly subject: string | undefined;
}

let counter = 0;

/** A call into a conference, as applications know it. */
export class Call {
  _callState: string = CallStates.IDLE;
  readonly #means: CallMeans | null;
  readonly #id: string;
  readonly #capabilities = new Capabilities(callCapabilities, absentCapability);
  readonly #sound = new CallSound();
  readonly #remote = new Participant();
  readonly #conference: Conference;
  readonly #life: CallLife;
  #heldAt: Date | undefined;
  #entryOptions: ConferenceEntryOptions | undefined;

  constructor(means: CallMeans | null = null) {
    this.#means = means;
    this.#id = `call-${Date.now().toString(36)}-${++counter}`;
    this.#conference = new Conference(this);
    this.#life = new CallLife(this, means, this.#conference, this.#sound, () => this.#refresh());
    if (means !== null) this.#remote._describe({ address: means.remoteAddress, name: means.remoteAddress });
    this.#refresh();
  }

  // ── what it is ───────────────────────────────────────────────────────────────────────────────────────────────────

  getCallId(): string {
    return this.#id;
  }

  getState(): string {
    return this._callState;
  }

  getRemoteAddress(): string {
    return this.#means?.remoteAddress ?? '';
  }

  getRemoteDisplayName(): string {
    return this.#conference.getSubject() || this.getRemoteAddress();
  }

  getRemoteNumber(): string {
    return this.getRemoteAddress();
  }

  getRemoteParticipant(): Participant {
    return this.#remote;
  }

  getSubject(): string {
    return this.#means?.subject ?? '';
  }

  getEstablishedTime(): Date | undefined {
    return this.#life.establishedAt;
  }

  getHeldTime(): Date | undefined {
    return this.#heldAt;
  }

  getAlertType(): string {
    return 'UNSPECIFIED';
  }

  getAudioChannel(): AudioChannel {
    return new AudioChannel(this._callState === CallStates.HELD ? 'inactive' : 'sendrecv');
  }

  getConference(): Conference {
    return this.#conference;
  }

  getConferenceEntryOptions(): ConferenceEntryOptions | undefined {
    return this.#entryOptions;
  }

  setConferenceEntryOptions(options: ConferenceEntryOptions): void {
    this.#entryOptions = options;
  }

  getIncomingVideoOffered(): string {
    return 'off';
  }

  getUserToUserInfo(): UserToUserInfo | undefined {
    return undefined;
  }

  getVideoChannels(): unknown[] {
    return [];
  }

  isAudioMuted(): boolean {
    return this.#sound.isMuted;
  }

  isSpeakerMuted(): boolean {
    return this.#sound.isSpeakerMuted;
  }

  isConference(): boolean {
    return this.#life.establishedAt !== undefined;
  }

  isServiceAvailable(): boolean {
    return this.#life.isOnline;
  }

  /** Private; applications use it to show the state. */
  _addOnCallStateChangedCallback(callback: unknown): void {
    (this as unknown as Record<string, (callback: unknown) => void>)['addOn_StateChanged']?.(callback);
  }

  // ── what can be done in it ───────────────────────────────────────────────────────────────────────────────────────

  start(): void {
    if (this._callState === CallStates.IDLE) this.#life.start();
    else say('warn', `start() of a call that is ${this._callState}`);
  }

  end(): void {
    this.#life.end();
  }

  muteAudio(): SdkPromise {
    return this.#mute(true);
  }

  unmuteAudio(): SdkPromise {
    return this.#mute(false);
  }

  #mute(muted: boolean): SdkPromise {
    if (isOver(this._callState)) return rejected(CallError.CALL_STATE_MISMATCH, 'The call is over.');
    if (this.#sound.mute(muted)) this.#muteChanged();
    // It holds here whatever the server says: who is muted is not heard.
    if (isLive(this._callState)) void this._ask(muted ? 'mute' : 'unmute').catch(() => {});
    return SdkPromise.resolved();
  }

  /** A moderator muted or unmuted us. */
  _mutedByServer(muted: boolean): void {
    if (this.#sound.muteByOthers(muted)) this.#muteChanged();
  }

  #muteChanged(): void {
    this.#refresh();
    emit(this, 'CallAudioMuteStatusChangedCallback', this, this.isAudioMuted());
  }

  muteSpeaker(): SdkPromise {
    return this.#muteSpeaker(true);
  }

  unmuteSpeaker(): SdkPromise {
    return this.#muteSpeaker(false);
  }

  #muteSpeaker(muted: boolean): SdkPromise {
    if (isOver(this._callState)) return rejected(CallError.CALL_STATE_MISMATCH, 'The call is over.');
    if (muted === this.isSpeakerMuted()) return SdkPromise.resolved();
    this.#sound.muteSpeaker(muted);
    this.#refresh();
    emit(this, 'CallSpeakerMuteStatusChangedCallback', this, muted);
    return SdkPromise.resolved();
  }

  hold(): SdkPromise {
    if (this._callState !== CallStates.ESTABLISHED) return rejected(CallError.CALL_STATE_MISMATCH, 'Not established.');
    this.#life.become(CallStates.HOLDING);
    this.#sound.hold(true);
    queueMicrotask(() => {
      if (this._callState !== CallStates.HOLDING) return;
      this.#heldAt = new Date();
      this.#life.become(CallStates.HELD);
      emit(this, 'CallHeldCallback', this);
    });
    return SdkPromise.resolved();
  }

  unhold(): SdkPromise {
    if (this._callState !== CallStates.HELD) return rejected(CallError.CALL_STATE_MISMATCH, 'Not on hold.');
    this.#life.become(CallStates.UNHOLDING);
    queueMicrotask(() => {
      if (this._callState !== CallStates.UNHOLDING) return;
      this.#sound.hold(false);
      this.#heldAt = undefined;
      this.#life.become(CallStates.ESTABLISHED);
      emit(this, 'CallUnheldCallback', this);
    });
    return SdkPromise.resolved();
  }

  sendDTMF(dtmf: string): SdkPromise {
    if (typeof dtmf !== 'string' || !/^[0-9*#A-D]$/.test(dtmf)) {
      return rejected(CallError.INVALID_PARAMETER, 'A tone is one of 0-9, *, #, A-D.');
    }
    return SdkPromise.from(
      this._ask('digits', { digits: dtmf }).catch((error) => Promise.reject(callExceptionOf(error))),
    );
  }

  getAudioDetails(): SdkPromise<AudioDetails> {
    const { media } = this.#life;
    if (media === null) return rejected(CallError.STATISTICS_UNAVAILABLE, 'There is no sound now.');
    const details = media.stats().then(
      (report) => AudioDetails._of(report),
      () => Promise.reject(new CallException(CallError.STATISTICS_UNAVAILABLE)),
    );
    return SdkPromise.from(details);
  }

  /** There is no video, so that without is what it is already. */
  setVideoMode(videoMode: string): SdkPromise {
    if (videoMode === 'DISABLE' || videoMode === 'INACTIVE' || this._callState === CallStates.IDLE) {
      return SdkPromise.resolved();
    }
    return rejected(CallError.VIDEO_DENIED, 'There is no video.');
  }

  setWebCollaboration(enable: boolean): SdkPromise {
    if (enable !== true || this._callState === CallStates.IDLE) return SdkPromise.resolved();
    return rejected(CallError.CAPABILITY_NOT_ALLOWED, 'There is no web collaboration.');
  }

  setAudioMode(audioMode: string): SdkPromise {
    return audioMode === 'DISABLE' ? this.muteAudio() : SdkPromise.resolved();
  }

  /** A command to the server. Rejects with CommandFailed. */
  _ask(what: string, more: Readonly<Record<string, unknown>> = {}): Promise<void> {
    return this.#life.ask(what, more);
  }

  _capability(name: string): Capability {
    return this.#capabilities.of(name);
  }

  #refresh(): void {
    this.#capabilities.update(
      callDenials({
        state: this._callState,
        isOnline: this.isServiceAvailable(),
        isMuted: this.isAudioMuted(),
        isSpeakerMuted: this.isSpeakerMuted(),
      }),
    );
  }
}
for (const [name, error] of Object.entries(absentMethods)) {
  addMethod(Call, name, () => rejected(error, `${name} is not for this call.`));
}
for (const name of neverSo) addMethod(Call, name, () => false);
withCapabilities(Call, callCapabilities);
withEvents(Call, [...callEvents, '_StateChanged']);
