import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import swagger from '@fastify/swagger';
import { AppError } from '../../../base/app-error.ts';
import { silentLog } from '../../../base/log.ts';
import { SeededRandom } from '../../../base/random.ts';
import { type CallErrorCode, callError, callErrorCodes } from '../../../call/model/call-error.ts';
import { createHttp } from '../../http.ts';
import { toUnifiedApiError, UnifiedApiError, unifiedApiError } from './errors.ts';
import { registerUnifiedApi } from './plugin.ts';
import { invitation, VirtualUnifiedApi } from './testing/virtual-unified-api.ts';

const invite = '/uapi/phoneCalls/@me/conferenceInvite?number=4';

describe('the conventions of the interface', () => {
  test('everything has four addresses', async () => {
    const api = await VirtualUnifiedApi.start();
    for (const path of ['/uapi/phoneCalls/@me/211', '/unifiedapi/phoneCalls/@me/0003*211']) {
      for (const end of ['', '/', '?', '/?x=y']) {
        const answer = await api.get(`${path}${end}`);
        assert.equal(answer.status, 200, `${path}${end}`);
        assert.equal(answer.headers['content-type'], 'application/json');
        assert.deepEqual(answer.json.entry, []);
      }
    }
    assert.equal((await api.get('/uapi/phoneCalls/%40me/0003%2A211')).status, 200);
    assert.equal(
      (await api.request('GET', '/uapi/phoneCalls/@me/211?accessRequestToken=me', undefined, '')).status,
      200,
    );
    await api.close();
  });

  test('a token that is revoked by the time that the body has come does nothing with it', async () => {
    let good = 1;
    const principal = { organizationId: '3', userId: 12, account: '3-12', appKey: 'demo', roles: [] };
    const authenticate = () => {
      if (good-- > 0) return principal;
      throw unifiedApiError('access_denied');
    };
    const api = await VirtualUnifiedApi.start({ authenticate });
    const body = { extension: '101', phoneCallView: [{ source: ['101'], destination: ['102'] }] };
    const dial = () => api.post('/uapi/phoneCalls/@me/simple', body);
    assert.equal((await dial()).json.error.code, 'access_denied');
    assert.deepEqual(api.dials(), []);
    good = 2;
    assert.equal((await dial()).status, 200);
    await api.close();
  });

  test('what is not there is not implemented, and only told to who is known', async () => {
    const api = await VirtualUnifiedApi.start();
    for (const path of ['/uapi', '/uapi/', '/uapi/faxes/@me/211', '/unifiedapi/x', '/uapi/phoneCalls/@me/fax']) {
      const answer = await api.post(path, {});
      assert.deepEqual([answer.status, answer.json.error.code], [501, 'request_not_implemented'], path);
      assert.equal((await api.post(path, {}, 'wrong')).status, 401);
    }
    assert.equal((await api.post('/elsewhere', {})).status, 404);
    await api.close();
  });

  test('an address that cannot be decoded is refused in the words of the interface it was meant for', async () => {
    const api = await VirtualUnifiedApi.start();
    for (const path of ['/uapi/phoneCalls/%zz/simple', '/unifiedapi/%', '/uapi/phoneCalls/@me/101/%c3%28']) {
      const answer = await api.post(path, {});
      assert.deepEqual([answer.status, answer.json.error.code], [400, 'request_invalid'], path);
      assert.deepEqual(Object.keys(answer.json), ['error']);
      assert.equal(answer.headers['content-type'], 'application/json');
    }
    const long = 'a'.repeat(300);
    const longer: readonly ['GET' | 'POST', string, string][] = [
      ['POST', `/uapi/phoneCalls/${long}/conferenceInvite?number=3`, 'user_invalid'],
      ['POST', `/unifiedapi/phoneCalls/${'%41'.repeat(101)}/simple/`, 'user_invalid'],
      ['GET', `/uapi/phoneCalls/@me/${long}`, 'extension_invalid'],
      ['GET', `/uapi/phoneCalls/@me/211/${long}`, 'pc_phonecall_invalid'],
      ['GET', `/uapi/phoneCalls/${long}/${long}/${long}`, 'user_invalid'],
    ];
    for (const [method, path, code] of longer) {
      const answer = await api.request(method, path, method === 'GET' ? undefined : {}, 'me');
      assert.deepEqual([answer.status, answer.json.error.code], [400, code], path);
      assert.equal(answer.headers['content-type'], 'application/json');
    }
    assert.equal((await api.get(`/uapi/phoneCalls/${'%41'.repeat(100)}/211`)).json.error.code, 'user_invalid');
    assert.equal((await api.get(`/admin/v1/calls/${long}`)).status, 404);
    for (const path of ['/admin/v1/%zz', '/uapix/%zz']) {
      const answer = await api.get(path);
      assert.deepEqual([answer.status, answer.json.error.code], [400, 'invalidArgument'], path);
    }
    await api.close();
  });

  test('a body is JSON, whatever its type is said to be', async () => {
    const api = await VirtualUnifiedApi.start();
    const body = JSON.stringify(invitation());
    for (const type of [
      'application/json',
      'application/json; charset=utf-8',
      'application/x-www-form-urlencoded',
      'x/y',
      // None at all, though there is a header.
      '',
      'json',
      'application/',
      'application/json, application/json',
      'application/json charset=utf-8',
    ]) {
      assert.equal((await api.request('POST', invite, body, 'me', { 'content-type': type })).status, 200, type);
    }
    assert.equal((await api.request('POST', invite, `\uFEFF${body}`, 'me')).status, 200);
    await api.close();
  });

  test('a body may be in another charset, and is not compressed', async () => {
    const api = await VirtualUnifiedApi.start();
    const body = JSON.stringify(invitation({ callerId: 'Zoë Müller <4242425>' }));
    const post = (payload: Buffer, headers: Record<string, string>) =>
      api.http.inject({ method: 'POST', url: invite, headers: { authorization: 'Bearer me', ...headers }, payload });
    const sent: [type: string, encoding: BufferEncoding][] = [
      ['application/json', 'utf8'],
      ['application/json', 'latin1'],
      ['application/json; charset=iso-8859-1', 'latin1'],
      ['application/json; charset=utf-16le', 'utf16le'],
    ];
    for (const [type, encoding] of sent) {
      const answer = await post(Buffer.from(body, encoding), { 'content-type': type });
      assert.equal(answer.statusCode, 200, type);
      const { phoneCallView } = (await api.get(`/uapi/phoneCalls/@me/211/${answer.json()[0].id}`)).json.entry[0];
      assert.equal(phoneCallView[0].callerId, 'Zoë Müller <4242425>', type);
    }
    const zipped = await post(gzipSync(body), { 'content-type': 'application/json', 'content-encoding': 'gzip' });
    assert.deepEqual([zipped.statusCode, zipped.json().error.code], [415, 'request_invalid']);
    await api.close();
  });

  test('a body that is none is refused in the error JSON of the interface', async () => {
    const api = await VirtualUnifiedApi.start();
    const texts = ['{', '[', 'x', '{"callerId:"Fumigator <1>"}', '"text"', '7', 'true', '[]', '[[[[', '{"a":1}}', '\0'];
    for (const text of texts) {
      const answer = await api.post(invite, text);
      assert.deepEqual([answer.status, answer.json.error.code], [400, 'request_invalid'], text);
      assert.deepEqual(Object.keys(answer.json), ['error']);
    }
    const large = await api.post(invite, { ...invitation(), nonce: 'x'.repeat(70_000) });
    assert.deepEqual([large.status, large.json.error.code], [413, 'request_too_large']);
    const deep = await api.post(invite, `${'['.repeat(30_000)}${']'.repeat(30_000)}`);
    assert.equal(deep.status, 400);
    assert.deepEqual(api.dials(), []);
    await api.close();
  });

  test('hostile values anywhere are an error of the interface, never one of ours', async () => {
    const api = await VirtualUnifiedApi.start();
    const random = new SeededRandom(11);
    const values: unknown[] = [
      null,
      true,
      -1,
      1e308,
      '',
      '@self',
      '*',
      '\u0000',
      'x'.repeat(3000),
      [],
      [[]],
      {},
      { a: [] },
    ];
    values.push(['__proto__'], JSON.parse('{"__proto__": {"extension": "211"}}'), '0003*', '%2e%2e%2f', '💥');
    const any = () => values[random.int(values.length)];
    const paths = ['conferenceInvite', 'simple', 'callback', '211', '101', '@self', '@self/0123456789abcdef0123'];
    const methods = ['POST', 'PUT', 'DELETE', 'GET'] as const;
    for (let round = 0; round < 800; round++) {
      const body = {
        extension: random.int(3) === 0 ? any() : '211',
        action: random.int(3) === 0 ? any() : 'Transfer',
        sendCallTo: any(),
        nonce: any(),
        phoneCallViewId: any(),
        phoneCallView: random.int(4) === 0 ? any() : [{ source: any(), destination: any(), callerId: any() }],
      };
      const query = new URLSearchParams({ number: String(any()), fields: String(any()), count: String(any()) });
      const path = `/uapi/phoneCalls/@me/${paths[random.int(paths.length)]}?${random.int(2) === 0 ? query : ''}`;
      const method = methods[random.int(methods.length)]!;
      const answer = await api.request(method, path, method === 'GET' ? undefined : body, 'me');
      assert.ok(answer.status < 500 || answer.status === 501, `round ${round}: ${method} ${path} ${answer.text}`);
      if (answer.status >= 400) assert.match(answer.json.error.code, /^[a-z_]+$/);
    }
    assert.deepEqual(api.calls.ports.faults, []);
    await api.close();
  });

  test('every mistake of the rest of the server has a code here, and failures tell nothing', async () => {
    const thrown: Error[] = [];
    const api = await VirtualUnifiedApi.start({
      modules: [
        (app) => {
          app.get('/throws/:at', (request) => {
            throw thrown[Number((request.params as { at: string }).at)];
          });
          app.get('/object', () => ({ a: 1 }));
        },
      ],
    });
    const denied = toUnifiedApiError(callError('destinationNotAllowed', 'x'));
    assert.deepEqual([denied?.status, denied?.code], [403, 'destination_not_allowed']);
    for (const code of Object.keys(callErrorCodes) as CallErrorCode[]) thrown.push(callError(code, 'secret detail'));
    // Of a registry that this interface does not know.
    thrown.push(new AppError('notAcceptableMedia', 'secret detail', {}, 488));
    thrown.push(new Error('secret detail'), new UnifiedApiError(418, 'pce_teapot', 'Short and stout.'));
    for (const [at, error] of thrown.entries()) {
      const answer = await api.get(`/unifiedapi/throws/${at}/`);
      assert.ok(answer.status >= 400 && !answer.text.includes('secret'), answer.text);
      if (error instanceof AppError && error.code !== 'internal') assert.notEqual(answer.status, 500, error.code);
    }
    assert.equal((await api.get('/uapi/throws/999')).json.error.code, 'internal_server_error');
    const own = await api.get(`/uapi/throws/${thrown.length - 1}`);
    assert.deepEqual([own.status, own.json], [418, { error: { code: 'pce_teapot', message: 'Short and stout.' } }]);
    const object = await api.get('/uapi/object');
    assert.deepEqual([object.text, object.headers['content-type']], ['{"a":1}', 'application/json']);
    await api.close();
  });

  test('links begin with the address of the request, or the configured one', async () => {
    const api = await VirtualUnifiedApi.start();
    const at = async (host: string) =>
      (await api.request('POST', invite, invitation(), 'me', { host })).json[0].links.self.split('/uapi/')[0];
    assert.equal(await at('10.0.0.1:8080'), 'http://10.0.0.1:8080');
    assert.equal(await at('evil"/><x>'), 'http://localhost');
    await api.close();
    const fixed = await VirtualUnifiedApi.start({ publicUrl: 'https://voice.test/' });
    const [{ link }] = (await fixed.post(invite, invitation())).json;
    assert.ok(link.self.startsWith('https://voice.test/uapi/phoneCalls/@me/211/'));
    await fixed.close();
  });

  test('authentication that takes time works as well, and runs before a body is read', async () => {
    const api = await VirtualUnifiedApi.start({
      authenticate: async () => ({ organizationId: '3', userId: 12, account: '3-12', appKey: 'a', roles: [] }),
    });
    assert.equal((await api.get('/uapi/phoneCalls/@me/211')).status, 200);
    await api.close();
  });

  test('on the wire: the documented request byte for byte, and an answer without a newline', async () => {
    const api = await VirtualUnifiedApi.start();
    await api.http.listen({ host: '127.0.0.1', port: 0 });
    const { port } = api.http.server.address() as AddressInfo;
    const body = `{
  "extension": "211",
  "phoneCallView": [
    {
      "source": [ "211" ],
      "destination": [ "3235742879" ],
      "callerId": "John Doe <4242425>"
    }
  ]
}`;
    const answer = await new Promise<{ status: number; type: string; text: string }>((resolve, reject) => {
      const sent = httpRequest(
        {
          port,
          method: 'POST',
          path: '/uapi/phoneCalls/@me/conferenceInvite?number=3&pin=2233',
          headers: { 'Content-Type': 'application/json', Authorization: 'Bearer me' },
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part) => {
            text += part;
          });
          const at = response.rawHeaders.indexOf('Content-Type');
          const type = response.rawHeaders[at + 1] ?? '';
          response.on('end', () => resolve({ status: response.statusCode ?? 0, type, text }));
        },
      );
      sent.on('error', reject).end(body);
    });
    assert.deepEqual([answer.status, answer.type], [200, 'application/json']);
    assert.match(answer.text, /^\[\{"id":"[0-9a-f]{20}","extension":"211",.*\}\]$/);
    await api.close();
  });

  test('the description has every documented route once, with what it takes', async () => {
    const api = await VirtualUnifiedApi.start();
    const http = createHttp({ log: silentLog, random: new SeededRandom(1) });
    await http.register(swagger, { openapi: { openapi: '3.1.0', info: { title: 'x', version: '1' } } });
    registerUnifiedApi(http, {
      runtime: api.calls.runtime,
      directory: api.directory,
      random: new SeededRandom(1),
      authenticate: () => {
        throw new Error('unused');
      },
      registrations: () => [],
      keepPin: () => {},
      publicUrl: null,
      known: async () => 'unknown',
    });
    await http.ready();
    const { paths } = http.swagger() as unknown as { paths: Record<string, Record<string, { summary: string }>> };
    const routes = Object.entries(paths).flatMap(([path, byMethod]) =>
      Object.entries(byMethod).map(([method, { summary }]) => {
        assert.ok(summary.length > 5, path);
        return `${method} ${path}`;
      }),
    );
    const one = '/uapi/phoneCalls/{userId}/{extension}/{phoneCallId}';
    const all = '/uapi/phoneCalls/{userId}/{extension}';
    assert.deepEqual(routes.sort(), [
      `delete ${all}`,
      `delete ${one}`,
      `get ${all}`,
      `get ${one}`,
      'post /uapi/phoneCalls/{userId}/callback',
      'post /uapi/phoneCalls/{userId}/conferenceInvite',
      'post /uapi/phoneCalls/{userId}/simple',
      `put ${all}`,
      `put ${one}`,
    ]);
    await http.close();
    await api.close();
  });
});
