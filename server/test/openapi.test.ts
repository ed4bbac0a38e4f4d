import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AdminApi } from './peers/admin.ts';
import { PartylineServer } from './peers/partyline.ts';

/**
 * The description of the HTTP interfaces at /docs/json, as the whole server gives it: what generators and people rely
 * on.
 */

interface Parameter {
  readonly in: string;
  readonly name: string;
  readonly required?: boolean;
  readonly schema?: object;
}

interface Answer {
  readonly description: string;
  readonly content?: Readonly<Record<string, { readonly schema: { readonly properties?: Record<string, unknown> } }>>;
}

interface Operation {
  readonly summary?: string;
  readonly operationId?: string;
  readonly parameters?: readonly Parameter[];
  readonly responses: Readonly<Record<string, Answer>>;
  readonly requestBody?: Pick<Answer, 'content'>;
}

interface Described extends Operation {
  readonly method: string;
  readonly path: string;
  readonly name: string;
}

let server: PartylineServer;
let operations: readonly Described[];

before(async () => {
  server = await PartylineServer.start();
  const answer = await fetch(`http://127.0.0.1:${server.httpPort}/docs/json`);
  const { paths } = (await answer.json()) as { paths: Record<string, Record<string, Operation>> };
  operations = Object.entries(paths).flatMap(([path, byMethod]) =>
    Object.entries(byMethod).map(([method, one]) => ({ ...one, method, path, name: `${method} ${path}` })),
  );
});

after(() => server?.stop());

const below = (prefix: string) => operations.filter(({ path }) => path.startsWith(prefix));

/** Whether what is answered with this status is described as JSON with an `error`. */
function tellsError({ responses }: Operation, status: string): boolean {
  const schema = responses[status]?.content?.['application/json']?.schema;
  return schema?.properties?.['error'] !== undefined;
}

test('the three interfaces are in it, once', () => {
  for (const prefix of ['/uapi/', '/oauth/', '/admin/v1/']) assert.ok(below(prefix).length > 2, prefix);
  assert.equal(below('/unifiedapi/').length, 0);
  const places = operations.map(
    ({ method, path }) => `${method} ${path.replace(/\{[^}]*\}/g, '{}').replace(/\/$/, '')}`,
  );
  assert.deepEqual(
    places,
    [...new Set(places)],
    'two operations are told apart by the name of a parameter, or a slash',
  );
  const ids = operations.flatMap(({ operationId }) => operationId ?? []);
  assert.deepEqual(ids, [...new Set(ids)]);
});

test('parameters of a path are those of its template', () => {
  for (const { name, path, parameters = [] } of operations) {
    const declared = parameters.filter((one) => one.in === 'path');
    const inTemplate = Array.from(path.matchAll(/\{([^}]*)\}/g), ([, one]) => one);
    assert.deepEqual(declared.map((one) => one.name).sort(), inTemplate.sort(), name);
    for (const one of declared) assert.equal(one.required, true, name);
  }
});

test('every operation of the phone interface says what it does and how it refuses', () => {
  for (const one of below('/uapi/')) {
    assert.ok((one.summary ?? '').length > 5, one.name);
    for (const status of ['400', '401']) assert.ok(tellsError(one, status), `${one.name} ${status}`);
    assert.ok(
      Object.keys(one.responses).some((status) => status.startsWith('2')),
      one.name,
    );
    const calls = one.path.startsWith('/uapi/phoneCalls/') && ['post', 'put'].includes(one.method);
    for (const status of ['403', '409']) if (calls) assert.ok(tellsError(one, status), `${one.name} ${status}`);
  }
  const summaries = below('/uapi/').map(({ path, summary }) => (path.startsWith('/uapi/cdr/') ? path : summary));
  assert.deepEqual(summaries, [...new Set(summaries)]);
});

test('what changes something may be repeated under a key', () => {
  const directory = below('/admin/v1/').filter(({ path }) => /v1\/(?:users|dial-rules|limits|reload)\b/.test(path));
  assert.ok(directory.length > 10);
  for (const one of directory) {
    const key = one.parameters?.find(({ name }) => name === 'Idempotency-Key');
    assert.equal(key?.in, one.method === 'get' ? undefined : 'header', one.name);
  }
  for (const one of below('/uapi/')) {
    const key = one.parameters?.find(({ name }) => name === 'Idempotency-Key');
    if (one.method === 'get') assert.equal(key, undefined, one.name);
    else {
      assert.equal(key?.in, 'header', one.name);
      assert.ok(key?.required !== true, one.name);
      assert.ok(tellsError(one, '422'), one.name);
    }
  }
});

test('tokens and the administration say how they refuse', () => {
  for (const one of below('/admin/')) {
    for (const status of ['400', '401', '403', '404', '429']) {
      assert.ok(tellsError(one, status), `${one.name} ${status}`);
    }
  }
  for (const one of below('/oauth/').filter(({ method }) => method === 'post')) {
    for (const status of ['400', '401', '429']) assert.ok(tellsError(one, status), `${one.name} ${status}`);
  }
  const consent = operations.find(({ path }) => path === '/oauth/authorize.php');
  assert.deepEqual(Object.keys(consent?.responses ?? {}), ['200', '400']);
  assert.ok(consent?.responses['400']?.content?.['text/html'] !== undefined);
});

/** What the schema of a body or an answer names. */
function namedIn(content: Answer['content'], within?: string): readonly string[] {
  const { properties = {} } = content?.['application/json']?.schema ?? {};
  if (within === undefined) return Object.keys(properties);
  const { items } = properties[within] as { items: { properties?: object } };
  return Object.keys(items.properties ?? {});
}

test('what the directory takes and gives is described, key by key', async () => {
  const admin = new AdminApi(server);
  const asked = (method: string, path: string) => {
    const found = operations.find((one) => one.method === method && one.path === `/admin/v1${path}`);
    assert.ok(found, `${method} ${path}`);
    return found;
  };
  /** The server names them all when it is given one that there is not. */
  const known = async (method: string, path: string, given: object) => {
    const { body } = await admin.ask(method, path, { ...given, 'no such key': 1 });
    const [, keys] = /expected one of (.*)$/.exec((body['error'] as { message: string }).message) ?? [];
    assert.ok(keys, `${path} ${JSON.stringify(body)}`);
    return keys.split(', ');
  };
  const uri = 'sip:127.0.0.1:9';
  const inbound = { username: 'in', password: 's3cret' };
  for (const [path, given] of [
    ['trunks', { name: 'described', uri, options: 'off', password: 'x', username: 'y', inbound }],
    ['organizations', { id: 30, prefix: '0030' }],
    ['users', { id: 31, login: 'described@example.test', password: 'x' }],
    ['extensions', { user: 31, number: '311', type: 'terminal', sipPassword: 'x' }],
    ['extensions', { user: 31, number: '312', type: 'conference' }],
    ['extensions', { user: 31, number: '313', type: 'callback' }],
    ['conferences', { extension: '312', number: '1', moderatorPin: '1234' }],
    ['apps', { key: 'described', user: 31 }],
    ['dial-rules', { match: '^777', trunk: 'described' }],
  ] as const) {
    const [post, patch] = [asked('post', `/${path}`), asked('patch', `/${path}/{id}`)];
    const taken = namedIn(post.requestBody?.content);
    for (const key of await known('POST', `/${path}`, given)) assert.ok(taken.includes(key), `POST ${path}: ${key}`);
    for (const key of Object.keys(given)) assert.ok(taken.includes(key), `POST ${path}: ${key}`);
    const made = await admin.post(`/${path}`, given);
    assert.equal(made.status, 201, JSON.stringify(made.body));
    assert.equal(made.headers.get('location'), made.body['self']);
    const one = (made.body['self'] as string).replace('/admin/v1', '');
    // What the description of a change offers is a key.
    const changed = namedIn(patch.requestBody?.content);
    const keys = new Set([...(await known('PATCH', one, {})), 'position', 'user']);
    assert.deepEqual(
      changed.filter((key) => !keys.has(key) && path !== 'extensions'),
      [],
      `PATCH ${path}`,
    );
    const answers = [
      [made.body, namedIn(post.responses['201']?.content)],
      [(await admin.get(one)).body, namedIn(asked('get', `/${path}/{id}`).responses['200']?.content)],
      [(await admin.patch(one, {})).body, namedIn(patch.responses['200']?.content)],
      [
        ((await admin.get(`/${path}`)).body['items'] as object[]).at(-1)!,
        namedIn(asked('get', `/${path}`).responses['200']?.content, 'items'),
      ],
    ] as const;
    for (const [body, named] of answers)
      assert.deepEqual(
        Object.keys(body).filter((key) => !named.includes(key)),
        [],
        `an answer of ${path}`,
      );
  }
  const limits = asked('patch', '/limits');
  const taken = namedIn(limits.requestBody?.content);
  assert.deepEqual(taken.toSorted(), (await known('PATCH', '/limits', {})).toSorted());
  const { body } = await admin.get('/limits');
  for (const answer of [limits, asked('get', '/limits')]) {
    const named = namedIn(answer.responses['200']?.content);
    assert.deepEqual(
      Object.keys(body).filter((key) => !named.includes(key)),
      [],
      'limits',
    );
  }
});
