import assert from 'node:assert/strict';
import { test } from 'node:test';
import { directoryOf, organizationWith } from '../directory/testing/virtual-organizations.ts';
import { byFile, type Doer } from './change-events.ts';
import { changesOver } from './testing/changes-over.ts';

test('however many changes one organization asks for, those of another, and the file, come next', async () => {
  const organizations = [organizationWith(3, []), organizationWith(4, [])];
  const { clock, directory } = await directoryOf({ organizations, trunks: [], dialPlan: [] });
  const changes = await changesOver({ directory, clock });
  const done: string[] = [];
  const gate = Promise.withResolvers<void>();
  const change = (by: Doer, name: string) =>
    changes.run(by, async () => {
      await gate.promise;
      done.push(name);
      return { plan: { origin: 'api' }, result: null };
    });
  const of = (organizationId: string): Doer => ({ ...byFile(null), kind: 'administrator', organizationId });
  const flood = Array.from({ length: 400 }, (_, n) => change(of('3'), `3 ${n}`));
  const others = [change(of('4'), '4'), change(byFile(null), 'file')];
  gate.resolve();
  const refused = (await Promise.allSettled(flood)).filter(({ status }) => status === 'rejected');
  assert.deepEqual(
    refused.map((one) => (one as PromiseRejectedResult).reason.code),
    refused.map(() => 'tooManyRequests'),
  );
  assert.equal(refused.length, 400 - 257);
  await Promise.all(others);
  assert.deepEqual(done.slice(0, 4), ['3 0', '3 1', '4', 'file']);
  assert.deepEqual(done.slice(4, 6), ['3 2', '3 3'], 'its own in the order in which they came');
});
