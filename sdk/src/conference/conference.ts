import { type Capability, DataSet } from '../base.ts';
import { CapabilityDenialReason } from '../base-enums.ts';
import type { Call } from '../call/call.ts';
import { Capabilities, withCapabilities } from '../capabilities.ts';
import { emit, withEvents } from '../listeners.ts';
import { addMethod } from '../methods.ts';
import { conferenceCapabilities, conferenceEvents } from '../names.ts';
import { SdkPromise } from '../promise.ts';
import type { CommandFailed, Message } from '../session.ts';
import { Chat, ChatMessage } from './chat.ts';
import { DisconnectReason } from './conference-enums.ts';
import { AdmissionResponseCode, ConferenceException, ConferenceStartStatus } from './conference-values.ts';
import { ActiveParticipant, type Participant, type ParticipantState } from './participant.ts';

const {
  CAPABILITY_INVALID_STATE: invalidState,
  CAPABILITY_NEED_MODERATOR: needModerator,
  CAPABILITY_NOT_ALLOWED: notAllowed,
} = CapabilityDenialReason;

interface ConferenceState {
  self: string | null;
  subject: string;
  locked: boolean;
  recording: 'off' | 'on' | 'paused';
  recordingMode: string;
  waiting: boolean;
  endsAt: number | null;
}

/** The conference of a call: who is in it, and what moderators may do. */
export class Conference {
  readonly #call: Call | null;
  readonly #chat = new Chat(this);
  readonly #active = new DataSet<ActiveParticipant>();
  readonly #byId = new Map<string, ActiveParticipant>();
  readonly #capabilities = new Capabilities(conferenceCapabilities);
  #state: ConferenceState | null = null;
  #started = false;
  #admission: Message | null = null;
  #starting: SdkPromise | null = null;
  #admitting: SdkPromise | null = null;
  #tries = 0;

  constructor(call: Call | null = null) {
    this.#call = call;
    this.#refresh();
  }

  /** Whether the server has told of it. */
  get _known(): boolean {
    return this.#state !== null;
  }

  // ── coming in ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Resolves when it is known who is in; those are told as added after that. `config` is of no use. */
  start(_config?: unknown): SdkPromise {
    if (this.#call === null || this.#call._callState === 'ended' || this.#call._callState === 'failed') {
      return SdkPromise.rejected(new ConferenceException('NETWORK_UNAVAILABLE', 'There is no call.'));
    }
    if (this.#admission !== null && this.#state === null) return SdkPromise.rejected(this.#admissionNeeded());
    if (this.#state !== null) {
      this.#begin();
      return SdkPromise.resolved();
    }
    this.#starting ??= new SdkPromise();
    return this.#starting;
  }

  stop(): SdkPromise {
    this.#started = false;
    return SdkPromise.resolved();
  }

  sendPasscode(passcode: unknown): SdkPromise {
    const call = this.#call;
    if (call === null || this.#admission === null) {
      return SdkPromise.rejected(new ConferenceException('CAPABILITY_NOT_ALLOWED', 'No passcode is asked for.'));
    }
    const admitting = new SdkPromise();
    this.#admitting = admitting;
    this.#tries++;
    call._ask('passcode', { passcode: String(passcode) }).catch((error) => {
      if (this.#admitting !== admitting) return;
      this.#admitting = null;
      const { INCORRECT_PASSCODE_TRY_AGAIN: again } = AdmissionResponseCode;
      const { code, message } = error as CommandFailed;
      admitting.settle(
        false,
        code === 'invalid' ? new ConferenceException('INVALID_ARGUMENT', message, again) : exceptionOf(error),
      );
    });
    return admitting;
  }

  #admissionNeeded(): ConferenceException {
    const { passcodeNeeded = false, permissionNeeded = false } = (this.#admission ?? {}) as Record<string, unknown>;
    return Object.assign(new ConferenceException(ConferenceStartStatus.ADMISSION_NEEDED, 'A passcode is needed.'), {
      admissionPasscodeNeeded: passcodeNeeded === true,
      admissionPermissionNeeded: permissionNeeded === true,
    });
  }

  #begin(): void {
    if (this.#started) return;
    this.#started = true;
    this.#starting?.settle(true);
    this.#starting = null;
    // After what the page does when it has started.
    setTimeout(() => {
      if (this.#active.length > 0) emit(this, 'ConferenceParticipantsAddedCallback', this, [...this.#active]);
    }, 0);
  }

  // ── what the server tells ────────────────────────────────────────────────────────────────────────────────────────

  _told(message: Message): void {
    switch (message.type) {
      case 'admission':
        this.#asked(message);
        break;
      case 'conference':
        this.#whole(message['conference']);
        break;
      case 'joined':
      case 'changed':
        this.#one(message['participant']);
        break;
      case 'left':
        this.#left([message['id']]);
        break;
      case 'talking':
        this.#talking(message['started'], message['stopped']);
        break;
      case 'state':
        this.#changed(message);
        break;
      case 'chat':
        this.#wrote(message['message']);
        break;
      default:
        break;
    }
    this.#refresh();
  }

  #asked(message: Message): void {
    this.#admission = message;
    if (message['refused'] === undefined) {
      this.#starting?.settle(false, this.#admissionNeeded());
      this.#starting = null;
      return;
    }
    const { INCORRECT_PASSCODE_TRY_AGAIN: again, INCORRECT_PASSCODE_DISCONNECTING: last } = AdmissionResponseCode;
    const wrong = message['refused'] === 'wrongPasscode';
    const code = wrong ? (this.#tries >= 3 ? last : again) : AdmissionResponseCode.DENIED;
    const admitting = this.#admitting;
    this.#admitting = null;
    admitting?.settle(false, new ConferenceException(code, String(message['refused']), code));
  }

  #whole({ participants, ...state }: ConferenceState & { participants: ParticipantState[] }): void {
    const before = this.#state;
    this.#state = state;
    this.#admission = null;
    const there = new Set(participants.map(({ id }) => id));
    this.#left([...this.#byId.keys()].filter((id) => !there.has(id)));
    for (const participant of participants) this.#one(participant);
    const admitting = this.#admitting;
    this.#admitting = null;
    admitting?.settle(true);
    if (before === null) {
      emit(this, 'ConferenceSubjectCallback', this, state.subject);
      if (state.waiting) emit(this, 'ConferenceWaitingToStartCallback', this, 'audio');
    } else this.#tellState(before, state);
    if (this.#starting !== null || admitting !== null) this.#begin();
  }

  #one(participant: ParticipantState): void {
    const isSelf = participant.id === this.#state?.self;
    const known = this.#byId.get(participant.id);
    if (known !== undefined) {
      const muted = known.isAudioMuted();
      known._update(participant, isSelf);
      this.#active._updated(known);
      if (isSelf && muted !== participant.muted) this.#call?._mutedByServer(participant.muted);
      return;
    }
    const added = new ActiveParticipant(this);
    added._update(participant, isSelf);
    this.#byId.set(participant.id, added);
    this.#active._add(added);
    if (this.#started) emit(this, 'ConferenceParticipantsAddedCallback', this, [added]);
  }

  #left(ids: readonly string[]): void {
    const gone = ids.flatMap((id) => this.#byId.get(id) ?? []);
    for (const id of ids) this.#byId.delete(id);
    if (gone.length === 0) return;
    this.#active._remove(...gone);
    if (this.#started) emit(this, 'ConferenceParticipantsRemovedCallback', this, gone);
  }

  #talking(started: readonly string[], stopped: readonly string[]): void {
    for (const id of started) this.#byId.get(id)?._talks(true);
    for (const id of stopped) this.#byId.get(id)?._talks(false);
    emit(this, 'ConferenceActiveTalkersChangedCallback', this, this.#talkers());
  }

  #talkers(): ActiveParticipant[] {
    return this.#active.filter((participant) => participant.isActiveTalker());
  }

  #changed(message: Message): void {
    const before = this.#state;
    if (before === null) return;
    const {
      locked = before.locked,
      recording = before.recording,
      waiting = before.waiting,
    } = message as Partial<ConferenceState>;
    this.#state = { ...before, locked, recording, waiting };
    this.#tellState(before, this.#state);
  }

  #tellState(before: ConferenceState, after: ConferenceState): void {
    if (before.locked !== after.locked) emit(this, 'ConferenceLockStatusChangedCallback', this, after.locked);
    if (before.recording !== after.recording) {
      emit(this, 'ConferenceRecordingStatusChangedCallback', this, after.recording);
    }
    if (before.waiting && !after.waiting) emit(this, 'ConferenceStartingCallback', this, 'audio');
    if (!before.waiting && after.waiting) emit(this, 'ConferenceWaitingToStartCallback', this, 'audio');
  }

  #wrote({ id, from, to, text, at }: { id: string; from: string; to: string | null; text: string; at: number }): void {
    const somebody = (who: string) => this.#byId.get(who) ?? new ActiveParticipant(this);
    const message = new ChatMessage(text, somebody(from), to === null ? undefined : somebody(to), to !== null);
    message._id = id;
    message._time = new Date(at);
    this.#chat._received(message);
  }

  _online(online: boolean): void {
    emit(this, online ? 'ConferenceServiceAvailableCallback' : 'ConferenceServiceUnavailableCallback', this);
    this.#chat._online(online);
    this.#refresh();
  }

  _ended(reason: string): void {
    const left = new ConferenceException('NETWORK_UNAVAILABLE', 'The call has ended.');
    this.#starting?.settle(false, left);
    this.#admitting?.settle(
      false,
      new ConferenceException(left.name, left.message, AdmissionResponseCode.INCORRECT_PASSCODE_DISCONNECTING),
    );
    this.#starting = null;
    this.#admitting = null;
    if (this.#state === null) return;
    const told: Readonly<Record<string, string>> = {
      CONFERENCE_TERMINATED: DisconnectReason.CONFERENCE_TERMINATED,
      DISCONNECTED_BY_CONFERENCE_MODERATOR: DisconnectReason.DISCONNECTED_BY_MODERATOR_OR_ADMIN,
      ICE_FAILURE: DisconnectReason.ERROR,
    };
    if (reason === 'CONFERENCE_TERMINATED') {
      emit(this, 'ConferenceMeetingTerminationInProgressCallbacks', this, reason, '');
    }
    emit(this, 'ConferenceConnectionEndedCallbacks', this, told[reason] ?? DisconnectReason.CALL_DISCONNECTED);
  }

  // ── what can be asked ────────────────────────────────────────────────────────────────────────────────────────────

  /** A command; rejects with ConferenceException. */
  _ask(what: string, more: Readonly<Record<string, unknown>> = {}): SdkPromise {
    const call = this.#call;
    if (call === null) return SdkPromise.rejected(new ConferenceException('NETWORK_UNAVAILABLE', 'There is no call.'));
    return SdkPromise.from(call._ask(what, more).catch((error) => Promise.reject(exceptionOf(error))));
  }

  addParticipant(participantAddress: string): SdkPromise {
    return this._ask('invite', { address: String(participantAddress) });
  }

  removeParticipant(participant: Participant): SdkPromise {
    return this._ask('remove', { participant: participant?.getParticipantId?.() ?? '' });
  }

  muteAllParticipants(): SdkPromise {
    return this._ask('muteAll').done(() => emit(this, 'ConferenceAllParticipantsMutedCallback', this));
  }

  unmuteAllParticipants(): SdkPromise {
    return this._ask('unmuteAll').done(() => emit(this, 'ConferenceAllParticipantsUnmutedCallback', this));
  }

  setLocked(isLocked: boolean): SdkPromise {
    return this._ask(isLocked === true ? 'lock' : 'unlock');
  }

  // ── what is so ───────────────────────────────────────────────────────────────────────────────────────────────────

  getActiveParticipants(): DataSet<ActiveParticipant> {
    return this.#active;
  }

  getSelfParticipant(): ActiveParticipant | undefined {
    return this.#byId.get(this.#state?.self ?? '');
  }

  /** The loudest first, at most four; guides have it. */
  getRecentTalkers(): ActiveParticipant[] {
    return this.#talkers().slice(0, 4);
  }

  getInConferenceChat(): Chat {
    return this.#chat;
  }

  getSubject(): string {
    return this.#state?.subject ?? '';
  }

  getMeetingEndTime(): Date | undefined {
    const at = this.#state?.endsAt;
    return at == null ? undefined : new Date(at);
  }

  isLocked(): boolean {
    return this.#state?.locked ?? false;
  }

  isConferenceWaitingToStart(): boolean {
    return this.#state?.waiting ?? false;
  }

  isRecordingActive(): boolean {
    return this.#state !== null && this.#state.recording !== 'off';
  }

  isRecordingPaused(): boolean {
    return this.#state?.recording === 'paused';
  }

  toString(): string {
    return `Conference ${this.getSubject()}`;
  }

  _capability(name: string): Capability {
    return this.#capabilities.of(name);
  }

  #refresh(): void {
    const state = this.#state;
    const self = this.getSelfParticipant();
    const moderates = self?.isModerator() ?? false;
    for (const participant of this.#active) participant._refresh(moderates);
    const inside = state !== null && (this.#call?.isServiceAvailable() ?? false);
    const all = (allowed = true) => (inside && allowed ? null : invalidState);
    const mod = (allowed = true) =>
      !inside ? invalidState : !moderates ? needModerator : allowed ? null : invalidState;
    const record = (allowed: boolean) => (state?.recordingMode === 'choice' ? mod(allowed) : notAllowed);
    const others = this.#active.length > 1;
    const muted = this.#call?.isAudioMuted() ?? false;
    this.#capabilities.update({
      getActiveTalkerCapability: all(),
      getAddParticipantViaDialoutCapability: mod(),
      getInConferenceChatCapability: all(),
      getModerateConferenceCapability: mod(),
      getMuteAllParticipantsCapability: mod(),
      getUnmuteAllParticipantsCapability: mod(),
      getMuteSelfAudioCapability: all(!muted),
      getUnmuteSelfAudioCapability: all(muted),
      getRemoveLastParticipantCapability: mod(others),
      getRemoveSelectParticipantCapability: mod(others),
      getRetrieveParticipantListCapability: all(),
      getSupportLowerHandCapability: all(),
      getSupportRaiseHandCapability: all(),
      getTerminateConferenceCapability: mod(),
      getUpdateLockStatusCapability: mod(),
      getStartRecordingCapability: record(state?.recording === 'off'),
      getStopRecordingCapability: record(state?.recording !== 'off'),
      getPauseRecordingCapability: record(state?.recording === 'on'),
      getResumeRecordingCapability: record(state?.recording === 'paused'),
    });
  }
}

const commands: Readonly<Record<string, string>> = {
  removeLastParticipant: 'removeLast',
  terminateConference: 'terminate',
  startRecording: 'record',
  stopRecording: 'stopRecording',
  pauseRecording: 'pauseRecording',
  resumeRecording: 'resumeRecording',
  raiseHand: 'raiseHand',
  lowerHand: 'lowerHand',
};
for (const [name, what] of Object.entries(commands)) {
  addMethod(Conference, name, function () {
    return this._ask(what);
  });
}

/** What there is not: rejected with the reason. */
for (const name of [
  'addParticipantFromCall',
  'extendMeeting',
  'pinVideoByCoordinates',
  'pinVideoByParticipant',
  'requestToBecomeModerator',
  'sendRequestToEnterLockedConference',
  'signIn',
  'setDisplayVideoParticipantName',
  'setVideoLayout',
  'setVideoSelfSee',
]) {
  const rejected = () =>
    SdkPromise.rejected(new ConferenceException('CAPABILITY_NOT_ALLOWED', `${name} is not there.`));
  addMethod(Conference, name, rejected);
}

/** What is so of every conference here. */
const constants: Readonly<Record<string, unknown>> = {
  getCollaborationURI: '',
  getConferenceOwnerAddress: '',
  getCurrentVideoLayout: undefined,
  getDialInInformation: '',
  getDialInInformationHtml: '',
  getEncryptionStatus: 'partial',
  getJoinMeetingURI: '',
  getKnockDoorTimeout: undefined,
  getMeetingMinutes: undefined,
  getStreamingURI: '',
  isApplicationSharingActive: false,
  isEventConference: false,
  isLectureModeActive: false,
  isPasscodeRequiredToBecomeModerator: true,
  isStreamingActive: false,
  isVideoAllowed: false,
  isVideoParticipantNameDisplayActive: false,
  isVideoSelfSeeActive: false,
};
for (const [name, value] of Object.entries(constants)) {
  addMethod(Conference, name, () => value);
}
for (const name of ['getDroppedParticipants', 'getPendingParticipants', 'getSupportedVideoLayoutList']) {
  addMethod(Conference, name, () => []);
}
withCapabilities(Conference, conferenceCapabilities);
// Guides call the capability of chat by another name.
addMethod(Conference, 'getSupportInConferenceChatCapability', function () {
  return this._capability('getInConferenceChatCapability');
});
withEvents(Conference, conferenceEvents);

function exceptionOf(error: unknown): ConferenceException {
  if (error instanceof ConferenceException) return error;
  const { code, message } = error as CommandFailed;
  const name =
    code === 'invalid' || code === 'notFound'
      ? 'INVALID_ARGUMENT'
      : code === 'unavailable'
        ? 'NETWORK_UNAVAILABLE'
        : 'CAPABILITY_NOT_ALLOWED';
  return new ConferenceException(name, message, code);
}
