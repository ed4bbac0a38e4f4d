import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
// @ts-expect-error: a script without types
import { ensureWeb } from '../../scripts/build-web.mjs';
import { SandboxPhone } from '../src/sandbox/index.ts';
import { Agent } from './peers/agent-client.ts';
import { needs } from './peers/installed.ts';
import { administrator, PartylineServer, sipPassword, testOrganization } from './peers/partyline.ts';
import { RawSip, requestLines } from './peers/raw-sip.ts';
import { UnifiedApi } from './peers/unified-api.ts';
import { Visitors } from './peers/visitors.ts';
import { waitFor } from './peers/wait.ts';

/** Faults that are really made, and what a person reads of them on the page of a call. */

const skip = needs('chromium');
let visitors: Visitors;
let office: PartylineServer;

before(async () => {
  if (skip !== false) return;
  await ensureWeb();
  const limits = { silence: '1m', dialOutConcurrent: 100, dialOutPerMinute: 1000 };
  office = await PartylineServer.start({ config: { sandbox: 'on', organizations: [testOrganization], limits } });
  visitors = await Visitors.start(`http://127.0.0.1:${office.httpPort}`);
});

after(async () => {
  await visitors?.stop();
  await office?.stop();
});

const told = (page: Page, text: string | RegExp) => page.getByText(text).first().waitFor();

/** The page of a call, which says why in one sentence, in both languages. */
async function readOn(page: Page, id: string, english: RegExp, german: RegExp): Promise<void> {
  await page.goto(`http://127.0.0.1:${office.httpPort}/console/calls/${encodeURIComponent(id)}`);
  await told(page, english);
  await page.getByRole('button', { name: 'Deutsch' }).click();
  await told(page, german);
  await page.getByRole('button', { name: 'English' }).click();
}

/** Somebody or something rung into the conference; id of the connection, and of the call. */
async function invited(conference: string, number: string): Promise<{ call: string; connection: string }> {
  const { login, password } = administrator;
  const authorization = `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`;
  const answer = await fetch(`http://127.0.0.1:${office.httpPort}/admin/v1/invitations`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ conference, number }),
  });
  assert.equal(answer.status, 201, await answer.clone().text());
  return (await answer.json()) as { call: string; connection: string };
}

const phoneOf = (number: string) =>
  SandboxPhone.register({ server: { address: '127.0.0.1', port: office.sipPort }, number, password: sipPassword });

/** Why, as the timeline of a call tells it, once it is there. */
async function explained(id: string, code: string, usualMs: number): Promise<void> {
  let last = '';
  await waitFor(
    async () => {
      const answer = await office.request(`/admin/v1/calls/${id}/timeline`, administrator);
      last = await answer.text();
      return answer.ok && (JSON.parse(last).why as { code: string }[]).some((one) => one.code === code);
    },
    usualMs,
    () => `${code} of ${id}: ${/"why":(\[.*?\])/.exec(last)?.[1] ?? last.slice(0, 500)}`,
  );
}

/**
 * A guest in the conference whose phone answers when it is asked, and never sends a packet; the returned function ends
 * it.
 */
async function silentGuest(conference: string): Promise<() => void> {
  const phone = await RawSip.open(office.sipPort);
  const lines = requestLines('INVITE', conference, 'guest', ['Content-Type: application/sdp']);
  const sdp = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', 'm=audio 9 RTP/AVP 0', ''];
  phone.send(lines, sdp.join('\r\n'));
  const answer = await phone.final(10_000);
  assert.match(answer, /^SIP\/2\.0 200 /);
  const to = /^To: .*$/m.exec(answer)?.[0].trim() ?? '';
  const ack = lines.map((line) => {
    if (line.startsWith('To: ')) return to;
    return line
      .replace(/^INVITE /, 'ACK ')
      .replace('1 INVITE', '1 ACK')
      .replace(/;branch=.*$/, '$&a');
  });
  phone.send(ack.filter((line) => !line.startsWith('Content-Type')));
  let seen = 0;
  const replies = setInterval(() => {
    for (const text of phone.received.slice(seen)) {
      seen++;
      if (!/^(OPTIONS|BYE) /.test(text)) continue;
      const kept = text.split('\r\n').filter((line) => /^(Via|From|To|Call-ID|CSeq):/i.test(line));
      phone.send(['SIP/2.0 200 OK', ...kept]);
    }
  }, 50);
  return () => {
    clearInterval(replies);
    phone.close();
  };
}

test('the page of a call says why: do-not-disturb, the longest time, a network that is uneven, silence', {
  skip,
}, async (t) => {
  // What takes longest begins first.
  const endGuest = await silentGuest('200*3*2233');
  const { id: silent } = await office.conferenceOf('200', '3', 1);
  const uneven = await invited('201*1', '2025550147');
  const page = await visitors.open('/console/calls');
  await page.getByLabel('Login').fill(administrator.login);
  await page.getByLabel('Password').fill(administrator.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Calls', exact: true }).waitFor();
  const [caller, called] = [await phoneOf('101'), await phoneOf('102')];

  await t.test('do-not-disturb', async () => {
    const agent = await Agent.logIn(`http://127.0.0.1:${office.httpPort}`, administrator.login, administrator.password);
    const { devices } = await agent.get('/me/devices?fields=*');
    const { id } = devices.find(({ phoneNumber }: { phoneNumber: string }) => phoneNumber === '102');
    assert.equal((await agent.ask('/me', 'StartContactCenterSession', { channels: ['voice'] })).statusCode, 0);
    assert.equal((await agent.ask(`/me/devices/${id}`, 'DoNotDisturbOn')).statusCode, 0);
    const { connection } = await invited('201*1', '102');
    await explained(connection, 'doNotDisturb', 20_000);
    await readOn(
      page,
      connection,
      /Phone 102 \(102\) has do-not-disturb set, so its phone was not rung/,
      /102\) hat „Bitte nicht stören“ gesetzt/,
    );
    assert.equal((await agent.ask(`/me/devices/${id}`, 'DoNotDisturbOff')).statusCode, 0);
  });

  await t.test('the longest time of a call', async () => {
    const api = await UnifiedApi.connect(`http://127.0.0.1:${office.httpPort}`);
    const [first, second] = [caller.expectCall(20_000), called.expectCall(20_000)];
    const body = { extension: '101', phoneCallView: [{ source: ['101'], destination: ['102'] }] };
    const made = await api.ask('/uapi/phoneCalls/@me/simple?callDuration=2', { method: 'POST', body });
    assert.ok(made.status < 300, made.text);
    (await first).answer();
    (await second).answer();
    const { id } = made.json[0] ?? made.json;
    await explained(id, 'durationLimit', 30_000);
    await readOn(page, id, /reached the longest it may last: 2 s/, /erreichte die längste erlaubte Dauer: 2 s/);
  });

  await t.test('packets that come unevenly', async () => {
    await explained(uneven.connection, 'jitter', 60_000);
    await readOn(
      page,
      uneven.connection,
      /Packets from 2025550147 came up to \d+ ms unevenly: its network is congested or weak/,
      /Pakete von 2025550147 kamen bis zu \d+ ms ungleichmäßig/,
    );
  });

  await t.test('nothing is heard of a phone that answers when it is asked', async () => {
    await explained(silent, 'soundLost', 240_000);
    await readOn(
      page,
      silent,
      /Nothing was heard from the phone of .*guest.* for \d+ (s|min), so the server ended it/,
      /Vom Telefon von .*guest.* war .* nichts zu hören; der Server beendete den Anruf/,
    );
  });

  endGuest();
  await Promise.all([caller.close(), called.close()]);
  assert.deepEqual(visitors.errors, []);
});
