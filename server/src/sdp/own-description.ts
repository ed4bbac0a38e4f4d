import { type SessionDescription, write } from 'sdp-transform';
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

/** With `audioIndex` -1 every line is refused. `crypto`: what we send under. */
export function describe(local: LocalAudio, shape: SessionShape, crypto: readonly CryptoAttribute[] = []): string {
  const ipVer = ipVersion(local.address) === 6 ? 6 : 4;
  const media: SessionDescription['media'] = shape.lines.map((line, index) =>
    index === shape.audioIndex
      ? audioLine(local, line.protocol, crypto)
      : { type: line.type, port: 0, protocol: line.protocol, payloads: line.firstFormat, rtp: [], fmtp: [] },
  );
  return write({
    version: 0,
    // The user name is alphanumeric because some peers choke on the usual "-".
    origin: {
      username: 'partyline',
      sessionId: local.sessionId,
      sessionVersion: local.sessionVersion,
      netType: 'IN',
      ipVer,
      address: local.address,
    },
    name: 'partyline',
    connection: { version: ipVer, ip: local.address },
    timing: { start: 0, stop: 0 },
    media,
  });
}

function audioLine(
  local: LocalAudio,
  protocol: string,
  crypto: readonly CryptoAttribute[],
): SessionDescription['media'][number] {
  const payloads = local.formats.map((format) => format.payloadType);
  const rtp = local.formats.map((format) => ({
    payload: format.payloadType,
    // Names are compared in any case; some peers know this one in its own.
    codec: format.name === opus.name ? 'opus' : format.name,
    rate: format.clockRate,
    ...(format.channels === 2 ? { encoding: 2 } : {}),
  }));
  const fmtp = local.formats.flatMap(({ payloadType, fmtp: config }) =>
    config === null ? [] : [{ payload: payloadType, config }],
  );
  if (local.telephoneEvent !== null) {
    payloads.push(local.telephoneEvent);
    rtp.push({ payload: local.telephoneEvent, codec: 'telephone-event', rate: eventClock(local) });
    fmtp.push({ payload: local.telephoneEvent, config: '0-15' });
  }
  return {
    type: 'audio',
    port: local.port,
    protocol,
    payloads: payloads.join(' '),
    rtp,
    fmtp,
    ptime: local.ptime,
    direction: local.direction,
    ...(crypto.length === 0 ? {} : { crypto: crypto.map(asWritten) }),
    ...(local.rtcpPort === null || local.rtcpPort === local.port + 1 ? {} : { rtcp: { port: local.rtcpPort } }),
  };
}

function asWritten({ tag, suite, key }: CryptoAttribute): { id: number; suite: string; config: string } {
  return { id: tag, suite, config: `inline:${key}` };
}
