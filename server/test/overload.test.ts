import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { PartylineServer } from './peers/partyline.ts';
import { RawSip, requestLines } from './peers/raw-sip.ts';
import { waitFor } from './peers/wait.ts';

/** A media process that has more to do than there is time for, and a caller who was there before. */

let server: PartylineServer;

before(async () => {
  const busy = new URL('./peers/busy-on-signal.ts', import.meta.url).href;
  const options = process.env['NODE_OPTIONS'];
  process.env['NODE_OPTIONS'] = `${options ?? ''} --import=${busy}`;
  try {
    server = await PartylineServer.start();
  } finally {
    if (options === undefined) delete process.env['NODE_OPTIONS'];
    else process.env['NODE_OPTIONS'] = options;
  }
});

after(async () => {
  await server?.stop();
});

/** Calls the conference from a phone with a socket for sound, and counts what comes there. */
async function call() {
  const sound = createSocket('udp4').unref();
  sound.bind(0, '127.0.0.1');
  await once(sound, 'listening');
  const heard = { packets: 0 };
  sound.on('message', () => void heard.packets++);
  const phone = await RawSip.open(server.sipPort);
  const { port } = sound.address();
  const sdp = `v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\n`;
  const lines = requestLines('INVITE', '201*1', 'guest', ['Content-Type: application/sdp']);
  phone.send(lines, sdp);
  const answer = await phone.final(10_000);
  const request = (method: string, cseq: number): void => {
    const kept = lines.filter((line) => !/^(INVITE|To|CSeq|Content-Type)/.test(line));
    const to = /^To: .*$/m.exec(answer)?.[0].trim() ?? '';
    phone.send([`${method} ${lines[0]!.split(' ')[1]} SIP/2.0`, ...kept, to, `CSeq: ${cseq} ${method}`]);
  };
  request('ACK', 1);
  const end = async (): Promise<void> => {
    const since = phone.received.length;
    request('BYE', 2);
    assert.match(await phone.final(10_000, since), /^SIP\/2\.0 200 /);
  };
  const close = (): void => {
    phone.close();
    sound.close();
  };
  return { answer, heard, end, close };
}

/** Calls until it is not refused for what else the machine does. */
function taken(): ReturnType<typeof call> {
  return waitFor(
    async () => {
      const one = await call();
      if (/^SIP\/2\.0 200 /.test(one.answer)) return one;
      assert.match(one.answer, /^SIP\/2\.0 503 /);
      one.close();
      return null;
    },
    10_000,
    'a call to be taken',
  );
}

const health = async (): Promise<string> => (await server.request('/healthz')).text();
const late = () => server.metric('media_processes_overloaded');

test('a media process that runs late takes no more calls, keeps those it has, and takes calls again when it is over', async () => {
  const first = await taken();
  await waitFor(() => first.heard.packets > 50, 20_000, 'sound for the first caller');
  // What other programs take of the machine may make it late as well.
  await waitFor(async () => (await late()) === 0 && !/run late/.test(await health()), 60_000, 'nothing to be late');

  const [media = 0] = server.mediaProcesses();
  process.kill(media, 'SIGUSR2');
  await waitFor(async () => (await late()) === 1, 30_000, 'the metric to say so');
  assert.match(await health(), /1 of 1 media processes run late/);
  const refused = await call();
  assert.match(refused.answer, /^SIP\/2\.0 503 /);
  assert.match(refused.answer, /^Retry-After: [1-9][0-9]*\r$/m);
  refused.close();
  const before = first.heard.packets;
  await waitFor(() => first.heard.packets > before + 100, 60_000, 'sound that goes on');
  assert.equal((await server.calls()).length, 1);

  process.kill(media, 'SIGUSR2');
  await waitFor(async () => (await late()) === 0, 60_000, 'the metric to say that it is over');
  await waitFor(async () => !/run late/.test(await health()), 60_000, 'health to say that it is over');
  const next = await taken();
  await next.end();
  await first.end();
  next.close();
  first.close();
  await server.quiet();
});
