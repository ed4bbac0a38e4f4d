import { createCipheriv } from 'node:crypto';
import { type SrtpSuiteName, srtpSuites } from './srtp-suite.ts';

/** What RTP, or RTCP, of one direction is protected with (RFC 3711 §4.3). */
export interface SessionKeys {
  readonly cipher: 'aes-128' | 'aes-256';
  readonly encryption: Buffer;
  readonly authentication: Buffer;
  readonly salt: Buffer;
}

const labels = { rtp: [0, 1, 2], rtcp: [3, 4, 5] } as const;
/** RFC 3711 §5.2. */
const authenticationKey = 20;

/**
 * The session keys of a master key with its salt behind it, by the pseudo-random function of RFC 3711 §4.3.3 and a key
 * derivation rate of 0: they hold as long as the master key. Throws RangeError when `master` has not the suite's
 * length.
 */
export function sessionKeys(name: SrtpSuiteName, master: Buffer, of: keyof typeof labels): SessionKeys {
  const { cipher, masterKey, masterSalt } = srtpSuites[name];
  if (master.length !== masterKey + masterSalt) throw new RangeError(`a key of ${name} has another length`);
  const key = master.subarray(0, masterKey);
  const salt = master.subarray(masterKey);
  const [encryption, authentication, salting] = labels[of];
  return {
    cipher,
    encryption: derived(cipher, key, salt, encryption, masterKey),
    authentication: derived(cipher, key, salt, authentication, authenticationKey),
    salt: derived(cipher, key, salt, salting, masterSalt),
  };
}

/** The label is XORed to octet 7 of the salt (key_id = label || r, r of 48 bits being 0); two octets count blocks. */
function derived(cipher: string, key: Buffer, salt: Buffer, label: number, length: number): Buffer {
  const start = Buffer.alloc(16);
  salt.copy(start);
  start[7]! ^= label;
  return createCipheriv(`${cipher}-ctr`, key, start).update(Buffer.alloc(length));
}
