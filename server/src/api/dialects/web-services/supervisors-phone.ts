import type { Dial } from '../../../call/model/call.ts';
import type { Directory } from '../../../directory/directory.ts';
import { feature } from './features.ts';

/**
 * How a supervisor's phone is called into the calls of others. Null: it is no terminal extension any more, or its user
 * may not monitor any more, whatever is still set for it.
 */
export function supervisorsPhone(
  directory: Pick<Directory, 'extensionById' | 'user'>,
  extensionId: string,
): Pick<Dial, 'device' | 'target'> | null {
  const extension = directory.extensionById(extensionId);
  if (extension === null || extension.device === null || extension.aor === null) return null;
  const user = directory.user(extension.organizationId, extension.userId);
  if (user === null || !user.features.includes(feature.voice) || !user.features.includes(feature.monitoring)) {
    return null;
  }
  return { device: extension.device, target: { kind: 'terminal', aor: extension.aor } };
}
