import assert from 'node:assert/strict';
import { test } from 'node:test';
import Fastify from 'fastify';
import { AppError } from '../../../base/app-error.ts';
import type { Directory } from '../../../directory/directory.ts';
import { registerMeetingChanges } from './meeting-changes.ts';

test('who changes a meeting of the configuration is not told where its file is', async () => {
  const http = Fastify();
  const fixed = () => Promise.reject(new AppError('fixedByFile', 'fixed by /etc/partyline.yaml:12', {}, 409));
  const ann = { organizationId: '3', userId: 12, login: 'ann', name: 'Ann' };
  const meeting = { organizationId: '3', userId: 12, conferenceId: '3-211-1', meetingId: '2111', schedule: 'anytime' };
  registerMeetingChanges(http, {
    directory: { meeting: () => meeting } as unknown as Directory,
    conferences: { create: fixed, change: fixed, remove: fixed },
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
