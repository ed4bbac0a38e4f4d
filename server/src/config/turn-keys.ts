import type { Secret } from '../base/secret.ts';
import { duration, key, list, nullable, type Reader, required, secret, section, text } from './readers.ts';

/** The keys of a TURN (or STUN) server that browsers are told of. */

export interface TurnServer {
  /** `turn:`, `turns:` or `stun:` (RFC 7064, RFC 7065). */
  readonly urls: readonly string[];
  /** The same login for all; null with `secret`, or where none is needed. */
  readonly username: string | null;
  readonly password: Secret | null;
  /** What logins that hold for a time are made with. */
  readonly secret: Secret | null;
  readonly lifetimeMs: number;
}

const mostServers = 4;
const mostUrls = 4;
/** Of all that a browser is told: it is in its token, which has to stay short. */
const mostText = 1500;

const url = text(
  'a TURN or STUN address such as "turn:turn.example.com:3478?transport=udp"',
  /^(?:turns?:[A-Za-z0-9.:[\]-]{1,200}(?:\?transport=(?:udp|tcp))?|stuns?:[A-Za-z0-9.:[\]-]{1,200})$/,
);

function upTo<T>(most: number, what: string, read: Reader<readonly T[]>): Reader<readonly T[]> {
  return (value) => {
    const all = read(value);
    if (all.length <= most) return all;
    throw value.error(`at most ${most} ${what}`, `${all.length}`);
  };
}

/** It stands in quotes in a header. */
function visible(most: number): RegExp {
  return new RegExp(`^[!#-\\[\\]-~]{1,${most}}$`);
}

const turnKeys = section({
  urls: required(upTo(mostUrls, 'addresses of one server', list(url))),
  username: key(nullable(text('a username of visible ASCII', visible(100))), null),
  password: key(nullable(secret('a password of visible ASCII', visible(100))), null as Secret | null),
  secret: key(nullable(secret('the secret that the TURN server has too')), null as Secret | null),
  lifetime: key(duration(60_000, 7 * 86_400_000, 'from 1m to 7d'), 43_200_000),
});

const server: Reader<TurnServer> = (value) => {
  const { lifetime, ...read } = turnKeys(value);
  const { urls, username, password, secret: shared } = read;
  const halves = (username === null) !== (password === null);
  if (halves) throw value.error('username and password', 'one of them');
  if (shared !== null && username !== null) throw value.error('either username and password, or secret', 'both');
  if (urls.length === 0) throw value.error('urls with an address', 'none');
  const needsLogin = urls.some((one) => one.startsWith('turn'));
  if (needsLogin && shared === null && username === null) {
    throw value.error('username and password, or secret', 'neither');
  }
  return Object.freeze({ ...read, lifetimeMs: lifetime });
};

const servers = upTo(mostServers, 'servers', list(server));

export const turnServers: Reader<readonly TurnServer[]> = (value) => {
  const all = servers(value);
  const length = all.reduce((sum, { urls, username }) => sum + urls.join().length + (username?.length ?? 0), 0);
  if (length <= mostText) return all;
  throw value.error(`addresses and usernames of at most ${mostText} characters in all`, `${length}`);
};
