import assert from 'node:assert/strict';
import { test } from 'node:test';
import { administrator, otherOrganization, PartylineServer, sipPassword, testOrganization } from './peers/partyline.ts';
import { RawSip, requestLines } from './peers/raw-sip.ts';
import { register } from './peers/register.ts';

test('a wrong password bans one phone alone; administrators see it, are told, and lift it', async () => {
  const server = await PartylineServer.start({ config: { organizations: [testOrganization, otherOrganization] } });
  const peers = await Promise.all(['127.0.0.1', '127.0.0.1', '127.0.0.1'].map((at) => RawSip.open(server.sipPort, at)));
  const [neighbour, wrong, fresh] = peers as [RawSip, RawSip, RawSip];
  const admin = async (path: string, login = administrator.login, method = 'GET') => {
    const authorization = `Basic ${btoa(`${login}:${administrator.password}`)}`;
    const response = await fetch(`http://127.0.0.1:${server.httpPort}/admin/v1/${path}`, {
      method,
      headers: { authorization },
    });
    return { status: response.status, body: response.status === 204 ? null : ((await response.json()) as Listed) };
  };
  interface Listed {
    readonly bans: { readonly id: string; readonly source: string; readonly username: string | null }[];
    readonly events: { readonly type: string; readonly ban: string; readonly username: string | null }[];
  }
  try {
    assert.equal(await register(neighbour, '101', sipPassword), 200);
    // Each answer is held back longer than the one before, so they are asked for all at once.
    const phones = await Promise.all(Array.from({ length: 10 }, () => RawSip.open(server.sipPort)));
    const statuses = await Promise.all(phones.map((phone) => register(phone, '102', 'wrong', 20_000)));
    for (const phone of phones) phone.close();
    assert.deepEqual(
      statuses.filter((status) => status !== 401),
      [403],
    );
    const heard = wrong.received.length;
    wrong.send(requestLines('REGISTER', '', '102'));
    assert.equal(await register(neighbour, '101', sipPassword), 200);
    // What came first would have been answered first.
    assert.equal(wrong.received.length, heard, 'the banned one hears something');
    assert.equal(await register(fresh, '103', sipPassword), 200);

    const { bans } = (await admin('bans')).body!;
    assert.deepEqual(
      bans.map(({ source, username }) => [source, username]),
      [['127.0.0.1', '102']],
    );
    const { id } = bans[0]!;
    assert.match(server.rawLog, new RegExp(`DELETE /admin/v1/bans/${id} lifts it`));
    const theirs = otherOrganization.users[0]!.login;
    assert.deepEqual((await admin('bans', theirs)).body!.bans, []);
    assert.equal((await admin(`bans/${id}`, theirs, 'DELETE')).status, 404);
    assert.equal((await admin(`bans/${id}`, administrator.login, 'DELETE')).status, 204);
    assert.equal((await admin(`bans/${id}`, administrator.login, 'DELETE')).status, 404);
    assert.equal(await register(wrong, '102', sipPassword), 200);
    const listed = async () => {
      const { events } = (await admin('security-events')).body!;
      assert.deepEqual(
        events.map(({ type, ban, username }) => [type, ban, username]),
        [
          ['banLifted', id, '102'],
          ['banBegun', id, '102'],
        ],
      );
      assert.deepEqual((await admin('security-events', theirs)).body!.events, []);
    };
    await listed();
    // What has a history keeps it.
    await server.kill9();
    await server.restart();
    await listed();
  } finally {
    for (const peer of peers) peer.close();
    await server.stop();
  }
});
