import { Capability } from '../base.ts';
import { CapabilityDenialReason } from '../base-enums.ts';
import { emit, withEvents } from '../listeners.ts';
import type { GivenToken } from '../login.ts';
import type { AudioInterface } from '../media.ts';
import { callsEvents } from '../names.ts';
import { OverReload } from '../over-reload.ts';
import { PhoneCalls } from '../phone/phone-calls.ts';
import type { PhoneCallTold, PhoneLogin } from '../phone/phone-socket.ts';
import { SdkPromise } from '../promise.ts';
import { originOf, scriptOrigin } from '../script-origin.ts';
import { askForAdmission, issuerOf, type WhipRefusal } from '../session.ts';
import { Call } from './call.ts';
import { CallError, CallProtocolType, CallStates, CallType } from './call-enums.ts';
import { CallCreationInfo, CallException } from './call-values.ts';

/** Where calls go, and in whose name. */
export interface CallsMeans {
  readonly audio: AudioInterface;
  /** As configured; null: nothing is. */
  readonly gateway: () => string | null;
  readonly displayName: () => string | undefined;
  readonly token: () => GivenToken;
  /** As configured, how often a call is tried again whose server is not reached. */
  readonly startAttempts: unknown;
  /** The user's phone ended without having been asked to. */
  readonly phoneOver: (why: string) => void;
}

/** The calls of a user. */
export class Calls {
  readonly #means: CallsMeans | null;
  readonly #calls: Call[] = [];
  readonly #phone: PhoneCalls | null;
  /** Ids of the calls in which the page before its reload was muted. */
  readonly #mutedBefore = OverReload.take('mutedCalls');
  #wasOnline = false;
  readonly #voip = new Capability();
  readonly #networkEvents = new Capability(CapabilityDenialReason.CAPABILITY_NOT_SUPPORTED);
  readonly #video = new Capability(CapabilityDenialReason.CAPABILITY_NOT_SUPPORTED);

  constructor(means: CallsMeans | null = null) {
    this.#means = means;
    this.#phone =
      means === null
        ? null
        : new PhoneCalls({
            incoming: (told) => this.#incoming(means, told),
            goesOn: (told) => this.#goesOn(means, told),
            online: (online) => this.#online(online),
            over: (why) => means.phoneOver(why),
          });
    new OverReload('mutedCalls', () => this.#mutedCalls());
    // A page that is not secure has no microphone.
    const possible = typeof RTCPeerConnection !== 'undefined' && globalThis.navigator?.mediaDevices !== undefined;
    this.#voip._set(possible ? null : CapabilityDenialReason.CAPABILITY_NOT_SUPPORTED);
  }

  /** Never fails: what is wrong shows when it is started. */
  createCall(given?: CallCreationInfo): Call {
    const callCreationInfo = given instanceof CallCreationInfo ? given : new CallCreationInfo();
    const means = this.#means;
    if (means === null) return new Call(null);
    const call: Call = this.#isOfPhone(callCreationInfo)
      ? this.#ofPhone(means, callCreationInfo)
      : new Call({
          audio: means.audio,
          remoteAddress: callCreationInfo.getRemoteAddress(),
          subject: callCreationInfo.getSubject(),
          withoutSound: callCreationInfo.isPresentationModeOnly(),
          admission: () => admission(means, callCreationInfo, call),
          startAttempts: means.startAttempts,
          ended: () => this.#remove(call),
        });
    this.#calls.push(call);
    queueMicrotask(() => emit(this, 'CallCreatedCallback', call));
    return call;
  }

  /** Signs the user in, whose extension rings here from then on. Rejects with PhoneRefusal. */
  _signIn(login: PhoneLogin): Promise<void> {
    return this.#phone?.register(login) ?? Promise.resolve();
  }

  _signOut(): Promise<void> {
    return this.#phone?.unregister() ?? Promise.resolve();
  }

  /** By the extension of the user, unless it is said to be a conference's. */
  #isOfPhone(info: CallCreationInfo): boolean {
    const given = ['PortalToken', 'AuthorizationToken', 'ConferenceID'].some((name) => info._get(name) != null);
    return this.#phone?.isRegistered === true && !given && info._get('CallType') !== CallType.CallTypeHttpMeetMe;
  }

  #ofPhone({ audio }: CallsMeans, info: CallCreationInfo): Call {
    const remoteAddress = info.getRemoteAddress();
    const phone = this.#phone!;
    const call: Call = new Call({
      audio,
      phone,
      remoteAddress,
      subject: info.getSubject(),
      ended: () => this.#remove(call),
    });
    return call;
  }

  #incoming(means: CallsMeans, told: PhoneCallTold) {
    const call = this.#known(means, told);
    const life = call._phoneLife!;
    life.alerting(told.id);
    queueMicrotask(() => {
      emit(this, 'CallCreatedCallback', call);
      emit(this, 'IncomingCallCallback', call);
    });
    return life;
  }

  /** The page before its reload was in it. */
  #goesOn(means: CallsMeans, told: PhoneCallTold) {
    const call = this.#known(means, told);
    const life = call._phoneLife!;
    queueMicrotask(() => {
      emit(this, 'CallCreatedCallback', call);
      if (Array.isArray(this.#mutedBefore) && this.#mutedBefore.includes(told.id)) call.muteAudio();
      life.goesOn(told);
    });
    return life;
  }

  /** Nobody is to be heard after the reload of the page who was not. */
  #mutedCalls(): string[] | null {
    const ids = this.#calls.flatMap((call) => (call.isAudioMuted() ? (call._phoneLife?.phoneCallId ?? []) : []));
    return ids.length > 0 ? ids : null;
  }

  /** Of which the server told first. */
  #known({ audio }: CallsMeans, { direction, party }: PhoneCallTold): Call {
    const call: Call = new Call({
      audio,
      phone: this.#phone!,
      remoteAddress: party.number,
      remoteName: party.name,
      subject: undefined,
      incoming: direction === 'incoming',
      ended: () => this.#remove(call),
    });
    this.#calls.push(call);
    return call;
  }

  #online(online: boolean): void {
    if (this.#wasOnline === online) return;
    this.#wasOnline = online;
    emit(this, online ? 'CallsServiceAvailableCallback' : 'CallsServiceUnavailableCallback', this);
  }

  /** Of other services only. Throws CallException. */
  createDefaultCall(): Call {
    throw new CallException(CallError.CAPABILITY_NOT_ALLOWED, 'There is no default call: create one for a conference.');
  }

  getCalls(): Call[] {
    return [...this.#calls];
  }

  /** Only calls that come in can be ignored. */
  getIgnoredCalls(): Call[] {
    return this.#calls.filter((call) => call._callState === CallStates.IGNORED);
  }

  getCallCount(): number {
    return this.#calls.length;
  }

  getActiveCall(): Call | undefined {
    return this.#calls.find((call) => call._callState === CallStates.ESTABLISHED);
  }

  hasHeldCall(): boolean {
    return this.#calls.some((call) => call._callState === CallStates.HELD);
  }

  hasInitiatingCall(): boolean {
    return this.#calls.some((call) => call._callState === CallStates.INITIATING);
  }

  getVoipCallingCapability(): Capability {
    return this.#voip;
  }

  getVideoCapability(): Capability {
    return this.#video;
  }

  /** Of newer clients: what is told of networks. It is told by no server here. */
  getSetOnNetworkEventsCapability(): Capability {
    return this.#networkEvents;
  }

  setOnNetworkEvents(): SdkPromise {
    const text = 'There are no events of networks.';
    return SdkPromise.rejected(new CallException(CallError.CAPABILITY_NOT_ALLOWED, text));
  }

  /** Where nobody is signed in there is the service for conferences all the same. */
  _available(): void {
    if (!this.#wasOnline) emit(this, 'CallsServiceAvailableCallback', this);
  }

  _endAll(): void {
    for (const call of [...this.#calls]) call.end();
  }

  #remove(call: Call): void {
    const at = this.#calls.indexOf(call);
    if (at >= 0) this.#calls.splice(at, 1);
    queueMicrotask(() => emit(this, 'CallRemovedCallback', call));
  }
}
withEvents(Calls, callsEvents);

/** The token that was given, and the server that made it; without one, it is asked for. */
async function admission(
  means: CallsMeans,
  info: CallCreationInfo,
  call: Call,
): Promise<{ readonly base: string; readonly token: string; readonly again: boolean }> {
  const text = (name: string): string | undefined => {
    const value = info._get(name);
    return value === undefined || value === null || value === '' ? undefined : String(value);
  };
  const own = means.token();
  const former = call.getConferenceEntryOptions();
  const given = text('PortalToken') ?? text('AuthorizationToken') ?? (former?.getToken() || own.call);
  const named = originOf(text('ServiceGatewayURL'));
  if (given != null) {
    const base = named ?? issuerOf(given) ?? means.gateway() ?? scriptOrigin;
    if (base !== null) return { base, token: given, again: false };
  }
  const base = named ?? means.gateway() ?? scriptOrigin;
  if (base === null) throw new CallException(CallError.NOT_REGISTERED, 'It is not known which server to ask.');
  const request = {
    conferenceId: text('ConferenceID') ?? (former?.getMeetingId() || info.getRemoteAddress()),
    presentationOnly: false,
    userName: text('MeetMeUserName') ?? means.displayName() ?? '',
    passcode: text('Passcode') ?? (former?.getPasscode() || null),
  };
  const { token } = await askForAdmission(base, request, own.authorization).catch((error: WhipRefusal) => {
    // Of what is asked with, only a passcode is refused in these words.
    const { status, code, message } = error;
    if (request.passcode === null || status !== 400 || code !== 'ERC_JC_INCORRECT_INPUT') throw error;
    throw new CallException(CallError.AUTHENTICATION_ERROR, message, String(status), CallProtocolType.HTTP);
  });
  return { base, token, again: true };
}
