import { withEvents } from './listeners.ts';

/** What applications say how to connect with: plain values, read once. */

export const SecurityPolicy = {
  BEST_EFFORT: 'BEST_EFFORT',
  DISABLED: 'DISABLED',
  REQUIRED: 'REQUIRED',
} as const;

export const VideoResolution = {
  RESOLUTION_1080p: 'resolution1080p',
  RESOLUTION_720p: 'resolution720p',
  RESOLUTION_480p: 'resolution480p',
  RESOLUTION_360p: 'resolution360p',
  RESOLUTION_240p: 'resolution240p',
  RESOLUTION_180p: 'resolution180p',
} as const;

export class ServerInfo {
  hostName: string | undefined;
  port: number | undefined;
  isSecure: boolean | undefined;
  path: string | undefined;
  credentials: string | undefined;
  query: string | undefined;

  constructor(
    hostName?: string,
    port?: number,
    isSecure?: boolean,
    path?: string,
    credentials?: string,
    query?: string,
  ) {
    this.hostName = hostName;
    this.port = port;
    this.isSecure = isSecure;
    this.path = path;
    this.credentials = credentials;
    this.query = query;
  }

  /** Guides spell it this way. */
  get hostname(): string | undefined {
    return this.hostName;
  }

  set hostname(name: string | undefined) {
    this.hostName = name;
  }

  getUrl(isSocket?: boolean): string {
    const scheme = `${isSocket === true ? 'ws' : 'http'}${this.isSecure === true ? 's' : ''}`;
    const at = this.credentials ? `${this.credentials}@` : '';
    const port = this.port === undefined || this.port === null ? '' : `:${this.port}`;
    const path = (this.path ?? '').replace(/^\/?/, '/');
    const query = this.query ? `?${this.query}` : '';
    return `${scheme}://${at}${this.hostName ?? ''}${port}${path === '/' && query === '' ? '' : path}${query}`;
  }
}

export class NetworkProviderConfiguration {
  restConfig: ServerInfo;
  webSocketConfig: ServerInfo;
  sseConfig: ServerInfo;
  maxConnectionErrorCount: number;

  constructor(
    restConfig: ServerInfo = new ServerInfo(),
    webSocketConfig: ServerInfo = new ServerInfo(),
    sseConfig: ServerInfo = new ServerInfo(),
    maxConnectionErrorCount = 5,
  ) {
    this.restConfig = restConfig;
    this.webSocketConfig = webSocketConfig;
    this.sseConfig = sseConfig;
    this.maxConnectionErrorCount = maxConnectionErrorCount;
  }
}

export class AbstractCredentialProvider {
  onAuthenticationChallenge(_challenge: unknown, _callback: (credentials: unknown) => void): void {}
}
withEvents(AbstractCredentialProvider, ['InvalidCredentialsCallback']);

export class CredentialProvider extends AbstractCredentialProvider {
  username: string | undefined;
  password: string | undefined;
  domain: string | undefined;
  isGuest = false;
  displayName: string | undefined;

  constructor(username?: string, password?: string, domain?: string) {
    super();
    this.username = username;
    this.password = password;
    this.domain = domain;
  }

  override onAuthenticationChallenge(_challenge: unknown, callback: (credentials: unknown) => void): void {
    const { username, password, domain } = this;
    callback({ username, password, domain });
  }
}

export class GuestCredentialProvider extends AbstractCredentialProvider {
  displayName: string | undefined;
  username: string | undefined;
  password: string | undefined;
  domain: string | undefined;
  isGuest = true;

  constructor(displayName?: string) {
    super();
    this.displayName = displayName;
  }

  getDisplayName(): string | undefined {
    return this.displayName;
  }

  setDisplayName(guestName: string): void {
    this.displayName = guestName;
  }
}

export class CredentialTokenProvider extends AbstractCredentialProvider {
  token: string | undefined;
  bearer: string | undefined;

  constructor(token?: string, bearer?: string) {
    super();
    this.token = token;
    this.bearer = bearer;
  }
}

export class WCSCredentialTokenProvider extends AbstractCredentialProvider {
  token: string | undefined;
  username: string | undefined;
  attendeeId: string | undefined;
  sessionId: string | undefined;
  mode: string | undefined;

  constructor(token?: string, username?: string, attendeeId?: string, sessionId?: string, mode?: string) {
    super();
    Object.assign(this, { token, username, attendeeId, sessionId, mode });
  }
}

export class InvalidCredentialsEvent {
  readonly #failureCount: number;
  readonly #retry: (provider: unknown) => void;
  readonly #cancel: () => void;

  constructor(failureCount = 0, retryCallback: unknown = undefined, cancelCallback: unknown = undefined) {
    this.#failureCount = failureCount;
    this.#retry = typeof retryCallback === 'function' ? (provider) => retryCallback(provider) : () => {};
    this.#cancel = typeof cancelCallback === 'function' ? () => cancelCallback() : () => {};
  }

  getFailureCount(): number {
    return this.#failureCount;
  }

  retry(credentialProvider: unknown): void {
    this.#retry(credentialProvider);
  }

  cancel(): void {
    this.#cancel();
  }

  /** As guides have it. */
  getRetryCallback(): (provider: unknown) => void {
    return (provider) => this.#retry(provider);
  }
}

/** A service that is reached over the network. */
class ServiceConfiguration {
  enabled = false;
  credentialProvider: unknown = undefined;
  networkProviderConfiguration = new NetworkProviderConfiguration();
}

export class ACSConfiguration extends ServiceConfiguration {}
export class AMMConfiguration extends ServiceConfiguration {
  pollingIntervalInMinutes = 60;
}
export class UCCPConfiguration extends ServiceConfiguration {}
export class WCSConfiguration extends ServiceConfiguration {}
export class SGConfiguration extends ServiceConfiguration {
  maxCallStartReconnectionAttempts = -1;
}

export class PresenceConfiguration {
  enabled = false;
}

export class AnalyticsConfiguration {
  enabled = false;
}

export class CallUserConfiguration {
  iceCandidatesGatheringTimeout: number | undefined = undefined;
  incomingCall = false;
  incomingVideoRequestTimeout: number | undefined = undefined;
  startRingingOnIncomingCall = true;
  turnRelayCandidatesGatheringTimeout: number | undefined = undefined;
  videoEnabled = false;
  videoMaxBandwidthAnyNetwork: number | undefined = undefined;
  retrieveDeviceLabelsEnabled = true;
}

export class CollaborationConfiguration {
  contentSharingWorkerPath: string | undefined = undefined;
  imageQuality: number | undefined = undefined;
}

export class VoIPConfigurationAudio {
  bgnMode: boolean | undefined = undefined;
  codecList: unknown[] = [];
  echoMode: boolean | undefined = undefined;
  mobileEchoMode: boolean | undefined = undefined;
  noiseSupMode: boolean | undefined = undefined;
  opusMode: boolean | undefined = undefined;
  receiveGainMode: boolean | undefined = undefined;
  receiveSupMode: boolean | undefined = undefined;
  transmitGainMode: boolean | undefined = undefined;
  vadMode: boolean | undefined = undefined;
}

export class VoIPConfigurationVideo {
  anyNetworkBandwidthMode: boolean | undefined = undefined;
  congestionControlAlgorithm: boolean | undefined = undefined;
  presenationHigherPriorityThanPeopleVideo: boolean | undefined = undefined;
  videoResolution: string | undefined = undefined;
}

export class MediaConfiguration {
  mediaEngineEnabled = true;
  voipConfigurationAudio = new VoIPConfigurationAudio();
  voipConfigurationVideo = new VoIPConfigurationVideo();
  virtualBackgroundConfiguration: { libraryLocation?: string } = {};
}

export class UserConfiguration {
  acsConfiguration = new ACSConfiguration();
  ammConfiguration = new AMMConfiguration();
  analyticsConfiguration = new AnalyticsConfiguration();
  applicationBuildNumber: string | undefined = undefined;
  applicationProductName: string | undefined = undefined;
  applicationProductVersion: string | undefined = undefined;
  callUserConfiguration = new CallUserConfiguration();
  collaborationConfiguration = new CollaborationConfiguration();
  mediaConfiguration = new MediaConfiguration();
  mediaServiceContext: string | undefined = undefined;
  presenceConfiguration = new PresenceConfiguration();
  sgConfiguration = new SGConfiguration();
  uccpConfiguration = new UCCPConfiguration();
  wcsConfiguration = new WCSConfiguration();
}

export const Authentication = { TokenType: { ESGTOKEN: 'ESGTOKEN', UPTOKEN: 'UPToken', BEARER: 'Bearer' } } as const;
