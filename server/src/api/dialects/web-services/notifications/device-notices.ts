import { isOfDevice } from '../../../../call/devices/device-events.ts';
import type { StreamEvent } from '../../../../call/model/event-log.ts';
import type { Directory } from '../../../../directory/directory.ts';
import type { Notice } from '../../../../push/live/notice.ts';
import type { AgentStates } from '../agent-states.ts';
import { deviceView } from '../device-view.ts';

const devicesChannel = '/v2/me/devices';

export interface DeviceNoticesOptions {
  readonly directory: Pick<Directory, 'extensionById' | 'user'>;
  /** Whether a phone is registered for an extension now. */
  readonly registered: (extensionId: string) => boolean;
  /** Default: the usual ones. */
  readonly states?: AgentStates;
}

/** A change of an agent's device, in the words of this interface. */
export function deviceNotices(options: DeviceNoticesOptions, event: StreamEvent): readonly Notice[] {
  if (!isOfDevice(event)) return [];
  const device = event.data;
  const { extensionId } = device;
  const states = options.states === undefined ? {} : { states: options.states };
  const data = (base: string) => {
    const extension = options.directory.extensionById(extensionId);
    const user = extension === null ? null : options.directory.user(extension.organizationId, extension.userId);
    const devices =
      extension === null || user === null
        ? []
        : [deviceView({ extension, user, device, registered: options.registered(extensionId), ...states }, base)];
    return { messageType: 'DeviceStateChangeMessage', devices };
  };
  return [{ extensionId, channel: devicesChannel, data }];
}
