import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentCall, AgentUser } from '../src/line/agent/agent-api.ts';
import {
  type AgentNotice,
  afterNotice,
  afterReading,
  type Desk,
  emptyDesk,
  readAgainMs,
} from '../src/line/agent/desk.ts';
import { deviceIdOf } from '../src/line/agent/device-ids.ts';

const call = (id: string, state: AgentCall['state'] = 'Established') => ({ id, state }) as AgentCall;
const notice = (number: string, of: AgentCall): AgentNotice => ({
  number,
  channel: '/v2/me/calls',
  at: 0,
  data: { messageType: 'CallStateChangeMessage', call: of },
});
const idsOf = ({ calls }: Desk) => calls.map(({ id }) => id);

test('calls come, change in their place, and go; a notification that comes twice counts once', () => {
  let desk = afterNotice(emptyDesk, notice('1-0', call('a', 'Dialing')));
  desk = afterNotice(desk, notice('2-0', call('b')));
  desk = afterNotice(desk, notice('3-0', call('a', 'Held')));
  assert.deepEqual(idsOf(desk), ['a', 'b']);
  assert.equal(desk.calls[0]?.state, 'Held');
  assert.equal(afterNotice(desk, notice('3-0', call('a', 'Released'))), desk);
  desk = afterNotice(desk, notice('4-0', call('a', 'Released')));
  assert.deepEqual(idsOf(desk), ['b']);
  assert.deepEqual(
    desk.notices.map(({ number }) => number),
    ['4-0', '3-0', '2-0', '1-0'],
  );
});

test('what is read anew keeps the order in which calls came', () => {
  const before = afterNotice(afterNotice(emptyDesk, notice('1-0', call('a'))), notice('2-0', call('b')));
  const user = { devices: [], calls: [call('c'), call('b'), call('a'), call('d', 'Released')] } as unknown as AgentUser;
  assert.deepEqual(idsOf(afterReading(before, user)), ['a', 'b', 'c']);
});

test('all is read again while the server is away, and while a phone is to come; else what is told is enough', () => {
  const having = (...states: string[]) =>
    ({ ...emptyDesk, devices: states.map((deviceState) => ({ deviceState })) }) as unknown as Desk;
  assert.equal(readAgainMs(having('Active'), false), 2000);
  assert.equal(readAgainMs(having('Active', 'Inactive'), true), 5000);
  assert.equal(readAgainMs(having('Active'), true), null);
  assert.equal(readAgainMs(emptyDesk, true), null);
});

test("a colleague's device is known by its number", () => {
  const own = '3a15003f-ffff-8fff-afff-ffffffffffff';
  assert.equal(deviceIdOf(own, '15000'), '3a15000f-ffff-8fff-afff-ffffffffffff');
  assert.equal(deviceIdOf(own, '1234567890123456'), '3a123456-7890-8123-a456-ffffffffffff');
  assert.equal(deviceIdOf(own, 'jane'), null);
  assert.equal(deviceIdOf('none', '15000'), null);
});
