import { ipVersion } from '../base/ip-address.ts';
import type { CryptoAttribute } from './crypto-attribute.ts';
import type { AudioFormat, Direction, MediaLine } from './session.ts';
import type { LocalSrtp } from './srtp-agreement.ts';

/** Our side of the audio stream. */
export interface LocalAudio {
  readonly address: string;
  readonly port: number;
  /** Null, or one above `port`, is not mentioned. */
  readonly rtcpPort: number | null;
  /** In order of preference. */
  readonly formats: readonly AudioFormat[];
  /** Payload type of telephone-event (RFC 4733) in our offers; null offers none and accepts none. */
  readonly telephoneEvent: number | null;
  /** Its clock, Hz; default: that of the first format. */
  readonly telephoneEventClock?: number;
  readonly ptime: number;
  readonly direction: Direction;
  readonly sessionId: string;
  readonly sessionVersion: number;
  /** Null, or missing: plain RTP alone. */
  readonly srtp?: LocalSrtp | null;
}

export interface SessionShape {
  readonly lines: readonly MediaLine[];
  readonly audioIndex: number;
}

/** RFC 7587 §7: always 48000 and 2, whatever is spoken. We repair losses from what packets repeat. */
export const opus: AudioFormat = {
  payloadType: 111,
  name: 'OPUS',
  clockRate: 48_000,
  channels: 2,
  fmtp: 'useinbandfec=1',
};

export function eventClock({ telephoneEventClock, formats }: LocalAudio): number {
  return telephoneEventClock ?? formats[0]?.clockRate ?? 8000;
}

/**
 * The text, in the order of RFC 8866 §5; written here and not by the library that reads, since every call has one and
 * it takes a tenth of the time. With `audioIndex` -1 every line is refused. `crypto`: what we send under.
 */
export function describe(local: LocalAudio, shape: SessionShape, crypto: readonly CryptoAttribute[] = []): string {
  const address = `IN IP${ipVersion(local.address) === 6 ? 6 : 4} ${local.address}`;
  // The user name is alphanumeric because some peers choke on the usual "-".
  const origin = `o=partyline ${local.sessionId} ${local.sessionVersion} ${address}`;
  let text = `v=0\r\n${origin}\r\ns=partyline\r\nc=${address}\r\nt=0 0\r\n`;
  for (const [index, { type, protocol, firstFormat }] of shape.lines.entries()) {
    text +=
      index === shape.audioIndex ? audioLines(local, protocol, crypto) : `m=${type} 0 ${protocol} ${firstFormat}\r\n`;
  }
  return text;
}

function audioLines(local: LocalAudio, protocol: string, crypto: readonly CryptoAttribute[]): string {
  let payloads = '';
  let maps = '';
  let parameters = '';
  const add = (payloadType: number, encoding: string, fmtp: string | null): void => {
    payloads += ` ${payloadType}`;
    maps += `a=rtpmap:${payloadType} ${encoding}\r\n`;
    if (fmtp !== null) parameters += `a=fmtp:${payloadType} ${fmtp}\r\n`;
  };
  for (const { payloadType, name, clockRate, channels, fmtp } of local.formats) {
    // Names are compared in any case; some peers know this one in its own.
    const written = name === opus.name ? 'opus' : name;
    add(payloadType, `${written}/${clockRate}${channels === 2 ? '/2' : ''}`, fmtp);
  }
  if (local.telephoneEvent !== null) add(local.telephoneEvent, `telephone-event/${eventClock(local)}`, '0-15');
  let text = `m=audio ${local.port} ${protocol}${payloads}\r\n${maps}${parameters}`;
  const rtcp = local.rtcpPort;
  if (rtcp !== null && rtcp !== local.port + 1) text += `a=rtcp:${rtcp}\r\n`;
  for (const { tag, suite, key } of crypto) text += `a=crypto:${tag} ${suite} inline:${key}\r\n`;
  return `${text}a=ptime:${local.ptime}\r\na=${local.direction}\r\n`;
}
