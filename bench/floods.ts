import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { freePort } from '../server/src/base/testing/free-port.ts';
import { selfSigned } from '../server/src/sip/transport/testing/certificate.ts';
import { PartylineServer } from '../server/test/peers/partyline.ts';
import type { Benchmark, Figure, Say } from './figure.ts';
import { CallingPhone, type CallMade } from './load/calling-phone.ts';
import type { Flood, FloodKind, FloodReport } from './load/flood.ts';
import { cpuSeconds } from './process-usage.ts';

const calls = 20;
const betweenCallsMs = 200;
/** How long it floods before the first. */
const beforeMs = 700;
/** So much of what should have been sent makes it that flood. */
const leastSent = 0.8;
const flooding = ['127.0.0.10', '127.0.0.11', '127.0.0.12', '127.0.0.13', '127.0.0.14'];

/** In the order in which they run; each is a part by its kind. */
const floods: Readonly<Record<FloodKind, string>> = {
  none: 'no flood',
  invite: "guests' INVITEs without ACK, 1000/s",
  options: 'OPTIONS, 12 000/s',
  register: 'REGISTER, 4000/s',
  'http-connections': 'HTTP connections, 1000/s',
  'sip-connections': 'SIP connections, 1000/s',
  'unknown-method': 'an unknown method, 10 000/s',
  'stray-200': '200s to nothing, 10 000/s',
  rtp: 'RTP at the port of a call, 10 000/s',
  rtcp: 'RTCP at the port of a call, 10 000/s',
  'unknown-number': 'INVITEs to unknown numbers, 4000/s',
  large: 'INVITEs of 60 kB, 4000/s',
  'media-lines': 'INVITEs with 1500 media lines, 1000/s',
  'tls-handshakes': 'TLS handshakes for SIP, none finished, 1000/s',
  'https-handshakes': 'HTTPS handshakes, none finished, 1000/s',
  pins: 'calls that guess a PIN, 200/s',
  whip: '256 connections that ask /whip',
  oauth: '256 connections that ask for tokens',
  docs: '256 connections that ask /docs/json',
  metrics: '256 connections that ask /metrics',
  'slow-tcp': '256 SIP connections, byte by byte',
};

export const benchmark: Benchmark = {
  name: 'floods',
  about:
    'how long registered phones, one of them behind a flooding address, wait for their calls while strangers flood',
  needsQuiet: true,
  parts: Object.fromEntries(
    Object.entries(floods).map(([kind, name]) => [kind, (say: Say) => under(kind as FloodKind, name, say)]),
  ),
};

async function under(kind: FloodKind, name: string, say: Say): Promise<Figure[]> {
  const { server, sip, sipTls, http, folder } = await serverWithTls(kind);
  const phones: CallingPhone[] = [];
  // A call that goes on, with sound both ways: what comes to its port is a flood of one kind.
  const sound = createSocket('udp4');
  try {
    const phoneAt = async (user: string, address: string): Promise<CallingPhone> => {
      const phone = await CallingPhone.registered(sip, user, address);
      phones.push(phone);
      return phone;
    };
    const holder = await phoneAt('102', '127.0.0.3');
    const callers = [await phoneAt('101', '127.0.0.2'), await phoneAt('103', flooding[0]!)];
    await new Promise<void>((done) => sound.bind(0, '127.0.0.3', done));
    const held = await holder.stay('201*1', sound.address().port);
    if (held.status !== 200) throw new Error(`the call that goes on failed: ${held.status}`);
    const speaking = speak(sound, held.rtpPort);
    const ports = { sip, sipTls, http, rtp: held.rtpPort };
    const figures: Figure[] = [];
    for (const [addresses, words] of [
      [flooding.slice(0, 1), 'from one address'],
      [flooding, `from ${flooding.length}`],
    ] as const) {
      const slowest = await slowestUnder({ kind, addresses, ports }, callers, server, (line) =>
        say(`${words}: ${line}`),
      );
      const what = kind === 'none' ? name : `${name}, ${words}`;
      figures.push({ name: `${what}: slowest of ${calls} calls`, value: slowest, unit: 'ms', goal: { atMost: 500 } });
      if (kind === 'none') break;
    }
    clearInterval(speaking);
    return figures;
  } finally {
    for (const phone of phones) phone.close();
    sound.close();
    await server.stop();
    rmSync(folder, { recursive: true });
  }
}

/** One with TLS for phones; with HTTPS where that is flooded. */
async function serverWithTls(kind: FloodKind) {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-floods-'));
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const keys = selfSigned();
  writeFileSync(cert, keys.cert);
  writeFileSync(key, keys.key);
  const [sip, sipTls, https] = [await freePort(), await freePort(), await freePort()];
  const overTls = kind === 'https-handshakes' ? { http: { port: https, tls: { cert, key } } } : {};
  const config = { sip: { port: sip, tlsPort: sipTls, tls: { cert, key } }, ...overTls };
  const server = await PartylineServer.start({ config });
  return { server, sip, sipTls, http: kind === 'https-handshakes' ? https : server.httpPort, folder };
}

/** 50 packets of silence a second. */
function speak(socket: ReturnType<typeof createSocket>, port: number): NodeJS.Timeout {
  let packets = 0;
  return setInterval(() => {
    const bytes = Buffer.alloc(172, 0xff);
    bytes.set([0x80, 0]);
    bytes.writeUInt16BE(packets & 0xffff, 2);
    bytes.writeUInt32BE((packets++ * 160) >>> 0, 4);
    bytes.writeUInt32BE(77, 8);
    socket.send(bytes, port, '127.0.0.1');
  }, 20);
}

/**
 * The longest of some calls, one begun each 0.2 s by one phone and the other, from the INVITE to its 200; 9999 when one
 * failed, NaN when the flood was less than it should be.
 */
async function slowestUnder(
  flood: Flood,
  callers: readonly CallingPhone[],
  server: PartylineServer,
  say: Say,
): Promise<number> {
  const worker = new Worker(new URL('./load/flood.ts', import.meta.url), { workerData: flood });
  try {
    await once(worker, 'message');
    await pause(beforeMs);
    const [began, cpu] = [performance.now(), cpuSeconds(server.pid)];
    const made: Promise<CallMade>[] = [];
    for (let call = 0; call < calls; call++) {
      made.push(callers[call % callers.length]!.call('201*1'));
      await pause(betweenCallsMs);
    }
    const tookMs = performance.now() - began;
    const share = ((cpuSeconds(server.pid) - cpu) * 1000) / tookMs;
    worker.postMessage('report');
    const [{ sent, due }] = (await once(worker, 'message')) as [FloodReport];
    await worker.terminate();
    const all = (await Promise.all(made)).sort((a, b) => a.ms - b.ms);
    const failed = all.filter(({ status }) => status !== 200);
    const perSecond = ((1000 * sent) / (tookMs + beforeMs)).toFixed(0);
    const median = all[all.length >> 1]!.ms.toFixed(0);
    say(`half within ${median} ms, slowest ${all.at(-1)!.ms.toFixed(0)} ms; ${share.toFixed(2)} core, ${perSecond}/s`);
    if (failed.length > 0) say(`${failed.length} calls failed: ${failed.map(({ status }) => status || 'no answer')}`);
    if (sent < leastSent * due) {
      say(`the flood was too thin: ${sent} of ${due.toFixed(0)}`);
      return Number.NaN;
    }
    return failed.length > 0 ? 9999 : all.at(-1)!.ms;
  } finally {
    await worker.terminate();
  }
}
