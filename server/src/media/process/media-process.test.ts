import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../base/log.ts';
import { SeededRandom, systemRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import type { ProcessStats } from '../channel/protocol.ts';
import { MediaProcess } from './media-process.ts';

test('totals are told every five seconds; single legs only to who asks', async (t) => {
  const clock = new VirtualClock();
  const told: unknown[] = [];
  const from = 30_000 + 200 * systemRandom.int(130);
  const media = new MediaProcess({
    rtpPorts: { from, to: from + 199 },
    promptsRoot: '.',
    mediaTimeoutMs: 60_000,
    clock,
    random: new SeededRandom(1),
    log: silentLog,
    notify: (name, data) => void (name === 'stats' && told.push(data)),
  });
  t.after(() => media.close());
  const transport = { kind: 'udp', bind: '127.0.0.1' } as const;
  await media.openLeg({ leg: 'a', cname: 'a', transport });
  await media.openLeg({ leg: 'b', cname: 'b', transport });
  const remote = { kind: 'udp', address: '127.0.0.1', port: 9 } as const;
  const send = { payloadType: 0, codec: 'PCMU', ptime: 20 };
  for (const leg of ['a', 'b']) {
    const telephoneEvents = { send: null, receive: [] };
    media.configureLeg({ leg, remote, send, receive: [send], telephoneEvents, direction: 'sendrecv' });
  }
  clock.advance(5000);
  const asked = media.stats();
  assert.deepEqual(
    asked.legs.map(({ leg, packetsSent }) => [leg, packetsSent]),
    [
      ['a', 1],
      ['b', 1],
    ],
    'one packet of silence each',
  );
  assert.equal(asked.packetsOut, 2);
  assert.equal(told.length, 1);
  const [totals] = told as [ProcessStats];
  assert.deepEqual([totals.legs, totals.packetsOut, totals.packetsLost], [[], 2, 0]);
});
