/*
 * `a=crypto` (RFC 4568 §9): a suite of SRTP and the key that whoever writes the line sends under. What is here is as
 * secret as the sound: it is never logged.
 *
 *     a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:<key and salt, base64>|2^31
 */

export interface CryptoAttribute {
  readonly tag: number;
  readonly suite: CryptoSuite;
  /** Key with its salt behind it, base64 of exactly the suite's length. */
  readonly key: string;
}

/** Octets of key and salt, by the suite's name (RFC 4568 §6.2, RFC 6188 §4), preferred ones first. */
export const cryptoSuites = {
  AES_CM_128_HMAC_SHA1_80: 30,
  AES_256_CM_HMAC_SHA1_80: 46,
  AES_CM_128_HMAC_SHA1_32: 30,
  AES_256_CM_HMAC_SHA1_32: 46,
} as const;
export type CryptoSuite = keyof typeof cryptoSuites;

/** Lines that are read of one stream. */
export const mostCryptoLines = 16;

const cryptoPattern = /^a=crypto:[ \t]*(\d{1,9})[ \t]+(\w{1,64})[ \t]+(\S+)((?:[ \t]+\S+)*)[ \t]*$/i;
/** One key, and at most how long it is good for: a second key, or one that has a name (MKI), is another matter. */
const keyPattern = /^inline:([A-Za-z0-9+/]{1,128}={0,2})(?:\|(?:2\^\d{1,2}|\d{1,15}))?$/i;
/** What changes nothing: the window that is suggested, and a key derivation rate of 0, which is that without it. */
const harmless = /^(?:WSH=\d{1,9}|KDR=0|-\S*)$/i;

/**
 * Reads one line; null for what cannot be used as it stands: another suite, several keys or a named one, or a parameter
 * of the session that would have to be followed (RFC 4568 §6.3; those that begin with `-` need not be understood).
 */
export function readCrypto(line: string): CryptoAttribute | null {
  const match = cryptoPattern.exec(line);
  if (match === null) return null;
  const [, tag, name, keys, parameters = ''] = match;
  const suite = name!.toUpperCase();
  if (!isSuite(suite)) return null;
  if (!parameters.split(/[ \t]+/).every((parameter) => parameter === '' || harmless.test(parameter))) return null;
  const key = keyPattern.exec(keys!)?.[1];
  if (key === undefined) return null;
  const octets = Buffer.from(key, 'base64');
  return octets.length === cryptoSuites[suite] ? { tag: Number(tag), suite, key: octets.toString('base64') } : null;
}

function isSuite(name: string): name is CryptoSuite {
  return Object.hasOwn(cryptoSuites, name);
}
