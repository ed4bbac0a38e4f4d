import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../../../base/random.ts';
import type { Call } from '../../../../call/model/call.ts';
import { clearCall } from '../../../../call/services/clear-call.ts';
import { clearConnection } from '../../../../call/services/clear-connection.ts';
import { enterConference } from '../../../../call/services/enter-conference.ts';
import { parkCall } from '../../../../call/services/park-call.ts';
import { receiveCall } from '../../../../call/services/receive-call.ts';
import { singleStepTransfer } from '../../../../call/services/single-step-transfer.ts';
import { extension, policy, RuntimeFixture } from '../../../../call/testing/runtime-fixture.ts';
import { allLive, involves, type LivePhoneCall } from './live.ts';

const phones = ['100', '101', '102', '103', '104'];
const ignoring = (done: Promise<unknown>): Promise<unknown> => done.catch(() => undefined);

/** As `allLive`, by looking at everything. */
function byLookingAtAll(calls: readonly Call[], extensionIds: ReadonlySet<string>): string[] {
  const all = calls.flatMap((call): LivePhoneCall[] =>
    call.kind === 'call'
      ? [{ id: call.id, call, connection: null }]
      : [...call.connections.values()].flatMap((connection) =>
          connection.moved ? [] : [{ id: connection.legId, call, connection }],
        ),
  );
  return all
    .filter((live) => involves(live, extensionIds))
    .map(({ id }) => id)
    .sort();
}

function dial(fixture: RuntimeFixture, legId: string, from: string, to: string) {
  return fixture.runtime.do(receiveCall, {
    kind: 'call',
    legId,
    organizationId: 'org',
    from: extension(from),
    to: extension(to),
    target: { kind: 'terminal', aor: to },
    callerId: { name: from, number: from },
    timeoutMs: 25_000,
  });
}

function dialled(number: string) {
  const target = { kind: 'terminal', aor: number } as const;
  return { device: extension(number), target, callerId: { name: '', number: '1' }, timeoutMs: 5000 };
}

test('whatever happens, the calls of an extension are those that involve it', async () => {
  const fixture = new RuntimeFixture();
  const { runtime } = fixture;
  const random = new SeededRandom(7);
  const any = <Item>(items: readonly Item[]): Item | undefined => items[random.int(Math.max(1, items.length))];
  let legs = 0;
  const happens = async (): Promise<unknown> => {
    const call = any(runtime.snapshot());
    const connection = any([...(call?.connections.values() ?? [])]);
    const ref = call && connection && { callId: call.id, connectionId: connection.id };
    const [from, to] = [any(phones)!, any(phones)!];
    switch (random.int(8)) {
      case 0:
      case 1:
        return dial(fixture, `leg${legs++}`, from, to);
      case 2: {
        const device = extension(from);
        return runtime.do(enterConference, { legId: `leg${legs++}`, device, policy: policy(), role: 'participant' });
      }
      case 3:
        return connection && runtime.report(connection.legId, { type: 'answered' });
      case 4:
        return ref && runtime.do(clearConnection, ref);
      case 5:
        return call && random.int(3) === 0 && runtime.do(clearCall, { callId: call.id });
      case 6:
        return ref && runtime.do(parkCall, { ...ref, maxMs: 60_000, returnTo: dialled(any(phones)!) });
      default:
        return ref && runtime.do(singleStepTransfer, { ...ref, ...dialled(to) });
    }
  };
  let seen = 0;
  for (let step = 0; step < 600; step++) {
    await ignoring(Promise.resolve(happens()));
    await fixture.settle();
    for (const ids of [...phones.map((number) => [`x${number}`]), ['x211'], ['x100', 'x211'], ['unknown']]) {
      const wanted = byLookingAtAll(runtime.snapshot(), new Set(ids));
      const found = allLive(runtime, 'org', new Set(ids)).map(({ id }) => id);
      assert.deepEqual(found.sort(), wanted, `step ${step}, ${ids}`);
      seen += wanted.length;
    }
    assert.deepEqual(allLive(runtime, 'other', new Set(['x100'])), []);
  }
  assert.ok(seen > 1000, `${seen}`);
  for (const { id } of runtime.snapshot()) await ignoring(runtime.do(clearCall, { callId: id }));
  await fixture.settle();
  for (const number of phones) assert.deepEqual(allLive(runtime, 'org', new Set([`x${number}`])), []);
});

test('what it costs to find the calls of an extension follows how many it has, not how many there are', async () => {
  const fixture = new RuntimeFixture();
  const { runtime } = fixture;
  for (let at = 0; at < 400; at++) await dial(fixture, `other${at}`, '100', '101');
  for (let at = 0; at < 3; at++) await dial(fixture, `own${at}`, '102', '103');
  let looked = 0;
  const counting = {
    call: (id: string) => {
      looked += 1;
      return runtime.call(id);
    },
    callsOf: (id: string) => {
      const calls = runtime.callsOf(id);
      looked += calls.length;
      return calls;
    },
    connectionsOf: (id: string) => runtime.connectionsOf(id),
    connectionsChargedTo: (id: string) => runtime.connectionsChargedTo(id),
  };
  assert.equal(allLive(counting, 'org', new Set(['x102'])).length, 3);
  assert.ok(looked <= 6, `${looked} calls were looked at`);
});

test('running calls come in pages, in the order in which they began, whatever ends meanwhile', async () => {
  const fixture = new RuntimeFixture();
  const { runtime } = fixture;
  const begun: string[] = [];
  for (let at = 0; at < 100; at++) begun.push((await dial(fixture, `leg${at}`, '100', '101')).callId);
  const first = runtime.callPage('org', { after: 0, limit: 40 });
  assert.deepEqual(
    first.calls.map(({ id }) => id),
    begun.slice(0, 40),
  );
  for (const id of begun.slice(0, 70)) await runtime.do(clearCall, { callId: id });
  const second = runtime.callPage('org', { after: first.next ?? 0, limit: 20 });
  assert.deepEqual(
    second.calls.map(({ id }) => id),
    begun.slice(70, 90),
  );
  const last = runtime.callPage('org', { after: second.next ?? 0, limit: 20 });
  assert.deepEqual([last.calls.map(({ id }) => id), last.next], [begun.slice(90), null]);
  assert.deepEqual(runtime.callPage('other', { after: 0, limit: 20 }), { calls: [], next: null });
  const some = runtime.callPage('org', { after: second.next ?? 0, limit: 4, kind: 'call' });
  assert.deepEqual(
    some.calls.map(({ id }) => id),
    begun.slice(90, 94),
  );
  assert.deepEqual(runtime.callPage('org', { after: 0, limit: 20, kind: 'conference' }), { calls: [], next: null });
});
