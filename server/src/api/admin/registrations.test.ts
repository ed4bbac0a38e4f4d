import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../base/log.ts';
import { SeededRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { createHttp } from '../http.ts';
import { LoginAttempts } from '../login-attempts.ts';
import { AdministratorLogin } from './administrator.ts';
import { registerRegistrations } from './registrations.ts';

test('the phones of a large organization are told in parts, and signalling has its turn between any two', async () => {
  let [round, inRound, most] = [0, 0, 0];
  const count = (): void => {
    const now = round;
    inRound++;
    most = Math.max(most, inRound);
    setImmediate(() => {
      if (now === round) [round, inRound] = [round + 1, 0];
    });
  };
  const extensions = Array.from({ length: 5000 }, (_, at) => ({
    ...{ id: `x${at}`, number: `${1000 + at}` },
    callerId: { name: `Zoë "${at}"` },
  }));
  const http = createHttp({ log: silentLog, random: new SeededRandom(1) });
  const verify = async () => ({ organizationId: '3', userId: 1, roles: ['administrator'] });
  registerRegistrations(http, new AdministratorLogin(verify, new LoginAttempts(new VirtualClock())), {
    extensions: (organizationId) => (organizationId === '3' ? extensions : []),
    registrations: (id) => {
      count();
      return [{ agent: 'Desk', contact: `sip:${id}@10.0.0.1`, expiresAt: 5000 }];
    },
  });
  const headers = { authorization: `Basic ${Buffer.from('3:x').toString('base64')}` };
  const answer = await http.inject({ url: '/admin/v1/registrations', headers });
  const { items } = answer.json();
  assert.equal(items.length, 5000);
  assert.deepEqual(items[7], {
    ...{ extension: '1007', name: 'Zoë "7"', agent: 'Desk', contact: 'sip:x7@10.0.0.1' },
    expiresAt: '1970-01-01T00:00:05.000Z',
  });
  assert.ok(most <= 200, `${most} at a time`);
});
