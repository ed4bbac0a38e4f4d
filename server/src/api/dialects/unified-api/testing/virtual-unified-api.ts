import assert from 'node:assert/strict';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { silentLog } from '../../../../base/log.ts';
import { SeededRandom } from '../../../../base/random.ts';
import { Secret } from '../../../../base/secret.ts';
import type { Effect } from '../../../../call/step/effects.ts';
import type { LegReport } from '../../../../call/step/reports.ts';
import { RuntimeFixture } from '../../../../call/testing/runtime-fixture.ts';
import type { Directory } from '../../../../directory/directory.ts';
import { type ProvisionedOrganization, trunkTo } from '../../../../directory/records.ts';
import {
  callback,
  conferenceWith,
  directoryOf,
  organizationWith,
  phone,
  rooms,
} from '../../../../directory/testing/virtual-organizations.ts';
import { createHttp } from '../../../http.ts';
import { knownFrom, type UnifiedApiDeps } from '../deps.ts';
import { unifiedApiError } from '../errors.ts';
import { registerUnifiedApi } from '../plugin.ts';
import type { Principal } from '../principal.ts';

/** Who the tokens of the tests stand for. */
const principals: Readonly<Record<string, Principal>> = {
  me: { organizationId: '3', userId: 12, account: '3-12', appKey: 'app', roles: [] },
  colleague: { organizationId: '3', userId: 13, account: '3-13', appKey: 'app', roles: [] },
  admin: { organizationId: '3', userId: 1, account: '3-1', appKey: 'app', roles: ['administrator'] },
  stranger: { organizationId: '4', userId: 12, account: '4-12', appKey: 'other', roles: ['administrator'] },
};

function organizations(): ProvisionedOrganization[] {
  const [boss] = organizationWith(3, []).users;
  const one: ProvisionedOrganization = {
    ...organizationWith(3, []),
    name: 'Default Organization',
    users: [
      { ...boss!, id: 1, roles: ['administrator'] },
      {
        ...boss!,
        id: 12,
        extensions: [
          phone('101'),
          phone('102'),
          rooms('210', { conferences: ['7', '08', '09', '009'].map((number) => conferenceWith(number)) }),
          rooms('211', {
            conferences: [
              conferenceWith('3', {
                participantPin: new Secret('2233'),
                moderatorPin: new Secret('9988'),
                record: 'choice',
              }),
              conferenceWith('4'),
              conferenceWith('5', { roomSize: 2 }),
              conferenceWith('6', {
                schedule: { start: '2020-01-01T09:00', durationMs: 3_600_000, timeZone: 'UTC', repeat: 'never' },
              }),
            ],
          }),
          callback('300'),
        ],
      },
      { ...boss!, id: 13, extensions: [phone('103'), rooms('212', { conferences: [conferenceWith('1')] })] },
    ],
  };
  const other = organizationWith(4, []);
  return [one, { ...other, users: [{ ...boss!, id: 12, extensions: [phone('101'), rooms('211')] }] }];
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever JSON came back; the tests look at it piece by piece
  readonly json: any;
  readonly headers: Readonly<Record<string, unknown>>;
}

type Dial = Omit<Extract<Effect, { readonly do: 'dial' }>, 'call'>;

/** The interface over real HTTP routes, a real directory and a real call runtime; only phones are played. For tests. */
export class VirtualUnifiedApi {
  readonly calls: RuntimeFixture;
  readonly directory: Directory;
  readonly http: FastifyInstance;
  readonly pins: { readonly legId: string; readonly pin: string }[] = [];
  /** Ids of extensions whose phone is not registered. */
  readonly withoutPhone = new Set<string>();
  /** What the next requests bring of an idempotency key. */
  operation: { operationId: string | null; resumed: boolean } = { operationId: null, resumed: false };

  private constructor(directory: Directory, change: Partial<UnifiedApiDeps>) {
    this.directory = directory;
    this.calls = new RuntimeFixture();
    this.http = createHttp({ log: silentLog, random: new SeededRandom(2) });
    registerUnifiedApi(this.http, {
      runtime: this.calls.runtime,
      directory,
      random: new SeededRandom(3),
      authenticate,
      registrations: (id) => (this.withoutPhone.has(id) ? [] : [id]),
      keepPin: (legId, pin) => void this.pins.push({ legId, pin: pin.reveal() }),
      publicUrl: null,
      known: (id) => knownFrom(this.calls.store, id),
      hooks: (app) => {
        app.addHook('preHandler', async (request) => void Object.assign(request, this.operation));
      },
      ...change,
    });
  }

  static async start(change: Partial<UnifiedApiDeps> = {}): Promise<VirtualUnifiedApi> {
    const { directory } = await directoryOf({
      organizations: organizations(),
      trunks: [trunkTo('carrier', 'sip:127.0.0.1:5080')],
      dialPlan: [{ match: '^\\+?[0-9]{7,15}$', trunk: 'carrier', strip: 0, prepend: '' }],
    });
    const api = new VirtualUnifiedApi(directory, change);
    await api.http.ready();
    return api;
  }

  get(path: string, token = 'me'): Promise<Answer> {
    return this.request('GET', path, undefined, token);
  }

  post(path: string, body?: unknown, token = 'me'): Promise<Answer> {
    return this.request('POST', path, body, token);
  }

  put(path: string, body?: unknown, token = 'me'): Promise<Answer> {
    return this.request('PUT', path, body, token);
  }

  delete(path: string, token = 'me'): Promise<Answer> {
    return this.request('DELETE', path, undefined, token);
  }

  async request(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body: unknown,
    token: string,
    headers: Record<string, string> = { 'content-type': 'application/json' },
  ): Promise<Answer> {
    const payload = body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) };
    const answer = await this.http.inject({
      method,
      url: path,
      headers: { host: 'pbx.test', authorization: `Bearer ${token}`, ...headers },
      ...payload,
    });
    const text = answer.body;
    return { status: answer.statusCode, text, json: text === '' ? null : JSON.parse(text), headers: answer.headers };
  }

  /** Every phone that was dialled so far. */
  dials(): readonly Dial[] {
    return this.calls.ports.effects.flatMap((effect) => {
      if (effect.do !== 'dial') return [];
      const { call: _, ...dial } = effect;
      return [dial];
    });
  }

  /** The last one. */
  dialled(): Dial {
    const dial = this.dials().at(-1);
    assert.ok(dial !== undefined, 'nothing was dialled');
    return dial;
  }

  async report(legId: string, ...reports: LegReport['type'][]): Promise<void> {
    for (const type of reports) this.calls.runtime.report(legId, { type, cause: 'normal' } as LegReport);
    await this.calls.settle();
  }

  /** Two phones of ours talk: gives the call's id. */
  async talking(from = '101', to = '102'): Promise<string> {
    const made = await this.post('/uapi/phoneCalls/@me/simple', {
      extension: from,
      phoneCallView: [{ source: [from], destination: [to] }],
    });
    assert.equal(made.status, 200, made.text);
    await this.report(this.dialled().legId, 'delivered', 'answered');
    await this.report(this.dialled().legId, 'delivered', 'answered');
    return made.json[0].id;
  }

  close(): Promise<void> {
    return this.http.close();
  }
}

function authenticate(request: FastifyRequest): Principal {
  const query = request.query as Record<string, string | undefined>;
  const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1] ?? query['accessRequestToken'] ?? '';
  const principal = Object.hasOwn(principals, token) ? principals[token] : undefined;
  if (principal === undefined) throw unifiedApiError('access_denied');
  return principal;
}

/** The body of an invitation; `change` replaces or, with undefined, leaves out. */
export function invitation(change: Record<string, unknown> = {}): object {
  const { extension = '211', ...view } = {
    source: ['211'],
    destination: ['3235742879'],
    callerId: 'John Doe <4242425>',
    ...change,
  } as Record<string, unknown>;
  return {
    ...('extension' in change && change['extension'] === undefined ? {} : { extension }),
    phoneCallView: [view],
  };
}
