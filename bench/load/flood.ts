import { createSocket } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';

/** What is sent, where, and how often a second. Ends with its worker. */
export interface Flood {
  readonly kind: 'INVITE' | 'OPTIONS' | 'REGISTER' | 'connections';
  readonly port: number;
  readonly perSecond: number;
}

const { kind, port, perSecond } = workerData as Flood;
const from = '127.0.0.1';
let count = 0;

function body(): string {
  const lines = ['v=0', `o=- 1 1 IN IP4 ${from}`, 's=-', `c=IN IP4 ${from}`, 't=0 0', 'm=audio 40000 RTP/AVP 0', ''];
  return kind === 'INVITE' ? lines.join('\r\n') : '';
}

function message(local: number): string {
  const id = `flood-${++count}`;
  const uri = kind === 'INVITE' ? `sip:201*1@${from}:${port}` : `sip:${from}:${port}`;
  const sdp = body();
  return [
    `${kind} ${uri} SIP/2.0`,
    `Via: SIP/2.0/UDP ${from}:${local};branch=z9hG4bK${id}`,
    'Max-Forwards: 70',
    `From: <sip:stranger@elsewhere.test>;tag=${id}`,
    kind === 'REGISTER' ? 'To: <sip:101@localhost>' : `To: <${uri}>`,
    `Call-ID: ${id}`,
    `CSeq: 1 ${kind}`,
    `Contact: <sip:stranger@${from}:${local}>`,
    ...(sdp === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${sdp.length}`,
    '',
    sdp,
  ].join('\r\n');
}

const socket = createSocket('udp4');
socket.bind(0, from, () => {
  const { port: local } = socket.address();
  const open: Socket[] = [];
  const begun = performance.now();
  let sent = 0;
  setInterval(() => {
    const due = ((performance.now() - begun) / 1000) * perSecond;
    for (; sent < due; sent++) {
      if (kind !== 'connections') socket.send(message(local), port, from);
      else {
        const one = connect({ port, host: from });
        one.on('error', () => {});
        open.push(one);
        if (open.length > 6000) open.shift()?.destroy();
      }
    }
  }, 5);
  parentPort?.postMessage('started');
});
