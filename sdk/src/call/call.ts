import { type Capability, say } from '../base.ts';
import { Capabilities, withCapabilities } from '../capabilities.ts';
import { Conference } from '../conference/conference.ts';
import { Participant } from '../conference/participant.ts';
import { emit, withEvents } from '../listeners.ts';
import { addMethod } from '../methods.ts';
import { callCapabilities, callEvents } from '../names.ts';
import { SdkPromise } from '../promise.ts';
import { CallAudioMode } from './audio-mode.ts';
import { absentMethods, constants, soAlready } from './call-absent.ts';
import { absentCapability, callDenials } from './call-capabilities.ts';
import { CallError, CallStates } from './call-enums.ts';
import { CallLife, type LifeMeans } from './call-life.ts';
import { callExceptionOf, rejected } from './call-refusals.ts';
import { CallSound } from './call-sound.ts';
import { isOver } from './call-states.ts';
import { AudioChannel, AudioDetails, CallException, type ConferenceEntryOptions } from './call-values.ts';
import { PhoneCallLife, type PhoneLifeMeans } from './phone-call-life.ts';
import { refusedTone } from './tones.ts';

/** What a call is made with: into a conference by its token, or of the user's own extension. */
export type CallMeans = (LifeMeans | PhoneLifeMeans) & {
  readonly remoteAddress: string;
  readonly remoteName?: string;
  readonly subject: string | undefined;
  /** It came in, and rings. */
  readonly incoming?: boolean;
};

let counter = 0;

/** A call, as applications know it. */
export class Call {
  _callState: string = CallStates.IDLE;
  readonly #means: CallMeans | null;
  readonly #id: string;
  readonly #capabilities = new Capabilities(callCapabilities, absentCapability);
  readonly #sound = new CallSound();
  readonly #audioMode = new CallAudioMode(this);
  readonly #remote = new Participant();
  readonly #conference: Conference;
  readonly #life: CallLife | PhoneCallLife;
  #heldAt: Date | undefined;
  #heldRemotely = false;
  #entryOptions: ConferenceEntryOptions | undefined;

  constructor(means: CallMeans | null = null) {
    this.#means = means;
    this.#id = `call-${Date.now().toString(36)}-${++counter}`;
    this.#conference = new Conference(this);
    const changed = () => this.#refresh();
    this.#life =
      means !== null && 'phone' in means
        ? new PhoneCallLife(this, means, means.remoteAddress, this.#sound, changed)
        : new CallLife(this, means, this.#conference, this.#sound, changed);
    if (means !== null) {
      this.#remote._describe({ address: means.remoteAddress, name: means.remoteName || means.remoteAddress });
    }
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
    return this.#remote.getAddress();
  }

  getRemoteDisplayName(): string {
    return this.#conference.getSubject() || this.#remote.getDisplayName();
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

  getAudioChannel(): AudioChannel {
    return new AudioChannel(this.#audioMode.direction);
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

  getVideoChannels(): unknown[] {
    return [];
  }

  isAudioMuted(): boolean {
    return this.#sound.isMuted;
  }

  isSpeakerMuted(): boolean {
    return this.#sound.isSpeakerMuted;
  }

  isHeldRemotely(): boolean {
    return this.#heldRemotely;
  }

  isConference(): boolean {
    return this.#life instanceof CallLife && this.#life.establishedAt !== undefined;
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

  /** Where its conference is; null: it is not known yet, or it is a call of an extension. */
  get _server(): string | null {
    return this.#life instanceof CallLife ? this.#life.server : null;
  }

  /** Null: it is no call of an extension. */
  get _phoneLife(): PhoneCallLife | null {
    return this.#life instanceof PhoneCallLife ? this.#life : null;
  }

  isIncoming(): boolean {
    return this.#means?.incoming === true;
  }

  isIgnored(): boolean {
    return this._callState === CallStates.IGNORED;
  }

  isMissed(): boolean {
    return this._phoneLife?.isMissed ?? false;
  }

  accept(): SdkPromise {
    return this.#ofPhone((life) => life.accept());
  }

  ignore(): SdkPromise {
    return this.#ofPhone(async (life) => life.ignore());
  }

  /** Busy. */
  deny(): SdkPromise {
    return this.#ofPhone((life) => life.deny(true));
  }

  denyWithReason(reason: unknown): SdkPromise {
    return this.#ofPhone((life) => life.deny(reason === 'BUSY'));
  }

  /** Whoever is in the call is left with whom it is sent to. */
  transfer(address: string): SdkPromise<string> {
    return this.#ofPhone((life) => life.transfer({ to: String(address) }));
  }

  transferToCall(target: Call): SdkPromise<string> {
    return this.attendedTransfer(target);
  }

  attendedTransfer(target: Call): SdkPromise<string> {
    return this.#withOther(target, (life, other) => life.transfer({ other }));
  }

  /** The two become one, and go on under this one. */
  _merge(other: Call): SdkPromise {
    const merged = this.#withOther(other, (life, id) => life.ask('merge', { other: id }));
    merged.then(
      () => this._callState === CallStates.HELD && this.#isBack(),
      () => {},
    );
    return merged;
  }

  #withOther<Done>(
    target: Call | undefined,
    action: (life: PhoneCallLife, other: string) => Promise<Done>,
  ): SdkPromise<Done> {
    const other = target?._phoneLife?.phoneCallId ?? null;
    if (other === null) return rejected(CallError.INVALID_PARAMETER, 'That is no call of this extension.');
    return this.#ofPhone((life) => action(life, other));
  }

  #ofPhone<Done>(action: (life: PhoneCallLife) => Promise<Done>): SdkPromise<Done> {
    const life = this._phoneLife;
    if (life === null) return rejected(CallError.CALL_STATE_MISMATCH, 'This is no call of an extension.');
    return SdkPromise.from(action(life).catch((error) => Promise.reject(callExceptionOf(error))));
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
    this.#life.mute(muted);
    return SdkPromise.resolved();
  }

  /** A moderator muted or unmuted us. */
  _mutedByServer(muted: boolean): void {
    // The owner has muted itself since: what is told was so before that.
    if (!muted && this.#life.mutes) return;
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

  /** The others hear music; it is held here at once, whatever the server says. */
  hold(): SdkPromise {
    if (this._callState !== CallStates.ESTABLISHED) return rejected(CallError.CALL_STATE_MISMATCH, 'Not established.');
    this.#life.become(CallStates.HOLDING);
    this.#sound.hold(true);
    void this.#told('hold').then((done) => {
      if (this._callState !== CallStates.HOLDING) return;
      this.#sound.hold(done);
      if (done) this.#isHeld();
      else this.#life.become(CallStates.ESTABLISHED);
    });
    return SdkPromise.resolved();
  }

  unhold(): SdkPromise {
    if (this._callState !== CallStates.HELD) return rejected(CallError.CALL_STATE_MISMATCH, 'Not on hold.');
    this.#life.become(CallStates.UNHOLDING);
    void this.#told('retrieve').then((done) => {
      if (this._callState !== CallStates.UNHOLDING) return;
      if (!done) {
        this.#life.become(CallStates.HELD);
        return;
      }
      this.#isBack();
    });
    return SdkPromise.resolved();
  }

  _heldByServer(held: boolean): void {
    if (!held && this._callState === CallStates.HELD) this.#isBack();
    if (!held || this._callState !== CallStates.ESTABLISHED) return;
    this.#sound.hold(true);
    this.#isHeld();
  }

  /** Somebody else is at the other end than before. */
  _isWith({ name, number }: { readonly name: string; readonly number: string }): void {
    this.#remote._describe({ address: number, name: name || number });
    emit(this, 'CallRemoteAddressChangedCallback', this);
  }

  _heldRemotely(held: boolean): void {
    if (held === this.#heldRemotely) return;
    this.#heldRemotely = held;
    emit(this, held ? 'CallHeldRemotelyCallback' : 'CallUnheldRemotelyCallback', this);
  }

  #isHeld(): void {
    this.#heldAt = new Date();
    this.#life.become(CallStates.HELD);
    emit(this, 'CallHeldCallback', this);
  }

  #isBack(): void {
    this.#sound.hold(false);
    this.#heldAt = undefined;
    this.#life.become(CallStates.ESTABLISHED);
    emit(this, 'CallUnheldCallback', this);
  }

  /** Whether the server did it. */
  #told(what: string): Promise<boolean> {
    return this._ask(what).then(
      () => true,
      () => false,
    );
  }

  sendDTMF(dtmf: string): SdkPromise {
    const refused = refusedTone(dtmf, this._callState);
    if (refused !== null) return refused;
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

  setAudioMode(audioMode: string): SdkPromise {
    return this.#audioMode.set(audioMode);
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
        isPhone: this._phoneLife !== null,
        isHeardEarly: this._phoneLife?.isHeardEarly ?? false,
      }),
    );
  }
}
for (const [name, error] of Object.entries(absentMethods)) {
  addMethod(Call, name, () => rejected(error, `${name} is not for this call.`));
}
for (const [name, value] of Object.entries(constants)) addMethod(Call, name, () => value);
for (const [name, { is, error }] of Object.entries(soAlready)) {
  addMethod(Call, name, function (wanted) {
    if (is(wanted, this._callState)) return SdkPromise.resolved();
    return rejected(error, `${name} is not for this call.`);
  });
}
withCapabilities(Call, callCapabilities);
withEvents(Call, [...callEvents, '_StateChanged']);
