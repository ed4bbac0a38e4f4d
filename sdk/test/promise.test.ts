import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SdkPromise } from '../src/promise.ts';

test('has the methods of a promise of jQuery, in order, at once when it is settled', () => {
  const told: unknown[] = [];
  const promise = new SdkPromise<number>();
  assert.equal(promise.state(), 'pending');
  const same = promise
    .done((value: number) => told.push(['done', value]))
    .fail(() => told.push('fail'))
    .always((value: unknown) => told.push(['always', value]))
    .progress((value: unknown) => told.push(['progress', value]));
  assert.equal(same, promise);
  promise.notify(1);
  promise.settle(true, 5);
  promise.settle(false, 6);
  promise.notify(2);
  promise.done(() => told.push('late'));
  assert.deepEqual(told, [['progress', 1], ['done', 5], ['always', 5], 'late']);
  assert.equal(promise.state(), 'resolved');
  assert.equal(promise.promise(), promise);
});

test('is a thenable: await, chains, adoption, rejection', async () => {
  assert.equal(await SdkPromise.resolved(3), 3);
  assert.equal(await SdkPromise.resolved(3).then((value) => value + 1), 4);
  assert.equal(await SdkPromise.resolved(1).then(() => Promise.resolve('inner')), 'inner');
  assert.equal(await SdkPromise.rejected(new Error('x')).catch((error) => (error as Error).message), 'x');
  await assert.rejects(
    Promise.resolve(
      SdkPromise.resolved().then(() => {
        throw new Error('thrown');
      }),
    ),
    /thrown/,
  );
  const told: string[] = [];
  await SdkPromise.resolved(1).finally(() => void told.push('finally'));
  assert.deepEqual(told, ['finally']);
  const order: string[] = [];
  SdkPromise.resolved().then(() => order.push('then'));
  order.push('after');
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual(order, ['after', 'then']);
  const twice = new SdkPromise<string>((resolve, reject) => {
    resolve('first');
    reject('second');
  });
  assert.equal(await twice, 'first');
  assert.equal(await Promise.all([SdkPromise.resolved('a'), 'b']).then((all) => all.join('')), 'ab');
});
