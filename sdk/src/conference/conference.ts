import type { Capability, DataSet } from '../base.ts';
import type { Call } from '../call/call.ts';
import { isOver } from '../call/call-states.ts';
import { Capabilities, withCapabilities } from '../capabilities.ts';
import { emit, withEvents } from '../listeners.ts';
import { addMethod } from '../methods.ts';
import { conferenceCapabilities, conferenceEvents } from '../names.ts';
import { SdkPromise } from '../promise.ts';
import type { Message } from '../session.ts';
import { Admission } from './admission.ts';
import { Chat, type WrittenMessage } from './chat.ts';
import { absentMethods, constants, emptyLists } from './conference-absent.ts';
import { conferenceDenials } from './conference-capabilities.ts';
import { commands } from './conference-commands.ts';
import { DisconnectReason } from './conference-enums.ts';
import { conferenceExceptionOf, noCall } from './conference-refusals.ts';
import { type ConferenceState, toldOf } from './conference-state.ts';
import { ConferenceException } from './conference-values.ts';
import type { ActiveParticipant, DroppedParticipant, Participant, ParticipantState } from './participant.ts';
import { Pending, type PendingParticipant } from './pending.ts';
import { Roster } from './roster.ts';

/** What the server tells with it. */
interface Whole {
  readonly participants: ParticipantState[];
  readonly chat?: WrittenMessage[];
}

function notMerged(error: unknown): ConferenceException {
  return new ConferenceException('CAPABILITY_NOT_ALLOWED', (error as Error).message);
}

/** The conference of a call: who is in it, and what moderators may do. */
export class Conference {
  readonly #call: Call | null;
  readonly #chat = new Chat(this);
  readonly #roster = new Roster(this);
  readonly #admission = new Admission();
  readonly #pending = new Pending(this);
  readonly #capabilities = new Capabilities(conferenceCapabilities);
  #state: ConferenceState | null = null;
  /** The last one that failed; it may be told again. */
  #failedRecording: unknown = null;

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
    if (this.#call === null || isOver(this.#call._callState)) {
      return SdkPromise.rejected(noCall());
    }
    if (this.#call._phoneLife !== null) {
      return SdkPromise.rejected(new ConferenceException('CAPABILITY_NOT_ALLOWED', 'This call is no conference.'));
    }
    if (this.#state === null) return this.#admission.start();
    this.#begin();
    return SdkPromise.resolved();
  }

  stop(): SdkPromise {
    this.#roster.tellNoMore();
    this.#admission.stopped();
    return SdkPromise.resolved();
  }

  sendPasscode(passcode: unknown): SdkPromise {
    // It is asked for in calls alone.
    return this.#admission.sendPasscode(
      () => this.#call!._ask('passcode', { passcode: String(passcode) }),
      () => this.#call!._ask('knock'),
    );
  }

  /** Resolves when one was let in; rejects when one was not. */
  sendRequestToEnterLockedConference(): SdkPromise {
    return this.#admission.knock(() => this.#call!._ask('knock'));
  }

  #begin(): void {
    if (!this.#roster.tell()) return;
    this.#admission.started();
    // After what the page does when it has started.
    setTimeout(() => this.#roster.tellAll(), 0);
  }

  // ── what the server tells ────────────────────────────────────────────────────────────────────────────────────────

  _told(message: Message): void {
    switch (message.type) {
      case 'admission':
        this.#admission.asked(message);
        break;
      case 'conference':
        this.#whole(message['conference']);
        break;
      case 'joined':
      case 'changed':
        this.#one(message['participant']);
        break;
      case 'left':
        this.#roster.remove([message['id']]);
        break;
      case 'talking':
        this.#roster.talk(message['started'], message['stopped']);
        break;
      case 'state':
        this.#changed(message);
        break;
      case 'recordingFailed':
        this.#recordingFailed(message['id']);
        break;
      case 'pending':
        this.#pending.told(message['participants'], message['decided'] ?? null);
        break;
      case 'allMuted': {
        const name = message['muted'] === true ? 'Muted' : 'Unmuted';
        emit(this, `ConferenceAllParticipants${name}Callback`, this);
        break;
      }
      case 'chat':
        this.#chat._wrote(message['message'], (id) => this.#roster.find(id));
        break;
      default:
        break;
    }
    this.#roster.tellEncryption();
    this.#refresh();
  }

  #whole({ participants, chat = [], ...state }: ConferenceState & Whole): void {
    const before = this.#state;
    this.#state = state;
    this.#roster.keepOnly(participants.map(({ id }) => id));
    for (const participant of participants) this.#one(participant);
    const somebody = (id: string) => this.#roster.find(id);
    for (const message of chat) this.#chat._earlier(message, somebody);
    const waited = this.#admission.admitted();
    if (before === null) {
      emit(this, 'ConferenceJoinMeetingURIUpdatedCallback', this);
      emit(this, 'ConferenceDialInInfoUpdatedCallback', this);
      // As it was before the page was loaded again.
      if (somebody(state.self ?? '')?.isAudioMuted() === true) this.#call?._mutedByServer(true);
      emit(this, 'ConferenceSubjectCallback', this, state.subject);
      if (state.waiting) emit(this, 'ConferenceWaitingToStartCallback', this, 'audio');
    } else this.#tell(before, state);
    if (waited) this.#begin();
  }

  #one(participant: ParticipantState): void {
    const isSelf = participant.id === this.#state?.self;
    const mutedBefore = this.#roster.find(participant.id)?.isAudioMuted() ?? participant.muted;
    this.#roster.put(participant, isSelf);
    // One's own mute is known already.
    if (isSelf && mutedBefore !== participant.muted && (!participant.muted || participant.mutedBy === 'moderator')) {
      this.#call?._mutedByServer(participant.muted);
    }
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
    this.#tell(before, this.#state);
  }

  #recordingFailed(id: unknown): void {
    if (id === this.#failedRecording) return;
    this.#failedRecording = id;
    this.#changed({ type: 'state', recording: 'off' });
    emit(this, 'ConferenceRecordingFailedCallbacks', this);
  }

  #tell(before: ConferenceState, after: ConferenceState): void {
    for (const [name, value] of toldOf(before, after)) emit(this, name, this, value);
  }

  _online(online: boolean): void {
    emit(this, online ? 'ConferenceServiceAvailableCallback' : 'ConferenceServiceUnavailableCallback', this);
    this.#chat._online(online);
    this.#refresh();
  }

  /** Its call came to nothing. */
  _notReached(): void {
    this.#admission.ended(noCall('The call has failed.'));
  }

  /** `by`: the name of who ended it for all. */
  _ended(reason: string, by = ''): void {
    this.#admission.ended(noCall('The call has ended.'));
    if (this.#state === null) return;
    const told: Readonly<Record<string, string>> = {
      CONFERENCE_TERMINATED: DisconnectReason.CONFERENCE_TERMINATED,
      DISCONNECTED_BY_CONFERENCE_MODERATOR: DisconnectReason.DISCONNECTED_BY_MODERATOR_OR_ADMIN,
      ICE_FAILURE: DisconnectReason.ERROR,
    };
    if (reason === 'CONFERENCE_TERMINATED') {
      emit(this, 'ConferenceMeetingTerminationInProgressCallbacks', this, reason, by);
    }
    emit(this, 'ConferenceConnectionEndedCallbacks', this, told[reason] ?? DisconnectReason.CALL_DISCONNECTED);
  }

  // ── what can be asked ────────────────────────────────────────────────────────────────────────────────────────────

  /** A command; rejects with ConferenceException. */
  _ask(what: string, more: Readonly<Record<string, unknown>> = {}): SdkPromise {
    const call = this.#call;
    if (call === null) return SdkPromise.rejected(noCall());
    return SdkPromise.from(call._ask(what, more).catch((error) => Promise.reject(conferenceExceptionOf(error))));
  }

  addParticipant(participantAddress: string): SdkPromise {
    return this._ask('invite', { address: String(participantAddress) });
  }

  /**
   * Who is in that call of the user's extension comes into this one. Of the same extension the two become one; into a
   * conference that was joined by a token a moderator brings it, and it ends for the user.
   */
  addParticipantFromCall(existingCall: Call): SdkPromise {
    const call = this.#call;
    if (call === null) return SdkPromise.rejected(noCall());
    const other = existingCall?._phoneLife ?? null;
    if (call._phoneLife === null && other !== null) return this._ask('bring', other.asTold);
    const merged = call._merge(existingCall);
    return SdkPromise.from(merged.then(undefined, (error: unknown) => Promise.reject(notMerged(error)))) as SdkPromise;
  }

  /** Refused by a server whose meetings do not end by themselves. */
  extendMeeting(minutes: number): SdkPromise {
    return this._ask('extend', { minutes: Number(minutes) });
  }

  requestToBecomeModerator(moderatorPin: string): SdkPromise {
    return this._ask('moderate', { passcode: String(moderatorPin) });
  }

  /** By the token of a login (`UPToken`): the owner is a moderator from then on. */
  signIn(token: string): SdkPromise {
    return this._ask('signIn', { token: String(token) }).done(() => {
      if (this.#state !== null) this.#state = { ...this.#state, signedIn: true };
      this.#refresh();
    });
  }

  startRecording(name?: string, description?: string): SdkPromise {
    return this._ask('record', { name, description });
  }

  getPendingParticipants(): PendingParticipant[] {
    return this.#pending.all();
  }

  removeParticipant(participant: Participant): SdkPromise {
    return this._ask('remove', { participant: participant?.getParticipantId?.() ?? '' });
  }

  setLocked(isLocked: boolean): SdkPromise {
    return this._ask(isLocked === true ? 'lock' : 'unlock');
  }

  // ── what is so ───────────────────────────────────────────────────────────────────────────────────────────────────

  getActiveParticipants(): DataSet<ActiveParticipant> {
    return this.#roster.active;
  }

  /** Who has left; one dials them again by `addParticipant`. */
  getDroppedParticipants(): DroppedParticipant[] {
    return this.#roster.dropped.all();
  }

  getEncryptionStatus(): string {
    return this.#roster.encryption;
  }

  getSelfParticipant(): ActiveParticipant | undefined {
    return this.#roster.find(this.#state?.self ?? '');
  }

  /** The loudest first, at most four; guides have it. */
  getRecentTalkers(): ActiveParticipant[] {
    return this.#roster.talkers().slice(0, 4);
  }

  getInConferenceChat(): Chat {
    return this.#chat;
  }

  getSubject(): string {
    return this.#state?.subject ?? '';
  }

  /** The page by which everybody comes in. */
  getJoinMeetingURI(): string {
    const [base, state] = [this.#call?._server ?? null, this.#state];
    return base === null || state === null ? '' : `${base}/meet/${encodeURIComponent(state.meetingId)}`;
  }

  /** Which numbers a phone dials. */
  getDialInInformation(): string {
    return (this.#state?.publicNumbers ?? []).join(', ');
  }

  getDialInInformationHtml(): string {
    // As the file or an administrator wrote them: text.
    const numbers = (this.#state?.publicNumbers ?? []).map((number) => number.replace(/[^0-9+*# ()./-]/g, ''));
    return numbers.map((number) => `<a href="tel:${number.replace(/[^0-9+*#]/g, '')}">${number}</a>`).join(', ');
  }

  getMeetingEndTime(): Date | undefined {
    const at = this.#state?.endsAt;
    return at == null ? undefined : new Date(at);
  }

  isPasscodeRequiredToBecomeModerator(): boolean {
    return this.#state?.moderatorPasscode ?? true;
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
    const moderates = this.getSelfParticipant()?.isModerator() ?? false;
    const isInside = state !== null && this.#call?.isServiceAvailable() === true;
    for (const participant of this.#roster.active) participant._refresh(moderates, isInside);
    this.#capabilities.update(
      conferenceDenials({
        state,
        isInside,
        moderates,
        isAlone: this.#roster.active.length <= 1,
        isMuted: this.#call?.isAudioMuted() ?? false,
        isPhone: this.#call?._phoneLife != null,
      }),
    );
  }
}

for (const [name, what] of Object.entries(commands)) {
  addMethod(Conference, name, function () {
    return this._ask(what);
  });
}

for (const name of absentMethods) {
  const rejected = () =>
    SdkPromise.rejected(new ConferenceException('CAPABILITY_NOT_ALLOWED', `${name} is not there.`));
  addMethod(Conference, name, rejected);
}
for (const [name, value] of Object.entries(constants)) addMethod(Conference, name, () => value);
for (const name of emptyLists) addMethod(Conference, name, () => []);
withCapabilities(Conference, conferenceCapabilities);
// Guides call the capability of chat by another name.
addMethod(Conference, 'getSupportInConferenceChatCapability', function () {
  return this._capability('getInConferenceChatCapability');
});
withEvents(Conference, conferenceEvents);
