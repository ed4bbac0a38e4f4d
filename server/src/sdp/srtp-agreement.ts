import { type CryptoAttribute, type CryptoSuite, cryptoSuites } from './crypto-attribute.ts';
import type { RemoteAudio, SdpWarning } from './session.ts';

/*
 * Which keys an offer and its answer agree on (RFC 4568 §5.1, §7.1). Each side's lines hold what it sends under. A line
 * of RTP/SAVP needs keys; one of RTP/AVP may have them, as many phones offer SRTP to whoever can speak it.
 */

/** What we send under, by the suite that is agreed on. */
export interface LocalSrtp {
  /** Plain RTP will not do. */
  readonly required: boolean;
  readonly keys: Readonly<Record<CryptoSuite, string>>;
}

/** Keys with their salts behind them, base64. */
export interface AgreedSrtp {
  readonly suite: CryptoSuite;
  readonly send: string;
  readonly receive: string;
}

/** It can be talked over under keys of its own. */
export function isSecure({ crypto }: RemoteAudio): boolean {
  return crypto.length > 0;
}

/** Why a stream cannot be taken with `srtp` (null: plain RTP alone); null when it can. */
export function whyNotSrtp(audio: RemoteAudio, srtp: { readonly required: boolean } | null): SdpWarning | null {
  if (srtp === null && audio.secureProfile) return { code: 302, text: `${otherProtocol} RTP/AVP is spoken here` };
  if (srtp?.required === true && !isSecure(audio)) {
    return { code: 302, text: `${otherProtocol} RTP/SAVP with a crypto attribute is needed` };
  }
  return null;
}

const otherProtocol = 'Incompatible transport protocol:';

/** What an offer's stream, which can be taken, comes to, and our line in the answer: its first key, under its tag. */
export function agreedSrtp(
  { crypto: [theirs] }: RemoteAudio,
  ours: LocalSrtp | null,
): { readonly srtp: AgreedSrtp | null; readonly crypto: readonly CryptoAttribute[] } {
  if (theirs === undefined || ours === null) return { srtp: null, crypto: [] };
  const { tag, suite, key } = theirs;
  const send = ours.keys[suite];
  return { srtp: { suite, send, receive: key }, crypto: [{ tag, suite, key: send }] };
}

/** What the answer to an offer of ours chose: a suite of which there was one key. */
export function agreedWithAnswer(answer: RemoteAudio, ours: LocalSrtp | null): AgreedSrtp | null {
  return agreedSrtp(answer, ours).srtp;
}

/** The lines of an offer of ours. */
export function offeredCrypto(ours: LocalSrtp | null): CryptoAttribute[] {
  if (ours === null) return [];
  const suites = Object.keys(cryptoSuites) as CryptoSuite[];
  return suites.map((suite, at) => ({ tag: at + 1, suite, key: ours.keys[suite] }));
}
