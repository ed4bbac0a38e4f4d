/** Octets of what a crypto suite needs (RFC 3711 §8.2, RFC 4568 §6.2, RFC 6188 §4). */
export interface SrtpSuite {
  readonly cipher: 'aes-128' | 'aes-256';
  readonly masterKey: number;
  readonly masterSalt: number;
  /** Of the tag behind an RTP packet; RTCP always has 10 (RFC 4568 §6.2.2). */
  readonly tag: number;
}

const suite = (cipher: SrtpSuite['cipher'], masterKey: number, tag: number): SrtpSuite => ({
  cipher,
  masterKey,
  masterSalt: 14,
  tag,
});

/** AES in counter mode with HMAC-SHA1, preferred ones first. */
export const srtpSuites = {
  AES_CM_128_HMAC_SHA1_80: suite('aes-128', 16, 10),
  AES_256_CM_HMAC_SHA1_80: suite('aes-256', 32, 10),
  AES_CM_128_HMAC_SHA1_32: suite('aes-128', 16, 4),
  AES_256_CM_HMAC_SHA1_32: suite('aes-256', 32, 4),
} as const;

export type SrtpSuiteName = keyof typeof srtpSuites;
export const srtpSuiteNames = Object.keys(srtpSuites) as readonly SrtpSuiteName[];

export const rtcpTag = 10;
