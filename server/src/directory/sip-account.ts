import { createHash } from 'node:crypto';
import type { Secret } from '../base/secret.ts';
import type { DigestAlgorithm, Ha1 } from './records.ts';

/** What digest authentication needs to know of an extension; the password itself is not kept. */
export interface SipAccount {
  readonly username: string;
  readonly extensionId: string;
  readonly ha1: Ha1;
  readonly algorithm: DigestAlgorithm;
}

/** H(username:realm:password), RFC 7616 §3.4.2. */
export function ha1Of(username: string, realm: string, password: Secret): Ha1 {
  const input = `${username}:${realm}:${password.reveal()}`;
  return Object.freeze({
    md5: createHash('md5').update(input).digest('hex'),
    sha256: createHash('sha256').update(input).digest('hex'),
  });
}
