import { afterEach, beforeEach } from 'node:test';
import type { ExtensionDevice } from '../../../../call/model/device.ts';
import { deviceIdOf } from '../ids.ts';
import { VirtualWebServices } from './virtual-web-services.ts';

export let api: VirtualWebServices;

beforeEach(async () => {
  api = await VirtualWebServices.start();
});

afterEach(() => api?.close());

export const device = `me/devices/${deviceIdOf('3-15000')}`;

export const to = (phoneNumber: string) => ({ destination: { phoneNumber } });

export const numbers = (call: { participants: { phoneNumber: string }[] }) =>
  call.participants.map((one) => one.phoneNumber);

export const deviceOf = (number: string): ExtensionDevice => ({
  kind: 'extension',
  organizationId: '3',
  extensionId: `3-${number}`,
  number,
  name: '',
});

/** State and others of a call of the user, `gone` when it has none of that id. */
export async function seen(login: string, id: string): Promise<string> {
  const call = (await api.callsOf(login)).find((one) => one.id === id);
  return call === undefined ? 'gone' : `${call.state} ${numbers(call).join(',')}`;
}

/** A call of the user as it is shown. */
export async function view(login: string, id: string): Promise<Record<string, unknown>> {
  return (await api.callOf(login, id)) as unknown as Record<string, unknown>;
}
