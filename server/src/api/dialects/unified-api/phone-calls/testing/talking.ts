import assert from 'node:assert/strict';
import { type Answer, invitation, VirtualUnifiedApi } from '../../testing/virtual-unified-api.ts';

export function refused(answer: Answer, status: number, code: string, what = ''): void {
  assert.deepEqual([answer.status, answer.json?.error?.code], [status, code], `${what} ${answer.text}`);
}

export async function talking(change: { destination?: string; query?: string } = {}) {
  const api = await VirtualUnifiedApi.start();
  const { destination = '102', query = '' } = change;
  const made = await api.post(`/uapi/phoneCalls/@me/simple${query}`, {
    extension: '101',
    phoneCallView: [{ source: ['101'], destination: [destination] }],
  });
  const [{ id }] = made.json;
  const source = api.dialled().legId;
  await api.report(source, 'delivered', 'answered');
  const target = api.dialled().legId;
  await api.report(target, 'delivered', 'answered');
  const path = `/uapi/phoneCalls/@me/101/${id}`;
  const act = (action: string, more: object = {}, at = path) => api.put(at, { action, ...more });
  const look = async (at = path) => (await api.get(at)).json.entry[0];
  return { api, id, source, target, path, act, look };
}

export async function invited(number = '4') {
  const api = await VirtualUnifiedApi.start();
  const [{ id }] = (await api.post(`/uapi/phoneCalls/@me/conferenceInvite?number=${number}&pin=2233`, invitation()))
    .json;
  await api.report(id, 'delivered', 'answered');
  const path = `/uapi/phoneCalls/@me/211/${id}`;
  const act = (action: string, more: object = {}) => api.put(path, { action, ...more });
  return { api, id, path, act };
}
