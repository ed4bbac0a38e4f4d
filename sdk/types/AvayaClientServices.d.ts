/**
 * The browser library: what it has of the documented interface. Made of names and types alone; docs/protocols/webrtc.md
 * says what of it does something here. Use it as the global `AvayaClientServices` of the classic script, or import it
 * from the module.
 */

/** A thenable with the methods of a promise of jQuery. */
interface Promised<Done = any, Fail = any> extends PromiseLike<Done> {
  done(...callbacks: ((value: Done) => void)[]): this;
  fail(...callbacks: ((reason: Fail) => void)[]): this;
  always(...callbacks: ((value: any) => void)[]): this;
  progress(...callbacks: ((value: any) => void)[]): this;
  state(): 'pending' | 'resolved' | 'rejected';
  promise(): this;
  then<A = Done, B = never>(
    onDone?: ((value: Done) => A | PromiseLike<A>) | null,
    onFail?: ((reason: any) => B | PromiseLike<B>) | null,
    onProgress?: ((value: any) => unknown) | null,
  ): Promised<A | B>;
  catch<B = never>(onFail?: ((reason: any) => B | PromiseLike<B>) | null): Promised<Done | B>;
  finally(run?: (() => void) | null): Promised<Done>;
}

declare class AvayaClientServices {
  constructor(config?: any);
  /** The user that was created. */
  user: AvayaClientServices.User | undefined;
  createUser(userConfig?: Partial<AvayaClientServices.Config.UserConfiguration> | object): AvayaClientServices.User;
  getMediaServices(): AvayaClientServices.Base.MediaServices;
  getVersion(): string;
  registerLogger(
    logger: Partial<AvayaClientServices.Base.LoggerInterface> | Console,
    disableTimestamps?: boolean,
  ): void;
}

declare namespace AvayaClientServices {
  class User {
    getCalls(): Services.Call.Calls;
    getCollaboration(): any;
    getCollaborations(): any;
    getContacts(): any;
    getMessaging(): any;
    getPresenceService(): any;
    getSelfContact(): any | undefined;
    getVoiceMessaging(): any;
    start(): Promised<undefined, undefined>;
    stop(): Promised<undefined, undefined>;
    stopImmediately(): Promised<undefined, undefined>;
    addOnUserRegistrationFailed(callback: (user: User) => void): void;
    removeOnUserRegistrationFailed(callback: (...args: any[]) => void): void;
    addOnUserRegistrationSuccessful(callback: (conferenceTokenHref: string) => void): void;
    removeOnUserRegistrationSuccessful(callback: (...args: any[]) => void): void;
    addOnUserUnregistrationFailed(callback: (user: User) => void): void;
    removeOnUserUnregistrationFailed(callback: (...args: any[]) => void): void;
    addOnUserUnregistrationSuccessful(callback: (user: User) => void): void;
    removeOnUserUnregistrationSuccessful(callback: (...args: any[]) => void): void;
  }
  /** Nothing is shown: there is no collaboration. */
  namespace Renderer {
    namespace Konva {
      class KonvaContentSharingRenderer {
        init(model: any, htmlElementId: string): void;
        zoom(level: number): void;
      }
      class KonvaWhiteboardRenderer {
        init(model: any, htmlElementId: string): void;
        zoom(level: number): void;
      }
    }
  }
  namespace Config {
    const SecurityPolicy: {
      readonly BEST_EFFORT: 'BEST_EFFORT';
      readonly DISABLED: 'DISABLED';
      readonly REQUIRED: 'REQUIRED';
    };
    type SecurityPolicy = (typeof SecurityPolicy)[keyof typeof SecurityPolicy];
    const VideoResolution: {
      readonly RESOLUTION_1080p: 'resolution1080p';
      readonly RESOLUTION_720p: 'resolution720p';
      readonly RESOLUTION_480p: 'resolution480p';
      readonly RESOLUTION_360p: 'resolution360p';
      readonly RESOLUTION_240p: 'resolution240p';
      readonly RESOLUTION_180p: 'resolution180p';
    };
    type VideoResolution = (typeof VideoResolution)[keyof typeof VideoResolution];
    class ACSConfiguration {
      constructor();
      credentialProvider: Config.AbstractCredentialProvider | null | undefined;
      enabled: boolean;
      networkProviderConfiguration: Config.NetworkProviderConfiguration;
    }
    class AMMConfiguration {
      constructor();
      credentialProvider: Config.AbstractCredentialProvider | null | undefined;
      enabled: boolean;
      networkProviderConfiguration: Config.NetworkProviderConfiguration;
      pollingIntervalInMinutes: number;
    }
    class AbstractCredentialProvider {
      constructor();
      onAuthenticationChallenge(challenge: object, callback: (...args: any[]) => any): void;
      addOnInvalidCredentialsCallback(
        callback: (invalidCredentialsEvent: Config.InvalidCredentialsEvent) => void,
      ): void;
      removeOnInvalidCredentialsCallback(callback: (...args: any[]) => void): void;
    }
    class AnalyticsConfiguration {
      constructor();
      enabled: boolean;
    }
    class CallUserConfiguration {
      constructor();
      iceCandidatesGatheringTimeout: number | undefined;
      incomingCall: boolean;
      incomingVideoRequestTimeout: number | undefined;
      retrieveDeviceLabelsEnabled: boolean;
      startRingingOnIncomingCall: boolean;
      turnRelayCandidatesGatheringTimeout: number | undefined;
      videoEnabled: boolean;
      videoMaxBandwidthAnyNetwork: number | undefined;
    }
    class CollaborationConfiguration {
      constructor();
      contentSharingWorkerPath: string | undefined;
      imageQuality: number | undefined;
    }
    class CredentialProvider extends Config.AbstractCredentialProvider {
      constructor(username?: string, password?: string, domain?: string);
      displayName: string | undefined;
      domain: string | undefined;
      isGuest: boolean;
      password: string | undefined;
      username: string | undefined;
    }
    class CredentialTokenProvider extends Config.AbstractCredentialProvider {
      constructor(token?: string, bearer?: string);
      bearer: string | undefined;
      token: string | undefined;
    }
    class GuestCredentialProvider extends Config.AbstractCredentialProvider {
      constructor(displayName?: string);
      displayName: string | undefined;
      domain: string | undefined;
      isGuest: boolean;
      password: string | undefined;
      username: string | undefined;
      getDisplayName(): string | undefined;
      setDisplayName(guestName: string): void;
    }
    class InvalidCredentialsEvent {
      constructor(
        failureCount?: number,
        retryCallback?: (...args: any[]) => any,
        cancelCallback?: (...args: any[]) => any,
      );
      cancel(): void;
      getFailureCount(): number;
      retry(credentialProvider?: Config.AbstractCredentialProvider): void;
      /** As guides have it. */
      getRetryCallback(): (credentialProvider?: any) => void;
    }
    class MediaConfiguration {
      constructor();
      mediaEngineEnabled: boolean;
      virtualBackgroundConfiguration: { libraryLocation?: string };
      voipConfigurationAudio: Config.VoIPConfigurationAudio;
      voipConfigurationVideo: Config.VoIPConfigurationVideo;
    }
    class NetworkProviderConfiguration {
      constructor(
        restConfig?: Config.ServerInfo,
        webSocketConfig?: Config.ServerInfo,
        sseConfig?: Config.ServerInfo,
        maxConnectionErrorCount?: number,
      );
      maxConnectionErrorCount: number;
      restConfig: Config.ServerInfo;
      sseConfig: Config.ServerInfo;
      webSocketConfig: Config.ServerInfo;
    }
    class PresenceConfiguration {
      constructor();
      enabled: boolean;
    }
    class SGConfiguration {
      constructor();
      credentialProvider: Config.AbstractCredentialProvider | null | undefined;
      enabled: boolean;
      maxCallStartReconnectionAttempts: number;
      networkProviderConfiguration: Config.NetworkProviderConfiguration;
    }
    class ServerInfo {
      constructor(
        hostName?: string,
        port?: number,
        isSecure?: boolean,
        path?: string,
        credentials?: string,
        query?: string,
      );
      credentials: string | undefined;
      hostName: string | undefined;
      /** As guides spell it: the same. */
      hostname: string | undefined;
      isSecure: boolean | undefined;
      path: string | undefined;
      port: number | undefined;
      query: string | undefined;
      getUrl(isSocket?: boolean): string;
    }
    class UCCPConfiguration {
      constructor();
      credentialProvider: Config.AbstractCredentialProvider | null | undefined;
      enabled: boolean;
      networkProviderConfiguration: Config.NetworkProviderConfiguration;
    }
    class UserConfiguration {
      constructor();
      acsConfiguration: Config.ACSConfiguration;
      ammConfiguration: Config.AMMConfiguration;
      analyticsConfiguration: Config.AnalyticsConfiguration;
      applicationBuildNumber: string | undefined;
      applicationProductName: string | undefined;
      applicationProductVersion: string | undefined;
      callUserConfiguration: Config.CallUserConfiguration;
      collaborationConfiguration: Config.CollaborationConfiguration;
      mediaConfiguration: Config.MediaConfiguration;
      mediaServiceContext: string | undefined;
      presenceConfiguration: Config.PresenceConfiguration;
      sgConfiguration: Config.SGConfiguration;
      uccpConfiguration: Config.UCCPConfiguration;
      wcsConfiguration: Config.WCSConfiguration;
    }
    class VoIPConfigurationAudio {
      constructor();
      bgnMode: boolean | undefined;
      codecList: any[];
      echoMode: boolean | undefined;
      mobileEchoMode: boolean | undefined;
      noiseSupMode: boolean | undefined;
      opusMode: boolean | undefined;
      receiveGainMode: boolean | undefined;
      receiveSupMode: boolean | undefined;
      transmitGainMode: boolean | undefined;
      vadMode: boolean | undefined;
    }
    class VoIPConfigurationVideo {
      constructor();
      anyNetworkBandwidthMode: boolean | undefined;
      congestionControlAlgorithm: boolean | undefined;
      presenationHigherPriorityThanPeopleVideo: boolean | undefined;
      videoResolution: Config.VideoResolution | undefined;
    }
    class WCSConfiguration {
      constructor();
      credentialProvider: Config.AbstractCredentialProvider | null | undefined;
      enabled: boolean;
      networkProviderConfiguration: Config.NetworkProviderConfiguration;
    }
    class WCSCredentialTokenProvider extends Config.AbstractCredentialProvider {
      constructor(token?: string, username?: string, attendeeId?: string, sessionId?: string, mode?: string);
      attendeeId: string | undefined;
      mode: string | undefined;
      sessionId: string | undefined;
      token: string | undefined;
      username: string | undefined;
    }
    const Authentication: { TokenType: { ESGTOKEN: string; UPTOKEN: string; BEARER: string } };
  }
  namespace Base {
    const CapabilityDenialReason: {
      readonly CAPABILITY_NOT_DENIED: 'CAPABILITY_NOT_DENIED';
      readonly CAPABILITY_INVALID_STATE: 'CAPABILITY_INVALID_STATE';
      readonly CAPABILITY_NOT_SUPPORTED: 'CAPABILITY_NOT_SUPPORTED';
      readonly CAPABILITY_CALL_IS_REMOTE: 'CAPABILITY_CALL_IS_REMOTE';
      readonly CAPABILITY_CALL_IS_NOT_REMOTE: 'CAPABILITY_CALL_IS_NOT_REMOTE';
      readonly CAPABILITY_CALL_HAS_NO_AUDIO: 'CAPABILITY_CALL_HAS_NO_AUDIO';
      readonly CAPABILITY_CALL_HAS_NO_VIDEO: 'CAPABILITY_CALL_HAS_NO_VIDEO';
      readonly CAPABILITY_NOT_ALLOWED: 'CAPABILITY_NOT_ALLOWED';
      readonly CAPABILITY_NEED_SIGNIN: 'CAPABILITY_NEED_SIGNIN';
      readonly CAPABILITY_NEED_MODERATOR: 'CAPABILITY_NEED_MODERATOR';
      readonly CAPABILITY_NEED_SIGNIN_OR_MODERATOR: 'CAPABILITY_NEED_SIGNIN_OR_MODERATOR';
      readonly CAPABILITY_NOT_INSTALLED: 'CAPABILITY_NOT_INSTALLED';
    };
    type CapabilityDenialReason = (typeof CapabilityDenialReason)[keyof typeof CapabilityDenialReason];
    const DataRetrievalStatus: {
      readonly IN_PROGRESS: 'IN_PROGRESS';
      readonly DONE: 'DONE';
      readonly CANCELLED: 'CANCELLED';
      readonly FAILED: 'FAILED';
    };
    type DataRetrievalStatus = (typeof DataRetrievalStatus)[keyof typeof DataRetrievalStatus];
    const DataSetChangeTypes: {
      readonly ADDED: 'ADDED';
      readonly REMOVED: 'REMOVED';
      readonly UPDATED: 'UPDATED';
    };
    type DataSetChangeTypes = (typeof DataSetChangeTypes)[keyof typeof DataSetChangeTypes];
    const ErrorReasons: {
      readonly CAPABILITY_INVALID_STATE: 'Service is in invalid state.';
      readonly CAPABILITY_NOT_SUPPORTED: 'Feature is not supported.';
      readonly CAPABILITY_CALL_IS_REMOTE: 'CAPABILITY_CALL_IS_REMOTE';
      readonly CAPABILITY_CALL_IS_NOT_REMOTE: 'CAPABILITY_CALL_IS_NOT_REMOTE';
      readonly CAPABILITY_CALL_HAS_NO_AUDIO: 'CAPABILITY_CALL_HAS_NO_AUDIO';
      readonly CAPABILITY_CALL_HAS_NO_VIDEO: 'CAPABILITY_CALL_HAS_NO_VIDEO';
      readonly CAPABILITY_NOT_ALLOWED: 'Action is not allowed.';
      readonly CAPABILITY_NEED_SIGN_IN: 'CAPABILITY_NEED_SIGN_IN';
      readonly CAPABILITY_NEED_MODERATOR: 'CAPABILITY_NEED_MODERATOR';
      readonly CAPABILITY_NEED_SIGN_IN_OR_MODERATOR: 'CAPABILITY_NEED_SIGN_IN_OR_MODERATOR';
      readonly CAPABILITY_NOT_INSTALLED: 'Extension is not installed.';
      readonly NETWORK_ERROR: 'Failed to perform operation. Network error occurred.';
      readonly NETWORK_UNAUTHORIZED: 'Failed to perform operation due to authorization failure.';
      readonly NETWORK_AUTHORIZATION_CANCELED: 'Failed to perform operation due to canceled authentication.';
      readonly NETWORK_CANCELED: 'Failed to perform operation. Operation was canceled.';
      readonly INTERNAL_ERROR: 'An internal error occurred.';
      readonly TIMEOUT: 'An operation has timed out';
      readonly LIBRARY_NOT_SUPPORTED: 'Library is not supported.';
      readonly DEPRECATED: 'Use of deprecated API is not recommended as if this function may be removed in the future.';
    };
    type ErrorReasons = (typeof ErrorReasons)[keyof typeof ErrorReasons];
    class Capability {
      constructor(reason?: Base.CapabilityDenialReason);
      denialReason: string;
      isAllowed: boolean;
      addOnChangedCallback(callback: (capability: Base.Capability) => void): void;
      removeOnChangedCallback(callback: (...args: any[]) => void): void;
    }
    class DataSet<Element = any> extends Array<Element> {
      constructor();
      addOnDataSetChangedCallback(
        callback: (elementsChanged: Array<Element>, changeType: Base.DataSetChangeTypes) => void,
      ): void;
      removeOnDataSetChangedCallback(callback: (...args: any[]) => void): void;
      addOnDataSetInvalidatedCallback(callback: (dataSet: Base.DataSet<any>) => void): void;
      removeOnDataSetInvalidatedCallback(callback: (...args: any[]) => void): void;
    }
    class DataRetrieval {
      constructor(dataSet?: Base.DataSet<any>);
      isCancelled: boolean;
      isCompleted: boolean;
      cancel(): void;
      getDataSet(): Base.DataSet<any>;
      addOnDataRetrievalDoneCallback(
        callback: (allResultsRetrieved: boolean | undefined, total: number | undefined) => void,
      ): void;
      removeOnDataRetrievalDoneCallback(callback: (...args: any[]) => void): void;
      addOnDataRetrievalFailedCallback(callback: (error: Base.BaseError) => void): void;
      removeOnDataRetrievalFailedCallback(callback: (...args: any[]) => void): void;
      addOnDataRetrievalProgressCallback(
        callback: (retrievedCount: number, determinate: boolean, total?: number) => void,
      ): void;
      removeOnDataRetrievalProgressCallback(callback: (...args: any[]) => void): void;
    }
    const Promise: new <Done = any, Fail = any>() => Promised<Done, Fail>;
    class BaseError extends Error {
      constructor(message?: string, data?: unknown);
      readonly data: unknown;
    }
    class MediaServices {
      constructor(audioInterface?: Base.AudioInterface, videoInterface?: Base.VideoInterface);
      getAudioInterface(): Base.AudioInterface;
      getVideoInterface(): Base.VideoInterface;
    }
    class MediaInterface {
      _mediaAccessCapability: Base.Capability;
      getAvailableDevices(): Array<Base.VideoDevice | Base.AudioDevice>;
      getMediaAccessCapability(): Base.Capability;
      getSelectDeviceCapability(): Base.Capability;
      getSelectedDevice(): Base.VideoDevice | Base.AudioDevice | undefined;
      setSelectedDevice(device: Base.VideoDevice | Base.AudioDevice | undefined): void;
      start(): Promised<any, any>;
      stop(): Promised<any, any>;
      addOnDevicesAddedCallback(
        callback: (mediaInterface: Base.MediaInterface, devices: Array<Base.VideoDevice | Base.AudioDevice>) => void,
      ): void;
      removeOnDevicesAddedCallback(callback: (...args: any[]) => void): void;
      addOnDevicesRemovedCallback(
        callback: (mediaInterface: Base.MediaInterface, devices: Array<Base.VideoDevice | Base.AudioDevice>) => void,
      ): void;
      removeOnDevicesRemovedCallback(callback: (...args: any[]) => void): void;
      addOnDevicesUnavailableCallback(callback: (mediaInterface: Base.MediaInterface) => void): void;
      removeOnDevicesUnavailableCallback(callback: (...args: any[]) => void): void;
      addOnSelectedDeviceChangedCallback(
        callback: (mediaInterface: Base.MediaInterface, device: Base.AudioDevice | Base.VideoDevice) => void,
      ): void;
      removeOnSelectedDeviceChangedCallback(callback: (...args: any[]) => void): void;
      addOnSelectedDeviceRemovedCallback(
        callback: (mediaInterface: Base.MediaInterface, device: Base.VideoDevice | Base.AudioDevice) => void,
      ): void;
      removeOnSelectedDeviceRemovedCallback(callback: (...args: any[]) => void): void;
    }
    class AudioInterface extends Base.MediaInterface {
      constructor(inputInterface?: Base.AudioInputInterface, outputInterface?: Base.AudioOutputInterface);
      getInputInterface(): Base.AudioInputInterface;
      getLocalMediaStream(callId: string): MediaStream | undefined;
      getOutputInterface(): Base.AudioOutputInterface;
      getRemoteMediaStream(callId: string): MediaStream | undefined;
      start(): Promised<undefined, undefined>;
      stop(): Promised<undefined, undefined>;
    }
    class AudioInputInterface extends Base.MediaInterface {
      getVolume(): number;
      setVolume(volumeLevel: number): void;
    }
    class AudioOutputInterface extends Base.MediaInterface {
      getVolume(): number;
      isMuted(): boolean;
      mute(): void;
      setVolume(volumeLevel: number): void;
      unmute(): void;
    }
    class VideoInterface extends Base.MediaInterface {
      getLocalMediaStream(channelId: number): MediaStream | undefined;
      getRemoteMediaStream(channelId: number): MediaStream | undefined;
    }
    class AudioDevice {
      constructor(deviceId?: string, groupId?: string, label?: string, mediaType?: any);
      getDeviceId(): string;
      getGroupId(): string;
      getLabel(): string;
    }
    class VideoDevice {
      constructor(deviceId?: string, groupId?: string, label?: string);
      getDeviceId(): string;
      getGroupId(): string;
      getLabel(): string;
    }
    class LoggerInterface {
      constructor();
      disableTimestamps: boolean;
      debug(message: string, data?: string): void;
      error(message: string, data?: string): void;
      fatal(message: string, data?: string): void;
      info(message: string, data?: string): void;
      trace(message: string, data?: string): void;
      warn(message: string, data?: string): void;
    }
    class SettingsFileParser {
      constructor(getter?: any, setter?: any, newFile?: any);
      parse(data: string): boolean;
      proceed(): boolean;
    }
    const Library: { jQuery: { setHandle(handle: object): boolean } };
    const Utils: { isDefined(value: any): boolean; parseUrl(url: string): any };
    const Logger: { addLogger(logger: any): void };
  }
  namespace Services {
    class Participant {
      constructor();
      getAddress(): string;
      getAllPossibleContactMatches(): any | undefined;
      getBestContactMatch(): any | undefined;
      getDisplayName(): string;
      getParticipantId(): string;
      isLocalUser(): boolean;
      setAddress(address: string): void;
      setDisplayName(displayName: string): void;
      addOnParticipantMatchedContactsChangedCallback(callback: (participant: Services.Participant) => void): void;
      removeOnParticipantMatchedContactsChangedCallback(callback: (...args: any[]) => void): void;
    }
    namespace Call {
      const AlertType: {
        readonly AUTO_CALLBACK: 'AUTO_CALLBACK';
        readonly AUTOMATIC_CALL_DISTRIBUTION_EXTERNAL: 'AUTOMATIC_CALL_DISTRIBUTION_EXTERNAL';
        readonly AUTOMATIC_CALL_DISTRIBUTION_INTERNAL: 'AUTOMATIC_CALL_DISTRIBUTION_INTERNAL';
        readonly DIRECT_AGENT_CALL_EXTERNAL: 'DIRECT_AGENT_CALL_EXTERNAL';
        readonly DIRECT_AGENT_CALL_INTERNAL: 'DIRECT_AGENT_CALL_INTERNAL';
        readonly DIRECT_AGENT_CALL_PRIORITY: 'DIRECT_AGENT_CALL_PRIORITY';
        readonly EXTERNAL: 'EXTERNAL';
        readonly HOLD_RECALL: 'HOLD_RECALL';
        readonly INTERCOM: 'INTERCOM';
        readonly INTERNAL: 'INTERNAL';
        readonly NONE: 'NONE';
        readonly PRIORITY: 'PRIORITY';
        readonly TRANSFER_RECALL: 'TRANSFER_RECALL';
        readonly UNSPECIFIED: 'UNSPECIFIED';
      };
      type AlertType = (typeof AlertType)[keyof typeof AlertType];
      const AudioMode: {
        readonly SEND_RECEIVE: 'SEND_RECEIVE';
        readonly DISABLE: 'DISABLE';
        readonly ENABLE: 'ENABLE';
      };
      type AudioMode = (typeof AudioMode)[keyof typeof AudioMode];
      const CallDenialReason: {
        readonly BUSY: 'BUSY';
        readonly FORBIDDEN: 'FORBIDDEN';
        readonly TEMPORARILY_UNAVAILABLE: 'TEMPORARILY_UNAVAILABLE';
      };
      type CallDenialReason = (typeof CallDenialReason)[keyof typeof CallDenialReason];
      const CallEndReason: {
        readonly CALL_DISCONNECTED: 'CALL_DISCONNECTED';
        readonly CALL_DISCONNECTED_UNKNOWN_REASON: 'CALL_DISCONNECTED_UNKNOWN_REASON';
        readonly CALL_ENDED_LOCALLY: 'CALL_ENDED_LOCALLY';
        readonly DISCONNECTED_BY_CONFERENCE_MODERATOR: 'DISCONNECTED_BY_CONFERENCE_MODERATOR';
        readonly CONFERENCE_TERMINATED: 'CONFERENCE_TERMINATED';
        readonly DTLS_FAILURE: 'DTLS_FAILURE';
        readonly ICE_FAILURE: 'ICE_FAILURE';
      };
      type CallEndReason = (typeof CallEndReason)[keyof typeof CallEndReason];
      const CallError: {
        readonly AUTHENTICATION_ERROR: 'AUTHENTICATION_ERROR';
        readonly AUTO_HOLD_FAILED: 'AUTO_HOLD_FAILED';
        readonly BUSY: 'BUSY';
        readonly CALL_STATE_MISMATCH: 'CALL_STATE_MISMATCH';
        readonly CALL_NOT_FOUND: 'CALL_NOT_FOUND';
        readonly CAPABILITY_NOT_ALLOWED: 'CAPABILITY_NOT_ALLOWED';
        readonly CODEC_MISMATCH: 'CODEC_MISMATCH';
        readonly DEVICES_NOT_FOUND: 'DEVICES_NOT_FOUND';
        readonly MICROPHONE_NOT_FOUND: 'MICROPHONE_NOT_FOUND';
        readonly SPEAKERS_NOT_FOUND: 'SPEAKERS_NOT_FOUND';
        readonly CAMERA_NOT_FOUND: 'CAMERA_NOT_FOUND';
        readonly FAILED: 'FAILED';
        readonly TCP_TLS_TURN_NOT_SUPPORTED: 'TCP_TLS_TURN_NOT_SUPPORTED';
        readonly ENDED: 'ENDED';
        readonly IN_PROGRESS: 'IN_PROGRESS';
        readonly INTERNAL_ERROR: 'INTERNAL_ERROR';
        readonly INVALID_PARAMETER: 'INVALID_PARAMETER';
        readonly LINE_RESERVATION_ERROR: 'LINE_RESERVATION_ERROR';
        readonly MEDIA_CREATION_FAILURE: 'MEDIA_CREATION_FAILURE';
        readonly MEDIA_START_FAILURE: 'MEDIA_START_FAILURE';
        readonly MULTIPLE_CALLS_NOT_SUPPORTED: 'MULTIPLE_CALLS_NOT_SUPPORTED';
        readonly MULTIPLE_VIDEO_CHANNELS_NOT_SUPPORTED: 'MULTIPLE_VIDEO_CHANNELS_NOT_SUPPORTED';
        readonly MUTE_STATE_MISMATCH: 'MUTE_STATE_MISMATCH';
        readonly NO_AVAILABLE_CALL_APPEARANCE: 'NO_AVAILABLE_CALL_APPEARANCE';
        readonly NOT_AUTHORIZED: 'NOT_AUTHORIZED';
        readonly NOT_FOUND: 'NOT_FOUND';
        readonly NOT_LICENSED: 'NOT_LICENSED';
        readonly NOT_REGISTERED: 'NOT_REGISTERED';
        readonly REDIRECTED: 'REDIRECTED';
        readonly REMOTE_CALL_NOT_ALERTING: 'REMOTE_CALL_NOT_ALERTING';
        readonly REMOTE_MEDIA_PROCESSING_FAILURE: 'REMOTE_MEDIA_PROCESSING_FAILURE';
        readonly SEND_ERROR: 'SEND_ERROR';
        readonly SERVER_ERROR: 'SERVER_ERROR';
        readonly SESSION_ID_NOT_FOUND: 'SESSION_ID_NOT_FOUND';
        readonly SESSION_ID_ALREADY_CONNECTED: 'SESSION_ID_ALREADY_CONNECTED';
        readonly SUCCESS: 'SUCCESS';
        readonly TIMEOUT: 'TIMEOUT';
        readonly TRANSPORT_ERROR: 'TRANSPORT_ERROR';
        readonly UNDEFINED: 'UNDEFINED';
        readonly UNHANDLED_VIDEO_DIRECTION: 'UNHANDLED_VIDEO_DIRECTION';
        readonly USER_NOT_FOUND: 'USER_NOT_FOUND';
        readonly USER_TEMPORARILY_UNAVAILABLE: 'USER_TEMPORARILY_UNAVAILABLE';
        readonly VIDEO_DENIED: 'VIDEO_DENIED';
        readonly VIDEO_DEESCALATION_NOT_SUPPORTED: 'VIDEO_DEESCALATION_NOT_SUPPORTED';
        readonly WEBRTC_NOT_SUPPORTED: 'WEBRTC_NOT_SUPPORTED';
        readonly STATISTICS_UNAVAILABLE: 'STATISTICS_UNAVAILABLE';
        readonly MEDIA_PRESERVED: 'MEDIA_PRESERVED';
        readonly SERVICE_TEMPORARILY_UNAVAILABLE: 'SERVICE_TEMPORARILY_UNAVAILABLE';
        readonly SERVICE_UNAVAILABLE: 'SERVICE_UNAVAILABLE';
        readonly VIDEO_ONLY_CALL_NOT_SUPPORTED: 'VIDEO_ONLY_CALL_NOT_SUPPORTED';
        readonly VIDEO_REJECTION_NOT_SUPPORTED: 'VIDEO_REJECTION_NOT_SUPPORTED';
        readonly COLLABORATION_ONLY_CALL_NOT_SUPPORTED: 'COLLABORATION_ONLY_CALL_NOT_SUPPORTED';
      };
      type CallError = (typeof CallError)[keyof typeof CallError];
      const CallProtocolType: {
        readonly APPLICATION: 'APPLICATION';
        readonly HTTP: 'HTTP';
      };
      type CallProtocolType = (typeof CallProtocolType)[keyof typeof CallProtocolType];
      const CallStates: {
        readonly FAR_END_RENEGOTIATING: 'far_end_renegotiating';
        readonly IDLE: 'idle';
        readonly IGNORED: 'ignored';
        readonly INITIATING: 'initiating';
        readonly REMOTE_ALERTING: 'remote_alerting';
        readonly RENEGOTIATING: 'renegotiating';
        readonly FAILED: 'failed';
        readonly ALERTING: 'alerting';
        readonly HELD: 'held';
        readonly ENDED: 'ended';
        readonly ENDING: 'ending';
        readonly HOLDING: 'holding';
        readonly UNHOLDING: 'unholding';
        readonly ESTABLISHED: 'established';
        readonly BEING_TRANSFERRED: 'being_transferred';
        readonly TRANSFERRING: 'transferring';
      };
      type CallStates = (typeof CallStates)[keyof typeof CallStates];
      const CallType: {
        readonly CallTypeDefaultRegisteredService: 'DefaultRegisteredService';
        readonly CallTypeHttpMeetMe: 'HttpMeetMe';
      };
      type CallType = (typeof CallType)[keyof typeof CallType];
      const DTMFTone: {
        readonly A: 'A';
        readonly B: 'B';
        readonly C: 'C';
        readonly D: 'D';
        readonly STAR: '*';
        readonly POUND: '#';
        readonly ONE: '1';
        readonly TWO: '2';
        readonly THREE: '3';
        readonly FOUR: '4';
        readonly FIVE: '5';
        readonly SIX: '6';
        readonly SEVEN: '7';
        readonly EIGHT: '8';
        readonly NINE: '9';
        readonly ZERO: '0';
      };
      type DTMFTone = (typeof DTMFTone)[keyof typeof DTMFTone];
      const MediaDirection: {
        readonly RECV_ONLY: 'recvonly';
        readonly SEND_ONLY: 'sendonly';
        readonly SEND_RECV: 'sendrecv';
        readonly INACTIVE: 'inactive';
        readonly DISABLE: 'disable';
        readonly UNDEFINED: 'undefined';
      };
      type MediaDirection = (typeof MediaDirection)[keyof typeof MediaDirection];
      const TransferProgressCode: {
        readonly ACCEPTED: 'ACCEPTED';
        readonly NONE: 'NONE';
        readonly REMOTE_CALL_ESTABLISHED: 'REMOTE_CALL_ESTABLISHED';
        readonly REMOTE_CALL_IN_PROGRESS: 'REMOTE_CALL_IN_PROGRESS';
        readonly REMOTE_CALL_STARTED: 'REMOTE_CALL_STARTED';
        readonly STARTED: 'STARTED';
      };
      type TransferProgressCode = (typeof TransferProgressCode)[keyof typeof TransferProgressCode];
      const VideoChannelDisabledReason: {
        readonly NONE: 'none';
        readonly DISABLED_BY_LOCAL_USER: 'disabledByLocalUser';
        readonly DISABLED_BY_REMOTE_USER: 'disabledByRemoteUser';
        readonly DISABLED_DUE_TO_CPU_OVERLOAD: 'disabledDueToCpuOverload';
        readonly DISABLED_DUE_TO_INSUFFICIENT_BANDWIDTH: 'disabledDueToInsufficientBandwidth';
        readonly DISABLED_DUE_TO_LOCAL_PLATFORM_LIMITATIONS: 'disabledDueToLocalPlatformLimitations';
        readonly DISABLED_DUE_TO_LOCAL_LAYOUT_SELECTION: 'disabledDueToLocalLayoutSelection';
        readonly DISABLED_DUE_TO_MISSING_H264_PLUGIN: 'disabledDueToMissingH264Plugin';
      };
      type VideoChannelDisabledReason = (typeof VideoChannelDisabledReason)[keyof typeof VideoChannelDisabledReason];
      const VideoMode: {
        readonly SEND_RECEIVE: 'SEND_RECEIVE';
        readonly RECEIVE_ONLY: 'RECEIVE_ONLY';
        readonly SEND_ONLY: 'SEND_ONLY';
        readonly INACTIVE: 'INACTIVE';
        readonly DISABLE: 'DISABLE';
      };
      type VideoMode = (typeof VideoMode)[keyof typeof VideoMode];
      const VideoNetworkSignalingType: {
        readonly INDEFINITE: 'indefinite';
        readonly OFF: 'off';
        readonly SUPPORTED: 'supported';
      };
      type VideoNetworkSignalingType = (typeof VideoNetworkSignalingType)[keyof typeof VideoNetworkSignalingType];
      class Calls {
        createCall(callCreationInfo?: Services.Call.CallCreationInfo): Services.Call.Call;
        createDefaultCall(): Services.Call.Call;
        getActiveCall(): Services.Call.Call | undefined;
        getCallCount(): number;
        getCalls(): Array<Services.Call.Call>;
        getIgnoredCalls(): Array<Services.Call.Call>;
        getVideoCapability(): Base.Capability;
        getVoipCallingCapability(): Base.Capability;
        /** Of newer clients; it is denied. */
        getSetOnNetworkEventsCapability(): Base.Capability;
        setOnNetworkEvents(...given: any[]): Promised<undefined, Services.Call.CallException>;
        hasHeldCall(): boolean;
        hasInitiatingCall(): boolean;
        addOnRingbackToneURLsChangedCallback(
          callback: (ringbackToneURLs: Services.Call.RingbackToneURLs) => void,
        ): void;
        removeOnRingbackToneURLsChangedCallback(callback: (...args: any[]) => void): void;
        addOnCallCreatedCallback(callback: (call: Services.Call.Call) => void): void;
        removeOnCallCreatedCallback(callback: (...args: any[]) => void): void;
        addOnCallRemovedCallback(callback: (call: Services.Call.Call) => void): void;
        removeOnCallRemovedCallback(callback: (...args: any[]) => void): void;
        addOnCallsServiceAvailableCallback(callback: (calls: Services.Call.Calls) => void): void;
        removeOnCallsServiceAvailableCallback(callback: (...args: any[]) => void): void;
        addOnCallsServiceUnavailableCallback(callback: (calls: Services.Call.Calls) => void): void;
        removeOnCallsServiceUnavailableCallback(callback: (...args: any[]) => void): void;
        addOnIncomingCallCallback(callback: (call: Services.Call.Call) => void): void;
        removeOnIncomingCallCallback(callback: (...args: any[]) => void): void;
        addOnMakeCallRequestedCallback(callback: (call: Services.Call.Call) => void): void;
        removeOnMakeCallRequestedCallback(callback: (...args: any[]) => void): void;
        addOnUndeliveredCallCallback(callback: (calls: Services.Call.Calls, call: Services.Call.Call) => void): void;
        removeOnUndeliveredCallCallback(callback: (...args: any[]) => void): void;
      }
      class CallCreationInfo {
        constructor(remoteAddress?: string, presentationModeOnly?: boolean, subject?: string);
        getAuthorizationToken(): any;
        getAvayaLineId(): number | undefined;
        getAvayaLineOwner(): string | undefined;
        getCallType(): Services.Call.CallType | undefined;
        getConferenceID(): string | undefined;
        getContextId(): string | undefined;
        getMeetMeUserName(): string | undefined;
        getPasscode(): string | undefined;
        getPortalToken(): string | undefined;
        getRemoteAddress(): string;
        getServiceGatewayURL(): string | any;
        getSubject(): string | undefined;
        getUccpURL(): string | undefined;
        isPresentationModeOnly(): boolean;
        setAuthorizationToken(authorizationToken: any): void;
        setCallType(callType: Services.Call.CallType): void;
        setConferenceID(conferenceId: string): void;
        setContextId(contextId: string): void;
        setMeetMeUserName(username: string): void;
        setPasscode(passcode: string): void;
        setPortalToken(token: string): void;
        setServiceGatewayURL(serviceGatewayURL: string): void;
        setUccpURL(uccpURL: string): void;
      }
      class Call {
        accept(): Promised<undefined, Services.Call.CallException>;
        acceptAnswerCallRequest(): Promised<undefined, Services.Call.CallException>;
        acceptMakeCallRequest(): Promised<undefined, Services.Call.CallException>;
        acceptSendVideo(videoMode: Services.Call.VideoMode): Promised<undefined, Services.Call.CallException>;
        acceptTerminateCallRequest(): Promised<undefined, Services.Call.CallException>;
        acceptUpdateCallRequest(): Promised<undefined, Services.Call.CallException>;
        attendedTransfer(
          callToReplace: Services.Call.Call,
        ): Promised<Services.Call.TransferProgressCode, Services.Call.CallException>;
        deny(): Promised<undefined, Services.Call.CallException>;
        denySendVideo(): Promised<undefined, Services.Call.CallException>;
        denyWithReason(denialReason: Services.Call.CallDenialReason): Promised<undefined, Services.Call.CallException>;
        end(): void;
        getAlertType(): Services.Call.AlertType;
        getAudioChannel(): Services.Call.AudioChannel;
        getAudioDetails(): Promised<Services.Call.AudioDetails, Services.Call.CallException>;
        getCallId(): string;
        getConference(): Services.Conference.Conference;
        getConferenceEntryOptions(): Services.Call.ConferenceEntryOptions | undefined;
        getEstablishedTime(): Date | undefined;
        getHeldTime(): Date | undefined;
        getIncomingVideoOffered(): Services.Call.VideoNetworkSignalingType;
        getRemoteAddress(): string;
        getRemoteDisplayName(): string;
        getRemoteNumber(): string;
        getRemoteParticipant(): Services.Participant;
        getState(): Services.Call.CallStates;
        getSubject(): string;
        getUserToUserInfo(): undefined | Services.Call.UserToUserInfo;
        getVideoChannels(): Array<Services.Call.VideoChannel>;
        getVideoDetails(): Promised<Services.Call.VideoDetails, Services.Call.CallException>;
        hold(): Promised<undefined, Services.Call.CallException>;
        ignore(): Promised<undefined, Services.Call.CallException>;
        isAudioMuted(): boolean;
        isCallerIdentityPrivate(): boolean;
        isConference(): boolean;
        isHeldRemotely(): boolean;
        isIgnored(): boolean;
        isIncoming(): boolean;
        isMissed(): boolean;
        isRemote(): boolean;
        isServiceAvailable(): boolean;
        isSpeakerMuted(): boolean;
        join(): Promised<undefined, Services.Call.CallException>;
        muteAudio(): Promised<undefined, Services.Call.CallException>;
        muteSpeaker(): Promised<undefined, Services.Call.CallException>;
        rejectAnswerCallRequest(): Promised<undefined, Services.Call.CallException>;
        rejectMakeCallRequest(): Promised<undefined, Services.Call.CallException>;
        rejectTerminateCallRequest(): Promised<undefined, Services.Call.CallException>;
        rejectUpdateCallRequest(): Promised<undefined, Services.Call.CallException>;
        removeAllVideoChannels(): Promised<undefined, Services.Call.CallException>;
        sendDTMF(dtmf: Services.Call.DTMFTone): Promised<undefined, Services.Call.CallException>;
        setAudioMode(audioMode: Services.Call.AudioMode): Promised<undefined, Services.Call.CallException>;
        setConferenceEntryOptions(options: Services.Call.ConferenceEntryOptions): void;
        setVideoChannels(
          videoChannels: Array<Services.Call.VideoChannel>,
        ): Promised<undefined, Services.Call.CallException>;
        setVideoMode(videoMode: Services.Call.VideoMode): Promised<undefined, Services.Call.CallException>;
        setWebCollaboration(enableWebCollaboration: boolean): Promised<undefined, Services.Call.CallException>;
        start(): void;
        startRinging(): Promised<undefined, Services.Call.CallException>;
        transferToCall(
          target: Services.Call.Call,
        ): Promised<Services.Call.TransferProgressCode, Services.Call.CallException>;
        /** Of newer clients; there is no video, and each is rejected. */
        muteVideo(): Promised<undefined, Services.Call.CallException>;
        unmuteVideo(): Promised<undefined, Services.Call.CallException>;
        setBackgroundImage(image?: any): Promised<undefined, Services.Call.CallException>;
        setBackgroundBlur(blurred: boolean): Promised<undefined, Services.Call.CallException>;
        transfer(remoteAddress: string): Promised<Services.Call.TransferProgressCode, Services.Call.CallException>;
        unhold(): Promised<undefined, Services.Call.CallException>;
        unmuteAudio(): Promised<undefined, Services.Call.CallException>;
        unmuteSpeaker(): Promised<undefined, Services.Call.CallException>;
        getHoldCapability(): Base.Capability;
        getJoinCapability(): Base.Capability;
        getMuteCapability(): Base.Capability;
        getMuteSpeakerCapability(): Base.Capability;
        getSendDTMFCapability(): Base.Capability;
        getTransferCapability(): Base.Capability;
        getTransferToCapability(): Base.Capability;
        getUnholdCapability(): Base.Capability;
        getUnmuteCapability(): Base.Capability;
        getUnmuteSpeakerCapability(): Base.Capability;
        getUpdateAudioModeCapability(): Base.Capability;
        getUpdateVideoChannelsCapability(): Base.Capability;
        getUpdateVideoModeDisableCapability(): Base.Capability;
        getUpdateVideoModeInactiveCapability(): Base.Capability;
        getUpdateVideoModeReceiveOnlyCapability(): Base.Capability;
        getUpdateVideoModeSendOnlyCapability(): Base.Capability;
        getUpdateVideoModeSendReceiveCapability(): Base.Capability;
        getUpdateWebCollaborationCapability(): Base.Capability;
        addOnAnswerCallRequestedCallback(callback: (call: Services.Call.Call) => void): void;
        removeOnAnswerCallRequestedCallback(callback: (...args: any[]) => void): void;
        addOnAudioStreamUpdatedCallback(callback: (call: Services.Call.Call, audioStream: MediaStream) => void): void;
        removeOnAudioStreamUpdatedCallback(callback: (...args: any[]) => void): void;
        addOnCallAudioMuteStatusChangedCallback(
          callback: (call: Services.Call.Call, isMuted: boolean) => void,
        ): void;
        removeOnCallAudioMuteStatusChangedCallback(callback: (...args: any[]) => void): void;
        addOnCallConferenceStatusChangedCallback(
          callback: (
            call: Services.Call.Call,
            isConference: boolean,
            uccpURL: string,
            webCollaborationURL: string,
          ) => void,
        ): void;
        removeOnCallConferenceStatusChangedCallback(callback: (...args: any[]) => void): void;
        addOnCallEndedCallback(callback: (call: Services.Call.Call, event: Services.Call.CallEndEvent) => void): void;
        removeOnCallEndedCallback(callback: (...args: any[]) => void): void;
        addOnCallEstablishedCallback(callback: (call: Services.Call.Call) => void): void;
        removeOnCallEstablishedCallback(callback: (...args: any[]) => void): void;
        addOnCallEstablishingCallback(callback: (call: Services.Call.Call) => void): void;
        removeOnCallEstablishingCallback(callback: (...args: any[]) => void): void;
        addOnCallFailedCallback(
          callback: (call: Services.Call.Call, callException: Services.Call.CallException) => void,
        ): void;
        removeOnCallFailedCallback(callback: (...args: any[]) => void): void;
        addOnCallHeldCallback(callback: (call: Services.Call.Call) => void): void;
        removeOnCallHeldCallback(callback: (...args: any[]) => void): void;
        addOnCallHeldRemotelyCallback(callback: (call: Services.Call.Call) => void): void;
        removeOnCallHeldRemotelyCallback(callback: (...args: any[]) => void): void;
        addOnCallIgnoredCallback(callback: (call: Services.Call.Call) => void): void;
        removeOnCallIgnoredCallback(callback: (...args: any[]) => void): void;
        addOnCallIncomingVideoAddRequestAcceptedCallback(callback: (call: Services.Call.Call) => void): void;
        removeOnCallIncomingVideoAddRequestAcceptedCallback(callback: (...args: any[]) => void): void;
        addOnCallIncomingVideoAddRequestDeniedCallback(callback: (call: Services.Call.Call) => void): void;
        removeOnCallIncomingVideoAddRequestDeniedCallback(callback: (...args: any[]) => void): void;
        addOnCallIncomingVideoAddRequestReceivedCallback(
          callback: (call: Services.Call.Call, videoMode: Services.Call.VideoMode) => void,
        ): void;
        removeOnCallIncomingVideoAddRequestReceivedCallback(callback: (...args: any[]) => void): void;
        addOnCallIncomingVideoAddRequestTimedOutCallback(callback: (call: Services.Call.Call) => void): void;
        removeOnCallIncomingVideoAddRequestTimedOutCallback(callback: (...args: any[]) => void): void;
        addOnCallJoinedCallback(callback: (call: Services.Call.Call) => void): void;
        removeOnCallJoinedCallback(callback: (...args: any[]) => void): void;
        addOnCallQueuedCallback(callback: (call: Services.Call.Call) => void): void;
        removeOnCallQueuedCallback(callback: (...args: any[]) => void): void;
        addOnCallRedirectedCallback(callback: (call: Services.Call.Call) => void): void;
        removeOnCallRedirectedCallback(callback: (...args: any[]) => void): void;
        addOnCallRemoteAddressChangedCallback(callback: (call: Services.Call.Call) => void): void;
        removeOnCallRemoteAddressChangedCallback(callback: (...args: any[]) => void): void;
        addOnCallRemoteAlertingCallback(callback: (call: Services.Call.Call, hasEarlyMedia: boolean) => void): void;
        removeOnCallRemoteAlertingCallback(callback: (...args: any[]) => void): void;
        addOnCallServiceAvailableCallback(callback: (call: Services.Call.Call) => void): void;
        removeOnCallServiceAvailableCallback(callback: (...args: any[]) => void): void;
        addOnCallServiceUnavailableCallback(callback: (call: Services.Call.Call) => void): void;
        removeOnCallServiceUnavailableCallback(callback: (...args: any[]) => void): void;
        addOnCallSpeakerMuteStatusChangedCallback(
          callback: (call: Services.Call.Call, isMuted: boolean) => void,
        ): void;
        removeOnCallSpeakerMuteStatusChangedCallback(callback: (...args: any[]) => void): void;
        addOnCallStartedCallback(callback: (call: Services.Call.Call) => void): void;
        removeOnCallStartedCallback(callback: (...args: any[]) => void): void;
        addOnCallUnheldCallback(callback: (call: Services.Call.Call) => void): void;
        removeOnCallUnheldCallback(callback: (...args: any[]) => void): void;
        addOnCallUnheldRemotelyCallback(callback: (call: Services.Call.Call) => void): void;
        removeOnCallUnheldRemotelyCallback(callback: (...args: any[]) => void): void;
        addOnCallVideoChannelsUpdatedCallback(
          callback: (call: Services.Call.Call, videoChannels: Array<Services.Call.VideoChannel>) => void,
        ): void;
        removeOnCallVideoChannelsUpdatedCallback(callback: (...args: any[]) => void): void;
        addOnCallVideoRemovedRemotelyCallback(
          callback: (call: Services.Call.Call, videoChannel: Services.Call.VideoChannel) => void,
        ): void;
        removeOnCallVideoRemovedRemotelyCallback(callback: (...args: any[]) => void): void;
        addOnParticipantDroppedCallback(callback: (call: Services.Call.Call) => void): void;
        removeOnParticipantDroppedCallback(callback: (...args: any[]) => void): void;
        addOnRemoteVideoAddedCallback(callback: (call: Services.Call.Call, stream: MediaStream) => void): void;
        removeOnRemoteVideoAddedCallback(callback: (...args: any[]) => void): void;
        addOnRemoteVideoRemovedCallback(callback: (call: Services.Call.Call) => void): void;
        removeOnRemoteVideoRemovedCallback(callback: (...args: any[]) => void): void;
        addOnTerminateCallRequestedCallback(callback: (call: Services.Call.Call) => void): void;
        removeOnTerminateCallRequestedCallback(callback: (...args: any[]) => void): void;
        addOnUpdateCallRequestedCallback(callback: (call: Services.Call.Call) => void): void;
        removeOnUpdateCallRequestedCallback(callback: (...args: any[]) => void): void;
      }
      class CallException extends Error {
        constructor(
          error?: Services.Call.CallError,
          message?: string,
          protocolErrorCode?: string,
          protocolType?: Services.Call.CallProtocolType,
        );
        getError(): Services.Call.CallError;
        getProtocolErrorCode(): string;
        getProtocolErrorReason(): string;
        getProtocolType(): Services.Call.CallProtocolType;
      }
      class CallEndEvent {
        constructor(
          reason?: Services.Call.CallEndReason,
          reasonProtocol?: string,
          reasonCause?: number,
          reasonText?: string,
        );
        getReason(): Services.Call.CallEndReason;
        getReasonCause(): number;
        getReasonProtocol(): string;
        getReasonText(): string;
      }
      class AudioChannel {
        constructor();
        getRequestedDirection(): Services.Call.MediaDirection;
      }
      class VideoChannel {
        constructor();
        getChannelId(): number;
        getNegotiatedDirection(): Services.Call.MediaDirection;
        getRequestedDirection(): Services.Call.MediaDirection;
        getVideoDisabledReason(): Services.Call.VideoChannelDisabledReason;
        isDisabled(): boolean;
      }
      class AudioDetails {
        constructor();
        bytesReceived: number | undefined;
        bytesTransmitted: number | undefined;
        jitterMillisecondsReceived: number | undefined;
        packetLossTotalReceived: number | undefined;
        packetLossTotalTransmitted: number | undefined;
        packetsReceived: number | undefined;
        packetsTransmitted: number | undefined;
        roundTripTimeMilliseconds: number | undefined;
      }
      class VideoDetails {
        constructor(videoStatistics?: any);
        actualBitRateReceived: number | undefined;
        actualBitRateTransmitted: number | undefined;
        actualFrameRateReceived: number | undefined;
        actualFrameRateTransmitted: number | undefined;
        bytesReceived: number | undefined;
        bytesTransmitted: number | undefined;
        packetLossTotalReceived: number | undefined;
        packetLossTotalTransmitted: number | undefined;
        packetsLossFractionReceived: number | undefined;
        packetsLossFractionTransmitted: number | undefined;
        packetsReceived: number | undefined;
        packetsTransmitted: number | undefined;
      }
      class ConferenceEntryOptions {
        constructor(token?: string, enableOTT?: boolean, meetingId?: string, passcode?: string);
        enableOTT(flag: boolean): void;
        getMeetingId(): string | undefined;
        getPasscode(): string | undefined;
        getToken(): string | undefined;
        isOTT(): boolean;
        setMeetingId(meetingId: string): void;
        setPasscode(passcode: string): void;
        setToken(token: string): void;
      }
      class RingbackToneURLs {
        constructor();
        getFastBusyToneUrl(): string | undefined;
        getInterceptToneUrl(): string | undefined;
        getReorderToneUrl(): string | undefined;
        getRingbackToneUrl(): string | undefined;
      }
      class UserToUserInfo {
        constructor();
        getContextId(): string | undefined;
        getParentUCID(): string | undefined;
        getUCID(): string | undefined;
        setContextId(contextId: string): void;
      }
    }
    namespace Conference {
      const CameraControl: {
        readonly CAMERA_CONTROL_UP: 'up';
        readonly CAMERA_CONTROL_DOWN: 'down';
        readonly CAMERA_CONTROL_RIGHT: 'right';
        readonly CAMERA_CONTROL_LEFT: 'left';
        readonly CAMERA_CONTROL_ZOOM_IN: 'in';
        readonly CAMERA_CONTROL_ZOOM_OUT: 'out';
      };
      type CameraControl = (typeof CameraControl)[keyof typeof CameraControl];
      const ChatMessageStatus: {
        readonly PENDING: 'pending';
        readonly CONFIRMED: 'confirmed';
        readonly ERROR: 'error';
      };
      type ChatMessageStatus = (typeof ChatMessageStatus)[keyof typeof ChatMessageStatus];
      const ChatType: {
        readonly PRIVATE: 'private';
        readonly PUBLIC: 'public';
      };
      type ChatType = (typeof ChatType)[keyof typeof ChatType];
      const ConferenceError: {
        readonly CAPABILITY_NOT_ALLOWED: 'CAPABILITY_NOT_ALLOWED';
        readonly INVALID_ARGUMENT: 'INVALID_ARGUMENT';
        readonly NETWORK_UNAVAILABLE: 'NETWORK_UNAVAILABLE';
        readonly CONFERENCE_CONNECTION_FAILED_TO_RECOVER: 'CONFERENCE_CONNECTION_FAILED_TO_RECOVER';
      };
      type ConferenceError = (typeof ConferenceError)[keyof typeof ConferenceError];
      const ContentFromParticipantStatus: {
        readonly ACTIVE: 'active';
        readonly ALLOWED: 'allowed';
        readonly NOT_ALLOWED: 'notAllowed';
      };
      type ContentFromParticipantStatus =
        (typeof ContentFromParticipantStatus)[keyof typeof ContentFromParticipantStatus];
      const DialoutStatus: {
        readonly DIALING: 'dialing';
        readonly UNAUTHORIZED: 'unauthorized';
        readonly FAIL: 'fail';
        readonly NOT_ADMITTED: 'notAdmitted';
        readonly NOT_ALLOWED: 'notAllowed';
        readonly CONNECT: 'connect';
        readonly BUSY: 'busy';
        readonly NO_ANSWER: 'noAnswer';
        readonly CANCELED: 'canceled';
      };
      type DialoutStatus = (typeof DialoutStatus)[keyof typeof DialoutStatus];
      const DisconnectReason: {
        readonly CALL_DISCONNECTED: 'callDisconnected';
        readonly CONFERENCE_TERMINATED: 'conferenceTerminated';
        readonly DISCONNECTED_BY_MODERATOR_OR_ADMIN: 'disconnectedByModeratorOrAdmin';
        readonly ERROR: 'error';
      };
      type DisconnectReason = (typeof DisconnectReason)[keyof typeof DisconnectReason];
      const HandState: {
        readonly RAISE: 'raise';
        readonly LOWER: 'lower';
      };
      type HandState = (typeof HandState)[keyof typeof HandState];
      const MediaFromParticipantStatus: {
        readonly ACTIVE: 'active';
        readonly NA: 'na';
        readonly SELF_MUTED: 'selfMuted';
        readonly MODERATOR_MUTED: 'moderatorMuted';
        readonly BOTH_MUTED: 'bothMuted';
      };
      type MediaFromParticipantStatus = (typeof MediaFromParticipantStatus)[keyof typeof MediaFromParticipantStatus];
      const MediaToParticipantStatus: {
        readonly AVAILABLE: 'available';
        readonly NA: 'na';
      };
      type MediaToParticipantStatus = (typeof MediaToParticipantStatus)[keyof typeof MediaToParticipantStatus];
      const MediaType: {
        readonly AUDIO: 'audio';
        readonly VIDEO: 'video';
      };
      type MediaType = (typeof MediaType)[keyof typeof MediaType];
      const MeetingEncryptionStatus: {
        readonly YES: 'yes';
        readonly NO: 'no';
        readonly PARTIAL: 'partial';
      };
      type MeetingEncryptionStatus = (typeof MeetingEncryptionStatus)[keyof typeof MeetingEncryptionStatus];
      const ModeratorAdmissionActions: {
        readonly ADMIT: 'admit';
        readonly REJECT: 'reject';
      };
      type ModeratorAdmissionActions = (typeof ModeratorAdmissionActions)[keyof typeof ModeratorAdmissionActions];
      const ParticipantAuthorizationStatus: {
        readonly ACTIVE: 'active';
        readonly AUTHORIZING: 'authorizing';
      };
      type ParticipantAuthorizationStatus =
        (typeof ParticipantAuthorizationStatus)[keyof typeof ParticipantAuthorizationStatus];
      const ParticipantConnectionStatus: {
        readonly CONNECTION_STATUS_UNKNOWN: 'CONNECTION_STATUS_UNKNOWN';
        readonly CONNECTION_STATUS_CONNECTING: 'CONNECTION_STATUS_CONNECTING';
        readonly CONNECTION_STATUS_CONNECTED: 'CONNECTION_STATUS_CONNECTED';
        readonly CONNECTION_STATUS_DISCONNECTING: 'CONNECTION_STATUS_DISCONNECTING';
        readonly CONNECTION_STATUS_DISCONNECTED: 'CONNECTION_STATUS_DISCONNECTED';
      };
      type ParticipantConnectionStatus = (typeof ParticipantConnectionStatus)[keyof typeof ParticipantConnectionStatus];
      const ParticipantDisconnectionReason: {
        readonly DISCONNECT_REASON_UNKNOWN: 'DISCONNECT_REASON_UNKNOWN';
        readonly DISCONNECT_REASON_DEPARTED: 'DISCONNECT_REASON_DEPARTED';
        readonly DISCONNECT_REASON_DISCONNECTED_BY_MODERATOR: 'DISCONNECT_REASON_DISCONNECTED_BY_MODERATOR';
      };
      type ParticipantDisconnectionReason =
        (typeof ParticipantDisconnectionReason)[keyof typeof ParticipantDisconnectionReason];
      const ParticipantMediaState: {
        readonly MEDIA_STATUS_NO_MEDIA: 'MEDIA_STATUS_NO_MEDIA';
        readonly MEDIA_STATUS_INACTIVE: 'MEDIA_STATUS_INACTIVE';
        readonly MEDIA_STATUS_RECEIVE_ONLY: 'MEDIA_STATUS_RECEIVE_ONLY';
        readonly MEDIA_STATUS_SEND_ONLY: 'MEDIA_STATUS_SEND_ONLY';
        readonly MEDIA_STATUS_SEND_RECEIVE: 'MEDIA_STATUS_SEND_RECEIVE';
      };
      type ParticipantMediaState = (typeof ParticipantMediaState)[keyof typeof ParticipantMediaState];
      const ParticipantRole: {
        readonly MODERATOR: 'moderator';
        readonly PARTICIPANT: 'participant';
        readonly GUEST: 'guest';
        readonly OPERATOR: 'operator';
        readonly RESTRICTED_PARTICIPANT: 'restrictedParticipant';
      };
      type ParticipantRole = (typeof ParticipantRole)[keyof typeof ParticipantRole];
      const VideoLayout: {
        readonly LAYOUT_AUTOMATIC: '1';
        readonly LAYOUT_SINGLE_SCREEN: '10';
        readonly LAYOUT_DOUBLE_SCREEN_HORIZONTAL: '21';
        readonly LAYOUT_DOUBLE_SCREEN_VERTICAL: '22';
        readonly LAYOUT_DOUBLE_SCREEN_4_TO_1: '27';
        readonly LAYOUT_1_HOST_1_PIP: '28';
        readonly LAYOUT_PYRAMID_3: '32';
        readonly LAYOUT_LANDSCAPE_PLUS_2_ASYM: '33';
        readonly LAYOUT_1_HOST_2_PIP: '34';
        readonly LAYOUT_3x1: '35';
        readonly LAYOUT_2x2: '40';
        readonly LAYOUT_4_PYRAMID: '41';
        readonly LAYOUT_3_PLUS_1: '42';
        readonly LAYOUT_1_HOST_3_PIP: '43';
        readonly LAYOUT_5_PYRAMID: '51';
        readonly LAYOUT_1_HOST_4_PIP: '52';
        readonly LAYOUT_5_PLUS_1: '60';
        readonly LAYOUT_3x2: '61';
        readonly LAYOUT_6_PLUS_1_1: '75';
        readonly LAYOUT_7_PLUS_1_NEW: '81';
        readonly LAYOUT_4x2: '82';
        readonly LAYOUT_3x3: '90';
        readonly LAYOUT_9_PYRAMID: '91';
        readonly LAYOUT_8_PLUS_2_1_2: '101';
        readonly LAYOUT_4x3: '120';
        readonly LAYOUT_12_PLUS_1_1: '131';
        readonly LAYOUT_12_PLUS_1_5: '135';
        readonly LAYOUT_4x4: '160';
        readonly LAYOUT_20_PLUS_1: '210';
        readonly LAYOUT_20_PLUS_1_LEFT: '211';
        readonly LAYOUT_1_PLUS_27: '280';
      };
      type VideoLayout = (typeof VideoLayout)[keyof typeof VideoLayout];
      class Conference {
        addParticipant(participantAddress: string): Promised<any, any>;
        addParticipantFromCall(existingCall: Services.Call.Call): Promised<any, any>;
        extendMeeting(minutes: number): Promised<any, any>;
        isEventConference(): boolean;
        lowerHand(): Promised<any, any>;
        muteAllParticipants(): Promised<any, any>;
        pinVideoByCoordinates(sourceX: number, sourceY: number, destX: number, destY: number): Promised<any, any>;
        pinVideoByParticipant(sourceParticipant: object, destX: number, destY: number): Promised<any, any>;
        raiseHand(): Promised<any, any>;
        removeLastParticipant(): Promised<any, any>;
        removeParticipant(participant: Services.Conference.Participant): Promised<any, any>;
        requestToBecomeModerator(moderatorPin: string): Promised<any, any>;
        sendPasscode(passcode: any): Promised<any, any>;
        sendRequestToEnterLockedConference(): Promised<any, any>;
        signIn(token: string): Promised<any, any>;
        start(config?: object): Promised<any, any>;
        stop(): Promised<any, any>;
        terminateConference(): Promised<any, any>;
        toString(): string;
        unmuteAllParticipants(): Promised<any, any>;
        getActiveParticipants(): Base.DataSet<Services.Conference.ActiveParticipant>;
        getCollaborationURI(): string;
        getConferenceOwnerAddress(): string;
        getCurrentVideoLayout(): Services.Conference.VideoLayout | undefined;
        getDialInInformation(): string;
        getDialInInformationHtml(): string;
        getDroppedParticipants(): Array<Services.Conference.DroppedParticipant>;
        getEncryptionStatus(): Services.Conference.MeetingEncryptionStatus;
        getInConferenceChat(): Services.Conference.Chat;
        /** The loudest first, at most four. */
        getRecentTalkers(): Services.Conference.ActiveParticipant[];
        getJoinMeetingURI(): string;
        getKnockDoorTimeout(): number | undefined;
        getMeetingEndTime(): Date | undefined;
        getMeetingMinutes(): any;
        getPendingParticipants(): Array<Services.Conference.PendingParticipant>;
        getSelfParticipant(): Services.Conference.ActiveParticipant | undefined;
        getStreamingURI(): string;
        getSubject(): string;
        getSupportedVideoLayoutList(): Array<Services.Conference.VideoLayout>;
        isApplicationSharingActive(): boolean;
        isConferenceWaitingToStart(): boolean;
        isLectureModeActive(): boolean;
        isLocked(): boolean;
        isPasscodeRequiredToBecomeModerator(): boolean;
        isRecordingActive(): boolean;
        isRecordingPaused(): boolean;
        isStreamingActive(): boolean;
        isVideoAllowed(): boolean;
        isVideoParticipantNameDisplayActive(): boolean;
        isVideoSelfSeeActive(): boolean;
        pauseRecording(): Promised<any, any>;
        resumeRecording(): Promised<any, any>;
        setDisplayVideoParticipantName(displayParticipantName: boolean): Promised<any, any>;
        setLocked(isLocked: boolean): Promised<any, any>;
        setVideoLayout(layout: Services.Conference.VideoLayout): Promised<any, any>;
        setVideoSelfSee(selfSee: boolean): Promised<any, any>;
        startRecording(name?: string, description?: string): Promised<any, any>;
        stopRecording(): Promised<any, any>;
        getAcceptPendingParticipantCapability(): Base.Capability;
        getActiveTalkerCapability(): Base.Capability;
        getAddParticipantFromCallCapability(existingCall: Services.Call.Call): Base.Capability;
        getAddParticipantViaDialoutCapability(): Base.Capability;
        getChangeParticipantRoleCapability(): Base.Capability;
        getDenyPendingParticipantCapability(): Base.Capability;
        getExtendMeetingCapability(): Base.Capability;
        getInConferenceChatCapability(): Base.Capability;
        /** As guides call it. */
        getSupportInConferenceChatCapability(): Base.Capability;
        getModerateConferenceCapability(): Base.Capability;
        getMuteAllParticipantsCapability(): Base.Capability;
        getMuteSelfAudioCapability(): Base.Capability;
        getPauseRecordingCapability(): Base.Capability;
        getRemoveLastParticipantCapability(): Base.Capability;
        getRemoveSelectParticipantCapability(): Base.Capability;
        getRequestToBecomeModeratorCapability(): Base.Capability;
        getResumeRecordingCapability(): Base.Capability;
        getRetrieveParticipantListCapability(): Base.Capability;
        getSendFeccCapability(): Base.Capability;
        getSignInCapability(): Base.Capability;
        getStartRecordingCapability(): Base.Capability;
        getStopRecordingCapability(): Base.Capability;
        getSupportLowerHandCapability(): Base.Capability;
        getSupportMeetingMinutesCapability(): Base.Capability;
        getSupportRaiseHandCapability(): Base.Capability;
        getTerminateConferenceCapability(): Base.Capability;
        getUnmuteAllParticipantsCapability(): Base.Capability;
        getUnmuteSelfAudioCapability(): Base.Capability;
        getUpdateDisplayVideoParticipantNameCapability(): Base.Capability;
        getUpdateLockStatusCapability(): Base.Capability;
        getUpdateVideoLayoutCapability(): Base.Capability;
        getUpdateVideoSelfSeeCapability(): Base.Capability;
        getVideoPinCapability(): Base.Capability;
        addOnEventConferenceStatusChangedCallback(
          callback: (conference: Services.Conference.Conference, eventConference: boolean) => void,
        ): void;
        removeOnEventConferenceStatusChangedCallback(callback: (...args: any[]) => void): void;
        addOnConferenceActiveTalkersChangedCallback(
          callback: (
            conference: Services.Conference.Conference,
            activeTalkers: Array<Services.Conference.ActiveParticipant>,
          ) => void,
        ): void;
        removeOnConferenceActiveTalkersChangedCallback(callback: (...args: any[]) => void): void;
        addOnConferenceActiveVideoParticipantsChangedCallback(
          callback: (
            conference: Services.Conference.Conference,
            participants: Array<Services.Conference.Participant>,
          ) => void,
        ): void;
        removeOnConferenceActiveVideoParticipantsChangedCallback(callback: (...args: any[]) => void): void;
        addOnConferenceAllParticipantsMutedCallback(
          callback: (conference: Services.Conference.Conference) => void,
        ): void;
        removeOnConferenceAllParticipantsMutedCallback(callback: (...args: any[]) => void): void;
        addOnConferenceAllParticipantsUnmutedCallback(
          callback: (conference: Services.Conference.Conference) => void,
        ): void;
        removeOnConferenceAllParticipantsUnmutedCallback(callback: (...args: any[]) => void): void;
        addOnConferenceAvailableVideoLayoutsChangedCallback(
          callback: (
            conference: Services.Conference.Conference,
            geometries: Array<Services.Conference.VideoLayout>,
          ) => void,
        ): void;
        removeOnConferenceAvailableVideoLayoutsChangedCallback(callback: (...args: any[]) => void): void;
        addOnConferenceCollaborationURIChangedCallback(
          callback: (conference: Services.Conference.Conference, collaborationURI: string) => void,
        ): void;
        removeOnConferenceCollaborationURIChangedCallback(callback: (...args: any[]) => void): void;
        addOnConferenceConnectionEndedCallbacks(
          callback: (conference: Services.Conference.Conference, reason: Services.Conference.DisconnectReason) => void,
        ): void;
        removeOnConferenceConnectionEndedCallbacks(callback: (...args: any[]) => void): void;
        addOnConferenceContinuationStatusChangedCallback(
          callback: (conference: Services.Conference.Conference, continuationStatus: boolean) => void,
        ): void;
        removeOnConferenceContinuationStatusChangedCallback(callback: (...args: any[]) => void): void;
        addOnConferenceDialInInfoUpdatedCallback(callback: (conference: Services.Conference.Conference) => void): void;
        removeOnConferenceDialInInfoUpdatedCallback(callback: (...args: any[]) => void): void;
        addOnConferenceDisplayParticipantNameOnVideoAllowedCallback(
          callback: (conference: Services.Conference.Conference, textOverlayAllowedStatus: boolean) => void,
        ): void;
        removeOnConferenceDisplayParticipantNameOnVideoAllowedCallback(callback: (...args: any[]) => void): void;
        addOnConferenceDisplayVideoParticipantNameChangedCallback(
          callback: (conference: Services.Conference.Conference, textOverlayStatus: boolean) => void,
        ): void;
        removeOnConferenceDisplayVideoParticipantNameChangedCallback(callback: (...args: any[]) => void): void;
        addOnConferenceDroppedParticipantAddedCallback(
          callback: (
            conference: Services.Conference.Conference,
            participant: Services.Conference.DroppedParticipant,
          ) => void,
        ): void;
        removeOnConferenceDroppedParticipantAddedCallback(callback: (...args: any[]) => void): void;
        addOnConferenceDroppedParticipantRemovedCallback(
          callback: (
            conference: Services.Conference.Conference,
            participant: Services.Conference.DroppedParticipant,
          ) => void,
        ): void;
        removeOnConferenceDroppedParticipantRemovedCallback(callback: (...args: any[]) => void): void;
        addOnConferenceEncryptionStatusChangedCallback(
          callback: (
            conference: Services.Conference.Conference,
            meetingEncryptionStatus: Services.Conference.MeetingEncryptionStatus,
          ) => void,
        ): void;
        removeOnConferenceEncryptionStatusChangedCallback(callback: (...args: any[]) => void): void;
        addOnConferenceEntryExitToneChangedCallback(
          callback: (conference: Services.Conference.Conference, entryExitToneStatus: boolean) => void,
        ): void;
        removeOnConferenceEntryExitToneChangedCallback(callback: (...args: any[]) => void): void;
        addOnConferenceJoinMeetingURIUpdatedCallback(
          callback: (conference: Services.Conference.Conference) => void,
        ): void;
        removeOnConferenceJoinMeetingURIUpdatedCallback(callback: (...args: any[]) => void): void;
        addOnConferenceKnockDoorTimeoutChangedCallback(
          callback: (conference: Services.Conference.Conference, knockDoorTimeout: number | undefined) => void,
        ): void;
        removeOnConferenceKnockDoorTimeoutChangedCallback(callback: (...args: any[]) => void): void;
        addOnConferenceLectureModeStatusChangedCallback(
          callback: (conference: Services.Conference.Conference, lectureModeStatus: boolean) => void,
        ): void;
        removeOnConferenceLectureModeStatusChangedCallback(callback: (...args: any[]) => void): void;
        addOnConferenceLockStatusChangedCallback(
          callback: (conference: Services.Conference.Conference, lockStatus: boolean) => void,
        ): void;
        removeOnConferenceLockStatusChangedCallback(callback: (...args: any[]) => void): void;
        addOnConferenceMeetingTerminationInProgressCallbacks(
          callback: (conference: Services.Conference.Conference, reason: string, userName: string) => void,
        ): void;
        removeOnConferenceMeetingTerminationInProgressCallbacks(callback: (...args: any[]) => void): void;
        addOnConferenceMeetingTerminationTimeChangedCallback(
          callback: (conference: Services.Conference.Conference, date: Date) => void,
        ): void;
        removeOnConferenceMeetingTerminationTimeChangedCallback(callback: (...args: any[]) => void): void;
        addOnConferenceOwnerAddressChangedCallback(
          callback: (conference: Services.Conference.Conference, ownerAddress: string) => void,
        ): void;
        removeOnConferenceOwnerAddressChangedCallback(callback: (...args: any[]) => void): void;
        addOnConferenceParticipantsAddedCallback(
          callback: (
            conference: Services.Conference.Conference,
            addedParticipants: Array<Services.Conference.ActiveParticipant>,
          ) => void,
        ): void;
        removeOnConferenceParticipantsAddedCallback(callback: (...args: any[]) => void): void;
        addOnConferenceParticipantsRemovedCallback(
          callback: (
            conference: Services.Conference.Conference,
            removedParticipants: Array<Services.Conference.ActiveParticipant>,
          ) => void,
        ): void;
        removeOnConferenceParticipantsRemovedCallback(callback: (...args: any[]) => void): void;
        addOnConferencePendingParticipantCallback(
          callback: (
            conference: Services.Conference.Conference,
            participant: Services.Conference.PendingParticipant,
          ) => void,
        ): void;
        removeOnConferencePendingParticipantCallback(callback: (...args: any[]) => void): void;
        addOnConferencePendingParticipantRemovedCallback(
          callback: (
            conference: Services.Conference.Conference,
            participant: Services.Conference.PendingParticipant,
          ) => void,
        ): void;
        removeOnConferencePendingParticipantRemovedCallback(callback: (...args: any[]) => void): void;
        addOnConferencePresentationModeStatusChangedCallback(
          callback: (conference: Services.Conference.Conference, presentationModeStatus: boolean) => void,
        ): void;
        removeOnConferencePresentationModeStatusChangedCallback(callback: (...args: any[]) => void): void;
        addOnConferenceRecordingFailedCallbacks(callback: (conference: Services.Conference.Conference) => void): void;
        removeOnConferenceRecordingFailedCallbacks(callback: (...args: any[]) => void): void;
        addOnConferenceRecordingStatusChangedCallback(
          callback: (
            conference: Services.Conference.Conference,
            recordingStatus: 'on' | 'off' | 'paused' | 'failed',
          ) => void,
        ): void;
        removeOnConferenceRecordingStatusChangedCallback(callback: (...args: any[]) => void): void;
        addOnConferenceServiceAvailableCallback(callback: (conference: Services.Conference.Conference) => void): void;
        removeOnConferenceServiceAvailableCallback(callback: (...args: any[]) => void): void;
        addOnConferenceServiceUnavailableCallback(callback: (conference: Services.Conference.Conference) => void): void;
        removeOnConferenceServiceUnavailableCallback(callback: (...args: any[]) => void): void;
        addOnConferenceStartingCallback(
          callback: (conference: Services.Conference.Conference, mediaStatus: string) => void,
        ): void;
        removeOnConferenceStartingCallback(callback: (...args: any[]) => void): void;
        addOnConferenceStreamingStatusChangedCallback(
          callback: (conference: Services.Conference.Conference, isStreamingActive: boolean) => void,
        ): void;
        removeOnConferenceStreamingStatusChangedCallback(callback: (...args: any[]) => void): void;
        addOnConferenceStreamingURIUpdatedCallback(
          callback: (conference: Services.Conference.Conference) => void,
        ): void;
        removeOnConferenceStreamingURIUpdatedCallback(callback: (...args: any[]) => void): void;
        addOnConferenceSubjectCallback(
          callback: (conference: Services.Conference.Conference, subject: string) => void,
        ): void;
        removeOnConferenceSubjectCallback(callback: (...args: any[]) => void): void;
        addOnConferenceVideoLayoutChangedCallback(
          callback: (conference: Services.Conference.Conference, geometry: Services.Conference.VideoLayout) => void,
        ): void;
        removeOnConferenceVideoLayoutChangedCallback(callback: (...args: any[]) => void): void;
        addOnConferenceVideoPinAllowedCallback(
          callback: (conference: Services.Conference.Conference, videoPinAllowedStatus: boolean) => void,
        ): void;
        removeOnConferenceVideoPinAllowedCallback(callback: (...args: any[]) => void): void;
        addOnConferenceVideoSelfSeeAllowedCallback(
          callback: (conference: Services.Conference.Conference, noSelfSeeAllowedStatus: boolean) => void,
        ): void;
        removeOnConferenceVideoSelfSeeAllowedCallback(callback: (...args: any[]) => void): void;
        addOnConferenceVideoSelfSeeChangedCallback(
          callback: (conference: Services.Conference.Conference, noSelfSeeStatus: boolean) => void,
        ): void;
        removeOnConferenceVideoSelfSeeChangedCallback(callback: (...args: any[]) => void): void;
        addOnConferenceVideoStatusChangedCallback(
          callback: (conference: Services.Conference.Conference, isVideoAllowed: boolean) => void,
        ): void;
        removeOnConferenceVideoStatusChangedCallback(callback: (...args: any[]) => void): void;
        addOnConferenceWaitingToStartCallback(
          callback: (conference: Services.Conference.Conference, mediaStatus: string) => void,
        ): void;
        removeOnConferenceWaitingToStartCallback(callback: (...args: any[]) => void): void;
      }
      class Participant extends Services.Participant {
        getAssignParticipantAsLecturerCapability(): Base.Capability;
        getBlockParticipantVideoCapability(): Base.Capability;
        getChangeRoleCapability(): Base.Capability;
        getLowerParticipantHandCapability(): Base.Capability;
        getMuteParticipantAudioCapability(): Base.Capability;
        getRemoteCameraControlCapability(): Base.Capability;
        getUnblockParticipantVideoCapability(): Base.Capability;
        getUnmuteParticipantAudioCapability(): Base.Capability;
      }
      class ActiveParticipant extends Services.Conference.Participant {
        addOnParticipantActiveTalkerStatusChangedCallback(
          callback: (participant: Services.Conference.ActiveParticipant, isActiveTalker: boolean) => void,
        ): void;
        removeOnParticipantActiveTalkerStatusChangedCallback(callback: (...args: any[]) => void): void;
        addOnParticipantAudioStatusChangedCallback(
          callback: (
            participant: Services.Conference.ActiveParticipant,
            newStatus: Services.Conference.MediaFromParticipantStatus,
          ) => void,
        ): void;
        removeOnParticipantAudioStatusChangedCallback(callback: (...args: any[]) => void): void;
        addOnParticipantCollaborationStatusChangedCallback(
          callback: (participant: Services.Conference.ActiveParticipant) => void,
        ): void;
        removeOnParticipantCollaborationStatusChangedCallback(callback: (...args: any[]) => void): void;
        addOnParticipantConnectionStatusChangedCallback(
          callback: (participant: Services.Conference.ActiveParticipant) => void,
        ): void;
        removeOnParticipantConnectionStatusChangedCallback(callback: (...args: any[]) => void): void;
        addOnParticipantDisplayNameChangedCallback(
          callback: (participant: Services.Conference.ActiveParticipant) => void,
        ): void;
        removeOnParticipantDisplayNameChangedCallback(callback: (...args: any[]) => void): void;
        addOnParticipantHandLoweredCallback(
          callback: (participant: Services.Conference.ActiveParticipant) => void,
        ): void;
        removeOnParticipantHandLoweredCallback(callback: (...args: any[]) => void): void;
        addOnParticipantHandRaisedCallback(
          callback: (participant: Services.Conference.ActiveParticipant) => void,
        ): void;
        removeOnParticipantHandRaisedCallback(callback: (...args: any[]) => void): void;
        addOnParticipantSetAsLecturerCallback(
          callback: (participant: Services.Conference.ActiveParticipant) => void,
        ): void;
        removeOnParticipantSetAsLecturerCallback(callback: (...args: any[]) => void): void;
        addOnParticipantSetAsModeratorCallback(
          callback: (participant: Services.Conference.ActiveParticipant) => void,
        ): void;
        removeOnParticipantSetAsModeratorCallback(callback: (...args: any[]) => void): void;
        addOnParticipantSetAsPresenterCallback(
          callback: (participant: Services.Conference.ActiveParticipant) => void,
        ): void;
        removeOnParticipantSetAsPresenterCallback(callback: (...args: any[]) => void): void;
        addOnParticipantStatusChangedCallback(
          callback: (
            participant: Services.Conference.ActiveParticipant,
            status: Services.Conference.ParticipantAuthorizationStatus,
          ) => void,
        ): void;
        removeOnParticipantStatusChangedCallback(callback: (...args: any[]) => void): void;
        addOnParticipantUnsetAsLecturerCallback(
          callback: (participant: Services.Conference.ActiveParticipant) => void,
        ): void;
        removeOnParticipantUnsetAsLecturerCallback(callback: (...args: any[]) => void): void;
        addOnParticipantUnsetAsModeratorCallback(
          callback: (participant: Services.Conference.ActiveParticipant) => void,
        ): void;
        removeOnParticipantUnsetAsModeratorCallback(callback: (...args: any[]) => void): void;
        addOnParticipantUnsetAsPresenterCallback(
          callback: (participant: Services.Conference.ActiveParticipant) => void,
        ): void;
        removeOnParticipantUnsetAsPresenterCallback(callback: (...args: any[]) => void): void;
        addOnParticipantVideoStatusChangedCallback(
          callback: (
            participant: Services.Conference.ActiveParticipant,
            newStatus: Services.Conference.MediaFromParticipantStatus,
          ) => void,
        ): void;
        removeOnParticipantVideoStatusChangedCallback(callback: (...args: any[]) => void): void;
        isAudioMuted(): boolean;
        isVideoBlocked(): boolean;
        isModerator(): boolean;
        isLecturer(): boolean;
        isPresenter(): boolean;
        isHandRaised(): boolean;
        isActiveTalker(): boolean;
        getAudioStatus(): Services.Conference.MediaFromParticipantStatus;
        getConnectionStatus(): Services.Conference.ParticipantConnectionStatus;
        getParticipantRole(): Services.Conference.ParticipantRole;
        getLastSpokenTime(): Date | undefined;
        mute(): Promised;
        unmute(): Promised;
        lowerHand(): Promised;
        blockVideo(): Promised;
        unblockVideo(): Promised;
        setAsLecturer(): Promised;
        unsetAsLecturer(): Promised;
      }
      class PendingParticipant extends Services.Conference.Participant {
        constructor();
        addOnPendingParticipantAcceptedCallback(
          callback: (participant: Services.Conference.PendingParticipant, anotherModerator?: string) => void,
        ): void;
        removeOnPendingParticipantAcceptedCallback(callback: (...args: any[]) => void): void;
        addOnPendingParticipantCancelledCallback(
          callback: (
            participant: Services.Conference.PendingParticipant,
            reason: string,
            anotherModerator: string,
          ) => void,
        ): void;
        removeOnPendingParticipantCancelledCallback(callback: (...args: any[]) => void): void;
        addOnPendingParticipantDeniedCallback(
          callback: (participant: Services.Conference.PendingParticipant, anotherModerator?: string) => void,
        ): void;
        removeOnPendingParticipantDeniedCallback(callback: (...args: any[]) => void): void;
        accept(): Promised;
        deny(): Promised;
      }
      class DroppedParticipant extends Services.Conference.Participant {
        constructor();
        getConnectionStatus(): Services.Conference.ParticipantConnectionStatus;
      }
      class Chat {
        getAllMessages(): Base.DataSet<Services.Conference.ChatMessage>;
        getAllPrivateMessages(): Base.DataSet<Services.Conference.ChatMessage>;
        getAllPublicMessages(): Base.DataSet<Services.Conference.ChatMessage>;
        sendPrivateMessage(messageOrParticipant: any, participantOrMessage: any): Promised<any, any>;
        sendPublicMessage(message: string): Promised<any, any>;
        addOnChatMessageReceivedCallback(
          callback: (chat: Services.Conference.Chat, message: Services.Conference.ChatMessage) => void,
        ): void;
        removeOnChatMessageReceivedCallback(callback: (...args: any[]) => void): void;
        addOnChatServiceAvailableCallback(callback: (chat: Services.Conference.Chat) => void): void;
        removeOnChatServiceAvailableCallback(callback: (...args: any[]) => void): void;
        addOnChatServiceUnavailableCallback(callback: (chat: Services.Conference.Chat) => void): void;
        removeOnChatServiceUnavailableCallback(callback: (...args: any[]) => void): void;
      }
      class ChatMessage {
        constructor(
          messageContent?: string,
          sender?: Services.Conference.Participant,
          recipient?: Services.Conference.Participant,
          isPrivate?: boolean,
        );
        status: Services.Conference.ChatMessageStatus;
        getId(): string;
        /** Text, never markup. */
        getMessageContent(): string;
        /** Of a private one. */
        getRecipient(): Services.Conference.Participant | undefined;
        getSender(): Services.Conference.Participant | undefined;
        getTime(): Date;
        isPrivate(): boolean;
        setStatus(status: Services.Conference.ChatMessageStatus): void;
      }
      const ConferenceStartStatus: { readonly ADMISSION_NEEDED: string };
      const AdmissionResponseCode: {
        readonly INCORRECT_PASSCODE_TRY_AGAIN: string;
        readonly INCORRECT_PASSCODE_DISCONNECTING: string;
        readonly PENDING_APPROVAL: string;
        readonly DENIED: string;
      };
      const RecordingStatus: {
        readonly ON: 'on';
        readonly OFF: 'off';
        readonly PAUSED: 'paused';
        readonly FAILED: 'failed';
      };
      class ConferenceException extends Error {
        constructor(name?: ConferenceError, message?: string, code?: string);
        code: string;
        /** Of `ADMISSION_NEEDED`: what is needed to come in. */
        admissionPasscodeNeeded?: boolean;
        admissionPermissionNeeded?: boolean;
      }
    }
  }
}

export { AvayaClientServices, type Promised };
export default AvayaClientServices;
export as namespace AvayaClientServices;
