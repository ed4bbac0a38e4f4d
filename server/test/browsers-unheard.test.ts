import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { after, before, test } from 'node:test';
import { PartylineServer } from './peers/partyline.ts';
import { waitFor } from './peers/wait.ts';

/** Browsers that offer and never come: those of an address are bounded, and cost others nothing. */

let server: PartylineServer;

before(async () => {
  server = await PartylineServer.start();
});

after(() => server.stop());

const offer = [
  'v=0',
  'o=- 1 1 IN IP4 0.0.0.0',
  's=-',
  't=0 0',
  'a=group:BUNDLE 0',
  `a=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}`,
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  'c=IN IP4 0.0.0.0',
  'a=mid:0',
  'a=sendrecv',
  'a=ice-ufrag:abcd',
  'a=ice-pwd:abcdefghijklmnopqrstuvwx',
  'a=setup:actpass',
  'a=rtcp-mux',
  'a=rtpmap:111 opus/48000/2',
  '',
].join('\r\n');

function post(path: string, headers: Record<string, string>, body: string, localAddress: string) {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const asking = httpRequest(
      { host: '127.0.0.1', port: server.httpPort, method: 'POST', path, headers, localAddress },
      (answer) => {
        let text = '';
        answer.on('data', (part) => {
          text += part;
        });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }));
      },
    );
    asking.on('error', reject);
    asking.end(body);
  });
}

/** Joins as somebody of this name, and never comes. Gives the status. */
async function offersAs(name: string, address: string): Promise<number> {
  const asked = JSON.stringify({ conferenceId: '2011', userName: name });
  const { text } = await post(
    '/ups/resources/middleware/token',
    { 'content-type': 'application/json' },
    asked,
    address,
  );
  const { token } = JSON.parse(text) as { token: string };
  const headers = { 'content-type': 'application/sdp', authorization: `Bearer ${token}` };
  return (await post('/whip', headers, offer, address)).status;
}

test('of the offers of an address that nobody follows up the oldest gives way to the next', async () => {
  assert.equal(await offersAs('elsewhere', '127.0.0.51'), 201);
  let taken = 0;
  // Beyond a hundred at once they are taken ten a second.
  for (let n = 0; taken < 104; n++) {
    const one = async () => (await offersAs(`flood ${n}`, '127.0.0.50')) === 201;
    if (await waitFor(one, 1000, 'an offer to be taken')) taken++;
  }
  const { id } = await waitFor(async () => (await server.calls())[0], 1000, 'the conference');
  const log = await server.events(id);
  const left = log.filter(({ type }) => type === 'connectionCleared');
  // Those that nobody follows up in their time end otherwise.
  const displaced = left.filter(({ cause }) => cause === 'timeout').map(({ connectionId }) => connectionId);
  const names = new Map(
    log.flatMap(({ data }) => {
      const seeds = [data['connection'], ...((data['connections'] as unknown[]) ?? [])];
      return seeds.flatMap((seed) => {
        const { id: connection, device } = (seed ?? {}) as { id?: string; device?: { name: string } };
        return connection === undefined ? [] : [[connection, device?.name ?? ''] as const];
      });
    }),
  );
  assert.ok(left.length >= 4, `${left.length} have left`);
  assert.ok(!displaced.some((connection) => names.get(connection ?? '') === 'elsewhere'));
  const inside = (await server.calls()).flatMap(({ connections }) => connections);
  assert.ok(inside.length <= 101, `${inside.length} are inside`);
});
