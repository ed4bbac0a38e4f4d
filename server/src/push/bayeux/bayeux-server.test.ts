import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { BayeuxServer } from './bayeux-server.ts';
import { matches, maySubscribe } from './channel-pattern.ts';
import { readBatch, type ServerMessage } from './message.ts';
import type { Carrier } from './session.ts';

class Client {
  readonly clock = new VirtualClock();
  readonly server: BayeuxServer<string>;
  readonly got: ServerMessage[][] = [];
  clientId = '';
  #ids = 0;

  constructor(limits = {}) {
    this.server = new BayeuxServer<string>({
      clock: this.clock,
      random: new SeededRandom(5),
      ownerKey: (owner) => owner,
      limits,
    });
  }

  carrier(kind: Carrier<string>['kind'] = 'long-polling'): Carrier<string> {
    return {
      owner: 'jane',
      kind,
      backlog: 0,
      carried: [],
      send: (messages) => void this.got.push(JSON.parse(messages)),
    };
  }

  /** Sends a batch and gives what was answered at once. */
  ask(messages: object[], carrier = this.carrier()): ServerMessage[] | undefined {
    const before = this.got.length;
    const filled = messages.map((one) => ({ id: `${++this.#ids}`, clientId: this.clientId, ...one }));
    this.server.handle(readBatch(filled)!, carrier);
    return this.got[before];
  }

  handshake(ext = {}): ServerMessage {
    const reply = this.ask([
      { channel: '/meta/handshake', supportedConnectionTypes: ['long-polling', 'websocket'], ext },
    ])![0]!;
    this.clientId = String(reply['clientId']);
    return reply;
  }

  connect(more = {}): ServerMessage[] | undefined {
    return this.ask([{ channel: '/meta/connect', connectionType: 'long-polling', ...more }]);
  }
}

test('of two connects in one batch the first is answered at once, whosever it is, and the last is held', async () => {
  for (const acks of [false, true]) {
    const client = new Client();
    client.handshake(acks ? { ack: true } : {});
    client.connect(acks ? { ext: { ack: 0 } } : {});
    await client.clock.advanceAsync(0);
    client.ask([{ channel: '/meta/subscribe', subscription: '/v2/me/*' }]);
    const acknowledging = (ack: number) => (acks ? { ext: { ack } } : {});
    const connect = { channel: '/meta/connect', connectionType: 'long-polling' };
    const both = ['a', 'b'].map((id) => ({ id, ...connect, ...acknowledging(0) }));
    assert.equal(client.ask(both), undefined);
    client.server.publish('jane', '/v2/me/calls', 1);
    await client.clock.advanceAsync(0);
    const answers = client.got.at(-1)!.map(({ id, channel, successful }) => [id ?? channel, successful]);
    assert.deepEqual(answers, [
      ['a', true],
      ['/v2/me/calls', undefined],
      ['b', true],
    ]);
    // One of a stranger’s, and one of its own.
    const mixed = client.ask([
      { ...connect, id: 'c', ...acknowledging(1) },
      { ...connect, id: 'd', clientId: 'nobody' },
    ])!;
    assert.deepEqual(
      mixed.map(({ id, successful }) => [id, successful]),
      [
        ['c', true],
        ['d', false],
      ],
    );
    client.connect(acknowledging(1));
    client.server.publish('jane', '/v2/me/calls', 2);
    await client.clock.advanceAsync(0);
    assert.ok(
      client.got.flat().some(({ data }) => data === 2),
      'it lives on',
    );
  }
});

test('channel patterns', () => {
  for (const [pattern, channel, is] of [
    ['/v2/me/calls', '/v2/me/calls', true],
    ['/v2/me/calls', '/v2/me/callsx', false],
    ['/v2/me/*', '/v2/me/calls', true],
    ['/v2/me/*', '/v2/me', false],
    ['/v2/me/*', '/v2/me/a/b', false],
    ['/v2/me/*', '/v2/me/', false],
    ['/**', '/v2/me/calls', true],
    ['/v2/**', '/v2/me/calls', true],
    ['/v2/**', '/v3/me', false],
  ] as const) {
    assert.equal(matches(pattern, channel), is, `${pattern} ${channel}`);
  }
  for (const good of ['/v2/me', '/v2/*', '/**', '/a/**']) assert.ok(maySubscribe(good), good);
  for (const bad of ['/meta/connect', '/service/x', '/a/*/b', '/a*', '/a/b*', '/***', '/a/***'])
    assert.ok(!maySubscribe(bad), bad);
});

test('the first connect is answered at once, the next is held until something happens or its time is over', async () => {
  const client = new Client({ holdMs: 30_000 });
  assert.deepEqual((client.handshake()['advice'] as { timeout: number }).timeout, 30_000);
  assert.equal(client.connect()![0]!['successful'], true);
  client.ask([{ channel: '/meta/subscribe', subscription: '/v2/**' }]);
  assert.equal(client.connect(), undefined);
  client.server.publish('jane', '/v2/me/calls', 1);
  client.server.publish('jane', '/v2/me/calls', 2);
  await Promise.resolve();
  assert.deepEqual(
    client.got.at(-1)!.map((one) => one['data'] ?? one.channel),
    [1, 2, '/meta/connect'],
    'one answer for one step',
  );
  client.connect();
  client.clock.advance(29_999);
  const before = client.got.length;
  client.clock.advance(1);
  assert.equal(client.got.length, before + 1);
  assert.equal(client.connect({ advice: { timeout: 0 } })![0]!['successful'], true);
});

test('who leaves is answered what is held first, and not told to come again; whose session is ended by others is', () => {
  const [left, ended] = [new Client(), new Client()];
  for (const client of [left, ended]) {
    client.handshake();
    client.connect();
    assert.equal(client.connect(), undefined);
  }
  left.ask([{ channel: '/meta/disconnect' }]);
  assert.deepEqual(left.got.slice(-2), [
    [{ channel: '/meta/connect', id: '3', successful: true, advice: { reconnect: 'none' } }],
    [{ channel: '/meta/disconnect', id: '4', successful: true }],
  ]);
  const again = { reconnect: 'handshake', interval: 0 };
  const unknown = { channel: '/meta/connect', successful: false, error: '402::Unknown client', advice: again };
  assert.deepEqual(left.connect(), [{ ...unknown, id: '5' }]);
  ended.server.endOwner('jane');
  assert.deepEqual(ended.got.at(-1), [{ ...unknown, id: '3' }]);
});

test('who connects and leaves in one batch is not told to come again either', () => {
  const client = new Client();
  client.handshake();
  client.ask([{ channel: '/meta/connect' }, { channel: '/meta/disconnect' }]);
  const replies = client.got.at(-1)!.toSorted((one, other) => one.channel.localeCompare(other.channel));
  assert.deepEqual(
    replies.map(({ channel, successful, advice }) => [channel, successful, advice]),
    [
      ['/meta/connect', true, { reconnect: 'none' }],
      ['/meta/disconnect', true, undefined],
    ],
  );
  assert.equal(client.server.refused.unknownClient, 0);
});

test('with acknowledgements what was not said to have come is sent again, and nothing twice', async () => {
  const client = new Client();
  assert.deepEqual(client.handshake({ ack: true })['ext'], { ack: true });
  client.connect({ ext: { ack: 0 } });
  client.ask([{ channel: '/meta/subscribe', subscription: '/**' }]);
  client.server.publish('jane', '/a', 1);
  const data = (reply: ServerMessage[] | undefined) =>
    (reply ?? []).flatMap((one) => (one['data'] === undefined ? [] : [one['data']]));
  const first = client.connect({ ext: { ack: 0 } });
  assert.deepEqual(data(first), [1]);
  // The answer was lost on its way.
  client.server.publish('jane', '/a', 2);
  const again = client.connect({ ext: { ack: 0 } });
  assert.deepEqual(data(again), [1, 2]);
  const ack = (again!.at(-1)!['ext'] as { ack: number }).ack;
  client.connect({ ext: { ack } });
  client.server.publish('jane', '/a', 3);
  await Promise.resolve();
  assert.deepEqual(data(client.got.at(-1)), [3]);
});

test('a client that does not read is ended, and told to begin anew', () => {
  const client = new Client({ mostWaiting: 10 });
  client.handshake();
  client.connect();
  client.ask([{ channel: '/meta/subscribe', subscription: '/**' }]);
  for (let i = 0; i < 11; i++) client.server.publish('jane', '/a', i);
  assert.equal(client.server.sessions, 0);
  const reply = client.connect()![0]!;
  assert.equal(reply['error'], '402::Unknown client');
  assert.deepEqual(reply['advice'], { reconnect: 'handshake', interval: 0 });
  assert.equal(client.clock.pending, 0);
});

test('sessions and subscriptions are bounded', () => {
  const client = new Client({ mostSessionsOfOwner: 3, mostSubscriptions: 4 });
  for (let i = 0; i < 3; i++) client.handshake();
  const refused = client.ask([{ channel: '/meta/handshake', supportedConnectionTypes: ['long-polling'] }])![0]!;
  assert.equal(refused['successful'], false);
  const patterns = ['/a', '/b', '/c', '/d'];
  assert.equal(client.ask([{ channel: '/meta/subscribe', subscription: patterns }])![0]!['successful'], true);
  assert.equal(client.ask([{ channel: '/meta/subscribe', subscription: '/e' }])![0]!['successful'], false);
  assert.equal(client.ask([{ channel: '/meta/unsubscribe', subscription: '/a' }])![0]!['successful'], true);
  assert.equal(client.ask([{ channel: '/meta/subscribe', subscription: '/e' }])![0]!['successful'], true);
  assert.equal(client.ask([{ channel: '/v2/me', data: 'published' }])![0]!['successful'], false);
});

test('of a batch each message has a reply of its own: what cannot be understood is refused, the rest is done', () => {
  const client = new Client();
  const nobodys = [7, null, {}, { id: '2' }, { channel: 'calls', id: 3 }];
  assert.equal(readBatch(nobodys), null, 'there is nobody to reply to');
  const wrong = [...nobodys, { channel: '/meta/connect', id: { a: 1 } }];
  client.handshake();
  const { clientId } = client;
  const subscribe = { channel: '/meta/subscribe', subscription: '/v2/me/*', clientId, id: '1' };
  const batch = readBatch([...wrong, subscribe, { ...subscribe, id: '4', subscription: 'calls' }])!;
  client.server.handle(batch, client.carrier());
  assert.deepEqual(
    client.got.at(-1)!.map(({ channel, id, successful }) => [channel, id, successful]),
    [
      ['/meta/unsuccessful', undefined, false],
      ['/meta/unsuccessful', undefined, false],
      ['/meta/unsuccessful', undefined, false],
      ['/meta/unsuccessful', '2', false],
      ['/meta/unsuccessful', 3, false],
      ['/meta/connect', undefined, false],
      ['/meta/subscribe', '1', true],
      ['/meta/subscribe', '4', false],
    ],
  );
  assert.equal(client.got.at(-1)!.at(-1)!['subscription'], 'calls', 'by which clients take it back');
  assert.equal(client.got.at(-1)![0]!['error'], '400::malformed message');
  assert.equal(client.server.refused.unreadable, 7);
  assert.equal(readBatch(Array.from({ length: 65 }, () => subscribe)), null);
  for (const id of ['7', 7]) {
    client.server.handle(readBatch({ ...subscribe, id })!, client.carrier());
    assert.equal(client.got.at(-1)![0]!['id'], id, 'as it came');
  }
});

test('connections that stay open are bounded, and closed when they carry no session', () => {
  const client = new Client({ awayMs: 20_000, holdMs: 30_000, mostOpenOfOwner: 2 });
  const { server, clock } = client;
  const closed: string[] = [];
  const socket = (name: string): Carrier<string> => ({
    ...client.carrier('websocket'),
    close: (why) => void closed.push(`${name} ${why}`),
  });
  const [talks, idles] = [socket('talks'), socket('idles')];
  for (const one of [talks, idles]) {
    assert.ok(server.mayOpen('jane'));
    server.opened(one);
  }
  assert.ok(!server.mayOpen('jane'));
  assert.ok(server.mayOpen('john'));
  assert.equal(server.refused.tooManyOpen, 1);
  client.handshake();
  for (let turn = 0; turn < 4; turn++) {
    client.ask([{ channel: '/meta/connect', connectionType: 'websocket' }], talks);
    clock.advance(10_000);
  }
  assert.deepEqual([closed, server.refused.noSession], [['idles noSession'], 1]);
  server.lost(idles);
  assert.ok(server.mayOpen('jane'));
  // Its session ends: there is time for another.
  server.endOwner('john');
  client.ask([{ channel: '/meta/disconnect' }], talks);
  clock.advance(19_000);
  assert.equal(closed.length, 1);
  clock.advance(21_000);
  assert.deepEqual(closed.slice(1), ['talks noSession']);
  server.lost(talks);
  assert.equal(clock.pending, 0);
});

test('a client that is away is forgotten, and nothing is left of it', () => {
  const client = new Client({ awayMs: 20_000 });
  client.handshake();
  client.connect();
  client.clock.advance(19_999);
  assert.equal(client.server.sessions, 1);
  client.clock.advance(1);
  assert.equal(client.server.sessions, 0);
  assert.equal(client.clock.pending, 0);
});

test('also over a WebSocket, open or dead, a session lives no longer than its client connects', () => {
  const client = new Client({ holdMs: 30_000, awayMs: 20_000 });
  const socket = client.carrier('websocket');
  client.handshake();
  const connect = { channel: '/meta/connect', connectionType: 'websocket' };
  client.ask([connect], socket);
  client.clock.advance(15_000);
  client.ask([connect], socket);
  client.clock.advance(49_999);
  assert.equal(client.server.sessions, 1, 'held for 30 s, then awaited for 20');
  client.clock.advance(1);
  assert.equal(client.server.sessions, 0);
  assert.equal(client.clock.pending, 0);
});

test('who goes on by long-polling gets by that what comes, and no more by the socket that it left open', async () => {
  const client = new Client();
  const bySocket: string[] = [];
  const socket: Carrier<string> = { ...client.carrier('websocket'), send: (text) => void bySocket.push(text) };
  client.handshake();
  client.ask([{ channel: '/meta/subscribe', subscription: '/**' }]);
  client.ask([{ channel: '/meta/connect', connectionType: 'websocket' }], socket);
  client.server.publish('jane', '/a', 1);
  await Promise.resolve();
  assert.match(bySocket.at(-1)!, /"data":1/);
  assert.equal(client.connect(), undefined);
  const before = bySocket.length;
  client.server.publish('jane', '/a', 2);
  await Promise.resolve();
  assert.deepEqual(
    client.got.at(-1)!.map((one) => one['data'] ?? one.channel),
    [2, '/meta/connect'],
  );
  assert.equal(bySocket.length, before);
});

test('what is refused subscribes to nothing, and an unsubscription names what it is about', () => {
  const clock = new VirtualClock();
  const got: ServerMessage[] = [];
  const server = new BayeuxServer<string>({
    clock,
    random: new SeededRandom(5),
    ownerKey: (owner) => owner,
    limits: { mostSubscriptions: 1 },
    watch: {
      subscribing: (_session, _patterns, ext) => (ext['wrong'] === true ? '400::wrong' : null),
      unsubscribed() {},
      ended() {},
      has() {},
    },
  });
  const carrier = { owner: 'jane', kind: 'long-polling', backlog: 0, carried: [] } as const;
  const ask = (message: object) => {
    server.handle(readBatch([message])!, { ...carrier, send: (text) => void got.push(...JSON.parse(text)) });
    return got.at(-1)!;
  };
  const { clientId } = ask({ channel: '/meta/handshake', supportedConnectionTypes: ['long-polling'] });
  const subscribe = (subscription: string, ext = {}) =>
    ask({ channel: '/meta/subscribe', clientId, subscription, ext })['successful'];
  assert.equal(subscribe('/a', { wrong: true }), false);
  assert.deepEqual([...server.sessionsOf('jane')[0]!.subscriptions], []);
  assert.equal(subscribe('/b'), true, 'it took no place');
  assert.equal(ask({ channel: '/meta/unsubscribe', clientId })['error'], '400::subscription missing');
  const foreign = ask({ channel: '/meta/subscribe', clientId: 'nobody', subscription: '/b' });
  assert.deepEqual([foreign['error'], foreign['subscription']], ['402::Unknown client', '/b']);
});

test('whose login is over loses what is open, also what has no session yet, and nobody else does', () => {
  const client = new Client();
  const closed: string[] = [];
  const open = (name: string, owner: string) => {
    const carrier: Carrier<string> = {
      ...client.carrier('websocket'),
      owner,
      close: () => void closed.push(name),
    };
    client.server.opened(carrier);
    return carrier;
  };
  const gone = open('gone', 'jane');
  client.handshake();
  client.ask([{ channel: '/meta/connect', connectionType: 'websocket' }], open('connected', 'jane'));
  open('new', 'jane');
  open('other', 'john');
  client.server.lost(gone);
  client.server.endOwner('jane');
  assert.deepEqual(closed, ['connected', 'new']);
  assert.equal(client.server.sessions, 0);
});
