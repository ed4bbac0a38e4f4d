import { isOfDevice } from '../../../../call/devices/device-events.ts';
import type { StreamEvent } from '../../../../call/model/event-log.ts';
import type { Directory } from '../../../../directory/directory.ts';
import type { Notice } from '../../../../push/live/notice.ts';
import { deviceView } from '../device-view.ts';

const devicesChannel = '/v2/me/devices';

export interface DeviceNoticesOptions {
  readonly directory: Pick<Directory, 'extensionById' | 'user'>;
  /** Whether a phone is registered for an extension now. */
  readonly registered: (extensionId: string) => boolean;
}

/** A change of an agent's device, in the words of this interface. */
export function deviceNotices(options: DeviceNoticesOptions, event: StreamEvent): readonly Notice[] {
  if (!isOfDevice(event)) return [];
  const device = event.data;
  const { extensionId } = device;
  const data = (base: string) => {
    const extension = options.directory.extensionById(extensionId);
    const user = extension === null ? null : options.directory.user(extension.organizationId, extension.userId);
    const devices =
      extension === null || user === null
        ? []
        : [deviceView({ extension, user, device, registered: options.registered(extensionId) }, base)];
    return { messageType: 'DeviceStateChangeMessage', devices };
  };
  return [{ extensionId, channel: devicesChannel, data }];
}
