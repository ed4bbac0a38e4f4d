import { addMethod } from '../methods.ts';
import type { Message } from '../session.ts';

/** Values of calls: what one is made with, and what is told of it. */

export class CallCreationInfo {
  readonly #values: Record<string, unknown> = {};
  readonly #remoteAddress: string;
  readonly #presentationModeOnly: boolean;
  readonly #subject: string | undefined;

  constructor(remoteAddress?: string, presentationModeOnly = false, subject?: string) {
    this.#remoteAddress = String(remoteAddress ?? '');
    this.#presentationModeOnly = presentationModeOnly === true;
    this.#subject = subject;
  }

  getRemoteAddress(): string {
    return this.#remoteAddress;
  }

  isPresentationModeOnly(): boolean {
    return this.#presentationModeOnly;
  }

  getSubject(): string | undefined {
    return this.#subject;
  }

  getAvayaLineId(): number | undefined {
    return undefined;
  }

  getAvayaLineOwner(): string | undefined {
    return undefined;
  }

  _get(name: string): unknown {
    return this.#values[name];
  }

  _set(name: string, value: unknown): void {
    this.#values[name] = value;
  }
}

for (const name of [
  'AuthorizationToken',
  'CallType',
  'ConferenceID',
  'ContextId',
  'MeetMeUserName',
  'Passcode',
  'PortalToken',
  'ServiceGatewayURL',
  'UccpURL',
]) {
  addMethod(CallCreationInfo, `get${name}`, function () {
    return this._get(name);
  });
  addMethod(CallCreationInfo, `set${name}`, function (value) {
    this._set(name, value);
  });
}

/** What went wrong with a call, or with what was asked of it. */
export class CallException extends Error {
  readonly _error: string;
  readonly _protocolErrorCode: string;
  readonly _protocolErrorReason: string;
  readonly _protocolType: string;

  constructor(error = 'UNDEFINED', message = '', protocolErrorCode = '', protocolType = 'APPLICATION') {
    super(message);
    this.name = 'CallException';
    this._error = error;
    this._protocolErrorCode = protocolErrorCode;
    this._protocolErrorReason = message;
    this._protocolType = protocolType;
  }

  getError(): string {
    return this._error;
  }

  getProtocolErrorCode(): string {
    return this._protocolErrorCode;
  }

  getProtocolErrorReason(): string {
    return this._protocolErrorReason;
  }

  getProtocolType(): string {
    return this._protocolType;
  }
}

export class CallEndEvent {
  readonly #reason: string;
  readonly #protocol: string;
  readonly #cause: number;
  readonly #text: string;

  constructor(reason = 'CALL_DISCONNECTED', reasonProtocol = '', reasonCause = 0, reasonText = '') {
    this.#reason = reason;
    this.#protocol = reasonProtocol;
    this.#cause = reasonCause;
    this.#text = reasonText;
  }

  getReason(): string {
    return this.#reason;
  }

  getReasonProtocol(): string {
    return this.#protocol;
  }

  getReasonCause(): number {
    return this.#cause;
  }

  getReasonText(): string {
    return this.#text;
  }
}

export class AudioChannel {
  readonly _direction: string;

  constructor(direction = 'sendrecv') {
    this._direction = direction;
  }

  getRequestedDirection(): string {
    return this._direction;
  }
}

/** There is no video. */
export class VideoChannel {
  getChannelId(): number {
    return 0;
  }

  getNegotiatedDirection(): string {
    return 'disable';
  }

  getRequestedDirection(): string {
    return 'disable';
  }

  getVideoDisabledReason(): string {
    return 'disabledDueToLocalPlatformLimitations';
  }

  isDisabled(): boolean {
    return true;
  }
}

export class AudioDetails {
  bytesReceived: number | undefined = undefined;
  bytesTransmitted: number | undefined = undefined;
  jitterMillisecondsReceived: number | undefined = undefined;
  packetLossTotalReceived: number | undefined = undefined;
  packetLossTotalTransmitted: number | undefined = undefined;
  packetsReceived: number | undefined = undefined;
  packetsTransmitted: number | undefined = undefined;
  roundTripTimeMilliseconds: number | undefined = undefined;

  /** From the browser's figures. */
  static _of(report: RTCStatsReport): AudioDetails {
    const details = new AudioDetails();
    const ms = (seconds: unknown) => (typeof seconds === 'number' ? Math.round(seconds * 1000) : undefined);
    report.forEach((stat: Message) => {
      if (stat['kind'] !== undefined && stat['kind'] !== 'audio') return;
      if (stat.type === 'inbound-rtp') {
        details.bytesReceived = stat['bytesReceived'];
        details.packetsReceived = stat['packetsReceived'];
        details.packetLossTotalReceived = stat['packetsLost'];
        details.jitterMillisecondsReceived = ms(stat['jitter']);
      } else if (stat.type === 'outbound-rtp') {
        details.bytesTransmitted = stat['bytesSent'];
        details.packetsTransmitted = stat['packetsSent'];
      } else if (stat.type === 'remote-inbound-rtp') {
        details.packetLossTotalTransmitted = stat['packetsLost'];
        details.roundTripTimeMilliseconds = ms(stat['roundTripTime']);
      } else if (stat.type === 'candidate-pair' && stat['nominated'] === true) {
        details.roundTripTimeMilliseconds ??= ms(stat['currentRoundTripTime']);
      }
    });
    return details;
  }
}

export class VideoDetails {
  actualBitRateReceived: number | undefined = undefined;
  actualBitRateTransmitted: number | undefined = undefined;
  actualFrameRateReceived: number | undefined = undefined;
  actualFrameRateTransmitted: number | undefined = undefined;
  bytesReceived: number | undefined = undefined;
  bytesTransmitted: number | undefined = undefined;
  packetLossTotalReceived: number | undefined = undefined;
  packetLossTotalTransmitted: number | undefined = undefined;
  packetsLossFractionReceived: number | undefined = undefined;
  packetsLossFractionTransmitted: number | undefined = undefined;
  packetsReceived: number | undefined = undefined;
  packetsTransmitted: number | undefined = undefined;
}

/** The former way to say how to come into a conference. */
export class ConferenceEntryOptions {
  #token: string | undefined;
  #ott: boolean;
  #meetingId: string | undefined;
  #passcode: string | undefined;

  constructor(token?: string, enableOTT = false, meetingId?: string, passcode?: string) {
    this.#token = token;
    this.#ott = enableOTT === true;
    this.#meetingId = meetingId;
    this.#passcode = passcode;
  }

  enableOTT(flag: boolean): void {
    this.#ott = flag === true;
  }

  isOTT(): boolean {
    return this.#ott;
  }

  getMeetingId(): string | undefined {
    return this.#meetingId;
  }

  getPasscode(): string | undefined {
    return this.#passcode;
  }

  getToken(): string | undefined {
    return this.#token;
  }

  setMeetingId(meetingId: string): void {
    this.#meetingId = meetingId;
  }

  setPasscode(passcode: string): void {
    this.#passcode = passcode;
  }

  setToken(token: string): void {
    this.#token = token;
  }
}

export class RingbackToneURLs {
  getFastBusyToneUrl(): string | undefined {
    return undefined;
  }

  getInterceptToneUrl(): string | undefined {
    return undefined;
  }

  getReorderToneUrl(): string | undefined {
    return undefined;
  }

  getRingbackToneUrl(): string | undefined {
    return undefined;
  }
}

export class UserToUserInfo {
  #contextId: string | undefined;

  getContextId(): string | undefined {
    return this.#contextId;
  }

  setContextId(contextId: string): void {
    this.#contextId = contextId;
  }

  getParentUCID(): string | undefined {
    return undefined;
  }

  getUCID(): string | undefined {
    return undefined;
  }
}
