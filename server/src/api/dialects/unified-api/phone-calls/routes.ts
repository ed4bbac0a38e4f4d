import type { FastifyInstance } from 'fastify';
import type { UnifiedApiDeps } from '../deps.ts';
import { createCallback } from './create-callback.ts';
import { createConferenceInvite } from './create-conference-invite.ts';
import { createSimple } from './create-simple.ts';
import { getPhoneCall, listPhoneCalls } from './list.ts';
import { RecordingTimes } from './recording-times.ts';
import { removePhoneCalls } from './remove.ts';
import {
  callbackSchema,
  conferenceInviteSchema,
  getSchema,
  listSchema,
  removeAllSchema,
  removeSchema,
  simpleSchema,
  updateAllSchema,
  updateSchema,
} from './schemas.ts';
import type { PhoneCallDeps } from './scope.ts';
import { updatePhoneCalls } from './update/update.ts';

const user = '/phoneCalls/:userId';
const all = `${user}/:extension`;
const one = `${all}/:phoneCallId`;

/** PhoneCalls: make, list, change and hang up. */
export function registerPhoneCalls(app: FastifyInstance, apiDeps: UnifiedApiDeps): void {
  const deps: PhoneCallDeps = { ...apiDeps, recordings: new RecordingTimes(apiDeps.runtime) };
  app.post(`${user}/conferenceInvite`, { schema: conferenceInviteSchema }, (request, reply) =>
    createConferenceInvite(deps, request, reply),
  );
  app.post(`${user}/simple`, { schema: simpleSchema }, (request, reply) => createSimple(deps, request, reply));
  app.post(`${user}/callback`, { schema: callbackSchema }, (request, reply) => createCallback(deps, request, reply));
  app.get(all, { schema: listSchema }, (request, reply) => listPhoneCalls(deps, request, reply));
  app.get(one, { schema: getSchema }, (request, reply) => getPhoneCall(deps, request, reply));
  app.put(all, { schema: updateAllSchema }, (request, reply) => updatePhoneCalls(deps, request, reply));
  app.put(one, { schema: updateSchema }, (request, reply) => updatePhoneCalls(deps, request, reply));
  app.delete(all, { schema: removeAllSchema }, (request, reply) => removePhoneCalls(deps, request, reply));
  app.delete(one, { schema: removeSchema }, (request, reply) => removePhoneCalls(deps, request, reply));
}
