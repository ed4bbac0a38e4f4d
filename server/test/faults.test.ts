import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { freePort } from '../src/base/testing/free-port.ts';
import { SandboxCarrier } from '../src/sandbox/index.ts';
import { Phone } from './peers/baresip.ts';
import { needs } from './peers/installed.ts';
import { administrator, PartylineServer, sipPassword, testOrganization } from './peers/partyline.ts';
import { RawSip, requestLines } from './peers/raw-sip.ts';
import { waitFor } from './peers/wait.ts';

/**
 * Faults that are really made, by a carrier, by phones and by killing processes: the sentence of each names the right
 * cause, and the events it goes by are on the timeline.
 */

interface Why {
  readonly code: string;
  readonly connection: string | null;
  readonly sentence: string;
  readonly evidence: readonly number[];
}

interface Timeline {
  readonly why: readonly Why[];
  readonly events: readonly { readonly seq: number }[];
  readonly lanes: readonly { readonly connection: string; readonly number: string }[];
}

/** A number that is rung into a conference of its own, and why it did not go well. */
interface Rung {
  readonly fault: string;
  readonly number: string;
  readonly code: string;
  /** What the sentence has to name. */
  readonly says: RegExp;
}

/** A status is refused by the carrier of the number that ends in it. */
const refusedWith = (status: number): string => `3235550${status}`;

const rung: readonly Rung[] = [
  { fault: 'busy', number: '2025550130', code: 'busy', says: /486/ },
  { fault: 'declined', number: '2025550132', code: 'rejected', says: /603/ },
  { fault: 'no such number', number: '2025550133', code: 'carrierUnknown', says: /trunk carrier.*404/ },
  { fault: 'an announcement, then refused', number: '2025550143', code: 'carrierUnknown', says: /404/ },
  { fault: 'number changed', number: refusedWith(410), code: 'carrierUnknown', says: /410/ },
  { fault: 'incomplete number', number: refusedWith(484), code: 'carrierUnknown', says: /484/ },
  { fault: 'forbidden by the carrier', number: refusedWith(403), code: 'carrierForbids', says: /trunk carrier.*403/ },
  { fault: 'login wanted', number: refusedWith(407), code: 'carrierLogin', says: /password \(407\)/ },
  { fault: 'payment wanted', number: refusedWith(402), code: 'carrierLogin', says: /402/ },
  { fault: 'nobody there (480)', number: refusedWith(480), code: 'noAnswer', says: /did not answer/ },
  { fault: 'timed out at the carrier (408)', number: refusedWith(408), code: 'noAnswer', says: /did not answer/ },
  { fault: 'loop (482)', number: refusedWith(482), code: 'carrierFailed', says: /482/ },
  { fault: 'too many hops (483)', number: refusedWith(483), code: 'carrierFailed', says: /483/ },
  { fault: 'no codec (488)', number: refusedWith(488), code: 'codec', says: /488/ },
  { fault: 'no media type (415)', number: refusedWith(415), code: 'codec', says: /415/ },
  { fault: 'carrier broken (500)', number: refusedWith(500), code: 'carrierFailed', says: /500/ },
  { fault: 'gateway broken (502)', number: refusedWith(502), code: 'carrierFailed', says: /502/ },
  { fault: 'carrier overloaded (503)', number: '2025550134', code: 'carrierFailed', says: /503/ },
  { fault: 'busy everywhere (600)', number: refusedWith(600), code: 'busy', says: /600/ },
  { fault: 'unwanted (607)', number: refusedWith(607), code: 'rejected', says: /607/ },
  {
    fault: 'a carrier that says nothing',
    number: '2025550136',
    code: 'carrierSilent',
    says: /trunk carrier said nothing/,
  },
  { fault: 'both addresses of a trunk are dead', number: '7775550101', code: 'trunkDown', says: /trunk dead/ },
  { fault: 'phone not registered', number: '104', code: 'notRegistered', says: /Phone 104 \(104\)/ },
  { fault: 'packets lost', number: '2025550145', code: 'loss', says: /[3-9] % of the packets/ },
];

/** What is refused before there is a call. */
const refused: readonly Rung[] = [
  { fault: 'no rule of the dial plan', number: '8005550100', code: 'dialPlan', says: /dial plan allows 8005550100/ },
  { fault: 'forbidden number', number: '9005550100', code: 'denied', says: /\^900.*9005550100/ },
];

/** More invitations at once than this are refused, for one conference. */
const budget = 2;
/** Conferences `1` on, one for each number that is rung; then the named ones. */
const rooms = rung.map((_, at) => String(at + 1));
const [full, closed, pins] = ['100', '101', '102'];
/** For one use each: a conference that has just ended may still count what it had dialled. */
const spares = Array.from({ length: 12 }, (_, at) => String(110 + at));
const spare = (): string => spares.pop() ?? assert.fail('no conference is left');
const pin = { moderatorPin: '9911', participantPin: '2233' };

const skip = needs('baresip');
let server: PartylineServer;
let carrier: SandboxCarrier;
let phone: Phone;

function organizations(): unknown[] {
  const organization = structuredClone(testOrganization);
  const conferences = [
    ...rooms.map((number) => ({ number })),
    { number: full, roomSize: 1 },
    { number: closed, schedule: { start: '2020-01-01T09:00', duration: '1h' } },
    { number: pins, closeWhenModeratorsLeave: true, ...pin },
    ...spares.map((number) => ({ number })),
  ].map((one) => ({ name: `Room ${one.number}`, roomSize: 20, ...one, number: Number(one.number) }));
  organization.users[0]!.extensions.push({
    number: '300',
    type: 'conference',
    callerId: 'Rooms <300>',
    conferences,
  });
  return [organization];
}

before(async () => {
  if (skip !== false) return;
  carrier = await SandboxCarrier.start();
  carrier.onCall = (call) => {
    const status = Number(/^3235550([4-6]\d\d)$/.exec(call.dialled)?.[1] ?? 0);
    if (status !== 0) call.refuse(status);
    return status !== 0;
  };
  const dead = [await freePort(), await freePort()].map((port) => `sip:127.0.0.1:${port};transport=tcp`);
  server = await PartylineServer.start({
    config: {
      organizations: organizations(),
      trunks: [
        { name: 'carrier', uri: carrier.uri, options: 'off' },
        { name: 'dead', uri: dead, options: 'off', failover: '1s' },
      ],
      dialPlan: [
        { match: '^777[0-9]{7}$', trunk: 'dead' },
        { match: '^[0-79][0-9]{6,14}$', trunk: 'carrier' },
      ],
      limits: {
        dialOutPerMinute: 1000,
        dialOutConcurrent: 100,
        dialOutPerConferenceConcurrent: budget,
        dialOutDeny: ['^900'],
      },
    },
  });
  phone = await Phone.start({ user: '101', password: sipPassword, server: server.sipAddress, tone: 440 });
  await phone.registered();
});

after(async () => {
  await phone?.stop();
  await server?.stop();
  await carrier?.close();
});

interface Invited {
  readonly status: number;
  readonly call: string;
  readonly connection: string;
  readonly requestId: string;
  readonly error?: { readonly details?: { readonly attempt?: string } };
}

/** As the console does it. */
async function invite(conference: string, number: string): Promise<Invited> {
  const { login, password } = administrator;
  const response = await fetch(`http://127.0.0.1:${server.httpPort}/admin/v1/invitations`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ conference: `300*${conference}`, number }),
  });
  return { ...((await response.json()) as Omit<Invited, 'status'>), status: response.status };
}

/** Why, once it is known; what shows it is on the timeline. */
async function why(id: string, code: string, says: RegExp, connection: string | null = null): Promise<Why> {
  let told = '';
  const found = await waitFor(
    async () => {
      const response = await server.request(`/admin/v1/calls/${id}/timeline`, administrator);
      // What was refused is stored a moment after its answer.
      if (response.status === 404) return null;
      const timeline = (await response.json()) as Timeline;
      told = JSON.stringify(timeline.why);
      const one = timeline.why.find(
        (why) => why.code === code && (connection === null || why.connection === connection),
      );
      if (one === undefined) return null;
      const seqs = new Set(timeline.events.map(({ seq }) => seq));
      assert.ok(one.evidence.length > 0 && one.evidence.every((seq) => seqs.has(seq)), `${code}: ${told}`);
      return one;
    },
    15_000,
    `${code} of ${id}`,
  ).catch((error) => assert.fail(`${error}: ${told}`));
  assert.match(found.sentence, says);
  return found;
}

const endOf = async (id: string): Promise<void> => {
  const { login, password } = administrator;
  const authorization = `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`;
  await fetch(`http://127.0.0.1:${server.httpPort}/admin/v1/conferences/live/${id}`, {
    method: 'DELETE',
    headers: { authorization },
  });
};

test('whoever is rung and not reached, or not heard well', { skip }, async (t) => {
  const calls = await Promise.all(rung.map(({ number }, at) => invite(rooms[at] ?? '', number)));
  for (const [at, { code, fault, says }] of rung.entries()) {
    await t.test(fault, async () => {
      const { call, connection, status } = calls[at]!;
      assert.equal(status, 201, JSON.stringify(calls[at]));
      await why(connection, code, says, connection);
      await endOf(call);
    });
  }
});

test('who answers, and is never heard', { skip }, async () => {
  const room = spare();
  const caller = await RawSip.open(server.sipPort);
  const lines = requestLines('INVITE', `300*${room}`, 'guest', ['Content-Type: application/sdp']);
  const sdp = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', 'm=audio 9 RTP/AVP 0', ''];
  caller.send(lines, sdp.join('\r\n'));
  const answer = await caller.final(10_000);
  assert.match(answer, /^SIP\/2\.0 200 /);
  const to = /^To: .*$/m.exec(answer)?.[0].trim() ?? '';
  const ack = lines.map((line) =>
    line.startsWith('To: ')
      ? to
      : line
          .replace(/^INVITE /, 'ACK ')
          .replace('1 INVITE', '1 ACK')
          .replace(/;branch=.*$/, '$&a'),
  );
  caller.send(ack.filter((line) => !line.startsWith('Content-Type')));
  const call = await server.conferenceOf('300', room, 1);
  await why(call.id, 'oneWay', /in \d+ s not one packet came/);
  await endOf(call.id);
  caller.close();
});

test('who was reached and hung up has no mishap', { skip }, async () => {
  const { call, connection } = await invite(spare(), '2025550102');
  await waitFor(
    async () => !(await server.calls()).some(({ id }) => id === call),
    30_000,
    'the end of who hangs up after a second',
  );
  const { why: found } = await server.get<Timeline>(`/admin/v1/calls/${connection}/timeline`);
  assert.deepEqual(found, []);
});

test('what may not be dialled', { skip }, async (t) => {
  for (const { code, fault, number, says } of refused) {
    await t.test(fault, async () => {
      const { requestId, status } = await invite(spare(), number);
      assert.ok(status >= 400, String(status));
      await why(requestId, code, says);
    });
  }
  await t.test('the budget of a conference is used up', async () => {
    const room = spare();
    const many = [];
    for (let at = 0; at <= budget; at++) many.push(await invite(room, '2025550131'));
    const last = many.at(-1)!;
    assert.equal(last.status, 409, JSON.stringify(last));
    await why(last.error?.details?.attempt ?? last.requestId, 'budget', /the conference was used up: 2 calls at once/);
    await endOf(many[0]!.call);
  });
});

test('who asks for a conference and does not get in', { skip }, async (t) => {
  /** Dials, does something, hangs up; the id of what was ended last. */
  const dialled = async (target: string, then: () => Promise<unknown> = async () => {}): Promise<string> => {
    const ended = new Set((await server.endedCalls()).map(({ id }) => id));
    const since = phone.events.length;
    await phone.dial(target);
    await then();
    await phone.hangup().catch(() => {});
    await phone.ended(20_000, since);
    return waitFor(
      async () => (await server.endedCalls()).find(({ id }) => !ended.has(id))?.id,
      20_000,
      'the call is over',
    );
  };
  const refusedEntry = (reason: string) => async () => {
    await waitFor(
      async () => {
        for (const { id } of await server.calls()) {
          const events = await server.events(id);
          if (events.some(({ data, type }) => type === 'entryRefused' && data['why'] === reason)) return true;
        }
        return false;
      },
      20_000,
      `refused: ${reason}`,
    );
  };
  const ended = async () => {};
  await t.test('a wrong PIN', async () => {
    const id = await dialled(`300*${pins}*0000`, refusedEntry('wrongPin'));
    await why(id, 'wrongPin', /Phone 101 \(101\) gave a wrong PIN for conference 102 once/);
  });
  await t.test('no such conference', async () => {
    await why(await dialled('300*77', refusedEntry('unknownNumber')), 'unknownConference', /no number of a conference/);
  });
  await t.test('hung up while being asked', async () => {
    await why(await dialled('300'), 'gaveUpAsked', /hung up while being asked/);
  });
  await t.test('outside its schedule', async () => {
    await why(await dialled(`300*${closed}`, ended), 'conferenceClosed', /101 was closed by its schedule/);
  });
  await t.test('full', async () => {
    const { call } = await invite(full, '2025550101');
    await why(await dialled(`300*${full}`, ended), 'conferenceFull', /100 was full/);
    await endOf(call);
  });
  await t.test('locked', async () => {
    const room = spare();
    const { call } = await invite(room, '2025550101');
    await change(`conferences/live/${call}`, 'PATCH', { locked: true });
    await why(await dialled(`300*${room}`, ended), 'conferenceLocked', new RegExp(`${room} was locked by a moderator`));
    await endOf(call);
  });
});

async function change(path: string, method: 'PATCH' | 'DELETE', body?: object): Promise<void> {
  const { login, password } = administrator;
  const authorization = `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`;
  const response = await fetch(`http://127.0.0.1:${server.httpPort}/admin/v1/${path}`, {
    method,
    headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  assert.ok(response.ok, await response.text());
}

test('who was in and is put out, left alone, cut off', { skip }, async (t) => {
  /** Somebody of the carrier in a conference, who speaks. */
  const somebody = async (conference: string): Promise<Invited> => {
    const invited = await invite(conference, '2025550110');
    assert.equal(invited.status, 201);
    await waitFor(
      async () =>
        (await server.calls()).flatMap(({ connections }) => connections).find(({ id }) => id === invited.connection)
          ?.state === 'connected',
      20_000,
      'who was rung is in',
    );
    return invited;
  };
  await t.test('the caller gives up', async () => {
    const before = new Set((await server.calls()).map(({ id }) => id));
    await phone.ring('2025550131');
    const call = await waitFor(
      async () => (await server.calls()).find(({ id }) => !before.has(id))?.id,
      20_000,
      'it rings',
    );
    await phone.hangup();
    await why(call, 'callerGaveUp', /Phone 101 \(101\) gave up/);
  });
  await t.test('put out', async () => {
    const { call, connection } = await somebody(spare());
    await change(`conferences/live/${call}/participants/${connection}`, 'DELETE');
    await why(connection, 'removed', /put out by a moderator or an administrator/, connection);
  });
  await t.test('the last moderator leaves', async () => {
    const since = phone.events.length;
    await phone.dial(`300*${pins}*9911`);
    await server.conferenceOf('300', pins, 1);
    const { connection } = await somebody(pins);
    await phone.hangup();
    await phone.ended(20_000, since);
    await why(connection, 'moderatorsLeft', /last moderator left/, connection);
  });
  await t.test('the media process dies', async () => {
    const { connection } = await somebody(spare());
    const pid = server.log.findLast(({ msg }) => msg === 'media process started')?.['pid'];
    process.kill(Number(pid), 'SIGKILL');
    await why(connection, 'mediaProcess', /media process .* died/, connection);
    await waitFor(
      async () => server.log.filter(({ msg }) => msg === 'media process started').length > 1,
      30_000,
      'another media process',
    );
  });
  await t.test('the server is killed', async () => {
    const { connection } = await somebody(spare());
    await server.kill9();
    await server.restart();
    await why(connection, 'restarted', /killed or lost power/, connection);
  });
});
