import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Phone } from './peers/baresip.ts';
import { listen } from './peers/hearing.ts';
import { needs } from './peers/installed.ts';
import { administrator, PartylineServer, sipPassword } from './peers/partyline.ts';
import { waitFor } from './peers/wait.ts';

/** An agent's calls by the Web Services voice interface, with real phones: dial, consult, complete, remove, hang up. */

const skip = needs('baresip');
const tones = { '101': 440, '102': 700, '103': 1100 } as const;
type Number = keyof typeof tones;

let server: PartylineServer;
const phones = new Map<Number, Phone>();
let cookie = '';

before(async () => {
  if (skip !== false) return;
  server = await PartylineServer.start();
  for (const [user, tone] of Object.entries(tones) as [Number, number][]) {
    const options = { user, tone, password: sipPassword, server: server.sipAddress };
    phones.set(user, await Phone.start({ ...options, autoAnswer: user === '101' }));
  }
  await Promise.all([...phones.values()].map((phone) => phone.registered()));
});

after(async () => {
  await Promise.all([...phones.values()].map((phone) => phone.stop()));
  await server?.stop();
});

interface Note {
  readonly notificationType: string;
  readonly phoneNumber: string;
  readonly call: Call;
}

interface Call {
  readonly id: string;
  readonly state: string;
  readonly deviceUri: string;
  readonly participants: readonly { readonly phoneNumber: string }[];
}

const base = () => `http://127.0.0.1:${server.httpPort}/api/v2`;

async function api(path: string, body?: object) {
  const login = Buffer.from(`${administrator.login}:${administrator.password}`).toString('base64');
  const answer = await fetch(`${base()}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      ...(cookie === '' ? { authorization: `Basic ${login}` } : { cookie }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  cookie ||= answer.headers.get('set-cookie')?.split(';', 1)[0] ?? '';
  // biome-ignore lint/suspicious/noExplicitAny: whatever came back; the test looks at it piece by piece
  return (await answer.json()) as any;
}

async function ask(path: string, operationName: string, more: object = {}): Promise<void> {
  assert.deepEqual(await api(path, { operationName, ...more }), { statusCode: 0 }, operationName);
}

/** What is told of calls at 101, as it comes. */
async function follow(notes: Note[], signal: AbortSignal): Promise<void> {
  const answer = await fetch(`${base()}/me/events`, { headers: { cookie }, signal });
  assert.equal(answer.status, 200);
  const read = async () => {
    let text = '';
    for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const data = /^data: ?(.*)$/m.exec(text.slice(0, end))?.[1];
        text = text.slice(end + 2);
        if (data === undefined) continue;
        const note = JSON.parse(data);
        const told = note.data ?? note;
        if (told.phoneNumber === '101') notes.push(told);
      }
    }
  };
  read().catch(() => undefined);
}

const inWords = ({ notificationType, call }: Note) =>
  `${notificationType} ${call.state} ${call.participants.map((one) => one.phoneNumber).join(',')}`;

async function answering(number: Number): Promise<void> {
  await phones.get(number)!.event('CALL_INCOMING');
  await phones.get(number)!.answer();
}

/** The call of 101 in this state; its id. */
async function inState(state: string): Promise<string> {
  const found = async () => {
    const { calls } = (await api('/me/calls?fields=*')) as { calls: Call[] };
    const { devices } = await api('/me/devices?fields=*');
    const own = devices.find(({ phoneNumber }: { phoneNumber: string }) => phoneNumber === '101').uri;
    return calls.find((call) => call.deviceUri === own && call.state === state) ?? false;
  };
  let call: Call | false = false;
  await waitFor(
    async () => {
      call = await found();
      return call !== false;
    },
    8000,
    `a call that is ${state}`,
  );
  return (call as unknown as Call).id;
}

test('an agent dials, consults, completes the conference, removes a party and hangs up', { skip }, async () => {
  const { user, statusCode } = await api('/me?subresources=*');
  assert.equal(statusCode, 0);
  assert.equal(user.userName, administrator.login);
  const device = user.devices.find(({ phoneNumber }: { phoneNumber: string }) => phoneNumber === '101');
  assert.equal(device.deviceState, 'Active');
  await ask('/me', 'StartContactCenterSession', { channels: ['voice'] });
  const notes: Note[] = [];
  const stop = new AbortController();
  await follow(notes, stop.signal);

  await ask(`/me/devices/${device.id}/calls`, 'Dial', { destination: { phoneNumber: '102' } });
  await answering('102');
  const original = await inState('Established');
  await listen([
    { phone: phones.get('101')!, hears: [tones[102]], notHears: [tones[101]] },
    { phone: phones.get('102')!, hears: [tones[101]], notHears: [tones[102]] },
  ]);

  await ask(`/me/calls/${original}`, 'InitiateConference', { destination: { phoneNumber: '103' } });
  await answering('103');
  const consult = await inState('Established');
  assert.equal(await inState('Held'), original);
  await listen([
    { phone: phones.get('101')!, hears: [tones[103]], notHears: [tones[102]] },
    { phone: phones.get('102')!, hears: [], notHears: [tones[101], tones[103]], sound: true },
    { phone: phones.get('103')!, hears: [tones[101]], notHears: [tones[102]] },
  ]);

  await ask(`/me/calls/${consult}`, 'CompleteConference');
  assert.equal(await inState('Established'), original);
  await listen([
    { phone: phones.get('101')!, hears: [tones[102], tones[103]], notHears: [tones[101]] },
    { phone: phones.get('102')!, hears: [tones[101], tones[103]], notHears: [tones[102]] },
    { phone: phones.get('103')!, hears: [tones[101], tones[102]], notHears: [tones[103]] },
  ]);

  await ask(`/me/calls/${original}`, 'RemoveParticipantFromConference', { participant: '102' });
  await phones.get('102')!.ended(8000);
  await ask(`/me/calls/${original}`, 'Hangup');
  await phones.get('101')!.ended(8000);
  await phones.get('103')!.ended(8000);
  await waitFor(() => notes.at(-1)?.call.state === 'Released', 8000, 'the last notification');
  stop.abort();
  assert.deepEqual(notes.map(inWords), [
    'StatusChange Dialing 102',
    'StatusChange Established 102',
    'StatusChange Held 102',
    'StatusChange Dialing 103',
    'StatusChange Established 103',
    'StatusChange Released 103',
    'ParticipantsUpdated Established 103,102',
    'ParticipantsUpdated Established 103',
    'StatusChange Released 103',
  ]);
  assert.deepEqual(
    [...new Set(notes.map(({ call }) => call.id))],
    [original, consult],
    'the original keeps its id, and the consultation has one of its own',
  );
  assert.deepEqual((await api('/me/calls')).uris, []);
  await ask('/me', 'EndContactCenterSession');
  assert.equal((await api('/me')).statusCode, 20);
});
