#!/usr/bin/env node
import { setTimeout as wait } from 'node:timers/promises';
import { CometD, type Message } from 'cometd';
import { adapt } from 'cometd-nodejs-client';

/**
 * An agent's conference, from the login to the completed conference: dials one phone, consults another, makes the two
 * calls one, and prints each notification. With the official CometD client and `fetch`.
 */

const usage = `Usage: node agent.ts FROM TO CONSULT

  FROM     number of the agent's own phone, which must be registered, e.g. 15000
  TO       whom to call; CONSULT: whom to ask; they answer at their phones

Environment: PARTYLINE_URL (http://127.0.0.1:8080), PARTYLINE_LOGIN (admin@example.test), PARTYLINE_PASSWORD (required).
Exit code: 0 the conference was completed, 1 it was not, 2 wrong use.
`;

interface Call {
  readonly id: string;
  readonly state: string;
  readonly callType: string;
  readonly participants: readonly { readonly phoneNumber: string }[];
}

interface CallNote {
  readonly messageType: string;
  readonly notificationType: string;
  readonly phoneNumber: string;
  readonly call: Call;
}

const [from, to, consulted, ...more] = process.argv.slice(2);
const { PARTYLINE_URL: server = 'http://127.0.0.1:8080', PARTYLINE_LOGIN: login = 'admin@example.test' } = process.env;
const password = process.env['PARTYLINE_PASSWORD'];
if (from === undefined || to === undefined || consulted === undefined || more.length > 0 || password === undefined) {
  if (password === undefined)
    process.stderr.write('PARTYLINE_PASSWORD is not set: the server shows it at its first start.\n');
  process.stderr.write(usage);
  process.exit(2);
}

const url = `${server}/api/v2`;
const basic = `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`;
/** From the first answer on, the session's cookie is enough. */
let cookie: string | null = null;
const notes: CallNote[] = [];

async function api(path: string, body?: object): Promise<Record<string, unknown>> {
  const answer = await fetch(url + path, {
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    headers: {
      ...(cookie === null ? { authorization: basic } : { cookie }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
  });
  cookie ??= answer.headers.get('set-cookie')?.split(';', 1)[0] ?? null;
  const told = (await answer.json()) as Record<string, unknown>;
  if (told['statusCode'] !== 0) throw new Error(`${path}: ${told['statusCode']} ${told['statusMessage']}`);
  return told;
}

/** Resolves when the client has joined and is told of everything that concerns the user. */
async function listen(): Promise<CometD> {
  adapt();
  const cometd = new CometD();
  cometd.unregisterTransport('websocket');
  cometd.configure({ url: `${url}/notifications`, requestHeaders: { authorization: basic } });
  await new Promise<void>((resolve, reject) => {
    cometd.handshake((reply: { successful?: boolean; error?: string }) => {
      if (reply.successful === true) resolve();
      else reject(new Error(`no notifications: ${reply.error ?? 'the handshake failed'}`));
    });
  });
  await new Promise<void>((resolve) => {
    const told = ({ data }: Message) => take(data as CallNote);
    cometd.subscribe('/v2/me/*', told, () => resolve());
  });
  return cometd;
}

function take(note: CallNote): void {
  if (note.messageType !== 'CallStateChangeMessage' || note.phoneNumber !== from) return;
  const { id, state, callType, participants } = note.call;
  const others = participants.map(({ phoneNumber }) => phoneNumber).join(', ');
  const time = new Date().toISOString().slice(11, 23);
  process.stdout.write(`${time}  ${note.notificationType} ${state} ${callType} [${others}] ${id}\n`);
  notes.push(note);
}

/** The call of the next notification that fits; an error when the call is over before, or nothing comes. */
async function until(what: string, fits: (note: CallNote) => boolean): Promise<Call> {
  for (let tries = 0; tries < 600; tries++) {
    const found = notes.findIndex(fits);
    if (found >= 0) return notes.splice(0, found + 1).at(-1)!.call;
    if (notes.some(({ call }) => call.state === 'Released')) throw new Error(`${what}: the call is over`);
    await wait(100);
  }
  throw new Error(`${what}: nothing was told of it`);
}

let cometd: CometD | null = null;
let code = 1;
try {
  const { user } = (await api('/me?subresources=devices')) as {
    user: { devices: readonly { id: string; phoneNumber: string }[] };
  };
  const device = user.devices.find(({ phoneNumber }) => phoneNumber === from);
  if (device === undefined) throw new Error(`${from} is no device of ${login}`);
  cometd = await listen();
  await api('/me', { operationName: 'StartContactCenterSession', channels: ['voice'] });

  await api(`/me/devices/${device.id}/calls`, { operationName: 'Dial', destination: { phoneNumber: to } });
  const original = await until(to, ({ call }) => call.state === 'Established');

  const destination = { phoneNumber: consulted };
  await api(`/me/calls/${original.id}`, { operationName: 'InitiateConference', destination });
  const consult = await until(consulted, ({ call }) => call.callType === 'Consult' && call.state === 'Established');

  await api(`/me/calls/${consult.id}`, { operationName: 'CompleteConference' });
  await until('the released consultation', ({ call }) => call.id === consult.id && call.state === 'Released');
  await until('the conference', ({ notificationType }) => notificationType === 'ParticipantsUpdated');
  process.stdout.write(`All three are in call ${original.id}.\n`);
  code = 0;
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
}
await new Promise<void>((resolve) => (cometd === null ? resolve() : cometd.disconnect(() => resolve())));
process.exit(code);
