import { randomBytes } from 'node:crypto';

/** A port of the server that is flooded. */
export interface FloodPorts {
  readonly sip: number;
  readonly sipTls: number;
  readonly http: number;
  /** Where a call that goes on takes its sound; RTCP one above. */
  readonly rtp: number;
}

export interface DatagramFlood {
  readonly perSecond: number;
  readonly port: (ports: FloodPorts) => number;
  /** The next one, from `here` to the server's SIP port. */
  readonly make: (here: string, sipPort: number) => string | Buffer;
}

const bulk = 'x'.repeat(60_000);
const mediaLines = Array.from({ length: 1500 }, (_, i) => `m=audio ${40_000 + i} RTP/AVP 0 8 96\r\na=x:y\r\n`).join('');

let count = 0;

/** What is said once, by nobody that the server knows. */
export function strangerRequest(
  method: string,
  target: string,
  here: string,
  { body = '', to = target, transport = 'UDP' }: { body?: string; to?: string; transport?: string } = {},
): string {
  const id = `flood-${process.pid}-${++count}`;
  return [
    `${method} ${target} SIP/2.0`,
    `Via: SIP/2.0/${transport} ${here};branch=z9hG4bK${id}`,
    'Max-Forwards: 70',
    `From: <sip:stranger@elsewhere.test>;tag=${id}`,
    `To: <${to}>`,
    `Call-ID: ${id}`,
    `CSeq: 1 ${method}`,
    `Contact: <sip:stranger@${here}>`,
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}

export function strangerOffer(address: string, more = ''): string {
  const lines = ['v=0', `o=- 1 1 IN IP4 ${address}`, 's=-', `c=IN IP4 ${address}`, 't=0 0', 'm=audio 40000 RTP/AVP 0'];
  return `${lines.join('\r\n')}\r\n${more}`;
}

/** A response to what was never asked. */
function strayResponse(here: string, sipPort: number): string {
  const id = `flood-${process.pid}-${++count}`;
  return [
    'SIP/2.0 200 OK',
    `Via: SIP/2.0/UDP 127.0.0.1:${sipPort};branch=z9hG4bK${id}`,
    `From: <sip:a@b.test>;tag=${id}`,
    `To: <sip:c@d.test>;tag=to-${id}`,
    `Call-ID: ${id}`,
    'CSeq: 1 INVITE',
    `Contact: <sip:x@${here}>`,
    'Content-Length: 0',
    '',
    '',
  ].join('\r\n');
}

function packet(length: number, second: number): Buffer {
  const bytes = randomBytes(length);
  bytes.set([0x80, second]);
  return bytes;
}

const sip = ({ sip: port }: FloodPorts): number => port;
const addressOf = (here: string): string => here.slice(0, here.indexOf(':'));

function invite(perSecond: number, number: () => string, more = ''): DatagramFlood {
  const make = (here: string, port: number): string =>
    strangerRequest('INVITE', `sip:${number()}@127.0.0.1:${port}`, here, {
      body: strangerOffer(addressOf(here), more),
    });
  return { perSecond, port: sip, make };
}

function plain(method: string, perSecond: number, to?: string): DatagramFlood {
  const make = (here: string, port: number): string =>
    strangerRequest(method, `sip:127.0.0.1:${port}`, here, to === undefined ? {} : { to });
  return { perSecond, port: sip, make };
}

export const datagramFloods = {
  /** Calls into a conference that are never acknowledged. */
  invite: invite(1000, () => '201*1'),
  options: plain('OPTIONS', 12_000),
  register: plain('REGISTER', 4000, 'sip:101@localhost'),
  'unknown-method': plain('FOO', 10_000),
  'stray-200': { perSecond: 10_000, port: sip, make: strayResponse },
  'unknown-number': invite(4000, () => `9${count % 1000}`),
  large: invite(4000, () => '201*1', `a=${bulk}\r\n`),
  'media-lines': invite(1000, () => '201*1', mediaLines),
  rtp: { perSecond: 10_000, port: ({ rtp }) => rtp, make: () => packet(172, 0) },
  rtcp: { perSecond: 10_000, port: ({ rtp }) => rtp + 1, make: () => packet(60, 200) },
} as const satisfies Readonly<Record<string, DatagramFlood>>;
