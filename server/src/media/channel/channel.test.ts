import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { SeededRandom } from '../../base/random.ts';
import { Channel, type ChannelHandlers } from './channel.ts';
import { checkAsk, isCommand } from './commands.ts';
import { encodeFrame, FrameReader } from './frame.ts';
import { CommandError } from './protocol.ts';

test('frames survive any cutting of the stream', () => {
  const seed = 20;
  const random = new SeededRandom(seed);
  const values = Array.from({ length: 50 }, (_, i) => ({ i, text: 'ü'.repeat(random.int(200)) }));
  const stream = Buffer.concat(values.map(encodeFrame));
  for (let round = 0; round < 50; round++) {
    const reader = new FrameReader();
    const read: unknown[] = [];
    for (let at = 0; at < stream.length; ) {
      const size = 1 + random.int(random.int(4) === 0 ? 2000 : 9);
      read.push(...(reader.read(stream.subarray(at, at + size)) ?? assert.fail('refused')));
      at += size;
    }
    assert.deepEqual(read, values, `seed ${seed}`);
  }
});

test('a stream that is not frames is refused', () => {
  assert.equal(new FrameReader().read(Buffer.from('GET / HTTP/1.1\r\n\r\n')), null);
  assert.equal(new FrameReader().read(Buffer.from([0, 0, 0, 2, 0x7b, 0x7b])), null);
});

async function pair(left: ChannelHandlers, right: ChannelHandlers): Promise<[Channel, Channel, () => void]> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const socket = createConnection({ port: typeof address === 'object' ? address!.port : 0 });
  const [accepted] = (await once(server, 'connection')) as [Socket];
  const channels: [Channel, Channel] = [new Channel(socket, left), new Channel(accepted, right)];
  const close = () => {
    for (const channel of channels) channel.close();
    server.close();
  };
  return [...channels, close];
}

test('answers and refusals reach the one who asked', async () => {
  const [control, , close] = await pair(
    {},
    {
      onCommand: async (command, ask) => {
        if (command === 'closeLeg') throw new CommandError('unknown', 'no such leg');
        return { stats: { leg: (ask as { leg: string }).leg } };
      },
    },
  );
  const answers = await Promise.all(['a', 'b'].map((leg) => control.request('stats', { leg } as never)));
  assert.deepEqual(answers, [{ stats: { leg: 'a' } }, { stats: { leg: 'b' } }]);
  await assert.rejects(control.request('closeLeg', { leg: 'x' }), { code: 'unknown', message: 'no such leg' });
  close();
});

test('a notification after an answer is heard after the asker went on', async () => {
  const order: string[] = [];
  const [control, media, close] = await pair(
    { onNotification: (name) => order.push(name) },
    {
      onCommand: () => {
        setImmediate(() => media.notify('digit', { leg: 'a', digit: '1', durationMs: 100 }));
        return {};
      },
    },
  );
  for (let i = 0; i < 5; i++) {
    await control.request('leaveRoom', { leg: 'a' });
    await Promise.resolve();
    order.push('answer');
  }
  while (order.length < 10) await new Promise((done) => setImmediate(done));
  assert.equal(order.indexOf('answer'), 0);
  close();
});

test('what is pending is rejected when the other side goes', async () => {
  let closed = 0;
  const [control, media, close] = await pair({ onClose: () => closed++ }, { onCommand: () => new Promise(() => {}) });
  const pending = control.request('leaveRoom', { leg: 'a' });
  setImmediate(() => media.close());
  await assert.rejects(pending, { code: 'failed' });
  await assert.rejects(control.request('leaveRoom', { leg: 'a' }), { code: 'failed' });
  assert.equal(closed, 1);
  close();
});

test('commands are checked field by field', () => {
  assert.equal(isCommand('openLeg'), true);
  assert.equal(isCommand('toString'), false);
  const refused = (command: Parameters<typeof checkAsk>[0], ask: unknown, field: RegExp) =>
    assert.throws(() => checkAsk(command, ask), { code: 'invalid', message: field });
  checkAsk('createRoom', { room: 'r' });
  const transport = { kind: 'udp', bind: 'localhost' };
  refused('openLeg', { leg: 'a', cname: 'a', transport }, /'transport'/);
  refused('openLeg', { leg: 'a', cname: 'a', transport: { kind: 'pigeon', bind: '127.0.0.1' } }, /'transport'/);
  refused('play', { play: 'p', target: {}, items: [] }, /'target'/);
  refused('play', { play: 'p', target: { leg: 'a' }, items: [{ noise: 1 }] }, /'items'/);
  refused('setLeg', { leg: 'a', gain: 200 }, /'gain'/);
  checkAsk('setLeg', { leg: 'a', heardBy: null });
  refused('setLeg', { leg: 'a', heardBy: 7 }, /'heardBy'/);
  const recording = { recording: 'r', room: 'r', folder: '/var/recordings/r', tone: true };
  checkAsk('startRecording', recording);
  refused('startRecording', { ...recording, folder: 'recordings/r' }, /'folder'/);
  refused('startRecording', { ...recording, tone: undefined }, /'tone'/);
  refused('stats', null, /object/);
  const configuration = {
    leg: 'a',
    remote: { kind: 'udp', address: '127.0.0.1', port: 4000 },
    send: { payloadType: 0, codec: 'PCMU', ptime: 20 },
    receive: [{ payloadType: 0, codec: 'PCMU' }],
    telephoneEvents: { send: null, receive: [] },
    direction: 'sendrecv',
  };
  checkAsk('configureLeg', configuration);
  refused('configureLeg', { ...configuration, remote: { kind: 'udp', address: '127.0.0.1', port: 0 } }, /'remote'/);
  refused('configureLeg', { ...configuration, send: { ...configuration.send, ptime: 25 } }, /'send'/);
  refused('configureLeg', { ...configuration, direction: 'both' }, /'direction'/);
  const events = { send: { payloadType: 101, clockRate: 0 }, receive: [] };
  refused('configureLeg', { ...configuration, telephoneEvents: events }, /'telephoneEvents'/);
});
