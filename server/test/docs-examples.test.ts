import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { freePort, mediaRange } from '../src/base/testing/free-port.ts';
import { endChild, startChild } from './peers/children.ts';
import { waitFor } from './peers/wait.ts';

/** What the page at /docs fills in is sent as it is, to the sandbox organization of a first start; needs no phone. */

interface Media {
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

interface Parameter {
  readonly in: 'path' | 'query' | 'header';
  readonly name: string;
  readonly required?: boolean;
  readonly example?: unknown;
  readonly schema?: { readonly default?: unknown };
}

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Media>> }>>;
}

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
let folder: string;
let child: ChildProcess;
let printed = '';
let base: string;
let operations: readonly Operation[];
let bearer: string;
let basic: string;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'partyline-docs-'));
  const [httpPort, sipPort, webrtcPort] = [await freePort(), await freePort(), await freePort()];
  base = `http://127.0.0.1:${httpPort}`;
  const config = {
    http: { port: httpPort },
    sip: { port: sipPort },
    media: { rtpPorts: ports(mediaRange(400)), webrtcPort, processes: 1 },
  };
  writeFileSync(join(folder, 'partyline.yaml'), stringify(config));
  child = startChild(process.execPath, [main, '--config', join(folder, 'partyline.yaml')], {
    env: { ...process.env, PARTYLINE_DATA: join(folder, 'data') },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  child.stdout!.on('data', (text) => {
    printed += text;
  });
  await waitFor(() => printed.includes('partyline ready'), 60_000, 'the ready line');
  const found = (pattern: RegExp) => pattern.exec(printed)?.[1] ?? assert.fail(`not shown: ${pattern}`);
  basic = `Basic ${Buffer.from(`admin@example.test:${found(/Administrator .* password (\S+)/)}`).toString('base64')}`;
  const secret = found(/App {3}key demo-app {3}secret (\S+)/);
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'demo-app', client_secret: secret });
  const token = await fetch(`${base}/oauth/token.php`, { method: 'POST', body });
  bearer = `Bearer ${((await token.json()) as { access_token: string }).access_token}`;
  const { paths } = (await (await fetch(`${base}/docs/json`)).json()) as {
    paths: Record<string, Record<string, Omit<Operation, 'method' | 'path'>>>;
  };
  operations = Object.entries(paths).flatMap(([path, byMethod]) =>
    Object.entries(byMethod).map(([method, one]) => ({ ...one, method: method.toUpperCase(), path })),
  );
});

after(async () => {
  if (child !== undefined) await endChild(child);
  rmSync(folder, { recursive: true, force: true });
});

const ports = ({ from, to }: ReturnType<typeof mediaRange>) => `${from}-${to}`;

const filledIn = ({ example, schema }: Parameter) => example ?? schema?.default;

/** The request as the page sends it when nothing is typed; null: something that is required is left empty. */
function requestOf({ method, path, parameters = [], requestBody }: Operation, known: Record<string, string> = {}) {
  let address = path;
  const query = new URLSearchParams();
  for (const parameter of parameters) {
    const value = known[parameter.name] ?? filledIn(parameter);
    if (value === undefined) {
      if (parameter.required === true) return null;
    } else if (parameter.in === 'path') address = address.replace(`{${parameter.name}}`, String(value));
    else if (parameter.in === 'query') query.set(parameter.name, String(value));
  }
  const example = requestBody?.content['application/json']?.example;
  if (requestBody !== undefined && example === undefined) return null;
  const body = example === undefined ? {} : { body: JSON.stringify(example) };
  const headers = {
    authorization: path.startsWith('/admin/') ? basic : bearer,
    ...(example === undefined ? {} : { 'content-type': 'application/json' }),
  };
  return { url: `${base}${address}?${query}`, init: { method, headers, ...body } };
}

const find = (method: string, path: string) =>
  operations.find((one) => one.method === method && one.path === path) ?? assert.fail(`no ${method} ${path}`);

test('every request that is filled in whole succeeds', async () => {
  const tried: string[] = [];
  // What ends access of the app that asks comes last.
  const order = (one: Operation) => (one.path.endsWith('/tokens') ? 1 : 0);
  const mine = operations
    // The session of a browser goes by its cookie, which this page has none of.
    .filter(({ path }) => /^\/(uapi|admin)\//.test(path) && path !== '/admin/v1/session')
    .toSorted((a, b) => order(a) - order(b));
  for (const operation of mine) {
    const request = requestOf(operation);
    if (request === null) continue;
    const name = `${operation.method} ${operation.path}`;
    const answer = await fetch(request.url, request.init);
    if (!answer.ok) assert.fail(`${name}: ${answer.status} ${await answer.text()}`);
    // A stream of events has no end.
    await answer.body?.cancel();
    tried.push(name);
    if (operation.path.endsWith('/tokens')) break;
  }
  const made = ['conferenceInvite', 'simple', 'callback'].map((kind) => `POST /uapi/phoneCalls/{userId}/${kind}`);
  const others = ['POST /uapi/extensions/{userId}/{extension}/phoneCallEvents', 'GET /uapi/cdr', 'GET /admin/v1/calls'];
  for (const name of [...made, ...others]) assert.ok(tried.includes(name), `${name} is not filled in whole`);
  const skipped = mine.length - tried.length;
  // An administrator says what the directory is to have: nothing is made for looking at the page.
  const toBeTyped = mine.filter(
    ({ path, requestBody }) =>
      /\{(id|phoneCallId)\}/.test(path) ||
      (path.startsWith('/admin/') && requestBody !== undefined && !requestBody.content['application/json']?.example),
  );
  assert.equal(skipped, toBeTyped.length, 'only ids, which nobody can know before, are left to be typed');
});

test('who is invited by it can be recorded; a call that is nobody’s is refused in the words of the page', async () => {
  const secret = /App {3}key demo-app {3}secret (\S+)/.exec(printed)?.[1] ?? '';
  const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: 'demo-app', client_secret: secret });
  const token = await fetch(`${base}/oauth/token.php`, { method: 'POST', body: form });
  bearer = `Bearer ${((await token.json()) as { access_token: string }).access_token}`;
  const invite = requestOf(find('POST', '/uapi/phoneCalls/{userId}/conferenceInvite'))!;
  const [call] = (await (await fetch(invite.url, invite.init)).json()) as { id: string; links: { self: string } }[];
  const headers = { authorization: bearer };
  await waitFor(
    async () => (await (await fetch(call!.links.self, { headers })).text()).includes('"status":"5"'),
    20_000,
    'the invited party is in the conference',
  );
  const one = '/uapi/phoneCalls/{userId}/{extension}/{phoneCallId}';
  const record = requestOf(find('PUT', one), { phoneCallId: call!.id })!;
  const recorded = await fetch(record.url, record.init);
  assert.equal(recorded.status, 200, await recorded.text());
  const over = requestOf(find('DELETE', one), { phoneCallId: call!.id })!;
  assert.equal((await fetch(over.url, over.init)).status, 200);
});

test('every error that is described as JSON has an example, and those are what the server says', async () => {
  for (const { method, path, responses } of operations) {
    for (const [status, { content = {} }] of Object.entries(responses)) {
      const json = content['application/json'];
      if (!/^[45]/.test(status) || json === undefined) continue;
      const some = json.example ?? json.examples;
      assert.ok(some !== undefined, `${method} ${path} ${status} has no example`);
    }
  }
  const exampleOf = (operation: Operation, status: string, code: string) =>
    (operation.responses[status]?.content?.['application/json']?.examples?.[code]?.value ??
      operation.responses[status]?.content?.['application/json']?.example) as {
      error: { code: string; message: string };
    };
  const said = async (operation: Operation, known: Record<string, string>, headers: Record<string, string> = {}) => {
    const request = requestOf(operation, known)!;
    const answer = await fetch(request.url, { ...request.init, headers: { ...request.init.headers, ...headers } });
    return { status: answer.status, challenge: answer.headers.get('www-authenticate'), json: await answer.json() };
  };
  const list = find('GET', '/uapi/phoneCalls/{userId}/{extension}');
  const nobody = await said(list, {}, { authorization: '' });
  assert.equal(nobody.status, 401);
  const shown = exampleOf(list, '401', 'access_denied');
  assert.deepEqual(nobody.json, JSON.parse(JSON.stringify(shown).replace('http://127.0.0.1:8080', base)));
  assert.match(nobody.challenge ?? '', new RegExp(`^Bearer .*"${base}/oauth/token.php"`));
  const invite = find('POST', '/uapi/phoneCalls/{userId}/conferenceInvite');
  const wrong = await said(invite, { number: '99' });
  assert.deepEqual([wrong.status, wrong.json], [400, exampleOf(invite, '400', 'pc_number_invalid')]);
  const stranger = await said(list, { userId: 'nobody' });
  assert.deepEqual([stranger.status, stranger.json], [400, exampleOf(list, '400', 'user_invalid')]);
  const apps = find('GET', '/admin/v1/apps');
  const refused = await said(apps, {}, { authorization: '' });
  assert.equal(refused.status, 401);
  assert.deepEqual((refused.json as { error: object }).error, exampleOf(apps, '401', 'unauthenticated').error);
});
