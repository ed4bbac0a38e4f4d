import { hash } from 'node:crypto';

/** Algorithms offered and answered; the `-sess` forms are only understood as a client (RFC 7616 §3.4.2). */
export type DigestAlgorithm = 'MD5' | 'SHA-256';

/** H(text) in lowercase hex; text is taken as UTF-8. */
export function digestHash(algorithm: DigestAlgorithm, text: string | Buffer): string {
  return hash(algorithm === 'MD5' ? 'md5' : 'sha256', text, 'hex');
}

/** H(username ":" realm ":" password): what is stored instead of a password. */
export function digestHa1(algorithm: DigestAlgorithm, username: string, realm: string, password: string): string {
  return digestHash(algorithm, `${username}:${realm}:${password}`);
}

export interface DigestInput {
  readonly algorithm: DigestAlgorithm;
  readonly ha1: string;
  readonly method: string;
  readonly uri: string;
  readonly nonce: string;
  /** null = the form of RFC 2069, without nonce count. */
  readonly qop: 'auth' | 'auth-int' | null;
  readonly nc: string;
  readonly cnonce: string;
  /** Only for auth-int. */
  readonly body?: Buffer | string;
}

/** request-digest of RFC 7616 §3.4.1, and of RFC 2069 when qop is null. */
export function digestResponse(input: DigestInput): string {
  const { algorithm, ha1, nonce, qop } = input;
  const a2 =
    qop === 'auth-int'
      ? `${input.method}:${input.uri}:${digestHash(algorithm, input.body ?? '')}`
      : `${input.method}:${input.uri}`;
  const ha2 = digestHash(algorithm, a2);
  return qop === null
    ? digestHash(algorithm, `${ha1}:${nonce}:${ha2}`)
    : digestHash(algorithm, `${ha1}:${nonce}:${input.nc}:${input.cnonce}:${qop}:${ha2}`);
}
