import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { PartylineServer, sipPassword } from '../server/test/peers/partyline.ts';
import { RawSip, requestLines } from '../server/test/peers/raw-sip.ts';
import { waitFor } from '../server/test/peers/wait.ts';
import type { Benchmark, Figure, Say } from './figure.ts';
import type { Flood } from './load/flood.ts';
import { cpuSeconds } from './process-usage.ts';

const md5 = (text: string) => createHash('md5').update(text).digest('hex');
const sdp = [
  'v=0',
  'o=- 1 1 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=audio 40002 RTP/AVP 0',
  '',
].join('\r\n');
const calls = 20;

/** A request answered with digest; gives its lines and the final response, 408 when there is none. */
async function ask(
  phone: RawSip,
  method: string,
  target: string,
  body = '',
): Promise<{ lines: string[]; answer: string }> {
  const uri = target === '' ? 'sip:localhost' : `sip:${target}@localhost`;
  const more = body === '' ? [] : ['Content-Type: application/sdp'];
  let authorization: string[] = [];
  for (;;) {
    const lines = requestLines(method, target, '101', [...more, ...authorization]);
    const answer = await persistently(phone, lines, body);
    const status = Number(answer.slice(8, 11));
    if (method === 'INVITE' && status >= 300 && status !== 408) phone.send(ackOf(lines, answer));
    if (status !== 401 || authorization.length > 0) return { lines, answer };
    const part = (name: string) => new RegExp(`${name}="?([^",\\r]+)`).exec(answer)?.[1] ?? '';
    const [realm, nonce] = [part('realm'), part('nonce')];
    const proof = [md5(`101:${realm}:${sipPassword}`), nonce, '00000001', 'c', 'auth', md5(`${method}:${uri}`)];
    authorization = [
      `Authorization: Digest username="101", realm="${realm}", nonce="${nonce}", uri="${uri}", ` +
        `response="${md5(proof.join(':'))}", algorithm=MD5, qop=auth, nc=00000001, cnonce="c"`,
    ];
  }
}

/**
 * Sends, and sends again until something comes back, as every phone does (RFC 3261 timers A and E): a datagram may be
 * lost.
 */
async function persistently(phone: RawSip, lines: readonly string[], body: string): Promise<string> {
  let waitMs = 500;
  const again = (): void => {
    if (answersTo(phone, lines).length > 0) return;
    phone.send(lines, body);
    waitMs *= 2;
    timer = setTimeout(again, waitMs);
  };
  phone.send(lines, body);
  let timer = setTimeout(again, waitMs);
  try {
    return await finalOf(phone, lines).catch(() => 'SIP/2.0 408 ');
  } finally {
    clearTimeout(timer);
  }
}

/** All responses to this very request: those to others may come late. */
function answersTo(phone: RawSip, lines: readonly string[]): string[] {
  const callId = lines.find((line) => line.startsWith('Call-ID: '))!;
  return phone.received.filter((text) => text.startsWith('SIP/2.0 ') && text.includes(`${callId}\r\n`));
}

/** The final response to this very request. */
function finalOf(phone: RawSip, lines: readonly string[]): Promise<string> {
  const find = () => answersTo(phone, lines).find((text) => /^SIP\/2\.0 [2-6]/.test(text));
  return waitFor(find, 5000, 'a final response');
}

function ackOf(lines: readonly string[], answer: string, method = 'ACK', cseq = '1'): string[] {
  const to = /^To: .*$/im.exec(answer)?.[0] ?? 'To: <sip:x@localhost>';
  const kept = lines.filter((line) => !/^(To|CSeq|Content-Type|Authorization):/.test(line)).slice(1);
  const uri = lines[0]!.split(' ')[1]!;
  const fresh = kept.map((line) =>
    /^Via/.test(line) && Number(answer.slice(8, 11)) < 300 ? `${line}${method}` : line,
  );
  return [`${method} ${uri} SIP/2.0`, ...fresh, to, `CSeq: ${cseq} ${method}`];
}

/**
 * The longest of some calls of a registered phone into a conference, from the INVITE to its 200; Infinity when one
 * failed.
 */
async function slowestCall(phone: RawSip, say: (line: string) => void): Promise<number> {
  let slowest = 0;
  for (let call = 0; call < calls; call++) {
    const begun = performance.now();
    const { lines, answer } = await ask(phone, 'INVITE', '201*1', sdp);
    slowest = Math.max(slowest, answer.startsWith('SIP/2.0 200') ? performance.now() - begun : 9999);
    if (!answer.startsWith('SIP/2.0 200')) say(`a call failed: ${answer.split('\r\n', 1)[0]}`);
    else {
      phone.send(ackOf(lines, answer));
      await pause(20);
      phone.send(ackOf(lines, answer, 'BYE', '2'));
    }
    await pause(80);
  }
  return slowest;
}

const floods: readonly {
  readonly part: string;
  readonly name: string;
  readonly flood: Omit<Flood, 'port'>;
  readonly http?: true;
}[] = [
  { part: 'none', name: 'no flood', flood: { kind: 'OPTIONS', perSecond: 0 } },
  { part: 'invite', name: "guests' INVITEs without ACK, 1000/s", flood: { kind: 'INVITE', perSecond: 1000 } },
  { part: 'options', name: 'OPTIONS, 12 000/s', flood: { kind: 'OPTIONS', perSecond: 12_000 } },
  { part: 'register', name: 'REGISTER, 4000/s', flood: { kind: 'REGISTER', perSecond: 4000 } },
  { part: 'http', name: 'HTTP connections, 1000/s', flood: { kind: 'connections', perSecond: 1000 }, http: true },
  { part: 'sip', name: 'SIP connections, 1000/s', flood: { kind: 'connections', perSecond: 1000 } },
];

export const benchmark: Benchmark = {
  name: 'floods',
  about: 'how long a registered phone waits for its call while a stranger at the same address floods the server',
  parts: Object.fromEntries(floods.map((one) => [one.part, (say: Say) => under(one, say)])),
};

async function under({ name, flood, http }: (typeof floods)[number], say: Say): Promise<Figure[]> {
  const server = await PartylineServer.start();
  const phone = await RawSip.open(server.sipPort);
  const port = http ? server.httpPort : server.sipPort;
  const registered = await ask(phone, 'REGISTER', '');
  if (!registered.answer.startsWith('SIP/2.0 200')) throw new Error(`not registered: ${registered.answer}`);
  const worker = new Worker(new URL('./load/flood.ts', import.meta.url), { workerData: { ...flood, port } });
  try {
    await once(worker, 'message');
    await pause(1000);
    const [began, cpu] = [performance.now(), cpuSeconds(server.pid)];
    const slowest = await slowestCall(phone, say);
    const share = ((cpuSeconds(server.pid) - cpu) * 1000) / (performance.now() - began);
    say(`${name}: ${slowest.toFixed(0)} ms`);
    return [
      { name: `${name}: slowest of ${calls} calls`, value: slowest, unit: 'ms', goal: { atMost: 500 } },
      { name: `${name}: CPU, control process`, value: share, unit: 'core' },
    ];
  } finally {
    await worker.terminate();
    phone.close();
    await server.stop();
  }
}
