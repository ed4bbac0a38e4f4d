import type { LiveDialect } from '../../../../push/live/notice.ts';
import { CallNotices } from './call-notices.ts';
import { type DeviceNoticesOptions, deviceNotices } from './device-notices.ts';

/** What live clients are told in the words of this interface. */
export function webServicesNotices(options: DeviceNoticesOptions): LiveDialect {
  return {
    projection: () => new CallNotices(options.directory),
    ofStream: (event) => deviceNotices(options, event),
  };
}
