import assert from 'node:assert/strict';
import { test } from 'node:test';
import { supervisorsPhone } from './supervisors-phone.ts';
import { VirtualWebServices } from './testing/virtual-web-services.ts';

test('a phone is called into the calls of others as long as its user may monitor them', async () => {
  const api = await VirtualWebServices.start();
  const found = supervisorsPhone(api.directory, '3-15003');
  assert.equal(found?.device.number, '15003');
  assert.equal(found?.target.kind, 'terminal');
  for (const [id, what] of [
    ['3-15000', 'its user has no such feature'],
    ['3-15004', 'its user has none at all'],
    ['3-211', 'it is no phone'],
    ['3-1', 'it is gone'],
  ] as const) {
    assert.equal(supervisorsPhone(api.directory, id), null, what);
  }
  await api.close();
});
