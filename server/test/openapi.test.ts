import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
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
