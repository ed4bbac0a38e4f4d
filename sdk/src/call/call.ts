import { type Capability, say } from '../base.ts';
import { CapabilityDenialReason } from '../base-enums.ts';
import { Capabilities, withCapabilities } from '../capabilities.ts';
import { Conference } from '../conference/conference.ts';
import { Participant } from '../conference/participant.ts';
import { emit, withEvents } from '../listeners.ts';
import type { AudioInterface } from '../media.ts';
import { addMethod } from '../methods.ts';
import { callCapabilities, callEvents } from '../names.ts';
import { SdkPromise } from '../promise.ts';
import { CommandFailed, type Message, Session, WhipRefusal } from '../session.ts';
import { CallEndReason, CallError, CallProtocolType, CallStates } from './call-enums.ts';
import { CallMedia } from './call-media.ts';
import {
  AudioChannel,
  AudioDetails,
  CallEndEvent,
  CallException,
  type ConferenceEntryOptions,
  type UserToUserInfo,
} from './call-values.ts';

/** What a call is made with. */
export interface CallMeans {
  readonly audio: AudioInterface;
  readonly remoteAddress: string;
  readonly subject: string | undefined;
  /** Whom to ask, and with what. Rejects with WhipRefusal or CallException. */
  readonly admission: () => Promise<{ readonly base: string; readonly token: string }>;
  readonly changed: (call: Call) => void;
}

const {
  CAPABILITY_INVALID_STATE: invalidState,
  CAPABILITY_NOT_SUPPORTED: notSupported,
  CAPABILITY_CALL_HAS_NO_VIDEO: noVideo,
} = CapabilityDenialReason;

let counter = 0;
const live: readonly string[] = [CallStates.ESTABLISHED, CallStates.HOLDING, CallStates.HELD, CallStates.UNHOLDING];

/**
 * A call into a conference.
 *
 *   idle → initiating → remote_alerting → established ⇄ (holding → held → unholding) → ending → ended
 *   any → failed → (end()) → ending → ended
 */
export class Call {
  _callState: string = CallStates.IDLE;
  readonly #means: CallMeans | null;
  readonly #id: string;
  readonly #capabilities = new Capabilities(callCapabilities, (name) => (/Video/.test(name) ? noVideo : notSupported));
  readonly #conference: Conference;
  readonly #remote = new Participant();
  #media: CallMedia | null = null;
  #session: Session | null = null;
  #isConference = false;
  #online = false;
  #establishedAt: Date | undefined;
  #heldAt: Date | undefined;
  #muted = false;
  #mutedByOthers = false;
  #speakerMuted = false;
  #conferenceOver = false;
  #entryOptions: ConferenceEntryOptions | undefined;

  constructor(means: CallMeans | null = null) {
    this.#means = means;
    this.#id = `call-${Date.now().toString(36)}-${++counter}`;
    this.#conference = new Conference(this);
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
    return this.#establishedAt;
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
    return this.#muted || this.#mutedByOthers;
  }

  isSpeakerMuted(): boolean {
    return this.#speakerMuted;
  }

  isConference(): boolean {
    return this.#isConference;
  }

  isServiceAvailable(): boolean {
    return this.#online;
  }

  /** Private; applications use it to show the state. */
  _addOnCallStateChangedCallback(callback: unknown): void {
    (this as unknown as Record<string, (callback: unknown) => void>)['addOn_StateChanged']?.(callback);
  }

  // ── its life ─────────────────────────────────────────────────────────────────────────────────────────────────────

  start(): void {
    if (this._callState !== CallStates.IDLE) {
      say('warn', `start() of a call that is ${this._callState}`);
      return;
    }
    this.#become(CallStates.INITIATING);
    queueMicrotask(() => void this.#begin());
  }

  end(): void {
    if (this._callState === CallStates.ENDING || this._callState === CallStates.ENDED) return;
    this.#finish(CallEndReason.CALL_ENDED_LOCALLY, '');
  }

  async #begin(): Promise<void> {
    const means = this.#means;
    try {
      if (means === null) throw new CallException(CallError.NOT_REGISTERED, 'There is no service for this call.');
      const media = await CallMedia.open(this.#id, means.audio);
      this.#media = media;
      if (this.#isOver()) {
        media.close();
        return;
      }
      media.muted = this.#muted;
      media.deaf = this.#speakerMuted;
      media.onConnected = () => this.#connected();
      media.onLost = (failed) => this.#lost(failed);
      media.onRemoteStream = (stream) => emit(this, 'AudioStreamUpdatedCallback', this, stream);
      const offer = await media.offer();
      const { base, token } = await means.admission();
      if (this.#isOver()) return;
      emit(this, 'CallStartedCallback', this);
      const { session, answer } = await Session.open(base, token, offer, {
        message: (message) => this.#told(message),
        online: (online) => this.#isOnline(online),
      });
      if (this.#isOver()) {
        session.end();
        return;
      }
      this.#session = session;
      this.#become(CallStates.REMOTE_ALERTING);
      emit(this, 'CallRemoteAlertingCallback', this, false);
      session.listen();
      await media.accept(answer);
    } catch (error) {
      this.#fail(exceptionOf(error));
    }
  }

  #connected(): void {
    if (this._callState !== CallStates.REMOTE_ALERTING && this._callState !== CallStates.INITIATING) return;
    this.#establishedAt = new Date();
    this.#isConference = true;
    this.#become(CallStates.ESTABLISHED);
    emit(this, 'CallEstablishedCallback', this);
    const uccp = this.#session?.location.replace(/^http/, 'ws') ?? '';
    emit(this, 'CallConferenceStatusChangedCallback', this, true, `${uccp}/events`, '');
    if (this.#muted) void this._ask('mute').catch(() => {});
  }

  #lost(failed: boolean): void {
    if (!failed || this.#isOver()) return;
    if (live.includes(this._callState))
      this.#finish(CallEndReason.ICE_FAILURE, 'The connection of the sound was lost.');
    else this.#fail(new CallException(CallError.MEDIA_START_FAILURE, 'No way for the sound was found.'));
  }

  #fail(exception: CallException): void {
    if (this.#isOver()) return;
    say('error', `call failed: ${exception.getError()} ${exception.message}`);
    this.#release();
    this.#become(CallStates.FAILED);
    emit(this, 'CallFailedCallback', this, exception);
  }

  #finish(reason: string, text: string): void {
    this.#become(CallStates.ENDING);
    this.#release();
    this.#conference._ended(reason);
    queueMicrotask(() => {
      this.#become(CallStates.ENDED);
      emit(this, 'CallEndedCallback', this, new CallEndEvent(reason, 'HTTP', 0, text));
    });
  }

  #release(): void {
    this.#media?.close();
    this.#session?.end();
    this.#media = null;
    this.#session = null;
    this.#online = false;
  }

  #isOver(): boolean {
    const { ENDING, ENDED, FAILED } = CallStates;
    return this._callState === ENDING || this._callState === ENDED || this._callState === FAILED;
  }

  #told(message: Message): void {
    if (this.#isOver()) return;
    if (message.type === 'ended') this.#conferenceOver = true;
    if (message.type === 'call' && message['state'] === 'ended') {
      const reason = String(message['reason']);
      this.#session?.close();
      this.#session = null;
      this.#finish(
        endReasons[reason] ?? (this.#conferenceOver ? 'CONFERENCE_TERMINATED' : 'CALL_DISCONNECTED'),
        reason,
      );
      return;
    }
    this.#conference._told(message);
  }

  #isOnline(online: boolean): void {
    const first = !this.#online && online && !this.#conference._known;
    this.#online = online;
    this.#refresh();
    this.#conference._online(online);
    if (!first) emit(this, online ? 'CallServiceAvailableCallback' : 'CallServiceUnavailableCallback', this);
  }

  // ── what can be done in it ───────────────────────────────────────────────────────────────────────────────────────

  muteAudio(): SdkPromise {
    return this.#mute(true);
  }

  unmuteAudio(): SdkPromise {
    return this.#mute(false);
  }

  #mute(muted: boolean): SdkPromise {
    if (this.#isOver()) return rejected(CallError.CALL_STATE_MISMATCH, 'The call is over.');
    const before = this.isAudioMuted();
    this.#muted = muted;
    if (!muted) this.#mutedByOthers = false;
    if (this.#media !== null) this.#media.muted = muted;
    if (this.isAudioMuted() !== before) this.#muteChanged();
    // It holds here whatever the server says: who is muted is not heard.
    if (live.includes(this._callState)) void this._ask(muted ? 'mute' : 'unmute').catch(() => {});
    return SdkPromise.resolved();
  }

  /** A moderator muted or unmuted us. */
  _mutedByServer(muted: boolean): void {
    const before = this.isAudioMuted();
    this.#mutedByOthers = muted && !this.#muted;
    if (!muted && this.#muted) {
      this.#muted = false;
      if (this.#media !== null) this.#media.muted = false;
    }
    if (this.isAudioMuted() !== before) this.#muteChanged();
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
    if (this.#isOver()) return rejected(CallError.CALL_STATE_MISMATCH, 'The call is over.');
    if (muted === this.#speakerMuted) return SdkPromise.resolved();
    this.#speakerMuted = muted;
    if (this.#media !== null) this.#media.deaf = muted;
    this.#refresh();
    emit(this, 'CallSpeakerMuteStatusChangedCallback', this, muted);
    return SdkPromise.resolved();
  }

  hold(): SdkPromise {
    if (this._callState !== CallStates.ESTABLISHED) return rejected(CallError.CALL_STATE_MISMATCH, 'Not established.');
    this.#become(CallStates.HOLDING);
    if (this.#media !== null) {
      this.#media.muted = true;
      this.#media.deaf = true;
    }
    queueMicrotask(() => {
      if (this._callState !== CallStates.HOLDING) return;
      this.#heldAt = new Date();
      this.#become(CallStates.HELD);
      emit(this, 'CallHeldCallback', this);
    });
    return SdkPromise.resolved();
  }

  unhold(): SdkPromise {
    if (this._callState !== CallStates.HELD) return rejected(CallError.CALL_STATE_MISMATCH, 'Not on hold.');
    this.#become(CallStates.UNHOLDING);
    queueMicrotask(() => {
      if (this._callState !== CallStates.UNHOLDING) return;
      if (this.#media !== null) {
        this.#media.muted = this.#muted;
        this.#media.deaf = this.#speakerMuted;
      }
      this.#heldAt = undefined;
      this.#become(CallStates.ESTABLISHED);
      emit(this, 'CallUnheldCallback', this);
    });
    return SdkPromise.resolved();
  }

  sendDTMF(dtmf: string): SdkPromise {
    if (typeof dtmf !== 'string' || !/^[0-9*#A-D]$/.test(dtmf)) {
      return rejected(CallError.INVALID_PARAMETER, 'A tone is one of 0-9, *, #, A-D.');
    }
    return SdkPromise.from(this._ask('digits', { digits: dtmf }).catch((error) => Promise.reject(exceptionOf(error))));
  }

  getAudioDetails(): SdkPromise<AudioDetails> {
    const media = this.#media;
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
    return (
      this.#session?.ask(what, more) ?? Promise.reject(new CommandFailed('unavailable', 'The call is not established.'))
    );
  }

  _capability(name: string): Capability {
    return this.#capabilities.of(name);
  }

  #become(state: string): void {
    if (this._callState === state) return;
    this._callState = state;
    this.#refresh();
    emit(this, '_StateChanged', state);
    this.#means?.changed(this);
  }

  /** What can be done now, told to whoever holds a capability. */
  #refresh(): void {
    const state = this._callState;
    const up = live.includes(state);
    const established = state === CallStates.ESTABLISHED;
    const allow = (allowed: boolean) => (allowed ? null : invalidState);
    this.#capabilities.update({
      getHoldCapability: allow(established),
      getUnholdCapability: allow(state === CallStates.HELD),
      getMuteCapability: allow(up && !this.isAudioMuted()),
      getUnmuteCapability: allow(up && this.isAudioMuted()),
      getMuteSpeakerCapability: allow(up && !this.#speakerMuted),
      getUnmuteSpeakerCapability: allow(up && this.#speakerMuted),
      getSendDTMFCapability: allow(established && this.#online),
      getUpdateAudioModeCapability: allow(up),
    });
  }
}

/** What is for calls of other kinds, or for video: rejected with the error that says so. */
const without: Readonly<Record<string, string>> = {
  accept: CallError.CALL_STATE_MISMATCH,
  acceptAnswerCallRequest: CallError.CALL_STATE_MISMATCH,
  acceptMakeCallRequest: CallError.CALL_STATE_MISMATCH,
  acceptSendVideo: CallError.VIDEO_DENIED,
  acceptTerminateCallRequest: CallError.CALL_STATE_MISMATCH,
  acceptUpdateCallRequest: CallError.CALL_STATE_MISMATCH,
  attendedTransfer: CallError.CAPABILITY_NOT_ALLOWED,
  deny: CallError.CALL_STATE_MISMATCH,
  denySendVideo: CallError.VIDEO_REJECTION_NOT_SUPPORTED,
  denyWithReason: CallError.CALL_STATE_MISMATCH,
  getVideoDetails: CallError.STATISTICS_UNAVAILABLE,
  ignore: CallError.CALL_STATE_MISMATCH,
  join: CallError.CAPABILITY_NOT_ALLOWED,
  rejectAnswerCallRequest: CallError.CALL_STATE_MISMATCH,
  rejectMakeCallRequest: CallError.CALL_STATE_MISMATCH,
  rejectTerminateCallRequest: CallError.CALL_STATE_MISMATCH,
  rejectUpdateCallRequest: CallError.CALL_STATE_MISMATCH,
  removeAllVideoChannels: CallError.VIDEO_DENIED,
  setVideoChannels: CallError.VIDEO_DENIED,
  startRinging: CallError.CALL_STATE_MISMATCH,
  transfer: CallError.CAPABILITY_NOT_ALLOWED,
  muteVideo: CallError.VIDEO_DENIED,
  unmuteVideo: CallError.VIDEO_DENIED,
  setBackgroundImage: CallError.VIDEO_DENIED,
  setBackgroundBlur: CallError.VIDEO_DENIED,
};
for (const [name, error] of Object.entries(without)) {
  addMethod(Call, name, () => rejected(error, `${name} is not for this call.`));
}
for (const name of ['isCallerIdentityPrivate', 'isHeldRemotely', 'isIgnored', 'isIncoming', 'isMissed', 'isRemote']) {
  addMethod(Call, name, () => false);
}
withCapabilities(Call, callCapabilities);
withEvents(Call, [...callEvents, '_StateChanged']);

const endReasons: Readonly<Record<string, string>> = {
  removed: CallEndReason.DISCONNECTED_BY_CONFERENCE_MODERATOR,
  moderatorsLeft: CallEndReason.CONFERENCE_TERMINATED,
  mediaFailure: CallEndReason.ICE_FAILURE,
  unknown: CallEndReason.CALL_DISCONNECTED_UNKNOWN_REASON,
};

function rejected(error: string, message: string): SdkPromise<never> {
  return SdkPromise.rejected(new CallException(error, message));
}

const byCode: Readonly<Record<string, string>> = {
  conferenceFull: CallError.BUSY,
  conferenceLocked: CallError.NOT_AUTHORIZED,
  conferenceClosed: CallError.USER_TEMPORARILY_UNAVAILABLE,
  noCommonCodec: CallError.CODEC_MISMATCH,
  tooManyOffers: CallError.SERVICE_TEMPORARILY_UNAVAILABLE,
  ERC_JC_INCORRECT_INPUT: CallError.NOT_FOUND,
};

const byStatus: Readonly<Record<number, string>> = {
  0: CallError.TRANSPORT_ERROR,
  401: CallError.AUTHENTICATION_ERROR,
  403: CallError.NOT_AUTHORIZED,
  404: CallError.NOT_FOUND,
  429: CallError.SERVICE_TEMPORARILY_UNAVAILABLE,
  503: CallError.SERVICE_TEMPORARILY_UNAVAILABLE,
};

function exceptionOf(error: unknown): CallException {
  if (error instanceof CallException) return error;
  if (error instanceof WhipRefusal) {
    const { status, code, message } = error;
    const known = byCode[code] ?? byStatus[status] ?? CallError.SERVER_ERROR;
    return new CallException(known, message || code, String(status || code), CallProtocolType.HTTP);
  }
  if (error instanceof CommandFailed) {
    const known = error.code === 'unavailable' ? CallError.SERVICE_UNAVAILABLE : CallError.CAPABILITY_NOT_ALLOWED;
    return new CallException(known, error.message, error.code, CallProtocolType.HTTP);
  }
  return new CallException(CallError.INTERNAL_ERROR, String((error as Error)?.message ?? error));
}
