import assert from 'node:assert/strict';
import { test } from 'node:test';
import Fastify from 'fastify';
import { AppError } from '../../../base/app-error.ts';
import type { Directory } from '../../../directory/directory.ts';
import { noRecords } from '../../../directory/records.ts';
import {
  conferenceWith,
  directoryOf,
  organizationWith,
  rooms,
} from '../../../directory/testing/virtual-organizations.ts';
import type { ConferenceChanges } from '../dialect.ts';
import { registerMeetingChanges } from './meeting-changes.ts';

test('who changes a meeting of the configuration is not told where its file is', async () => {
  const http = Fastify();
  const fixed = () => Promise.reject(new AppError('fixedByFile', 'fixed by /etc/partyline.yaml:12', {}, 409));
  const ann = { organizationId: '3', userId: 12, login: 'ann', name: 'Ann' };
  const meeting = { organizationId: '3', userId: 12, conferenceId: '3-211-1', meetingId: '2111', schedule: 'anytime' };
  registerMeetingChanges(http, {
    directory: { meeting: () => meeting } as unknown as Directory,
    conferences: { create: fixed, change: fixed, remove: fixed },
    talkedIn: () => [],
    loginOf: async () => ann,
    baseOf: () => 'http://x',
  });
  const url = '/tenants/default/conference/2111';
  const changed = await http.inject({ method: 'PUT', url, payload: { subject: 'x' } });
  const removed = await http.inject({ method: 'DELETE', url });
  for (const { body } of [changed, removed]) {
    assert.match(body, /one of the configuration/);
    assert.doesNotMatch(body, /yaml/);
  }
});

/** Two organizations with an extension 211 each: the first has meetings 2111 and 2112, the second has `numbers`. */
async function scheduling(numbers: readonly string[], talkedIn: readonly string[] = []) {
  const of = (...ids: (readonly [number: string, meetingId: string])[]) =>
    rooms('211', { conferences: ids.map(([number, meetingId]) => conferenceWith(number, { meetingId })) });
  const first = organizationWith(3, [of(['1', '2111'], ['2', '2112'])]);
  const second = organizationWith(4, [of(...numbers.map((number) => [number, `9${number}`] as const))]);
  const { directory } = await directoryOf({ organizations: [first, second], trunks: [], dialPlan: [] });
  const made: (readonly unknown[])[] = [];
  const conferences = {
    async create(_asker, { number, meetingId }) {
      // As long as it takes to store what came before.
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (directory.records.conference('4-211', String(number)) !== null) throw new AppError('conflict', 'taken');
      const record = { ...conferenceWith(String(number), { meetingId: String(meetingId) }), extensionId: '4-211' };
      directory.apply({ put: { ...noRecords, conferences: [{ ...record, id: `4-211-${number}` }] }, remove: [] });
      made.push([number, meetingId]);
    },
  } as Partial<ConferenceChanges> as ConferenceChanges;
  const http = Fastify();
  registerMeetingChanges(http, {
    directory,
    conferences,
    talkedIn: (extensionId) => (extensionId === '4-211' ? talkedIn : []),
    loginOf: async () => ({ organizationId: '4', userId: 1, login: 'bob', name: 'Bob' }),
    baseOf: () => 'http://x',
  });
  const create = async (payload: object) =>
    (await http.inject({ method: 'POST', url: '/tenants/default/conference', payload })).statusCode;
  return { create, made };
}

test('a new meeting has an ID that no organization has, and a number that conferences can have', async () => {
  const empty = await scheduling([]);
  assert.equal(await empty.create({ subject: 'x' }), 200);
  assert.equal(await empty.create({ subject: 'x', number: '777' }), 200);
  assert.deepEqual(empty.made, [
    ['3', '2113'],
    ['4', '777'],
  ]);
  const highest = await scheduling(['999999999', '3', '04']);
  await highest.create({ subject: 'x' });
  assert.deepEqual(highest.made, [['5', '2115']]);
});

test('a new meeting is none in which people of another one, which was called off, still talk', async () => {
  const { create, made } = await scheduling(['7'], ['8']);
  await create({ subject: 'x' });
  assert.deepEqual(made, [['9', '2119']]);
});

test('meetings that are made at once are all made', async () => {
  const { create, made } = await scheduling([]);
  const answers = await Promise.all([1, 2, 3].map((at) => create({ subject: `${at}` })));
  assert.deepEqual(answers, [200, 200, 200]);
  assert.deepEqual(
    made.map(([, meetingId]) => meetingId),
    ['2113', '2114', '2115'],
  );
});
