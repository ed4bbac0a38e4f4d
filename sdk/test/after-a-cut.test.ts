import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { AvayaClientServices } from '../src/index.ts';
import { reach, spoken, startBrowser, startServer } from './fake-browser.ts';

/** What a call of a conference tells, and whether one is heard in it, when its server was away for a while. */

// biome-ignore lint/suspicious/noExplicitAny: as applications have it
type Anything = any;

const { CallCreationInfo } = (AvayaClientServices as Anything).Services.Call;
const { fake, fresh, stop } = startBrowser();
let server: Awaited<ReturnType<typeof startServer>>;
let user: Anything;

before(async () => {
  server = await startServer();
});

after(() => {
  server.stop();
  stop();
});

beforeEach(() => {
  fresh();
  user = new (AvayaClientServices as Anything)().createUser();
});

afterEach(() => user.stop());

const isTold = (of: Anything, name: string, kind = 'Call') =>
  new Promise<void>((resolve) => of[`addOn${kind}${name}Callback`](() => resolve()));

async function until(is: () => boolean): Promise<void> {
  while (!is()) await new Promise((go) => setTimeout(go, 5));
}

/** A call that stands, by a token that the library has asked for, and how it is told that the service is. */
async function speaking() {
  const info = new CallCreationInfo('2111');
  info.setServiceGatewayURL(server.base());
  info.setConferenceID('2111');
  const call = user.getCalls().createCall(info);
  const told: string[] = [];
  for (const name of ['ServiceAvailable', 'ServiceUnavailable', 'AudioMuteStatusChanged', 'Ended']) {
    call[`addOnCall${name}Callback`]((_: unknown, more: unknown) => told.push([name, more].flat().join(' ').trim()));
  }
  const established = isTold(call, 'Established');
  call.start();
  await established;
  await until(() => call.isServiceAvailable());
  return { call, told };
}

test('that the service is there again is told also before one is in', async () => {
  const { call, told } = await speaking();
  for (let times = 0; times < 2; times++) {
    reach(false);
    assert.deepEqual(told.splice(0), ['ServiceUnavailable']);
    const back = isTold(call.getConference(), 'ServiceAvailable', 'Conference');
    reach(true);
    await back;
    assert.deepEqual(told.splice(0), ['ServiceAvailable']);
  }
});
