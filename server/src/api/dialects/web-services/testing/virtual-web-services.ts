import assert from 'node:assert/strict';
import type { FastifyInstance } from 'fastify';
import { silentLog } from '../../../../base/log.ts';
import { SeededRandom } from '../../../../base/random.ts';
import { Secret } from '../../../../base/secret.ts';
import { callHandling } from '../../../../call/devices/call-handling.ts';
import type { Device } from '../../../../call/model/device.ts';
import { Remarks } from '../../../../call/remarks/remarks.ts';
import { clearCall } from '../../../../call/services/clear-call.ts';
import type { LegReport } from '../../../../call/step/reports.ts';
import { RuntimeFixture } from '../../../../call/testing/runtime-fixture.ts';
import type { Directory } from '../../../../directory/directory.ts';
import { type ProvisionedOrganization, type ProvisionedUser, trunkTo } from '../../../../directory/records.ts';
import {
  conferenceWith,
  directoryOf,
  organizationWith,
  phone,
  rooms,
} from '../../../../directory/testing/virtual-organizations.ts';
import { createHttp } from '../../../http.ts';
import { LoginAttempts } from '../../../login-attempts.ts';
import { AgentStates, type CustomState } from '../agent-states.ts';
import { deviceIdOf } from '../ids.ts';
import type { StateAfterLogin } from '../operations/agent-session.ts';
import { registerWebServices } from '../plugin.ts';
import { type Asking, operateWith } from '../resources/ask.ts';
import { allRoutes } from '../resources/routes.ts';
import { Access } from '../session/access.ts';
import { Sessions } from '../session/sessions.ts';

const password = 's3cret';
export const base = 'http://pbx.test/api/v2';

function user(
  id: number,
  login: string,
  numbers: readonly string[],
  change: Partial<ProvisionedUser> = {},
): ProvisionedUser {
  return {
    id,
    login,
    password: new Secret(password),
    firstName: login,
    lastName: 'Agent',
    roles: ['agent'],
    features: ['api-voice'],
    extensions: numbers.map((number) => phone(number, { callerId: { name: '', number } })),
    ...change,
  };
}

function organizations(): ProvisionedOrganization[] {
  const one: ProvisionedOrganization = {
    ...organizationWith(3, []),
    users: [
      user(10, 'ann', ['15000']),
      user(11, 'ben', ['15001']),
      user(12, 'cleo', ['15002'], { features: ['api-voice', 'api-voice-recording'] }),
      user(13, 'sue', ['15003'], {
        roles: ['agent', 'supervisor'],
        features: ['api-voice', 'api-voice-recording', 'api-supervisor-monitoring'],
      }),
      user(14, 'max', ['15004'], { features: [] }),
      user(15, 'two', ['15005', '15006']),
      user(16, 'room', [], {
        extensions: [
          rooms('211', {
            conferences: [
              conferenceWith('3', { participantPin: new Secret('2233'), moderatorPin: new Secret('9988') }),
              conferenceWith('4'),
              conferenceWith('5', { roomSize: 1 }),
              conferenceWith('6', { roomSize: 2 }),
            ],
          }),
        ],
      }),
    ],
  };
  return [one, { ...organizationWith(4, []), users: [user(10, 'other', ['15000'])] }];
}

/** For all in a file: that it knows a password costs time. */
let shared: ReturnType<typeof directoryOf> | null = null;

export interface Answer {
  readonly status: number;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON came back; the tests look at it piece by piece
  readonly json: any;
  readonly headers: Readonly<Record<string, string | string[] | number | undefined>>;
}

export interface VirtualOptions {
  readonly csrf?: boolean;
  readonly origins?: readonly string[];
  readonly stateAfterLogin?: StateAfterLogin;
  readonly idleMs?: number;
  readonly agentStates?: readonly CustomState[];
}

type Body = Readonly<Record<string, unknown>> | string;

/** The interface over real HTTP routes, a real directory and a real call runtime; only phones are played. For tests. */
export class VirtualWebServices {
  readonly calls: RuntimeFixture;
  readonly directory: Directory;
  readonly http: FastifyInstance;
  readonly sessions: Sessions;
  readonly access: Access;
  readonly pins: { readonly legId: string; readonly pin: string }[] = [];
  /** Extensions whose phone is not registered. */
  readonly withoutPhone = new Set<string>();
  /** Users whose notifications are held, and let go, in order. */
  readonly held: string[] = [];
  /** Users whose notifications were ended. */
  readonly ended: number[] = [];

  private constructor(directory: Directory, options: VirtualOptions) {
    const handling = (device: Device) => callHandling(this.calls.devices, directory, device);
    this.calls = new RuntimeFixture(1, undefined, undefined, handling);
    const { clock, runtime, devices } = this.calls;
    const random = new SeededRandom(3);
    const { csrf = false, origins = [], stateAfterLogin = 'Ready', idleMs = 1_800_000 } = options;
    this.directory = directory;
    this.sessions = new Sessions(clock, random, idleMs);
    this.http = createHttp({ log: silentLog, random: new SeededRandom(2) });
    const { sessions } = this;
    const deps: Asking['deps'] = {
      clock,
      random,
      directory,
      runtime,
      devices,
      remarks: new Remarks({ clock, random, store: this.calls.store }),
      registrations: (id: string) => (this.withoutPhone.has(id) ? [] : [id]),
      keepPin: (legId: string, pin: Secret) => void this.pins.push({ legId, pin: pin.reveal() }),
      publicUrl: null,
      sessions,
      states: new AgentStates(options.agentStates ?? []),
      hold: (account: string) => {
        this.held.push(`hold ${account}`);
        return () => void this.held.push(`release ${account}`);
      },
      endNotifications: ({ userId }) => void this.ended.push(userId),
      stateAfterLogin,
      version: '0.1.0',
    };
    const attempts = new LoginAttempts(clock);
    this.access = new Access({ directory, sessions, attempts, crossSite: origins.length > 0 });
    registerWebServices(this.http, {
      access: this.access,
      routes: allRoutes({ deps, operate: operateWith(deps) }),
      origins,
      publicUrl: null,
      csrf,
    });
  }

  static async start(options: VirtualOptions = {}): Promise<VirtualWebServices> {
    shared ??= directoryOf({
      organizations: organizations(),
      trunks: [trunkTo('carrier', 'sip:127.0.0.1:5080')],
      dialPlan: [{ match: '^\\+?[0-9]{7,15}$', trunk: 'carrier', strip: 0, prepend: '' }],
    });
    const { directory } = await shared;
    const api = new VirtualWebServices(directory, options);
    await api.http.ready();
    return api;
  }

  get(path: string, login: string | null = 'ann', headers: Record<string, string> = {}): Promise<Answer> {
    return this.request('GET', path, login, undefined, headers);
  }

  post(path: string, body: Body | undefined, login: string | null = 'ann', headers: Record<string, string> = {}) {
    return this.request('POST', path, login, body, { 'content-type': 'application/json', ...headers });
  }

  /** The operation, as ann unless it says otherwise; must be accepted. */
  async ask(path: string, operationName: string, more: Readonly<Record<string, unknown>> = {}, login = 'ann') {
    const answer = await this.post(path, { operationName, ...more }, login);
    assert.equal(answer.text, '{"statusCode":0}', `${operationName}: ${answer.text}`);
    await this.calls.settle();
  }

  /** Its `statusCode`. */
  async codeOf(path: string, operationName: string, more: Readonly<Record<string, unknown>> = {}, login = 'ann') {
    const answer = await this.post(path, { operationName, ...more }, login);
    await this.calls.settle();
    return answer.json.statusCode as number;
  }

  async request(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH' | 'OPTIONS' | 'HEAD',
    path: string,
    login: string | null,
    body: Body | undefined,
    headers: Record<string, string>,
  ): Promise<Answer> {
    const basic = login === null ? {} : { authorization: basicOf(login) };
    const payload = body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) };
    const answer = await this.http.inject({
      method,
      url: path.startsWith('/') ? path : `/api/v2/${path}`,
      headers: { host: 'pbx.test', ...basic, ...headers },
      ...payload,
    });
    const text = answer.body;
    return { status: answer.statusCode, text, json: text === '' ? null : JSON.parse(text), headers: answer.headers };
  }

  /** Calls of a user as its client sees them. */
  async callsOf(login: string) {
    const { json } = await this.get('me/calls?fields=*', login);
    return json.calls as {
      id: string;
      state: string;
      deviceUri: string;
      capabilities: string[];
      participants: { phoneNumber: string }[];
    }[];
  }

  async callOf(login: string, id?: string) {
    const found = (await this.callsOf(login)).find((call) => id === undefined || call.id === id);
    assert.ok(found !== undefined, `${login} has no such call`);
    return found;
  }

  /** The leg that was dialled last for this number. */
  legTo(number: string): string {
    const dials = this.calls.ports.effects.flatMap((effect) => (effect.do === 'dial' ? [effect] : []));
    const found = dials.findLast(({ to }) => (to.kind === 'terminal' ? to.aor.includes(number) : to.number === number));
    assert.ok(found !== undefined, `${number} was not dialled`);
    return found.legId;
  }

  async report(number: string, ...reports: LegReport['type'][]): Promise<void> {
    const legId = this.legTo(number);
    for (const type of reports) this.calls.runtime.report(legId, { type, cause: 'normal' } as LegReport);
    await this.calls.settle();
  }

  /** Ann has dialled from 15000, and picked up: `number` rings. Gives the call's id. */
  async dialled(number = '15001'): Promise<string> {
    await this.ask(`me/devices/${deviceIdOf('3-15000')}/calls`, 'Dial', { destination: { phoneNumber: number } });
    await this.report('15000', 'delivered', 'answered');
    await this.report(number, 'delivered');
    const calls = await this.callsOf('ann');
    return calls.at(-1)!.id;
  }

  /** As `dialled`, and answered. */
  async talking(number = '15001'): Promise<string> {
    const id = await this.dialled(number);
    await this.report(number, 'answered');
    return id;
  }

  /** Ann talks to 15001, whom she holds, and consults `number`, who has answered. */
  async consulting(number = '15002'): Promise<{ readonly original: string; readonly consult: string }> {
    const original = await this.talking();
    await this.ask(`me/calls/${original}`, 'InitiateConference', { destination: { phoneNumber: number } });
    await this.report(number, 'delivered', 'answered');
    const consult = (await this.callsOf('ann')).find(({ id }) => id !== original)!.id;
    return { original, consult };
  }

  /** Whatever calls there are end: everybody can begin anew. */
  async endCalls(): Promise<void> {
    const { runtime } = this.calls;
    for (const { id } of runtime.snapshot()) await runtime.do(clearCall, { callId: id });
    await this.calls.settle();
    assert.deepEqual(runtime.snapshot(), []);
  }

  async close(): Promise<void> {
    await this.http.close();
  }
}

export function basicOf(login: string, secret = password): string {
  return `Basic ${Buffer.from(`${login}:${secret}`).toString('base64')}`;
}

/** What a client keeps of `Set-Cookie`; null: nothing was set. */
export function cookieOf({ headers }: Answer): string | null {
  const set = [headers['set-cookie']].flat()[0];
  return typeof set === 'string' ? set.split(';', 1)[0]! : null;
}
