import type { Capability } from '../base.ts';
import { CapabilityDenialReason } from '../base-enums.ts';
import { Capabilities, type Denials, withCapabilities } from '../capabilities.ts';
import { emit, withEvents } from '../listeners.ts';
import { addMethod } from '../methods.ts';
import { activeParticipantEvents, participantCapabilities } from '../names.ts';
import { SdkPromise } from '../promise.ts';
import type { Conference } from './conference.ts';
import { MediaFromParticipantStatus, ParticipantConnectionStatus } from './conference-enums.ts';
import { noCall } from './conference-refusals.ts';
import { ConferenceException } from './conference-values.ts';

/** Somebody, by name and address. */
export class Participant {
  _participantId = '';
  _address = '';
  _displayName = '';
  _isLocalUser = false;

  getAddress(): string {
    return this._address;
  }

  getDisplayName(): string {
    return this._displayName;
  }

  getParticipantId(): string {
    return this._participantId;
  }

  isLocalUser(): boolean {
    return this._isLocalUser;
  }

  getAllPossibleContactMatches(): undefined {
    return undefined;
  }

  getBestContactMatch(): undefined {
    return undefined;
  }

  setAddress(address: string): void {
    this._address = address;
  }

  setDisplayName(displayName: string): void {
    this._displayName = displayName;
  }

  _describe({ id, address, name }: { id?: string; address?: string; name?: string }): void {
    if (id !== undefined) this._participantId = id;
    if (address !== undefined) this._address = address;
    if (name !== undefined) this._displayName = name;
  }
}
withEvents(Participant, ['ParticipantMatchedContactsChangedCallback']);

const { CAPABILITY_INVALID_STATE: invalidState, CAPABILITY_NEED_MODERATOR: needModerator } = CapabilityDenialReason;

/** Somebody in a conference. */
export class ConferenceParticipant extends Participant {
  readonly _conference: Conference | null;
  readonly #capabilities = new Capabilities(participantCapabilities);

  constructor(conference: Conference | null = null) {
    super();
    this._conference = conference;
  }

  _capability(name: string): Capability {
    return this.#capabilities.of(name);
  }

  _deny(denials: Denials): void {
    this.#capabilities.update(denials);
  }
}
withCapabilities(ConferenceParticipant, participantCapabilities);

/** As the server tells it: docs/protocols/webrtc.md. */
export interface ParticipantState {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly kind: 'browser' | 'phone' | 'number';
  readonly role: 'moderator' | 'participant';
  readonly state: 'connecting' | 'connected' | 'held';
  readonly muted: boolean;
  readonly mutedBy?: 'self' | 'moderator' | null;
  readonly talking: boolean;
  readonly handRaised: boolean;
  readonly joinedAt: number;
  /** Whether nobody on the way can listen. */
  readonly encrypted?: boolean;
}

/** Somebody who is in the conference now, or is being called into it. */
export class ActiveParticipant extends ConferenceParticipant {
  #state: ParticipantState | null = null;
  #lastSpoken: Date | undefined;
  #left = false;
  /** `browser`, `phone`, or `number` for one who was called. */
  _kind = '';

  isAudioMuted(): boolean {
    return this.#state?.muted ?? false;
  }

  isVideoBlocked(): boolean {
    return false;
  }

  isModerator(): boolean {
    return this.#state?.role === 'moderator';
  }

  isLecturer(): boolean {
    return false;
  }

  isPresenter(): boolean {
    return false;
  }

  isHandRaised(): boolean {
    return this.#state?.handRaised ?? false;
  }

  get _isEncrypted(): boolean {
    return this.#state?.encrypted ?? false;
  }

  isActiveTalker(): boolean {
    return this.#state?.talking ?? false;
  }

  getLastSpokenTime(): Date | undefined {
    return this.#lastSpoken;
  }

  getParticipantRole(): string {
    return this.isModerator() ? 'moderator' : 'participant';
  }

  getConnectionStatus(): string {
    if (this.#left) return ParticipantConnectionStatus.CONNECTION_STATUS_DISCONNECTED;
    return this.#state?.state === 'connecting'
      ? ParticipantConnectionStatus.CONNECTION_STATUS_CONNECTING
      : ParticipantConnectionStatus.CONNECTION_STATUS_CONNECTED;
  }

  getAudioStatus(): string {
    const { ACTIVE, MODERATOR_MUTED, SELF_MUTED } = MediaFromParticipantStatus;
    if (!this.isAudioMuted()) return ACTIVE;
    return this.#state?.mutedBy === 'moderator' ? MODERATOR_MUTED : SELF_MUTED;
  }

  mute(): SdkPromise {
    return this.#ask('mute');
  }

  unmute(): SdkPromise {
    return this.#ask('unmute');
  }

  lowerHand(): SdkPromise {
    return this.#ask('lowerHand');
  }

  #ask(what: string): SdkPromise {
    const { _conference: conference } = this;
    if (conference === null) return SdkPromise.rejected(noCall('This participant is in no conference.'));
    return conference._ask(what, { participant: this._participantId });
  }

  /** Takes what is so now, and tells what of it is new. */
  _update(state: ParticipantState, isSelf: boolean): void {
    const before = this.#state;
    this.#state = state;
    this._kind = state.kind;
    this._isLocalUser = isSelf;
    this._describe(state);
    if (state.talking && before?.talking !== true) this.#lastSpoken = new Date();
    if (before === null) return;
    const tell = (name: string, ...more: unknown[]) => emit(this, `Participant${name}Callback`, this, ...more);
    if (before.name !== state.name) tell('DisplayNameChanged');
    if (before.talking !== state.talking) tell('ActiveTalkerStatusChanged', state.talking);
    if (before.muted !== state.muted || before.mutedBy !== state.mutedBy)
      tell('AudioStatusChanged', this.getAudioStatus());
    if (before.state !== state.state) tell('ConnectionStatusChanged');
    if (before.handRaised !== state.handRaised) tell(state.handRaised ? 'HandRaised' : 'HandLowered');
    if (before.role !== state.role) tell(state.role === 'moderator' ? 'SetAsModerator' : 'UnsetAsModerator');
  }

  /** It is in the conference no more. */
  _leaves(): void {
    this.#left = true;
    this._refresh(false, false);
    emit(this, 'ParticipantConnectionStatusChangedCallback', this);
  }

  _talks(talking: boolean): void {
    if (this.#state !== null) this._update({ ...this.#state, talking }, this._isLocalUser);
  }

  /** `moderates`: whether the one who looks is a moderator. `isReached`: and reaches the server. */
  _refresh(moderates: boolean, isReached: boolean): void {
    const may = moderates || this._isLocalUser;
    const muted = this.isAudioMuted();
    const allow = (allowed: boolean) =>
      may || !isReached ? (allowed && isReached ? null : invalidState) : needModerator;
    this._deny({
      getMuteParticipantAudioCapability: allow(!muted),
      getUnmuteParticipantAudioCapability: allow(muted),
      getLowerParticipantHandCapability: allow(this.isHandRaised()),
    });
  }
}
for (const name of ['blockVideo', 'unblockVideo', 'setAsLecturer', 'unsetAsLecturer']) {
  addMethod(ActiveParticipant, name, () =>
    SdkPromise.rejected(new ConferenceException('CAPABILITY_NOT_ALLOWED', `${name} is not there.`)),
  );
}
withEvents(ActiveParticipant, activeParticipantEvents);

/** Somebody who has left the conference, or was called into it and did not come. */
export class DroppedParticipant extends ConferenceParticipant {
  constructor(conference: Conference | null = null, was: Participant | null = null) {
    super(conference);
    if (was === null) return;
    this._describe({ id: was.getParticipantId(), address: was.getAddress(), name: was.getDisplayName() });
  }

  getConnectionStatus(): string {
    return ParticipantConnectionStatus.CONNECTION_STATUS_DISCONNECTED;
  }
}
