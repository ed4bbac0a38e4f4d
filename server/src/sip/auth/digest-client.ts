import type { Random } from '../../base/random.ts';
import type { Secret } from '../../base/secret.ts';
import { formatDigestParams, parseDigestParams } from './auth-params.ts';
import { type DigestAlgorithm, digestHa1, digestHash, digestResponse } from './digest-hash.ts';

/** A challenge we can answer. */
export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | null;
  readonly algorithm: DigestAlgorithm;
  readonly session: boolean;
  readonly qop: 'auth' | 'auth-int' | null;
  readonly stale: boolean;
  /** As the server wrote it, to be echoed; null when it wrote none. */
  readonly algorithmText: string | null;
}

/** Reads one WWW-/Proxy-Authenticate value; null when it is not Digest or asks for what we do not know. */
export function parseChallenge(value: string): DigestChallenge | null {
  const params = parseDigestParams(value);
  const realm = params?.get('realm');
  const nonce = params?.get('nonce');
  if (params === null || realm === undefined || nonce === undefined || nonce === '') return null;
  const algorithmText = params.get('algorithm') ?? null;
  const named = (algorithmText ?? 'MD5').toUpperCase();
  const session = named.endsWith('-SESS');
  const algorithm = session ? named.slice(0, -5) : named;
  if (algorithm !== 'MD5' && algorithm !== 'SHA-256') return null;
  const offered = params.get('qop');
  const choices = offered === undefined ? null : offered.toLowerCase().split(',');
  const qop = choices === null ? null : pickQop(choices.map((choice) => choice.trim()));
  if (qop === undefined) return null;
  return {
    realm,
    nonce,
    opaque: params.get('opaque') ?? null,
    algorithm,
    session,
    qop,
    stale: params.get('stale')?.toLowerCase() === 'true',
    algorithmText,
  };
}

function pickQop(choices: readonly string[]): 'auth' | 'auth-int' | undefined {
  if (choices.includes('auth')) return 'auth';
  return choices.includes('auth-int') ? 'auth-int' : undefined;
}

export interface AuthorizeInput {
  readonly method: string;
  /** The Request-URI as it goes on the wire. */
  readonly uri: string;
  readonly username: string;
  readonly password: Secret;
  readonly body?: Buffer;
}

/** How often the nonce was used so far: 0 before the first; and where cnonces come from. */
export interface NonceCountState {
  count: number;
  readonly random: Random;
}

/** The value of the (Proxy-)Authorization header that answers `challenge`; counts one use in `state`. */
export function authorize(challenge: DigestChallenge, input: AuthorizeInput, state: NonceCountState): string {
  state.count++;
  return authorizeWith(
    challenge,
    input,
    state.count.toString(16).padStart(8, '0'),
    state.random.bytes(12).toString('hex'),
  );
}

/** As `authorize`, with nc and cnonce given: pure, for known vectors. */
export function authorizeWith(challenge: DigestChallenge, input: AuthorizeInput, nc: string, cnonce: string): string {
  const { algorithm, realm, nonce, qop } = challenge;
  const base = digestHa1(algorithm, input.username, realm, input.password.reveal());
  const ha1 = challenge.session ? digestHash(algorithm, `${base}:${nonce}:${cnonce}`) : base;
  const body = input.body ?? Buffer.alloc(0);
  const response = digestResponse({
    algorithm,
    ha1,
    method: input.method,
    uri: input.uri,
    nonce,
    qop,
    nc,
    cnonce,
    body,
  });
  const params: [string, string][] = [
    ['username', input.username],
    ['realm', realm],
    ['nonce', nonce],
    ['uri', input.uri],
    ['response', response],
  ];
  if (challenge.algorithmText !== null) params.push(['algorithm', challenge.algorithmText]);
  if (challenge.opaque !== null) params.push(['opaque', challenge.opaque]);
  if (qop !== null) params.push(['qop', qop], ['nc', nc], ['cnonce', cnonce]);
  else if (challenge.session) params.push(['cnonce', cnonce]);
  return formatDigestParams(params);
}
