import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { systemClock } from '../../base/clock.ts';
import { Receiver } from './testing/receiver.ts';
import { sendWebhook } from './webhook-request.ts';

const receivers: Receiver[] = [];
after(async () => {
  for (const receiver of receivers) await receiver.down();
});

async function start(): Promise<Receiver> {
  const receiver = await Receiver.start();
  receivers.push(receiver);
  return receiver;
}

const fields = new URLSearchParams({ CallID: 'a b', CallerIDName: 'Zoë & "Z" +*', Empty: '' }).toString();
const decoded = { CallID: 'a b', CallerIDName: 'Zoë & "Z" +*', Empty: '' };

function send(
  url: string,
  method: 'get' | 'post' = 'get',
  signal = new AbortController().signal,
  timeoutMs = 120_000,
  secrets: readonly string[] = [],
  how = fetch,
) {
  const subscription = { id: 'a1b2', url, method };
  const request = { subscription, fields, deliveryId: '7', at: 1_000_000, event: 'hangup', secrets };
  return sendWebhook(request, { fetch: how, clock: systemClock, limits: { timeoutMs, redirects: 3 }, signal });
}

test('GET: the fields come behind a query that is there, which stays', async () => {
  const receiver = await start();
  assert.equal(await send(`${receiver.url}/hook?key=%26x`), 200);
  assert.equal(await send(`${receiver.url}/bare`), 200);
  assert.equal(await send(`${receiver.url}/mark?#part`), 200);
  const [first, second, third] = receiver.taken;
  assert.deepEqual(first?.fields, { key: '&x', ...decoded });
  assert.deepEqual([first?.method, first?.path], ['GET', '/hook']);
  assert.deepEqual(second?.fields, decoded);
  assert.deepEqual(third?.fields, decoded);
  assert.equal(first?.headers['x-partyline-delivery'], '7');
  assert.equal(first?.headers['user-agent'], 'Partyline');
});

test('POST: the fields are a form, the query of the address stays in the address', async () => {
  const receiver = await start();
  assert.equal(await send(`${receiver.url}/hook?key=1`, 'post'), 200);
  const [first] = receiver.taken;
  assert.deepEqual(first?.fields, decoded);
  assert.equal(first?.method, 'POST');
  assert.equal(first?.headers['content-type'], 'application/x-www-form-urlencoded');
});

test('a login in the address goes into the header', async () => {
  const receiver = await start();
  const url = receiver.url.replace('http://', 'http://jane:s%40crét@');
  assert.equal(await send(`${url}/hook`), 200);
  const sent = receiver.taken[0]?.headers.authorization ?? '';
  assert.equal(Buffer.from(sent.replace('Basic ', ''), 'base64').toString(), 'jane:s@crét');
});

test('redirects: three are followed, with the form again but after 303; a fourth is not', async () => {
  const receiver = await start();
  const to = (status: number, location: string) => ({ status, location });
  receiver.answer = ({ path }) => {
    if (path === '/1') return to(308, '/2');
    if (path === '/2') return to(302, `${receiver.url}/3`);
    if (path === '/3') return to(307, '/4');
    if (path === '/see') return to(303, '/done');
    if (path === '/0') return to(301, '/1');
    if (path === '/file') return to(302, 'file:///etc/passwd');
    if (path === '/nowhere') return 304;
    return 200;
  };
  assert.equal(await send(`${receiver.url}/1`, 'post'), 200);
  assert.deepEqual(receiver.taken[0]?.fields, decoded);
  assert.deepEqual([receiver.taken[0]?.method, receiver.taken[0]?.path], ['POST', '/4']);
  assert.equal(await send(`${receiver.url}/see`, 'post'), 200);
  assert.deepEqual([receiver.taken[1]?.method, receiver.taken[1]?.path], ['GET', '/done']);
  const before = receiver.all.length;
  assert.equal(await send(`${receiver.url}/0`, 'post'), 307);
  assert.equal(receiver.all.length - before, 4);
  assert.equal(await send(`${receiver.url}/file`), 302);
  assert.equal(await send(`${receiver.url}/nowhere`), 304);
});

test('a redirect is signed where what is told goes on as it was, and not what the redirect says instead', async () => {
  const receiver = await start();
  const secrets = [`whsec_${Buffer.from('secret').toString('base64')}`];
  receiver.answer = ({ path }) => {
    if (path === '/moved') return { status: 301, location: `/hook?${fields}` };
    if (path === '/forged') return { status: 307, location: '/hook?CallID=forged' };
    if (path === '/more') return { status: 307, location: `/hook?${fields}&CallID=forged` };
    if (path === '/seen') return { status: 303, location: '/hook?CallID=forged' };
    return 200;
  };
  const signed = async (path: string, method: 'get' | 'post' = 'get') => {
    assert.equal(await send(`${receiver.url}${path}`, method, undefined, 120_000, secrets), 200);
    return receiver.all.splice(0).map(({ headers }) => headers['webhook-signature'] !== undefined);
  };
  assert.deepEqual(await signed('/moved'), [true, true]);
  assert.deepEqual(await signed('/forged', 'post'), [true, true], 'the form is as it was');
  assert.deepEqual(await signed('/forged'), [true, false]);
  assert.deepEqual(await signed('/more'), [true, false]);
  assert.deepEqual(await signed('/seen', 'post'), [true, false]);
});

test('what does not answer in time, is not there or is called off, gives null, and never throws', async () => {
  const receiver = await start();
  receiver.answer = () => null;
  const began = systemClock.monotonic();
  assert.equal(await send(`${receiver.url}/hang`, 'get', undefined, 60), null);
  assert.ok(systemClock.monotonic() - began >= 55);
  const aborting = new AbortController();
  const calledOff = send(`${receiver.url}/hang`, 'get', aborting.signal);
  setImmediate(() => aborting.abort());
  assert.equal(await calledOff, null);
  await receiver.down();
  assert.equal(await send(`${receiver.url}/hook`), null);
  assert.equal(await send('http://name.invalid/hook'), null);
});
