import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
// @ts-expect-error: a script without types
import { ensureSdk } from '../../scripts/build-sdk.mjs';
import { portal } from '../src/api/dialects/portal/register.ts';
import { createHttp } from '../src/api/http.ts';
import { SessionLogins } from '../src/api/session-logins.ts';
import { acceptWebSockets } from '../src/api/web-sockets.ts';
import { AppError } from '../src/base/app-error.ts';
import { silentLog } from '../src/base/log.ts';
import { SeededRandom } from '../src/base/random.ts';
import { RuntimeFixture } from '../src/call/testing/runtime-fixture.ts';
import {
  conferenceWith,
  directoryOf,
  organizationWith,
  rooms,
} from '../src/directory/testing/virtual-organizations.ts';
import { Browser } from './peers/browser.ts';
import { needs } from './peers/installed.ts';
import { waitFor } from './peers/wait.ts';

/** An application of the library in a real browser, and the portal with a clock that is set: tokens that grow old. */

const skip = needs('chromium');
const { clock, runtime, store } = new RuntimeFixture();
const random = new SeededRandom(3);
let http: FastifyInstance;
let browser: Browser;

const application = `
var told = [];
function start(token) {
  var { Config, Services: { Call } } = AvayaClientServices;
  var user = new AvayaClientServices().createUser(new Config.UserConfiguration());
  var info = new Call.CallCreationInfo('2111');
  info.setCallType(Call.CallType.CallTypeHttpMeetMe);
  info.setPortalToken(token);
  var call = user.getCalls().createCall(info);
  call.addOnCallStartedCallback(() => told.push('started'));
  call.addOnCallFailedCallback((_call, error) => told.push('failed ' + error.getError()));
  call.start();
}`;

before(async () => {
  if (skip !== false) return;
  await ensureSdk();
  const organization = organizationWith(3, [
    rooms('211', { conferences: [conferenceWith('1', { meetingId: '2111' })] }),
  ]);
  const { directory } = await directoryOf({ organizations: [organization], trunks: [], dialPlan: [] }, { clock });
  http = createHttp({ log: silentLog, random });
  await acceptWebSockets(http);
  const browsers = {
    has: () => false,
    // Whose token is good comes as far as this.
    join: () => Promise.reject(new AppError('unavailable', 'no sound here')),
    phone: () => assert.fail('no phone signs in here'),
  };
  const sessions = new SessionLogins();
  const config = { media: { turn: [] } };
  const legs = { isEncrypted: () => false, whenConfirmed() {} };
  const parts = { browsers, legs, calls: store, clock, random, directory, runtime, sessions, config, publicUrl: null };
  portal.register(http, parts as unknown as Parameters<typeof portal.register>[1]);
  await http.listen({ host: '127.0.0.1', port: 0 });
  const library = `<script src="${base()}/sdk/AvayaClientServices.min.js"></script>`;
  browser = await Browser.start({
    page: `<!doctype html><title>An application</title>${library}<script>${application}</script>`,
    tone: 700,
  });
});

after(async () => {
  await browser?.stop();
  await http?.close();
});

const base = () => `http://127.0.0.1:${(http.server.address() as AddressInfo).port}`;

async function token(): Promise<string> {
  const answer = await fetch(`${base()}/ups/resources/middleware/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ conferenceId: '2111', userName: 'Ann' }),
  });
  return ((await answer.json()) as { token: string }).token;
}

test('a token is good for five minutes: then the call fails for want of a right, and says so', { skip }, async () => {
  const { page, errors } = await browser.open();
  const outcome = async (given: string) => {
    await page.evaluate(`told.length = 0, start(${JSON.stringify(given)})`);
    await waitFor(() => page.evaluate("told.some((text) => text.startsWith('failed'))"), 20_000, 'an outcome');
    return page.evaluate('told');
  };
  const [early, late] = [await token(), await token()];
  clock.advance(299_000);
  assert.deepEqual(await outcome(early), ['started', 'failed SERVICE_TEMPORARILY_UNAVAILABLE']);
  clock.advance(2000);
  assert.deepEqual(await outcome(late), ['started', 'failed AUTHENTICATION_ERROR']);
  assert.deepEqual(await outcome(await token()), ['started', 'failed SERVICE_TEMPORARILY_UNAVAILABLE'], 'a fresh one');
  assert.deepEqual(errors, []);
});
