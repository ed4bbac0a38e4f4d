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

const creations = [
  ['conferenceInvite', conferenceInviteSchema, createConferenceInvite],
  ['simple', simpleSchema, createSimple],
  ['callback', callbackSchema, createCallback],
] as const;

/** PhoneCalls: make, list, change and hang up. */
export function registerPhoneCalls(app: FastifyInstance, apiDeps: UnifiedApiDeps): void {
  const deps: PhoneCallDeps = { ...apiDeps, recordings: new RecordingTimes(apiDeps.runtime) };
  for (const [name, schema, create] of creations) {
    app.post(`${user}/${name}`, { schema }, (request, reply) => create(deps, request, reply));
    // The default is @me. Proxies make this of an address with nothing between two slashes.
    app.post(`/phoneCalls/${name}`, { schema: { ...schema, hide: true } }, (request, reply) => {
      request.params = { userId: '@me' };
      return create(deps, request, reply);
    });
  }
  app.get(all, { schema: listSchema }, (request, reply) => listPhoneCalls(deps, request, reply));
  app.get(one, { schema: getSchema }, (request, reply) => getPhoneCall(deps, request, reply));
  app.put(all, { schema: updateAllSchema }, (request, reply) => updatePhoneCalls(deps, request, reply));
  app.put(one, { schema: updateSchema }, (request, reply) => updatePhoneCalls(deps, request, reply));
  app.delete(all, { schema: removeAllSchema }, (request, reply) => removePhoneCalls(deps, request, reply));
  app.delete(one, { schema: removeSchema }, (request, reply) => removePhoneCalls(deps, request, reply));
}
