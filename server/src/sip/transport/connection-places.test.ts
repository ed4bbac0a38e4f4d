import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConnectionTable } from './connection-places.ts';
import type { Flow } from './flow.ts';

function stage(limits: Partial<ConstructorParameters<typeof ConnectionTable>[0]> = {}) {
  const proven = new Set<string>();
  const closed: string[] = [];
  const open = new Map<string, Flow>();
  const table = new ConnectionTable(
    { connections: 20, connectionsPerAddress: 15, strangersPerAddress: 4, strangersPerNetwork: 6, ...limits },
    (flow) => proven.has(flow.id),
  );
  const come = (id: string, address: string, stranger = true): boolean => {
    if (!table.mayCome(address)) return false;
    const flow = {
      id,
      kind: 'tcp' as const,
      reliable: true,
      closed: false,
      send() {},
      local: { address: '127.0.0.1', port: 5060 },
      remote: { address, port: 1 },
      close: () => {
        closed.push(id);
        open.delete(id);
        table.remove(flow);
      },
    };
    open.set(id, flow);
    table.add(flow, stranger);
    return true;
  };
  const speaks = (id: string) => table.touched(open.get(id) as Parameters<typeof table.touched>[0]);
  return { table, proven, closed, open, come, speaks };
}

test('one address too many: its stranger that has said nothing for longest gives way', () => {
  const { come, speaks, closed } = stage();
  for (const id of ['a', 'b', 'c', 'd']) assert.ok(come(id, '10.0.0.1'));
  speaks('a');
  assert.ok(come('e', '10.0.0.1'));
  assert.ok(come('f', '10.0.0.1'));
  assert.deepEqual(closed, ['b', 'c']);
});

test('who has proven himself stays, and so does what we opened', () => {
  const { come, closed, proven } = stage();
  for (const id of ['a', 'b', 'c', 'd']) assert.ok(come(id, '10.0.0.1', id !== 'd'));
  proven.add('a');
  for (let i = 0; i < 10; i++) assert.ok(come(`n${i}`, '10.0.0.1'));
  assert.ok(!closed.includes('a') && !closed.includes('d'), String(closed));
  assert.equal(closed[0], 'b');
});

test('an IPv6 site has as many addresses as it likes, and few places', () => {
  const { come, open } = stage();
  for (let i = 1; i <= 50; i++) assert.ok(come(`s${i}`, `2001:db8:7:${i.toString(16)}::1`));
  assert.equal(open.size, 6);
  for (let i = 1; i <= 50; i++) assert.ok(come(`h${i}`, `2001:db8:8:1::${i.toString(16)}`));
  assert.equal([...open.keys()].filter((id) => id.startsWith('h')).length, 4);
});

test('ten addresses that hold all there is keep nobody out, and push out no phone', () => {
  const { come, open, proven } = stage();
  for (const id of ['p1', 'p2', 'p3']) {
    assert.ok(come(id, '10.9.9.9'));
    proven.add(id);
  }
  for (let i = 0; i < 1000; i++) assert.ok(come(`x${i}`, `10.0.0.${i % 10}`));
  assert.equal(open.size, 20);
  assert.ok(come('newcomer', '10.1.1.1'));
  for (const id of ['p1', 'p2', 'p3', 'newcomer']) assert.ok(open.has(id), id);
});

test('where all have proven themselves the new one is refused', () => {
  const { come, proven } = stage({ connections: 3 });
  for (const id of ['a', 'b', 'c']) {
    assert.ok(come(id, '10.0.0.1'));
    proven.add(id);
  }
  assert.ok(!come('d', '10.0.0.2'));
});
