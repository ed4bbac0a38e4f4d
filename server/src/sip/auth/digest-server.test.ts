import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../base/random.ts';
import { Secret } from '../../base/secret.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { SipRequest } from '../message/message.ts';
import { parseUri } from '../message/uri.ts';
import { authorizeWith, parseChallenge } from './digest-client.ts';
import { digestHa1 } from './digest-hash.ts';
import { type DigestCheck, DigestServer, type SipCredentials } from './digest-server.ts';

const SOURCE = '192.0.2.1';

function account(username: string, password: string, algorithm: 'MD5' | 'SHA-256'): SipCredentials {
  const ha1 = {
    md5: digestHa1('MD5', username, 'realm', password),
    sha256: digestHa1('SHA-256', username, 'realm', password),
  };
  return { username, extensionId: `id-${username}`, ha1, algorithm };
}

const accounts = new Map([
  ['anna', account('anna', 'secret', 'MD5')],
  ['bert', account('bert', 'secret', 'SHA-256')],
]);

function setUp(options: { maxNonces?: number; algorithms?: () => readonly ('MD5' | 'SHA-256')[] } = {}) {
  const clock = new VirtualClock();
  const random = new SeededRandom(7);
  const server = new DigestServer({
    realm: 'realm',
    random,
    clock,
    credentials: (name) => accounts.get(name) ?? null,
    ...options,
  });
  return { clock, server };
}

function register(user: string, authorization?: string): SipRequest {
  const request = new SipRequest('REGISTER', parseUri('sip:example.test')!);
  request.headers.append('From', `<sip:${user}@example.test>;tag=1`);
  request.headers.append('To', `<sip:${user}@example.test>`);
  if (authorization !== undefined) request.headers.append('Authorization', authorization);
  return request;
}

function challengeOf(check: DigestCheck, at = 0): string {
  assert.equal(check.ok, false);
  return (check.ok ? undefined : check.challenges[at]) ?? '';
}

const both = () => ['SHA-256', 'MD5'] as const;

function answer(challenge: string, username: string, password: string, nc = '00000001'): string {
  const input = { method: 'REGISTER', uri: 'sip:example.test', username, password: new Secret(password) };
  return authorizeWith(parseChallenge(challenge)!, input, nc, 'cnonce');
}

function why(check: DigestCheck): string {
  return check.ok ? 'ok' : check.why;
}

test('a request without credentials is challenged alike whoever it names', () => {
  for (const [algorithms, expected] of [
    [undefined, ['MD5']],
    [both, ['SHA-256', 'MD5']],
  ] as const) {
    const { server } = setUp(algorithms === undefined ? {} : { algorithms });
    for (const user of ['anna', 'bert', 'nobody']) {
      const check = server.check(register(user), SOURCE);
      assert.equal(why(check), 'missing');
      const challenges = check.ok ? [] : check.challenges;
      const shape = /^Digest realm="realm", nonce="([\w-]{38})", algorithm=([\w-]+), qop="auth"$/;
      const read = challenges.map((challenge) => shape.exec(challenge));
      assert.deepEqual(
        read.map((match) => match?.[2]),
        expected,
      );
      assert.equal(new Set(read.map((match) => match?.[1])).size, 1, 'one nonce');
    }
  }
});

test('the right password passes with what is offered, and the weaker algorithm does not replace the stronger', () => {
  const { server } = setUp({ algorithms: both });
  for (const [user, at, expected] of [
    ['anna', 0, 'ok'],
    ['anna', 1, 'ok'],
    ['bert', 0, 'ok'],
    ['bert', 1, 'wrong'],
  ] as const) {
    const challenge = challengeOf(server.check(register(user), SOURCE), at);
    assert.equal(why(server.check(register(user, answer(challenge, user, 'secret')), SOURCE)), expected, user);
  }
  const { server: md5 } = setUp();
  const unasked = challengeOf(md5.check(register('anna'), SOURCE)).replace('MD5', 'SHA-256');
  assert.equal(why(md5.check(register('anna', answer(unasked, 'anna', 'secret')), SOURCE)), 'wrong');
});

test('a wrong password and an unknown user are told apart only here, not by the challenge', () => {
  const { server } = setUp();
  const challenge = challengeOf(server.check(register('anna'), SOURCE));
  const wrong = server.check(register('anna', answer(challenge, 'anna', 'guess')), SOURCE);
  const unknown = server.check(register('carl', answer(challenge, 'carl', 'guess')), SOURCE);
  assert.equal(why(wrong), 'wrong');
  assert.equal(why(unknown), 'unknown');
  const blank = (text: string) => text.replace(/nonce="[^"]*"/, '');
  assert.equal(blank(challengeOf(wrong)), blank(challengeOf(unknown)));
});

test('the same nonce count twice is a replay; overtaking is not', () => {
  const { server } = setUp();
  const challenge = challengeOf(server.check(register('anna'), SOURCE));
  const check = (nc: string) => server.check(register('anna', answer(challenge, 'anna', 'secret', nc)), SOURCE);
  assert.equal(why(check('00000001')), 'ok');
  assert.equal(why(check('00000001')), 'replay');
  assert.equal(why(check('00000005')), 'ok');
  assert.equal(why(check('00000003')), 'ok');
  assert.equal(why(check('00000003')), 'replay');
  assert.equal(why(check('00000100')), 'ok');
  assert.equal(why(check('00000002')), 'replay');
  assert.equal(why(check('0')), 'wrong');
  assert.match(challengeOf(check('00000001')), /stale=true/);
});

test('a nonce expires, and is then stale and not wrong', () => {
  const { server, clock } = setUp();
  const challenge = challengeOf(server.check(register('anna'), SOURCE));
  clock.advance(300_001);
  const check = server.check(register('anna', answer(challenge, 'anna', 'secret')), SOURCE);
  assert.equal(why(check), 'stale');
  assert.match(challengeOf(check), /stale=true/);
  assert.equal(why(server.check(register('anna', answer(challengeOf(check), 'anna', 'secret')), SOURCE)), 'ok');
});

test('a nonce of a former run, forged, or given to another address says nothing about the password', () => {
  const { server } = setUp();
  const elsewhere = challengeOf(server.check(register('anna'), '192.0.2.99'));
  for (const password of ['secret', 'guess']) {
    assert.equal(why(server.check(register('anna', answer(elsewhere, 'anna', password)), SOURCE)), 'stale');
    const forged = elsewhere.replace(/nonce="./, 'nonce="_');
    assert.equal(why(server.check(register('anna', answer(forged, 'anna', password)), SOURCE)), 'stale');
    const short = elsewhere.replace(/nonce="[^"]*"/, 'nonce="abc"');
    assert.equal(why(server.check(register('anna', answer(short, 'anna', password)), SOURCE)), 'stale');
  }
});

test('credentials without qop are good once', () => {
  const { server } = setUp();
  const challenge = challengeOf(server.check(register('anna'), SOURCE)).replace(', qop="auth"', '');
  const request = () => register('anna', answer(challenge, 'anna', 'secret'));
  assert.equal(why(server.check(request(), SOURCE)), 'ok');
  assert.equal(why(server.check(request(), SOURCE)), 'replay');
});

test('the table of used nonces is bounded, and what fell out of it cannot be replayed', () => {
  const { server, clock } = setUp({ maxNonces: 3 });
  const used: string[] = [];
  for (let i = 0; i < 5; i++) {
    const value = answer(challengeOf(server.check(register('anna'), SOURCE)), 'anna', 'secret');
    assert.equal(why(server.check(register('anna', value), SOURCE)), 'ok');
    used.push(value);
    clock.advance(10);
  }
  assert.deepEqual(
    used.map((value) => why(server.check(register('anna', value), SOURCE))),
    ['stale', 'stale', 'replay', 'replay', 'replay'],
  );
});

test('credentials for another realm or in another scheme do not count', () => {
  const { server } = setUp();
  for (const value of ['Basic dTpw', 'Digest realm="other", nonce="x", response="y"', 'Digest', '"""']) {
    assert.equal(why(server.check(register('anna', value), SOURCE)), 'missing');
  }
});
