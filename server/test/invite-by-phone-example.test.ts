import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startChild } from './peers/children.ts';

/**
 * The clients in examples/invite-by-phone as programs, against a server of a few lines that answers what a test says.
 */

const folder = fileURLToPath(new URL('../../examples/invite-by-phone/', import.meta.url));
const programs = {
  'invite.ts': [process.execPath, `${folder}invite.ts`],
  'invite.sh': ['sh', `${folder}invite.sh`],
} as const;
const id = '99735c54ff45a3a988f2';
const requestId = '0123456789abcdef0123';

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Status and body; `drop` ends the connection without an answer. */
type Answer = readonly [status: number, body: unknown] | 'drop';

const token: Answer = [200, { access_token: 'to-k_e.n1', token_type: 'Bearer', expires_in: 3600 }];
const over: Answer = [200, { entry: [], startIndex: 0, totalResults: 0, itemsPerPage: 20 }];
const error = (status: number, code: string, message: string): Answer => [status, { error: { code, message } }];

function call(status: number | string, answered?: string): Answer {
  const phoneCallView = [{ id: '00', extension: '211', source: ['211'], destination: ['3235742879'], status }];
  const times = { published: '2026-01-05T09:00:00Z', ...(answered === undefined ? {} : { answered }) };
  const entry = [{ id, extension: '211', ownerId: '3', ...times, phoneCallView, links: { self: 'x' } }];
  return [200, { entry, startIndex: 0, totalResults: 1, itemsPerPage: 20 }];
}

/** Runs one of the programs; each kind of request is answered by its list in turn, the last of which repeats. */
async function run(
  program: keyof typeof programs,
  args: readonly string[],
  answers: Partial<Record<'token' | 'invite' | 'status' | 'hangUp' | 'cdr' | 'events', readonly Answer[]>>,
  options: { env?: Record<string, string>; interruptAt?: (asked: Asked) => boolean } = {},
) {
  const asked: Asked[] = [];
  const turns = new Map<string, number>();
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const url = new URL(request.url ?? '', 'http://x');
    const { method = '', headers } = request;
    const one = { method, path: url.pathname, query: url.searchParams, headers, body };
    asked.push(one);
    const kind = url.pathname.startsWith('/oauth')
      ? 'token'
      : method === 'POST'
        ? 'invite'
        : method === 'DELETE'
          ? 'hangUp'
          : url.pathname.startsWith('/admin')
            ? 'events'
            : url.pathname === '/uapi/cdr'
              ? 'cdr'
              : 'status';
    const turn = turns.get(kind) ?? 0;
    turns.set(kind, turn + 1);
    const given = answers[kind] ?? (kind === 'token' ? [token] : kind === 'invite' ? [invited(headers.host)] : [over]);
    const answer = given[Math.min(turn, given.length - 1)] ?? over;
    if (options.interruptAt?.(one) === true) child.kill('SIGINT');
    if (answer === 'drop') return void request.socket.destroy();
    const [status, value] = answer;
    response.writeHead(status, { 'Content-Type': 'application/json', 'X-Request-Id': requestId });
    response.end(status === 204 ? undefined : typeof value === 'string' ? value : JSON.stringify(value));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const [command, ...first] = programs[program];
  const { PATH = '' } = process.env;
  const env = { PATH, PARTYLINE_URL: url, PARTYLINE_APP_SECRET: 's3c&r=t', ...options.env };
  const child = startChild(command, [...first, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk));
  child.stderr?.on('data', (chunk: Buffer) => (err += chunk));
  const [code] = await once(child, 'close');
  server.closeAllConnections();
  server.close();
  const requests = asked.map(({ method, path }) => `${method} ${path}`);
  const said = [...out.matchAll(/^\S+ {2}(.*)$/gm)].map(([, what]) => what);
  return { code, out, err, said, asked, requests, url };
}

function invited(host = 'x'): Answer {
  const self = `http://${host}/uapi/phoneCalls/@me/211/${id}`;
  return [200, [{ id, extension: '211', links: { self }, link: { self } }]];
}

const self = `/uapi/phoneCalls/@me/211/${id}`;
const begun = `call ${id}: 3235742879 into 211`;

for (const program of ['invite.ts', 'invite.sh'] as const) {
  describe(program, { concurrency: 4 }, () => {
    test('invites as the interface wants it and tells what becomes of the call', async () => {
      const status = [call(2), call(4), call('4'), call('5', '2026-01-05T09:00:05Z'), over];
      const args = program === 'invite.ts' ? ['--pin', '2233'] : [];
      const env = { PIN: '2233' };
      const { code, said, asked, requests, err } = await run(program, [...args, '3235742879'], { status }, { env });
      assert.deepEqual([code, err], [0, '']);
      assert.deepEqual(said, [begun, 'trying', 'the other side is ringing', 'on the call', 'ended']);
      const polls = Array.from({ length: 5 }, () => `GET ${self}`);
      assert.deepEqual(requests, ['POST /oauth/token.php', 'POST /uapi/phoneCalls/@me/conferenceInvite', ...polls]);
      const [login, invite, poll] = asked;
      assert.deepEqual(Object.fromEntries(new URLSearchParams(login?.body)), {
        grant_type: 'client_credentials',
        client_id: 'demo-app',
        client_secret: 's3c&r=t',
      });
      const query = { waitForPickup: '25', number: '3', pin: '2233' };
      assert.deepEqual(Object.fromEntries(invite?.query ?? []), query);
      assert.deepEqual([invite?.headers.authorization, poll?.headers.authorization], Array(2).fill('Bearer to-k_e.n1'));
      assert.equal(invite?.headers['content-type'], 'application/json');
      assert.match(String(invite?.headers['idempotency-key']), /^[0-9a-f-]{32,36}$/);
      const phoneCallView = [{ source: ['211'], destination: ['3235742879'] }];
      assert.deepEqual(JSON.parse(invite?.body ?? ''), { extension: '211', phoneCallView });
    });

    test('a call that nobody answers is exit code 1', async () => {
      const { code, said } = await run(program, ['3235742879'], { status: [call(4), over] });
      assert.deepEqual([code, said.at(-1)], [1, 'ended without an answer']);
    });

    test('why nobody answered is told, if a record says it', async () => {
      const record = (of: string, ...dispositions: number[]) => ({
        [of]: { id: of, phoneCallView: dispositions.map((disposition) => ({ id: '00', disposition })) },
      });
      const cases: [object, string][] = [
        [{ ...record('0123456789abcdef0123', 0), ...record(id, 1, 3), ...record('f123456789abcdef0123', 5) }, ': busy'],
        [record(id, 3), ': no answer'],
        [record(id, 2), ': failed'],
        [record(id, 5), ': not allowed'],
        [record('0123456789abcdef0123', 1), ''],
      ];
      for (const [entry, why] of cases) {
        const cdr: Answer[] = [[200, { entry, totalResults: 1 }]];
        const { code, said } = await run(program, ['3235742879'], { status: [over], cdr });
        assert.deepEqual([code, said.at(-1)], [1, `ended without an answer${why}`]);
      }
      const broken = await run(program, ['3235742879'], { status: [over], cdr: [[500, '<html>']] });
      assert.deepEqual([broken.code, broken.said.at(-1)], [1, 'ended without an answer']);
    });

    test('an administrator is told what was said by SIP, and who was not let in', async () => {
      const event = (seq: number, type: string, cause: string, data: object) => ({
        ...{
          callId: 'c0123456789abcdef012',
          seq,
          at: '2026-01-05T09:00:00.000Z',
          type,
          connectionId: 'x',
          cause,
          data,
        },
      });
      const call = [event(1, 'originated', 'normal', { call: { kind: 'conference' } })];
      const failed = (cause: string, status: number) => event(2, 'failed', cause, { refusal: { status } });
      // The phrase is in a table that only one of them has.
      const phrase = (words: string) => (program === 'invite.ts' ? ` ${words}` : '');
      const cases: [object[], string][] = [
        [[failed('busy', 486)], ` (busy: SIP 486${phrase('Busy Here')})`],
        [[failed('callRejected', 603)], ` (callRejected: SIP 603${phrase('Decline')})`],
        [[event(2, 'failed', 'networkNotObtainable', {})], ' (networkNotObtainable)'],
        [
          [event(2, 'entryRefused', 'normal', { why: 'wrongPin' }), event(3, 'callCleared', 'normal', {})],
          ' (not let in: wrongPin)',
        ],
        [[event(2, 'callCleared', 'normal', {})], ''],
      ];
      for (const [more, why] of cases) {
        const events: Answer[] = [[200, { callId: 'x', calls: ['x'], events: [...call, ...more], next: null }]];
        const env = { PARTYLINE_ADMIN: 'jane:p:w' };
        const { said, asked, out, err } = await run(program, ['3235742879'], { status: [over], events }, { env });
        assert.equal(said.at(-1), `ended without an answer${why}`);
        const question = asked.find(({ path }) => path.startsWith('/admin'));
        assert.equal(question?.path, `/admin/v1/calls/${id}/events`);
        assert.equal(question?.headers.authorization, `Basic ${Buffer.from('jane:p:w').toString('base64')}`);
        assert.ok(!(out + err).includes('p:w'));
      }
      // Whoever is no administrator is told what the records say.
      const events: Answer[] = [[401, { error: {} }]];
      const denied = await run(program, ['1'], { status: [over], events }, { env: { PARTYLINE_ADMIN: 'a:b' } });
      assert.equal(denied.said.at(-1), 'ended without an answer');
    });

    test('Ctrl-C hangs up', async () => {
      let polls = 0;
      const interruptAt = ({ method }: Asked) => method === 'GET' && ++polls === 2;
      const status = [call(5, '2026-01-05T09:00:05Z')];
      const hangUp: Answer[] = [[200, [{ id }]]];
      const { code, said, requests } = await run(program, ['3235742879'], { status, hangUp }, { interruptAt });
      assert.equal(said.at(-1), 'hung up');
      assert.equal(requests.filter((request) => request === `DELETE ${self}`).length, 1);
      assert.ok(requests.at(-1)?.startsWith('DELETE'));
      assert.equal(code, 0);
    });

    test('what the server refuses is said in its words, exit code 1', async () => {
      const message = 'Value supplied in pin parameter is missing or invalid.';
      const invite = [error(400, 'pc_pin_invalid', message)];
      const { code, err, requests } = await run(program, ['3235742879'], { invite });
      assert.equal(code, 1);
      assert.ok(err.includes(`pc_pin_invalid: ${message}`), err);
      assert.equal(requests.length, 2);
    });

    test('a wrong secret is named as what it is, and not shown', async () => {
      const answers = { token: [[401, { error: 'invalid_client', error_description: 'no such app' }] as const] };
      const { code, err, out, requests } = await run(program, ['3235742879'], answers);
      assert.equal(code, 1);
      assert.match(err, /invalid_client/);
      assert.ok(!(err + out).includes('s3c&r=t'));
      assert.deepEqual(requests, ['POST /oauth/token.php']);
    });

    test('called wrongly: usage and exit code 2, and nothing is asked of the server', async () => {
      const cases: [args: string[], env: Record<string, string>][] = [
        [[], {}],
        [['1', '2'], {}],
        [['3235742879'], { PARTYLINE_APP_SECRET: '' }],
        program === 'invite.ts' ? [['--wiat', '3', '1'], {}] : [['0","x'], {}],
        program === 'invite.ts' ? [['--seconds', '0', '1'], {}] : [['1'], { PIN: 'a&b' }],
        program === 'invite.ts' ? [['1'], { PARTYLINE_URL: 'localhost:8080' }] : [['1'], { EXTENSION: '2 1' }],
      ];
      for (const [args, env] of cases) {
        const { code, err, requests } = await run(program, args, {}, { env });
        assert.deepEqual([code, requests], [2, []], `${args}: ${err}`);
        assert.match(err, /Usage:/);
      }
    });

    test('a server that is not there is named', async () => {
      const env = { PARTYLINE_URL: 'http://127.0.0.1:1' };
      const { code, err } = await run(program, ['3235742879'], {}, { env });
      assert.equal(code, 1);
      assert.match(err, /127\.0\.0\.1/);
      assert.doesNotMatch(err, /\n\s+at /, 'no stack trace');
    });
  });
}

describe('invite.ts alone', { concurrency: 4 }, () => {
  test('a request that a limit refused is told with the limit', async () => {
    const invite = [error(403, 'destination_not_allowed', 'No.')];
    const data = { scope: 'destination', limit: 'deny', bound: null, rule: '^1?900', number: '9005550100' };
    const refused = [{ seq: 1, at: '2026-01-05T09:00:00.000Z', type: 'dialOutRefused', data }];
    const events: Answer[] = [[200, { callId: null, calls: [], events: refused, next: null }]];
    const { err, asked } = await run(
      'invite.ts',
      ['9005550100'],
      { invite, events },
      { env: { PARTYLINE_ADMIN: 'a:b' } },
    );
    assert.match(err, /destination_not_allowed: No\. \(calls out refused: destination, deny by the rule \^1\?900\)/);
    assert.equal(asked.at(-1)?.path, `/admin/v1/calls/${requestId}/events`);
  });

  test('an invitation that got no answer is sent again under the same key', async () => {
    const status = [call(5, 'x'), over];
    const answers = { invite: ['drop', [503, {}], invited('127.0.0.1:1')] as const, status };
    const { asked } = await run('invite.ts', ['3235742879'], answers);
    const invitations = asked.filter(({ path }) => path.endsWith('/conferenceInvite'));
    assert.equal(invitations.length, 3);
    assert.equal(new Set(invitations.map(({ headers }) => headers['idempotency-key'])).size, 1);
    assert.equal(new Set(invitations.map(({ body }) => body)).size, 1);
  });

  for (const status of [401, 403]) {
    test(`an expired token (${status}) is replaced once`, async () => {
      const polls = [error(status, 'access_denied', 'You are not authorized to use this request.'), call(5, 'x'), over];
      const fresh: Answer = [200, { access_token: 'fresh', expires_in: 3600 }];
      const { code, asked } = await run('invite.ts', ['3235742879'], { token: [token, fresh], status: polls });
      assert.equal(code, 0);
      assert.equal(asked.filter(({ path }) => path === '/oauth/token.php').length, 2);
      assert.equal(asked.at(-1)?.headers.authorization, 'Bearer fresh');
      const denied = await run('invite.ts', ['1'], { invite: [error(status, 'access_denied', 'not authorized')] });
      assert.equal(denied.code, 1);
      assert.equal(denied.asked.filter(({ path }) => path === '/oauth/token.php').length, 2, 'not again and again');
      assert.match(denied.err, new RegExp(`HTTP ${status} access_denied`));
    });
  }

  test('hangs up when the time is over; options go into the request', async () => {
    const args = [
      '--seconds',
      '1',
      '--conference',
      '',
      '--extension',
      '212',
      '--caller-id',
      'A <1>',
      '--wait',
      '7',
      '15000',
    ];
    const hangUp: Answer[] = [[204, null]];
    const { code, said, asked } = await run('invite.ts', args, { status: [call(5, 'x')], hangUp });
    assert.deepEqual([code, said.at(-1)], [0, 'had ended already']);
    const invite = asked.find(({ method, path }) => method === 'POST' && path.startsWith('/uapi'));
    assert.deepEqual(Object.fromEntries(invite?.query ?? []), { waitForPickup: '7' });
    const phoneCallView = [{ source: ['212'], destination: ['15000'], callerId: 'A <1>' }];
    assert.deepEqual(JSON.parse(invite?.body ?? ''), { extension: '212', phoneCallView });
  });

  test('an answer that is no JSON is no crash', async () => {
    const { code, err } = await run('invite.ts', ['1'], { invite: [[502, '<html>bad gateway</html>']] });
    assert.equal(code, 1);
    assert.match(err, /HTTP 502 unexpected_answer/);
    assert.doesNotMatch(err, /\n\s+at /);
  });
});
