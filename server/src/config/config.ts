import type { Secret } from '../base/secret.ts';
import type { DialOutLimits, DialRule, ProvisionedOrganization, Trunk } from '../directory/records.ts';
import type { CodecName, PortRange } from './server-keys.ts';
import type { TurnServer } from './turn-keys.ts';

export interface TlsFiles {
  /** Paths of PEM files. */
  readonly cert: string;
  readonly key: string;
}

/** Everything that is configured, defaults included; frozen. Passwords, PINs and keys are Secrets. */
export interface Config {
  /** The file that was read; null when there is none and everything is default. */
  readonly file: string | null;
  /** Absolute path of the data folder. */
  readonly dataFolder: string;
  readonly http: {
    readonly host: string;
    /** 0: any free port. */
    readonly port: number;
    /** Without a slash at the end. */
    readonly publicUrl: string | null;
    /**
     * Addresses and networks (CIDR) of proxies that say where a request comes from (X-Forwarded-For,
     * X-Forwarded-Proto).
     */
    readonly trustedProxies: readonly string[];
    /** Origins (`https://desk.example.test`, lower case) whose pages may ask with cookies and logins. */
    readonly origins: readonly string[];
    readonly tls: TlsFiles | null;
  };
  readonly sip: {
    readonly host: string;
    /** UDP and TCP; 0: any free port. */
    readonly port: number;
    readonly tlsPort: number | null;
    /** Host part of our addresses, and the realm of digest authentication. */
    readonly domain: string;
    readonly tls: TlsFiles | null;
    /** Whether the sound of phones travels under keys that their signalling tells (SRTP, RFC 4568). */
    readonly srtp: 'off' | 'optional' | 'required';
  };
  readonly media: {
    readonly host: string;
    /** The address peers are told to send to, when it differs from `host`. */
    readonly advertise: string | null;
    readonly rtpPorts: PortRange;
    readonly webrtcPort: number;
    /** What browsers are told to find a way by. */
    readonly turn: readonly TurnServer[];
    /** How many media processes; `auto` has become a number. */
    readonly processes: number;
    /** What plain RTP goes through; `auto` is the fastest that works. */
    readonly sockets: 'auto' | 'uring' | 'dgram';
    /** Whether media processes run through their work once when they start. */
    readonly warmUp: boolean;
    /** What phones and carriers are offered, preferred ones first. */
    readonly codecs: readonly CodecName[];
  };
  readonly store: 'sqlite';
  readonly sandbox: 'auto' | 'on' | 'off';
  /** Null: not named in the file, so a first start makes the sandbox organization. */
  readonly organizations: readonly ProvisionedOrganization[] | null;
  /** Null: not named in the file, so those stored earlier are kept. */
  readonly trunks: readonly Trunk[] | null;
  readonly dialPlan: readonly DialRule[] | null;
  readonly limits: DialOutLimits & {
    readonly pinAttempts: number;
    readonly pinLockoutMs: number;
    readonly callsPerSecond: number;
    /**
     * A call ends when its phone, which should send, was not heard for this long; null: as long as it answers when
     * asked.
     */
    readonly silenceMs: number | null;
  };
  /** Which of them the file names. */
  readonly writtenLimits: readonly string[];
  /** What the file held; null without one. */
  readonly fileText: Secret | null;
  readonly unifiedApi: {
    /** HTTP status for an access token that has expired: some clients fetch a new one at 403 only. */
    readonly expiredTokenStatus: 401 | 403;
  };
  readonly webServices: {
    /** Whether requests that change something must show the token of their session. */
    readonly csrf: boolean;
    /** How long a session lasts that nobody uses. */
    readonly sessionIdleMs: number;
    /** What an agent's devices are in after they have logged on. */
    readonly stateAfterLogin: 'Ready' | 'NotReady' | 'LoggedIn';
    /** States besides those that every client knows, in which an agent is not ready. */
    readonly agentStates: readonly {
      readonly operationName: string;
      readonly displayName: string;
      readonly workMode: 'AuxWork' | 'AfterCallWork' | null;
    }[];
  };
  readonly webhooks: {
    /** How long a webhook that does not answer is tried again. */
    readonly giveUpAfterMs: number;
    /** Whether they may be sent to addresses inside the own network; `auto` has become an answer. */
    readonly allowPrivate: boolean;
    /** How long a secret that was replaced signs along. */
    readonly secretOverlapMs: number;
  };
  /** How long and how much is kept; null: without bound. */
  readonly retention: {
    readonly logMs: number | null;
    readonly logEvents: number | null;
    readonly recordsMs: number | null;
    readonly recordsMost: number | null;
    readonly requestKeysMs: number;
    readonly requestKeysMost: number | null;
    readonly recordingsMs: number | null;
    readonly recordingsBytes: number | null;
    /** Of all traces of signalling, and all samples of sound; 0: none are kept. */
    readonly signallingBytes: number;
    readonly samplesBytes: number;
  };
}
