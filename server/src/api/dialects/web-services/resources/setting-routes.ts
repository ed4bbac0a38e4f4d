import { usualStates } from '../agent-states.ts';
import { WebServicesError } from '../errors.ts';
import { voiceEnvironmentId } from '../ids.ts';
import { addressOf } from '../links.ts';
import type { Route } from '../route.ts';
import { type Asking, idOf } from './ask.ts';
import { listed, picked, readList, single } from './collection.ts';
import { reading } from './schemas.ts';
import { Views } from './views.ts';

const tag = 'agent settings';
const featureExample = { id: 'api-voice', displayName: 'Voice API', path: '/features/api-voice' };

/** What is the same for everybody. */
export function settingRoutes({ deps }: Asking): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/features',
      schema: reading({ tag, summary: 'Features of the user', name: 'features', example: [featureExample] }),
      handle: (request) => listed(request, 'features', new Views(deps, request).features()),
    },
    {
      method: 'GET',
      path: '/features/:id',
      schema: reading({
        tag,
        summary: 'One feature',
        name: 'feature',
        example: featureExample,
        params: { id: 'api-voice' },
      }),
      handle: (request) => {
        const feature = new Views(deps, request).feature(idOf(request));
        if (feature === null) throw new WebServicesError('notFound', 'There is no such feature.');
        return single(request, 'feature', feature);
      },
    },
    {
      method: 'GET',
      path: '/settings/agent-states',
      schema: reading({
        tag,
        summary: 'States that an agent can be in',
        name: 'settings',
        example: usualStates.known.slice(0, 2),
      }),
      handle: (request) => ({
        settings: deps.states.known.map((state) => picked(state, readList(request, 'fields'))),
      }),
    },
    {
      method: 'GET',
      path: '/voice-environments/:id',
      schema: reading({
        tag,
        summary: 'Where the devices are',
        name: 'voiceEnvironment',
        example: { id: voiceEnvironmentId, path: `/voice-environments/${voiceEnvironmentId}` },
        params: { id: voiceEnvironmentId },
      }),
      handle: (request) => {
        const id = idOf(request).toLowerCase();
        if (id !== voiceEnvironmentId) throw new WebServicesError('notFound', 'There is no such voice environment.');
        const { base } = new Views(deps, request);
        return single(request, 'voiceEnvironment', { id, ...addressOf(base, `/voice-environments/${id}`) });
      },
    },
    {
      method: 'GET',
      path: '/diagnostics/version',
      schema: reading({ tag, summary: 'The version of this server', name: 'version', example: '0.1.0' }),
      handle: () => ({ version: deps.version }),
    },
  ];
}
