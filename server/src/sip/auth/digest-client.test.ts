import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../base/random.ts';
import { Secret } from '../../base/secret.ts';
import { SipRequest, SipResponse } from '../message/message.ts';
import { parseUri } from '../message/uri.ts';
import { parseDigestParams } from './auth-params.ts';
import { ClientAuthorization } from './client-authorization.ts';
import { authorizeWith, parseChallenge } from './digest-client.ts';

const get = { method: 'GET', uri: '/dir/index.html', username: 'Mufasa' };

test('RFC 2617 §3.5: MD5 with qop=auth', () => {
  const challenge = parseChallenge(
    'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", ' +
      'opaque="5ccc069c403ebaf9f0171e9517f40e41"',
  )!;
  const value = authorizeWith(challenge, { ...get, password: new Secret('Circle Of Life') }, '00000001', '0a4f113b');
  const params = parseDigestParams(value)!;
  assert.equal(params.get('response'), '6629fae49393a05397450978507c4ef1');
  assert.equal(params.get('opaque'), '5ccc069c403ebaf9f0171e9517f40e41');
  assert.equal(params.get('qop'), 'auth');
  assert.equal(params.get('nc'), '00000001');
});

test('RFC 7616 §3.9.1: MD5 and SHA-256', () => {
  const expected = {
    MD5: '8ca523f5e9506fed4657c9700eebdbec',
    'SHA-256': '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1',
  };
  for (const [algorithm, response] of Object.entries(expected)) {
    const challenge = parseChallenge(
      `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, ` +
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
    )!;
    const value = authorizeWith(
      challenge,
      { ...get, password: new Secret('Circle of Life') },
      '00000001',
      'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
    );
    assert.equal(parseDigestParams(value)!.get('response'), response);
  }
});

test('the form without qop (RFC 2069) carries neither nc nor cnonce', () => {
  const challenge = parseChallenge('Digest realm="r", nonce="n"')!;
  const params = parseDigestParams(authorizeWith(challenge, { ...get, password: new Secret('p') }, '00000001', 'c'))!;
  assert.equal(params.has('nc'), false);
  assert.equal(params.has('cnonce'), false);
  // MD5(MD5("Mufasa:r:p") ":n:" MD5("GET:/dir/index.html"))
  assert.equal(params.get('response')!.length, 32);
});

test('challenges that we cannot answer are refused', () => {
  assert.equal(parseChallenge('Digest realm="r", nonce="n", algorithm=SHA-512-256'), null);
  assert.equal(parseChallenge('Digest realm="r", nonce="n", qop="conf"'), null);
  assert.equal(parseChallenge('Digest realm="r"'), null);
  assert.equal(parseChallenge('Basic realm="r"'), null);
  assert.equal(parseChallenge('Digest realm="r", nonce="n", algorithm=md5-sess')!.session, true);
});

function unauthorized(status: number, ...challenges: string[]): SipResponse {
  const response = new SipResponse(status, 'Unauthorized');
  const name = status === 407 ? 'Proxy-Authenticate' : 'WWW-Authenticate';
  for (const challenge of challenges) response.headers.append(name, challenge);
  return response;
}

function invite(): SipRequest {
  return new SipRequest('INVITE', parseUri('sip:b@example.test')!);
}

test('a proxy and the server behind it both get their credentials', () => {
  const client = new ClientAuthorization({ username: 'u', password: new Secret('p') }, new SeededRandom(1));
  assert.equal(client.learn(unauthorized(407, 'Digest realm="proxy", nonce="1", qop="auth"')), true);
  assert.equal(client.learn(unauthorized(401, 'Digest realm="server", nonce="2", qop="auth"')), true);
  const request = invite();
  client.apply(request, 'sip:b@example.test');
  assert.match(request.headers.get('Proxy-Authorization')!, /realm="proxy"/);
  assert.match(request.headers.get('Authorization')!, /realm="server".*nc=00000001/);
  const second = invite();
  client.apply(second, 'sip:b@example.test');
  assert.match(second.headers.get('Authorization')!, /nc=00000002/);
});

test('a first answer refused is a wrong password; a stale or worn nonce is not', () => {
  const client = new ClientAuthorization({ username: 'u', password: new Secret('p') }, new SeededRandom(1));
  assert.equal(client.learn(unauthorized(401, 'Digest realm="r", nonce="1", qop="auth"')), true);
  client.apply(invite(), 'sip:b@example.test');
  assert.equal(client.learn(unauthorized(401, 'Digest realm="r", nonce="2", qop="auth"')), false);
  assert.equal(client.learn(unauthorized(401, 'Digest realm="r", nonce="3", qop="auth", stale=TRUE')), true);
  client.apply(invite(), 'sip:b@example.test');
  client.apply(invite(), 'sip:b@example.test');
  assert.equal(client.learn(unauthorized(401, 'Digest realm="r", nonce="4", qop="auth"')), true);
});
