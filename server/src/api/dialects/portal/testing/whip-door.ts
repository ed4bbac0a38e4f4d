import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import type { FastifyInstance } from 'fastify';
import type { AppError } from '../../../../base/app-error.ts';
import { newId } from '../../../../base/id.ts';
import { silentLog } from '../../../../base/log.ts';
import { SeededRandom } from '../../../../base/random.ts';
import { Secret } from '../../../../base/secret.ts';
import type { Cause } from '../../../../call/model/cause.ts';
import { enterConference } from '../../../../call/services/enter-conference.ts';
import { RuntimeFixture } from '../../../../call/testing/runtime-fixture.ts';
import type { Directory } from '../../../../directory/directory.ts';
import { PasswordHasher } from '../../../../directory/password.ts';
import {
  conferenceWith,
  directoryOf,
  organizationWith,
  rooms,
} from '../../../../directory/testing/virtual-organizations.ts';
import { createHttp } from '../../../http.ts';
import { SessionLogins } from '../../../session-logins.ts';
import { acceptWebSockets } from '../../../web-sockets.ts';
import type { BrowserDoor, BrowserEntry } from '../../dialect.ts';
import { portal } from '../register.ts';

export const random = new SeededRandom(4);

const password = 'correct-horse';

export const calls = new RuntimeFixture();

export const { clock, runtime } = calls;

export let http: FastifyInstance;

export let directory: Directory;

/** What came to the door. */
export const entries: BrowserEntry[] = [];

export const legs = new Set<string>();

export const ends = new Map<string, (cause: Cause) => void>();

export const door: { refuse: AppError | null; opens: Promise<void> | null } = { refuse: null, opens: null };

/** Browsers without sound: the call model is real. */
export const browsers: BrowserDoor = {
  phone: () => assert.fail('no phone signs in here'),
  has: (legId) => legs.has(legId),
  async join(entry) {
    entries.push(entry);
    if (door.refuse !== null) throw door.refuse;
    const legId = newId(random);
    legs.add(legId);
    const device = { kind: 'external', number: '', name: entry.name } as const;
    let waits = false;
    const enter = async (invited: boolean) => {
      await runtime.do(enterConference, { legId, device, ...entry.admitted!, invited });
      waits = false;
    };
    await enter(false).catch((error) => {
      waits = entry.mayKnock === true && error.code === 'conferenceLocked';
      if (!waits) throw error;
    });
    return {
      legId,
      answer: 'v=0\r\n',
      onEnded: (told) => void ends.set(legId, told),
      givePasscode: () => false,
      get waits() {
        return waits;
      },
      onWaits() {},
      mayWait: false,
      wait: () => false,
      enter: () => enter(true),
      async move(offered) {
        await door.opens;
        if (door.refuse !== null) throw door.refuse;
        return `${offered}a=moved\r\n`;
      },
      async restart(fragment) {
        await door.opens;
        if (door.refuse !== null) throw door.refuse;
        return `${fragment}a=restarted\r\n`;
      },
      pageIsThere: () => {},
      hold: (held) => runtime.report(legId, { type: held ? 'heldByPeer' : 'retrievedByPeer' }),
      press() {},
      end() {
        runtime.report(legId, { type: 'cleared', cause: 'normal' });
        ends.get(legId)?.('normal');
      },
    };
  },
};

before(async () => {
  const conferences = [
    conferenceWith('1', {
      meetingId: '2111',
      moderatorPin: new Secret('9'),
      participantPin: new Secret('1'),
      record: 'choice',
    }),
  ];
  const { users, ...organization } = organizationWith(3, [rooms('211', { conferences })]);
  const [nobody] = users;
  const known = { ...nobody!, password: new Secret(password) };
  const everybody = [
    { ...known, login: 'owner@example.test' },
    { ...known, id: 2, login: 'other@example.test', extensions: [] },
  ];
  const organizations = [{ ...organization, users: everybody }];
  const hasher = new PasswordHasher({ random });
  const trunk = { match: '^[0-9]{7,}$', trunk: 'carrier', strip: 0, prepend: '' };
  ({ directory } = await directoryOf({ organizations, trunks: [], dialPlan: [trunk] }, { clock, hasher }));
  http = createHttp({ log: silentLog, random });
  await acceptWebSockets(http);
  const sessions = new SessionLogins();
  const turn = [
    {
      urls: ['turn:turn.example.test:3478?transport=udp', 'turns:turn.example.test'],
      username: null,
      password: null,
      secret: new Secret('north'),
      lifetimeMs: 3_600_000,
    },
  ];
  const config = { media: { turn } };
  const doors = { browsers, legs: { isEncrypted: (legId: string) => legs.has(legId), whenConfirmed() {} } };
  const parts = { ...doors, calls: calls.store, clock, random, directory, runtime, sessions, config, publicUrl: null };
  portal.register(http, parts as unknown as Parameters<typeof portal.register>[1]);
  await http.ready();
});

after(() => http.close());

export async function tokenFor(name: string, passcode = '1'): Promise<string> {
  const payload = { conferenceId: '2111', userName: name, passcode };
  const answer = await http.inject({ method: 'POST', url: '/ups/resources/middleware/token', payload });
  return answer.json().token;
}

/** The token of a login: of the owner of the conference, or of somebody else. */
export async function logIn(who: 'owner' | 'other'): Promise<string> {
  const payload = { login: `${who}@example.test`, password };
  const answer = await http.inject({ method: 'POST', url: '/ups/resources/authentication/login', payload });
  return answer.json().token;
}

export function offer(token: string | null, headers: Record<string, string> = {}, url = '/whip') {
  const authorization = token === null ? {} : { authorization: `Bearer ${token}` };
  const type = { 'content-type': 'application/sdp' };
  return http.inject({
    method: 'POST',
    url,
    headers: { ...type, ...authorization, ...headers },
    payload: 'v=0\r\na=ice-ufrag:EsAw\r\n',
  });
}

export async function join(name: string, passcode = '1'): Promise<string> {
  const answer = await offer(await tokenFor(name, passcode));
  assert.equal(answer.statusCode, 201, answer.body);
  return new URL(String(answer.headers['location'])).pathname;
}

// biome-ignore lint/suspicious/noExplicitAny: whatever JSON came; the tests look at it piece by piece
export type Told = any;

/** A browser's socket, with what it was told but who talks. */
export async function listen(path: string, after = '') {
  const told: Told[] = [];
  let wake = () => {};
  const socket = await http.injectWS(
    `${path}/events${after === '' ? '' : `?after=${after}`}`,
    {},
    {
      onInit: (ws) => {
        ws.on('message', (data: unknown) => {
          told.push(JSON.parse(String(data)));
          wake();
        });
      },
    },
  );
  const until = async (type: string, from = 0): Promise<Told> => {
    for (;;) {
      const found = told.slice(from).find((one) => one.type === type);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  let id = 0;
  const ask = async (what: string, more: object = {}): Promise<Told> => {
    const from = told.length;
    socket.send(JSON.stringify({ id: ++id, do: what, ...more }));
    return until('answer', from);
  };
  return { told, until, ask, socket };
}

/** Joins, and listens. */
export async function comes(name: string, passcode = '1') {
  const path = await join(name, passcode);
  const browser = await listen(path);
  const { conference } = await browser.until('conference');
  return { ...browser, path, conference, id: conference.self as string };
}
