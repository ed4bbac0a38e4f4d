import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { silentLog } from '../../base/log.ts';
import { SeededRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import type { CallEvent } from '../../call/model/events.ts';
import { createHttp } from '../http.ts';
import { LoginAttempts } from '../login-attempts.ts';
import { AdministratorLogin } from './administrator.ts';
import { registerTimeline } from './timeline.ts';

test('few whole calls are in memory at a time, however many are asked for, and each is told whole', async (t) => {
  const begun = (callId: string, organizationId: string) => ({
    ...{ callId, seq: 1, at: 1, type: 'originated', connectionId: null, cause: 'normal' },
    data: { call: { organizationId, kind: 'call', conference: null }, connections: [] },
  });
  let [now, most] = [0, 0];
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const clock = new VirtualClock();
  const http = createHttp({ log: silentLog, random: new SeededRandom(1) });
  const verify = async (name: string) => ({ organizationId: name, userId: 1, roles: ['administrator'] });
  registerTimeline(http, new AdministratorLogin(verify, new LoginAttempts(clock)), {
    now: () => clock.now(),
    running: { call: () => null, callsNamed: () => [], callPage: () => [] },
    store: {
      eventsAbout: async (callId: string, { after }: { after: number }) =>
        callId === 'nothing' || after > 0 ? [] : [begun(callId, '3') as unknown as CallEvent],
      records: async () => [],
      recordsNamed: async () => [],
      recordings: async () => [],
    },
    refused: { find: async () => null },
    signalling: {
      async find() {
        most = Math.max(most, ++now);
        await released;
        now--;
        return [{ ...message, text: Buffer.from('INVITE sip:é@x SIP/2.0\r\n\r\n').toString('latin1') }];
      },
    },
    quality: { find: async () => ({ samples: new Map(), notes: [] }) },
    idMeantBy: (id: string) => id,
    bans: () => [],
  } as unknown as Parameters<typeof registerTimeline>[2]);
  await http.listen({ host: '127.0.0.1', port: 0 });
  t.after(() => http.close());
  const { port } = http.server.address() as AddressInfo;
  const ask = async (path: string) => {
    const headers = { authorization: `Basic ${Buffer.from('3:x').toString('base64')}` };
    const answer = await fetch(`http://127.0.0.1:${port}/admin/v1/calls/${path}`, { headers });
    return { status: answer.status, text: await answer.text() };
  };
  const paths = ['timeline', 'timeline?after=2026-01-01T00:00:00Z', 'signalling', 'signalling.pcap'];
  const asking = Promise.all(Array.from({ length: 40 }, (_, at) => ask(`one/${paths[at % 4]}`)));
  for (let before = -1; before !== most || most === 0; await wait(300)) before = most;
  release();
  const answers = await asking;
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
  assert.equal(JSON.parse(answers[0]!.text).signalling.length, 1);
  const [told] = JSON.parse(answers[2]!.text).messages;
  assert.deepEqual([told.text, told.direction], ['INVITE sip:é@x SIP/2.0\r\n\r\n', 'in']);
  assert.match(answers[3]!.text, /INVITE/);
  assert.ok(most > 1 && most <= 6, `${most} at a time`);
});

const message = {
  ...{ at: 1, direction: 'in', transport: 'udp', callId: 'c', fromTag: 'a', toTag: '', branch: 'z', legId: 'leg' },
  local: { address: '127.0.0.1', port: 5060 },
  remote: { address: '127.0.0.1', port: 5070 },
};
