import { Capability } from '../base.ts';
import { CapabilityDenialReason } from '../base-enums.ts';
import { emit, withEvents } from '../listeners.ts';
import type { AudioInterface } from '../media.ts';
import { callsEvents } from '../names.ts';
import { askForToken, issuerOf } from '../session.ts';
import { Call } from './call.ts';
import { CallError, CallStates } from './call-enums.ts';
import { CallCreationInfo, CallException } from './call-values.ts';

/** Where calls go, and in whose name. */
export interface CallsMeans {
  readonly audio: AudioInterface;
  /** As configured; null: nothing is. */
  readonly gateway: () => string | null;
  readonly displayName: () => string | undefined;
}

/** The calls of a user. */
export class Calls {
  readonly #means: CallsMeans | null;
  readonly #calls: Call[] = [];
  readonly #voip = new Capability();
  readonly #video = new Capability(CapabilityDenialReason.CAPABILITY_NOT_SUPPORTED);

  constructor(means: CallsMeans | null = null) {
    this.#means = means;
    const possible = typeof RTCPeerConnection !== 'undefined';
    this.#voip._set(possible ? null : CapabilityDenialReason.CAPABILITY_NOT_SUPPORTED);
  }

  /** Never fails: what is wrong shows when it is started. */
  createCall(callCreationInfo: CallCreationInfo = new CallCreationInfo()): Call {
    const means = this.#means;
    if (means === null) return new Call(null);
    const call = new Call({
      audio: means.audio,
      remoteAddress: callCreationInfo.getRemoteAddress(),
      subject: callCreationInfo.getSubject(),
      admission: () => admission(means, callCreationInfo, call),
      ended: () => this.#remove(call),
    });
    this.#calls.push(call);
    queueMicrotask(() => emit(this, 'CallCreatedCallback', call));
    return call;
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
    return [];
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

  _available(): void {
    emit(this, 'CallsServiceAvailableCallback', this);
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
): Promise<{ readonly base: string; readonly token: string }> {
  const text = (name: string): string | undefined => {
    const value = info._get(name);
    return value === undefined || value === null || value === '' ? undefined : String(value);
  };
  const given = text('PortalToken') ?? text('AuthorizationToken') ?? call.getConferenceEntryOptions()?.getToken();
  const named = originOf(text('ServiceGatewayURL'));
  if (given !== undefined) {
    const base = named ?? issuerOf(given) ?? means.gateway() ?? scriptOrigin;
    if (base !== null) return { base, token: given };
  }
  const base = named ?? means.gateway() ?? scriptOrigin;
  if (base === null) throw new CallException(CallError.NOT_REGISTERED, 'It is not known which server to ask.');
  const token = await askForToken(base, {
    conferenceId: text('ConferenceID') ?? info.getRemoteAddress(),
    presentationOnly: false,
    userName: text('MeetMeUserName') ?? means.displayName() ?? '',
    passcode: text('Passcode') ?? null,
  });
  return { base, token };
}

function originOf(url: string | undefined): string | null {
  if (url === undefined) return null;
  try {
    const { origin, protocol } = new URL(url);
    return /^https?:$/.test(protocol) ? origin : null;
  } catch {
    return null;
  }
}

/** The server that this file came from. */
const scriptOrigin: string | null = originOf(
  (globalThis.document?.currentScript as HTMLScriptElement | null | undefined)?.src,
);
