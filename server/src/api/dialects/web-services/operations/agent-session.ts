import type { Agent } from '../agent.ts';
import type { WebServicesDeps } from '../deps.ts';
import { toWebServicesError, WebServicesError } from '../errors.ts';
import { feature } from '../features.ts';
import { lastPart } from '../links.ts';
import { ownDevice, ownTerminals, type Terminal } from '../own-devices.ts';
import { checkFeature } from './call-operations.ts';
import { invalid, type Parameters, readOperation, readOptionalText, unknownOperation } from './parameters.ts';

/** What a user's devices are in when they have logged on. */
export type StateAfterLogin = 'Ready' | 'NotReady' | 'LoggedIn';

export interface SessionDeps extends WebServicesDeps {
  readonly stateAfterLogin: StateAfterLogin;
}

/** What was asked of several channels, where not all did it. */
export interface Outcome {
  readonly statusCode?: number;
  readonly failed?: readonly object[];
  readonly succeeded?: readonly object[];
}

/** POST of an operation on the user itself. */
export async function operateUser(deps: SessionDeps, agent: Agent, body: unknown): Promise<Outcome> {
  const { name, parameters } = readOperation(body);
  if (name === 'StartContactCenterSession') return logOn(deps, agent, parameters);
  if (name === 'EndContactCenterSession') return logOff(deps, agent);
  await setState(deps, agent, name);
  return {};
}

/** POST of an agent state on the channel. */
export async function operateChannel(deps: SessionDeps, agent: Agent, body: unknown): Promise<Outcome> {
  await setState(deps, agent, readOperation(body).name);
  return {};
}

/** The voice channel is the one that there is: every other that is asked for fails for itself. */
async function logOn(deps: SessionDeps, { user }: Agent, parameters: Parameters): Promise<Outcome> {
  checkFeature(user, feature.voice);
  const channels = readChannels(parameters);
  const devices = devicesNamed(deps, user, parameters);
  const failed = channels
    .filter((channel) => channel !== 'voice')
    .map((channel) => ({ statusCode: 4, statusMessage: `There is no channel ${channel} here.`, channel }));
  if (!channels.includes('voice')) throw new WebServicesError('internal', failed[0]?.statusMessage ?? 'No channel.');
  try {
    for (const device of devices) await logDeviceOn(deps, device, deps.stateAfterLogin);
  } catch (error) {
    throw toWebServicesError(error) ?? error;
  }
  return failed.length === 0 ? {} : { statusCode: 7, failed, succeeded: [{ statusCode: 0, channel: 'voice' }] };
}

function readChannels({ channels = ['voice'] }: Parameters): readonly string[] {
  const known = Array.isArray(channels) && channels.length > 0 && channels.length <= 32;
  if (!known || !channels.every((one) => typeof one === 'string' && one !== '' && one.length <= 64)) {
    throw invalid('channels', 'a list of channels, such as ["voice"]');
  }
  return [...new Set(channels as string[])];
}

/** By path or number; default: all of the user. Throws `notFound`, `notNow`. */
function devicesNamed(deps: SessionDeps, user: Agent['user'], parameters: Parameters): readonly Terminal[] {
  const path = readOptionalText(parameters, 'devicePath', 2048);
  if (path !== null) return [ownDevice(deps, user, lastPart(path))];
  const all = ownTerminals(deps, user);
  const place = readOptionalText(parameters, 'place');
  const named =
    place === null ? all : all.filter(({ number, extendedNumber }) => [number, extendedNumber].includes(place));
  if (named.length === 0 && place !== null) throw new WebServicesError('notFound', 'There is no such place.');
  if (named.length === 0) throw new WebServicesError('notNow', 'The user has no device.');
  return named;
}

/** Also one for which the second step could not be stored before. */
async function logDeviceOn({ devices, states }: SessionDeps, device: Terminal, next: StateAfterLogin): Promise<void> {
  const { organizationId, id: extensionId } = device;
  const before = devices.of({ organizationId, extensionId }).agentState.state;
  if (before !== 'loggedOff' && before !== 'loggedOn') return;
  await devices.do({ organizationId, extensionId, set: 'agentState', state: 'loggedOn' });
  const state = states.askedFor(next);
  if (state !== null) await devices.do({ organizationId, extensionId, set: 'agentState', ...state });
}

/** The HTTP session ends with it. */
async function logOff(deps: SessionDeps, { user, session }: Agent): Promise<Outcome> {
  checkFeature(user, feature.voice);
  for (const { organizationId, id: extensionId } of ownTerminals(deps, user)) {
    await deps.devices.do({ organizationId, extensionId, set: 'agentState', state: 'loggedOff' });
  }
  deps.sessions.end(session);
  return {};
}

/**
 * Of all devices that are logged on; where none is, all log on first: clients ask for a state without waiting for the
 * answer to their beginning.
 */
async function setState(deps: SessionDeps, { user }: Agent, operationName: string): Promise<void> {
  const state = deps.states.askedFor(operationName);
  if (state === null) throw unknownOperation(operationName);
  checkFeature(user, feature.voice);
  const all = ownTerminals(deps, user);
  if (all.length === 0) throw new WebServicesError('notNow', 'The user has no device.');
  const stateOf = ({ organizationId, id: extensionId }: Terminal) =>
    deps.devices.of({ organizationId, extensionId }).agentState.state;
  let concerned = all.filter((device) => stateOf(device) !== 'loggedOff');
  if (concerned.length === 0 && state.state !== 'loggedOff') {
    for (const device of all) await logDeviceOn(deps, device, 'LoggedIn');
    concerned = [...all];
  }
  for (const { organizationId, id: extensionId } of concerned) {
    await deps.devices.do({ organizationId, extensionId, set: 'agentState', ...state });
  }
}
