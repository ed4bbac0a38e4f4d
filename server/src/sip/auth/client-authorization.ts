import type { Random } from '../../base/random.ts';
import type { Secret } from '../../base/secret.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { credentialsFor, splitChallenges } from './auth-params.ts';
import { authorize, type DigestChallenge, type NonceCountState, parseChallenge } from './digest-client.ts';

export interface ClientCredentials {
  readonly username: string;
  readonly password: Secret;
  /** The name under which the next run finds them again: they are not written down with the call. */
  readonly account?: string;
}

interface Answered {
  readonly header: 'Authorization' | 'Proxy-Authorization';
  challenge: DigestChallenge;
  state: NonceCountState;
}

/** More realms on one way than any real chain of proxies has. */
const mostRealms = 4;

/**
 * What a user agent client has learned from 401 and 407 on one call (RFC 3261 §22.2, §22.3): it answers them, and puts
 * credentials on later requests of the dialog before it is asked again.
 */
export class ClientAuthorization {
  readonly #credentials: ClientCredentials;
  readonly #random: Random;
  readonly #answered: Answered[] = [];

  constructor(credentials: ClientCredentials, random: Random) {
    this.#credentials = credentials;
    this.#random = random;
  }

  get account(): string | null {
    return this.#credentials.account ?? null;
  }

  /**
   * Takes in the challenges of a 401 or 407. False when repeating the request cannot help (the password was refused).
   * `refused`: what it answers, where others of the call may have been on their way with it.
   */
  learn(response: SipResponse, refused: SipRequest | null = null): boolean {
    const proxy = response.status === 407;
    const header = proxy ? 'Proxy-Authorization' : 'Authorization';
    const realms = new Set<string>();
    let useful = false;
    const lines = response.headers.getAll(proxy ? 'Proxy-Authenticate' : 'WWW-Authenticate');
    for (const value of lines.flatMap(splitChallenges)) {
      const challenge = parseChallenge(value);
      // Of several challenges for one realm the first that we know is the server's preference.
      if (challenge === null || realms.has(challenge.realm)) continue;
      realms.add(challenge.realm);
      const known = this.#answered.find(
        (entry) => entry.header === header && entry.challenge.realm === challenge.realm,
      );
      if (known === undefined) {
        if (this.#answered.length >= mostRealms) continue;
        this.#answered.push({ header, challenge, state: { count: 0, random: this.#random } });
        useful = true;
      } else if (known.state.count !== 1 || challenge.stale || !wasUsedBy(refused, header, known.challenge)) {
        // Refused on the very first use of its nonce means a wrong password; later, only a nonce that has expired. By
        // what another request has learned meanwhile this one was not sent.
        known.challenge = challenge;
        known.state = { count: 0, random: this.#random };
        useful = true;
      }
    }
    return useful;
  }

  /** Puts one header per known realm on the request; `uri` is its Request-URI as text. */
  apply(request: SipRequest, uri: string): void {
    if (this.#answered.length === 0) return;
    request.headers.remove('Authorization');
    request.headers.remove('Proxy-Authorization');
    for (const { header, challenge, state } of this.#answered) {
      const { username, password } = this.#credentials;
      const input = { method: request.method, uri, username, password, body: request.body };
      request.headers.append(header, authorize(challenge, input, state));
    }
  }
}

/** Whether a request carried the answer to this challenge; true where it is not known. */
function wasUsedBy(
  request: SipRequest | null,
  header: Answered['header'],
  { realm, nonce }: Pick<DigestChallenge, 'realm' | 'nonce'>,
): boolean {
  if (request === null) return true;
  return credentialsFor(realm, request.headers.getAll(header))?.get('nonce') === nonce;
}
