import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { administrator, otherOrganization, PartylineServer, testOrganization } from './peers/partyline.ts';
import { RawSip, requestLines } from './peers/raw-sip.ts';
import { UnifiedApi } from './peers/unified-api.ts';
import { waitFor } from './peers/wait.ts';

/**
 * A stranger asks for what is there and for what is not, otherwise alike: the answers differ in what was echoed and in
 * nothing else.
 */

let server: PartylineServer;

before(async () => {
  const [owner, agent] = testOrganization.users;
  // One account demands SHA-256, which nobody shall see from outside.
  const extensions = owner!.extensions.map((one) => (one.number === '102' ? { ...one, sipDigest: 'SHA-256' } : one));
  const organization = { ...testOrganization, users: [{ ...owner, extensions }, agent] };
  server = await PartylineServer.start({ config: { organizations: [organization, otherOrganization] } });
});

after(async () => {
  await server?.stop();
});

const body = [
  'v=0',
  'o=- 1 1 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=audio 40002 RTP/AVP 0',
  '',
].join('\r\n');

/** Of what a stranger sees: names, tags and nonces made the same. */
function alike(answer: string, name: string): string {
  return answer
    .replaceAll(`sip:${name}@`, 'sip:NAME@')
    .replace(/^(Via|Call-ID|From|Contact):.*$/gim, '$1')
    .replace(/;tag=[^\s;>]+/g, ';tag')
    .replace(/nonce="[^"]*"/g, 'nonce')
    .replace(/^Content-Length:.*$/gim, 'Content-Length');
}

let clients = 0;

/** The first final answer to the request, and how it is when it comes back with a wrong password. */
async function sipAnswers(method: string, name: string, shape: Shape): Promise<string[]> {
  // An address of its own for each, so that no limit counts one for the other.
  const address = `127.0.1.${(++clients % 250) + 1}`;
  const client = await RawSip.open(server.sipPort, address);
  const { target = '', from = 'stranger', domain = 'localhost' } = shape(name);
  const session = method === 'INVITE' ? ['Content-Type: application/sdp'] : [];
  const ask = async (more: readonly string[]): Promise<string> => {
    const lines = requestLines(method, target, from, [...more, ...session]).map((line) =>
      /^(From|To):/.test(line) ? line.replace('@localhost', `@${domain}`) : line,
    );
    const callId = lines.find((line) => line.startsWith('Call-ID'))!;
    client.send(lines, method === 'INVITE' ? body : '');
    const isFinal = (text: string) => /^SIP\/2\.0 [2-6]/.test(text) && text.includes(callId);
    return waitFor(() => client.received.find(isFinal), 15_000, `an answer to ${method}`);
  };
  try {
    const first = await ask([]);
    if (!first.startsWith('SIP/2.0 401')) return [alike(first, name)];
    const nonce = /nonce="([^"]*)"/.exec(first)![1]!;
    const proof = (algorithm: string, hash: string) =>
      `Authorization: Digest username="${name}", realm="localhost", nonce="${nonce}", uri="sip:localhost", ` +
      `algorithm=${algorithm}, qop=auth, nc=00000001, cnonce="c", response="${createHash(hash).update('x').digest('hex')}"`;
    const md5 = await ask([proof('MD5', 'md5')]);
    const sha = await ask([proof('SHA-256', 'sha256')]);
    return [first, md5, sha].map((answer) => alike(answer, name));
  } finally {
    client.close();
  }
}

type Shape = (name: string) => { readonly target?: string; readonly from?: string; readonly domain?: string };

describe('SIP', () => {
  const shapes: Record<string, Shape> = {
    'From in our domain': (name) => ({ from: name, target: '999' }),
    'From in our domain, to a conference': (name) => ({ from: name, target: '201*1' }),
    'From elsewhere': (name) => ({ from: name, target: '999', domain: 'elsewhere.test' }),
    'Request-URI and To': (name) => ({ target: name }),
  };
  const pairs = [
    ['101', '199'],
    ['102', '198'],
    ['0003*103', '0003*197'],
    ['0004*401', '0009*401'],
    ['401', '499'],
  ] as const;
  for (const method of ['INVITE', 'REGISTER', 'OPTIONS', 'SUBSCRIBE', 'MESSAGE', 'PUBLISH', 'BYE', 'INFO', 'REFER']) {
    test(method, async () => {
      for (const [shape, of] of Object.entries(shapes)) {
        const answers = await Promise.all(
          pairs.map(async ([known, unknown]) => [
            await sipAnswers(method, known, of),
            await sipAnswers(method, unknown, of),
          ]),
        );
        for (const [at, [known, unknown]] of answers.entries()) {
          assert.deepEqual(known, unknown, `${method}, ${shape}: ${pairs[at]!.join(' and ')}`);
        }
      }
    });
  }
});

/** Status, headers and body as a stranger sees them. */
async function httpAnswer(path: string, init: RequestInit, name: string): Promise<object> {
  const response = await fetch(`http://127.0.0.1:${server.httpPort}${path}`, { redirect: 'manual', ...init });
  const headers = [...response.headers].filter(([key]) => !['date', 'x-request-id', 'content-length'].includes(key));
  const text = (await response.text()).replaceAll(name, 'NAME').replace(/"requestId":"[^"]*"/, '');
  return { status: response.status, headers, text };
}

describe('HTTP', () => {
  const basic = (user: string, password: string) => ({
    headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` },
  });
  const form = (values: Record<string, string>, more: Record<string, string> = {}) => ({
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...more },
    body: new URLSearchParams(values).toString(),
  });

  test('a login, known or unknown', async () => {
    const [known, unknown] = [administrator.login, administrator.login.replace(/^./, 'q')];
    const ask = (name: string) => httpAnswer('/admin/v1/calls', basic(name, 'wrong'), name);
    assert.deepEqual(await ask(known), await ask(unknown));
  });

  test('an app, known or unknown', async () => {
    const grant = { grant_type: 'client_credentials', client_secret: 'wrong' };
    for (const [known, unknown] of [
      ['demo-app', 'dema-app'],
      ['other-app', 'othar-app'],
    ] as const) {
      const byForm = (name: string) => httpAnswer('/oauth/token.php', form({ ...grant, client_id: name }), name);
      assert.deepEqual(await byForm(known), await byForm(unknown));
      const byHeader = (name: string) =>
        httpAnswer('/oauth/token.php', form({ grant_type: 'client_credentials' }, basic(name, 'wrong').headers), name);
      assert.deepEqual(await byHeader(known), await byHeader(unknown));
      const page = (name: string) => {
        const query = new URLSearchParams({ response_type: 'code', client_id: name, redirect_uri: 'https://a.test/' });
        return httpAnswer(`/oauth/authorize.php?${query}`, {}, name);
      };
      assert.deepEqual(await page(known), await page(unknown));
    }
  });

  test('extensions and users of others', async () => {
    const agent = await UnifiedApi.connect(`http://127.0.0.1:${server.httpPort}`, {
      key: 'other-app',
      secret: 'other-secret',
    });
    const headers = { authorization: `Bearer ${agent.token}`, 'content-type': 'application/json' };
    const at = (path: string, name: string, init: object = {}) => httpAnswer(path, { headers, ...init }, name);
    for (const [known, unknown] of [
      ['0003*101', '0003*199'],
      ['0003*200', '0003*299'],
      ['101', '199'],
    ] as const) {
      for (const user of ['@me', '@owner', '12', '21']) {
        for (const kind of ['phoneCalls', 'extensions']) {
          const path = (name: string) =>
            kind === 'phoneCalls'
              ? `/uapi/phoneCalls/${user}/${name}/`
              : `/uapi/extensions/${user}/${name}/phoneCallEvents/`;
          assert.deepEqual(await at(path(known), known), await at(path(unknown), unknown), path(known));
        }
        const create = (name: string, source: string) => ({
          method: 'POST',
          body: JSON.stringify({ extension: name, phoneCallView: [{ source: [source], destination: ['401'] }] }),
        });
        const path = `/uapi/phoneCalls/${user}/conferenceInvite?number=3&pin=2233`;
        assert.deepEqual(
          await at(path, known, create(known, known)),
          await at(path, unknown, create(unknown, unknown)),
          `${path} ${known}`,
        );
      }
    }
    for (const path of ['/uapi/phoneCalls/USER/@self/', '/uapi/extensions/USER/presence/']) {
      assert.deepEqual(await at(path.replace('USER', '12'), '12'), await at(path.replace('USER', '99'), '99'));
    }
  });
});
