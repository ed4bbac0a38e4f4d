import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { AvayaClientServices } from '../src/index.ts';
import { tokenOf } from '../src/login.ts';

// biome-ignore lint/suspicious/noExplicitAny: as applications have it
type Anything = any;

const { Config } = AvayaClientServices as Anything;
/** Who asked to sign in; nobody may. */
const asked: string[] = [];
const server = createServer((request, response) => {
  const [kind = '', proof = ''] = (request.headers.authorization ?? '').split(' ');
  asked.push(kind === 'Basic' ? Buffer.from(proof, 'base64').toString('utf8') : `${kind} ${proof}`);
  response.writeHead(401, { 'content-type': 'application/problem+json' });
  response.end(JSON.stringify({ code: 'loginWrong', detail: 'Login or password is wrong.' }));
});

before(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));

after(() => {
  server.closeAllConnections();
  server.close();
});

/** A user with such a provider, and how often it was told that its registration failed. */
function userWith(credentialProvider: object) {
  const { port } = server.address() as AddressInfo;
  const restConfig = new Config.ServerInfo('127.0.0.1', port, false);
  const user = new (AvayaClientServices as Anything)().createUser({
    callUserConfiguration: { incomingCall: true },
    sgConfiguration: { enabled: true, credentialProvider, networkProviderConfiguration: { restConfig } },
  });
  const failed: unknown[] = [];
  user.addOnUserRegistrationFailed((one: unknown) => failed.push(one));
  return { user, failed };
}

test('a wrong password is told to who gave it, and tried again with another one, until that is cancelled', async () => {
  const provider = new Config.CredentialProvider('ann', 'wrong');
  const counts: number[] = [];
  provider.addOnInvalidCredentialsCallback((event: Anything) => {
    counts.push(event.getFailureCount());
    if (counts.length === 1) event.retry(new Config.CredentialProvider('ann', 'other'));
    else if (counts.length === 2) event.getRetryCallback()();
    else event.cancel();
  });
  const { user, failed } = userWith(provider);
  await assert.rejects(Promise.resolve(user.start()), { code: 'loginWrong' });
  assert.deepEqual(counts, [1, 2, 3]);
  assert.deepEqual(asked.splice(0), ['ann:wrong', 'ann:other', 'ann:wrong']);
  assert.deepEqual(failed, [user]);
});

test('where nobody listens for that it fails at once; who stops is not waited for any more', async () => {
  const { user } = userWith(new Config.CredentialProvider('bob', 'wrong'));
  await assert.rejects(Promise.resolve(user.start()), { code: 'loginWrong' });
  assert.deepEqual(asked.splice(0), ['bob:wrong']);
  const provider = new Config.CredentialProvider('cid', 'wrong');
  const told = new Promise((resolve) => provider.addOnInvalidCredentialsCallback(resolve));
  const { user: waits } = userWith(provider);
  const started = assert.rejects(Promise.resolve(waits.start()), { code: 'loginWrong' });
  await told;
  await waits.stop();
  await started;
  assert.deepEqual(asked.splice(0), ['cid:wrong']);
});

test('who stops before the application has said who it is does not start', async () => {
  let asks = () => {};
  const asksForIt = new Promise<void>((resolve) => {
    asks = resolve;
  });
  const { user, failed } = userWith({ onAuthenticationChallenge: () => asks() });
  let outcome: unknown = 'none yet';
  user.start().then(
    () => assert.fail('it was stopped'),
    (error: Anything) => {
      outcome = error.code;
    },
  );
  await asksForIt;
  await user.stop();
  await new Promise((go) => setTimeout(go, 0));
  assert.deepEqual([outcome, failed, asked], ['off', [], []]);
});

test('a token says who asks where it is of a login, and is for one call where it is of a gateway', async () => {
  const { TokenType } = Config.Authentication;
  const { user } = userWith(new Config.CredentialTokenProvider('north', TokenType.UPTOKEN));
  await assert.rejects(Promise.resolve(user.start()), { code: 'loginWrong' });
  assert.deepEqual(asked.splice(0), ['UPToken north']);
  const { user: guest } = userWith(new Config.CredentialTokenProvider('once', TokenType.ESGTOKEN));
  await guest.start();
  assert.deepEqual(asked, [], 'there is nothing to sign in to');
  const rows: [object | null, string | null, string | null][] = [
    [new Config.CredentialTokenProvider('north'), 'UPToken north', null],
    [new Config.CredentialTokenProvider('once', TokenType.ESGTOKEN), null, 'once'],
    [new Config.CredentialProvider('ann', 'x'), null, null],
    [null, null, null],
  ];
  for (const [provider, authorization, call] of rows) assert.deepEqual(tokenOf(provider), { authorization, call });
});
