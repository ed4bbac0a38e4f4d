import type { Call } from './call.ts';
import type { Connection } from './connection.ts';
import type { Device } from './device.ts';

/** The id of the device's extension, if it is one of the call's organization. */
export function ownExtension({ organizationId }: Call, device: Device | null): string | null {
  if (device === null || device.kind === 'external') return null;
  return device.organizationId === organizationId ? device.extensionId : null;
}

/**
 * The id of the extension that is charged: the one named when the call was made, else the one that began it, else who
 * was called. Of somebody in a conference, or on the way to one (`connection`), that is who came in, or listens; whom
 * the conference called, it pays for.
 */
export function chargedOf(call: Call, connection: Connection | null): string | null {
  const named = connection?.charged ?? call.charged;
  if (named !== null) return named;
  if (connection === null || call.kind === 'call') return ownExtension(call, call.from) ?? ownExtension(call, call.to);
  const room = call.conference?.extensionId ?? ownExtension(call, call.to);
  const own = ownExtension(call, connection.device);
  return connection.direction === 'incoming' || connection.role === 'supervisor' ? (own ?? room) : (room ?? own);
}
