import type { LiveDialect } from '../../../../push/live/notice.ts';
import { AgentStates, type CustomState } from '../agent-states.ts';
import { CallNotices } from './call-notices.ts';
import { type DeviceNoticesOptions, deviceNotices } from './device-notices.ts';

export interface LiveDialectOptions extends Omit<DeviceNoticesOptions, 'states'> {
  /** `agentStates`: besides the usual ones. */
  readonly config?: { readonly webServices: { readonly agentStates: readonly CustomState[] } };
}

/** What live clients are told in the words of this interface. */
export function webServicesNotices({ config, ...given }: LiveDialectOptions): LiveDialect {
  const options = { ...given, states: new AgentStates(config?.webServices.agentStates ?? []) };
  return {
    projection: () => new CallNotices(options.directory),
    ofStream: (event) => deviceNotices(options, event),
  };
}
