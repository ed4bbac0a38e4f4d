import type { LoggedEvent, StreamEvent } from '../model/event-log.ts';
import { isOfCall } from '../model/event-log.ts';
import { type AgentDevice, type DeviceChanged, type DeviceEventType, deviceEventTypes } from './agent-device.ts';

/** One change of one device, as the log has it. Streams of kind `device` are named by the id of the extension. */
export interface DeviceEvent extends StreamEvent {
  readonly stream: { readonly kind: 'device'; readonly id: string };
  readonly type: DeviceEventType;
  /** The device after it. */
  readonly data: AgentDevice;
}

export function deviceEvent({ type, device }: DeviceChanged, seq: number, at: number): DeviceEvent {
  const { extensionId, organizationId } = device;
  return { stream: { kind: 'device', id: extensionId }, organizationId, seq, at, type, data: device };
}

/** Whether this is a change of a device, of a kind that is known here. */
export function isOfDevice(event: LoggedEvent): event is DeviceEvent {
  return !isOfCall(event) && event.stream.kind === 'device' && types.has(event.type);
}

const types: ReadonlySet<string> = new Set(deviceEventTypes);
