import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from './base/testing/virtual-clock.ts';
import { directoryOf, organizationWith, phone } from './directory/testing/virtual-organizations.ts';
import { followChanges } from './followed-changes.ts';

test('where the disk is full for a moment, all else that follows from a removal is done', async () => {
  const { directory, records } = await directoryOf({
    organizations: [organizationWith(3, [phone('101')])],
    trunks: null,
    dialPlan: null,
  });
  const [user] = records.users;
  const [extension] = records.extensions;
  const done: string[] = [];
  const full = Object.assign(new Error('the disk is full'), { name: 'StoreError' });
  const parts = {
    clock: new VirtualClock(),
    config: { sip: { domain: 'sip.test' } },
    directory,
    sip: { registrar: { remove: (aor: string) => void done.push(`unregistered ${aor}`) } },
    tokens: { revokeUsers: () => Promise.reject(full), revokeApp: async () => {} },
    trunks: { refresh: () => void done.push('trunks refreshed') },
    webhooks: {
      secrets: { follow: async () => {}, beginAnew: async () => {} },
      subscriptions: {
        removeAll: async (gone: readonly { readonly extensionId: string }[]) => {
          done.push(...gone.map(({ extensionId }) => `no webhooks of ${extensionId}`));
          return [];
        },
      },
    },
  };
  const applied = [
    { ref: { kind: 'user', id: '3-1' }, before: { kind: 'user', record: user! }, after: null },
    { ref: { kind: 'extension', id: '3-101' }, before: { kind: 'extension', record: extension! }, after: null },
    { ref: { kind: 'trunk', id: 'carrier' }, before: null, after: null },
  ] as const;
  await assert.rejects(followChanges(parts, applied), full);
  assert.deepEqual(done, ['unregistered 0003*101@sip.test', 'trunks refreshed', 'no webhooks of 3-101']);
});
