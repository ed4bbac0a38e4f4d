import { whenClosed } from '../../../when-closed.ts';
import { WebServicesError } from '../errors.ts';
import { contactCenterIdOf, userIdOf, userOfId } from '../ids.ts';
import { operateChannel, operateUser } from '../operations/agent-session.ts';
import type { Route } from '../route.ts';
import { noSessionCookie } from '../session/cookie.ts';
import { userView } from '../user-view.ts';
import { type Ask, type Asking, idOf } from './ask.ts';
import { listed, picked, readList, single, wanted } from './collection.ts';
import { operating, reading } from './schemas.ts';
import { Views } from './views.ts';

/**
 * What can be embedded into the user, in this order. Of what there is nothing here, clients are told that it is empty.
 */
const subresources = [
  'devices',
  'features',
  'channels',
  'calls',
  'settings',
  'skills',
  'groups',
  'chats',
  'interactions',
];

const userId = userIdOf('3', 12);
const example = {
  id: userId,
  userName: 'admin@example.test',
  firstName: 'Sandy',
  lastName: 'Box',
  roles: ['ROLE_AGENT', 'ROLE_SUPERVISOR', 'ROLE_ADMIN'],
  enabled: true,
  contactCenterId: contactCenterIdOf('3'),
  path: `/users/${userId}`,
};
const voiceChannel = { channel: 'voice', userState: { displayName: 'Ready', state: 'Ready' }, path: '/channels/voice' };

/** The user, and its channels. */
export function userRoutes({ deps, operate }: Asking): readonly Route[] {
  const views = (request: Ask) => new Views(deps, request);
  const stateNames = deps.states.known.map(({ operationName }) => operationName);
  return [
    {
      method: 'GET',
      path: '/me',
      schema: reading({ tag: 'agent session', summary: 'The user itself', name: 'user', example, subresources }),
      handle: (request) => {
        const user = picked(views(request).user(), readList(request, 'fields'));
        return { user: { ...user, ...embedded(views(request), wanted(request, subresources)) } };
      },
    },
    {
      method: 'POST',
      path: '/me',
      schema: operating({
        tag: 'agent session',
        summary: 'Begin or end working, or set the state on all channels',
        description:
          'A channel besides `voice` fails for itself: then the answer has statusCode 7, with `failed` and `succeeded`. `EndContactCenterSession` ends the session of the cookie too.',
        operations: ['StartContactCenterSession', 'EndContactCenterSession', ...stateNames],
        properties: {
          channels: { type: 'array', items: { type: 'string' }, description: 'Default ["voice"]' },
          place: { type: 'string', description: 'The number of one device; default: all of the user' },
          devicePath: { type: 'string', description: 'The same by path, address or id' },
          loginCode: { type: 'string', description: 'Accepted, and not looked at' },
          queue: { type: 'string', description: 'Accepted, and not looked at' },
        },
        examples: [{ operationName: 'StartContactCenterSession', channels: ['voice'] }],
      }),
      handle: operate(async (request, reply) => {
        const outcome = await operateUser(deps, request.agent, request.body);
        if (request.agent.session.ended) {
          const { organizationId, id } = request.agent.user;
          reply.header('set-cookie', noSessionCookie);
          whenClosed(reply.raw, () => deps.endNotifications({ organizationId, userId: id }));
        }
        return outcome;
      }),
    },
    {
      method: 'GET',
      path: '/me/channels',
      schema: reading({
        tag: 'agent session',
        summary: 'Channels of the user',
        name: 'channels',
        example: [voiceChannel],
      }),
      handle: (request) => listed(request, 'channels', views(request).channels()),
    },
    {
      method: 'GET',
      path: '/me/channels/voice',
      schema: reading({ tag: 'agent session', summary: 'The voice channel', name: 'channel', example: voiceChannel }),
      handle: (request) => single(request, 'channel', views(request).voiceChannel()),
    },
    {
      method: 'POST',
      path: '/me/channels/voice',
      schema: operating({
        tag: 'agent session',
        summary: 'Set the state of the agent',
        description: 'On all devices that are logged on; where none is, all log on first.',
        operations: stateNames,
        examples: [{ operationName: 'Ready' }],
      }),
      handle: operate((request) => operateChannel(deps, request.agent, request.body)),
    },
    {
      method: 'GET',
      path: '/users/:id',
      schema: reading({
        tag: 'agent session',
        summary: 'A user; for supervisors and administrators, any of the organization',
        name: 'user',
        example,
        params: { id: userId },
      }),
      handle: (request) => {
        const { user: me } = request.agent;
        const asked = userOfId(idOf(request));
        const mayKnow = asked?.userId === me.id || me.roles.some((role) => role !== 'agent');
        const own = asked?.organizationId === me.organizationId && mayKnow;
        const user = asked === null || !own ? null : deps.directory.user(asked.organizationId, asked.userId);
        if (user === null) throw new WebServicesError('notFound', 'There is no such user.');
        return single(request, 'user', userView(user, views(request).base));
      },
    },
  ];
}

function embedded(views: Views, names: readonly string[]): Readonly<Record<string, unknown>> {
  const resources: Readonly<Record<string, () => unknown>> = {
    devices: () => views.devices(),
    features: () => views.features(),
    channels: () => views.channels(),
    calls: () => views.calls(),
    settings: () => ({}),
  };
  return Object.fromEntries(names.map((name) => [name, resources[name]?.() ?? []]));
}
