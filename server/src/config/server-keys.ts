import { ipVersion, isHost } from '../base/ip-address.ts';
import {
  boolean,
  duration,
  integer,
  key,
  list,
  nullable,
  offOr,
  oneOf,
  quoted,
  type Reader,
  required,
  section,
  size,
  text,
  withKeysOf,
} from './readers.ts';
import { trunk } from './trunk-keys.ts';
import { type TurnServer, turnServers } from './turn-keys.ts';

/**
 * The keys that say how the server itself runs: http, sip, media, store, sandbox, limits, unifiedApi, webServices,
 * webhooks, trunks, dialPlan.
 */

const host: Reader<string> = (value) => {
  const { scalar } = value;
  if (typeof scalar === 'string' && isHost(scalar)) return scalar;
  throw value.error('a host name or an IP address', typeof scalar === 'string' ? quoted(scalar) : undefined);
};

/** What phones are told to send to. */
const reachedHost: Reader<string> = (value) => {
  const read = host(value);
  if (read !== '0.0.0.0' && read !== '::') return read;
  throw value.error('the address that others reach this machine at', `"${read}"`);
};

const port = integer(0, 65535);

const tls = section({
  cert: required(text('the path of a certificate file (PEM)')),
  key: required(text('the path of a private key file (PEM)')),
});

const url: Reader<string> = (value) => {
  const scalar = value.scalar;
  if (typeof scalar === 'string' && /^https?:\/\//.test(scalar) && URL.canParse(scalar))
    return scalar.replace(/\/+$/, '');
  throw value.error('an http:// or https:// address', typeof scalar === 'string' ? 'other text' : undefined);
};

/** Whom to believe where a request comes from: an address, or a network in CIDR form. */
const network: Reader<string> = (value) => {
  const scalar = value.scalar;
  const [address = '', bits] = typeof scalar === 'string' ? scalar.split('/') : [];
  const version = ipVersion(address);
  const mostBits = version === 4 ? 32 : 128;
  if (version !== 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= mostBits)))
    return scalar as string;
  throw value.error(
    'an IP address, or a network like 10.0.0.0/8',
    typeof scalar === 'string' ? 'other text' : undefined,
  );
};

/** Where a page comes from, as a browser writes it in a header: scheme, host and port alone. */
const origin: Reader<string> = (value) => {
  const scalar = value.scalar;
  const text = typeof scalar === 'string' && /^https?:\/\/[^/]+$/i.test(scalar) ? scalar.toLowerCase() : null;
  if (text !== null && URL.canParse(text) && new URL(text).origin === text) return text;
  throw value.error(
    'an origin: scheme, host and port if it is not the usual one, such as https://desk.example.test',
    typeof scalar === 'string' ? quoted(scalar) : undefined,
  );
};

const httpKeys = section({
  host: key(host, '127.0.0.1'),
  port: key(port, 8080),
  publicUrl: key(nullable(url), null),
  trustedProxies: key(list(network), Object.freeze([]) as readonly string[]),
  origins: key(list(origin), Object.freeze([]) as readonly string[]),
  tls: key(nullable(tls), null),
});

const sipKeys = section({
  host: key(host, '127.0.0.1'),
  port: key(port, 5060),
  tlsPort: key(nullable(port), null),
  domain: key(host, 'localhost'),
  tls: key(nullable(tls), null),
  srtp: key(oneOf('off', 'optional', 'required'), 'optional' as const),
});

/** Inclusive; `from` is even, so that RTP has the even port of each pair and RTCP the odd one. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

const portRange: Reader<PortRange> = (value) => {
  const expected = 'two ports "from-to" from 1024 to 65535, the first even, at least 2 ports';
  const scalar = value.scalar;
  const match = typeof scalar === 'string' ? /^\s*(\d{1,5})\s*-\s*(\d{1,5})\s*$/.exec(scalar) : null;
  if (match === null) throw value.error(expected, typeof scalar === 'string' ? quoted(scalar) : undefined);
  const from = Number(match[1]);
  const to = Number(match[2]);
  if (from < 1024 || to > 65535 || to <= from || from % 2 !== 0) throw value.error(expected, `"${scalar}"`);
  return Object.freeze({ from, to });
};

/** What may be spoken over a leg, by its name in SDP. */
export type CodecName = 'opus' | 'PCMU' | 'PCMA';

/** In order of preference; at least one, each once. */
const codecs: Reader<readonly CodecName[]> = (value) => {
  const names = list(oneOf('opus', 'PCMU', 'PCMA'))(value);
  if (names.length > 0 && new Set(names).size === names.length) return names;
  throw value.error('one or more of opus, PCMU, PCMA, each once', names.length === 0 ? 'none' : names.join(', '));
};

/** How many media processes: `auto` is one per core to spare, at least one. */
const processes =
  (cores: number): Reader<number> =>
  (value) =>
    value.scalar === 'auto' ? autoProcesses(cores) : processCount(value);

const processCount: Reader<number> = (value) => {
  const scalar = value.scalar;
  if (typeof scalar === 'number' && Number.isInteger(scalar) && scalar >= 1 && scalar <= 256) return scalar;
  throw value.error('auto or a whole number from 1 to 256');
};

function autoProcesses(cores: number): number {
  return Math.max(1, cores - 1);
}

const store: Reader<'sqlite'> = (value) => {
  const scalar = value.scalar;
  if (scalar === 'sqlite') return scalar;
  // The address holds a password: say which store it is, never the address.
  if (typeof scalar === 'string' && /^postgres(?:ql)?:\/\//.test(scalar)) {
    throw value.error('sqlite', 'a postgres:// address, which this version does not serve yet');
  }
  throw value.error('sqlite', typeof scalar === 'string' ? 'other text' : undefined);
};

const bound = nullable(integer(0, 1_000_000));

const pattern: Reader<string> = (value) => {
  const scalar = value.scalar;
  if (typeof scalar === 'string' && scalar.length <= 500) {
    try {
      new RegExp(scalar, 'u');
      return scalar;
    } catch {
      throw value.error('a regular expression', `"${scalar}"`);
    }
  }
  throw value.error('a regular expression, in quotes');
};

export const limitsKeys = section({
  pinAttempts: key(integer(1, 1000), 3),
  pinLockout: key(duration(1000, 366 * 86_400_000, 'from 1s to 366d'), 15 * 60_000),
  dialOutPerMinute: key(integer(0, 1_000_000), 30),
  dialOutConcurrent: key(integer(0, 1_000_000), 50),
  dialOutPerUserPerMinute: key(bound, null),
  dialOutPerUserConcurrent: key(bound, null),
  dialOutPerConferencePerMinute: key(bound, null),
  dialOutPerConferenceConcurrent: key(bound, null),
  dialOutAllow: key(list(pattern), Object.freeze([]) as readonly string[]),
  dialOutDeny: key(list(pattern), Object.freeze([]) as readonly string[]),
  callsPerSecond: key(integer(1, 1_000_000), 200),
  silence: key(offOr(duration(60_000, 366 * 86_400_000, 'from 1m to 366d, or off')), null),
});

const expiredTokenStatus: Reader<401 | 403> = (value) => {
  const scalar = value.scalar;
  if (scalar === 401 || scalar === 403) return scalar;
  throw value.error('401 or 403', scalar === undefined ? undefined : JSON.stringify(scalar).slice(0, 80));
};

const unifiedApiKeys = section({ expiredTokenStatus: key(expiredTokenStatus, 401) });

const agentState = section({
  operationName: required(text('a name of letters and digits', /^[A-Za-z][A-Za-z0-9]{0,63}$/)),
  displayName: required(text()),
  workMode: key(nullable(oneOf('AuxWork', 'AfterCallWork')), null as 'AuxWork' | 'AfterCallWork' | null),
});
type AgentState = ReturnType<typeof agentState>;

const mostAgentStates = 50;
const takenNames = ['Ready', 'NotReady', 'AuxWork', 'AfterCallWork', 'Offline', 'LoggedIn'];
const takenOperations = ['StartContactCenterSession', 'EndContactCenterSession'];

/** Each is asked for by a name of its own. */
const agentStates: Reader<readonly AgentState[]> = withKeysOf(agentState, (value) => {
  const read = list(agentState)(value);
  const names = read.map(({ operationName }) => operationName);
  const taken = new Set([...takenNames, ...takenOperations]);
  for (const name of names) {
    if (taken.has(name)) throw value.error('names that no other state or operation has', `"${name}" once more`);
    taken.add(name);
  }
  if (read.length > mostAgentStates) throw value.error(`at most ${mostAgentStates} states`, String(read.length));
  return read;
});

const webServicesKeys = section({
  csrf: key(boolean, false),
  sessionIdle: key(duration(60_000, 30 * 86_400_000, 'from 1m to 30d'), 30 * 60_000),
  stateAfterLogin: key(oneOf('Ready', 'NotReady', 'LoggedIn'), 'Ready' as const),
  agentStates: key(agentStates, Object.freeze([]) as readonly AgentState[]),
});

const autoOr: Reader<boolean | null> = (value) => {
  if (value.scalar === 'auto') return null;
  if (typeof value.scalar === 'boolean') return value.scalar;
  throw value.error('auto, true or false', typeof value.scalar === 'string' ? quoted(value.scalar) : undefined);
};

const upToAYear = duration(1000, 366 * 86_400_000, 'from 1s to 366d');

const webhookKeys = section({
  giveUpAfter: key(upToAYear, 86_400_000),
  allowPrivateWebhooks: key(autoOr, null),
  secretOverlap: key(upToAYear, 86_400_000),
});

const age = nullable(duration(60_000, 3650 * 86_400_000, 'from 1m to 3650d'));
const most = nullable(integer(1, 1_000_000_000));

const retentionKeys = section({
  log: key(age, 90 * 86_400_000),
  logEvents: key(most, 10_000_000),
  records: key(age, 730 * 86_400_000),
  recordsMost: key(most, 10_000_000),
  requestKeys: key(duration(60_000, 30 * 86_400_000, 'from 1m to 30d'), 86_400_000),
  requestKeysMost: key(most, 1_000_000),
  recordings: key(age, 90 * 86_400_000),
  recordingsSize: key(nullable(size), null),
  signallingSize: key(offOr(size), 256e6),
  samplesSize: key(offOr(size), 128e6),
});

export const dialRuleKeys = section({
  match: required(pattern),
  trunk: required(text('the name of a trunk')),
  strip: key(integer(0, 30), 0),
  prepend: key(text('digits to put in front, or ""', /^\+?[0-9*#]{0,30}$/), ''),
});

/** Each key of the file that is about the server, read the same way whether written or absent. */
export function serverKeys(cores: number) {
  const media = section({
    host: key(host, '127.0.0.1'),
    advertise: key(nullable(reachedHost), null),
    rtpPorts: key(portRange, Object.freeze({ from: 20000, to: 29999 })),
    webrtcPort: key(integer(1, 65535), 40000),
    turn: key(turnServers, Object.freeze([]) as readonly TurnServer[]),
    processes: key(processes(cores), autoProcesses(cores)),
    sockets: key(oneOf('auto', 'uring', 'dgram'), 'auto' as const),
    warmUp: key(boolean, true),
    codecs: key(codecs, Object.freeze(['PCMU', 'PCMA'] as const)),
  });
  return {
    http: httpKeys,
    sip: sipKeys,
    media,
    store,
    sandbox: oneOf('auto', 'on', 'off'),
    limits: limitsKeys,
    unifiedApi: unifiedApiKeys,
    webServices: webServicesKeys,
    webhooks: webhookKeys,
    retention: retentionKeys,
    trunks: list(trunk),
    dialPlan: list(dialRuleKeys),
  };
}
