import { ipVersion } from '../base/ip-address.ts';
import type { Secret } from '../base/secret.ts';
import type { Trunk } from '../directory/records.ts';
import {
  boolean,
  duration,
  key,
  list,
  nullable,
  offOr,
  oneOf,
  quoted,
  type Reader,
  required,
  secret,
  section,
  text,
} from './readers.ts';
import type { ConfigValue } from './value.ts';

/** The keys of a trunk. */

const mostUris = 8;

const sipAddress = text('a SIP address such as "sip:127.0.0.1:5080;transport=udp"', /^sips?:[^\s"<>@]{1,200}$/);

/** Connections by TLS are opened by phones alone: such a carrier would be taken and never be reached. */
const uri: Reader<string> = (value) => {
  const read = sipAddress(value);
  if (!/^sips:|;transport=(?!(?:udp|tcp)(?:;|$))/i.test(read)) return read;
  throw value.error('a SIP address by UDP or TCP, as no carrier is called by TLS or WebSocket', quoted(read));
};

/** One address, or several that are tried in this order. */
const uris: Reader<readonly string[]> = (value) => {
  if (value.list === null) return Object.freeze([uri(value)]);
  const read = list(uri)(value);
  if (read.length >= 1 && read.length <= mostUris) return read;
  throw value.error(`1 to ${mostUris} SIP addresses`, `a list of ${read.length}`);
};

/** Sources are compared as they arrive, so names would have to be looked up with each call: only addresses. */
const address: Reader<string> = (value) => {
  const scalar = value.scalar;
  if (typeof scalar === 'string' && ipVersion(scalar) !== 0) return scalar;
  throw value.error('an IP address', typeof scalar === 'string' ? quoted(scalar) : undefined);
};

const inboundKeys = section({
  username: required(text('a username', /^[^\s"\p{Cc}]{1,100}$/u)),
  password: required(secret('the password that the carrier calls with')),
});

const trunkKeys = section({
  name: required(text('a name of letters, digits, - and _', /^[A-Za-z0-9_-]{1,64}$/)),
  uri: required(uris),
  addresses: key(list(address), Object.freeze([]) as readonly string[]),
  username: key(nullable(text()), null),
  password: key(nullable(secret('the password of the trunk')), null as Secret | null),
  inbound: key(nullable(inboundKeys), null),
  register: key(boolean, false),
  registerExpires: key(duration(60_000, 86_400_000, 'from 1m to 1d'), 300_000),
  options: key(offOr(duration(1000, 86_400_000, 'from 1s to 1d, or off')), 30_000),
  prack: key(oneOf('supported', 'required', 'off'), 'supported' as const),
  failover: key(duration(500, 60_000, 'from 500ms to 1m'), 4000),
});

export const trunk: Reader<Trunk> = (value: ConfigValue) => {
  const { uri: targets, registerExpires, options, failover, ...read } = trunkKeys(value);
  return Object.freeze({
    ...read,
    uri: targets[0]!,
    uris: targets,
    registerExpiresMs: registerExpires,
    optionsMs: options,
    failoverMs: failover,
  });
};
