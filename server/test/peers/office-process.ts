import { writeSync } from 'node:fs';
import Fastify from 'fastify';
import { webServicesNotices } from '../../src/api/dialects/web-services/notifications/dialect.ts';
import { registerNotifications } from '../../src/api/dialects/web-services/notifications/routes.ts';
import { officeDirectory } from '../../src/api/dialects/web-services/notifications/testing/notified-office.ts';
import { systemClock } from '../../src/base/clock.ts';
import { newId } from '../../src/base/id.ts';
import { silentLog } from '../../src/base/log.ts';
import { systemRandom } from '../../src/base/random.ts';
import type { Dial } from '../../src/call/model/call.ts';
import type { ExtensionDevice } from '../../src/call/model/device.ts';
import { CallRuntime } from '../../src/call/runtime/runtime.ts';
import { clearCall } from '../../src/call/services/clear-call.ts';
import { conferenceCall } from '../../src/call/services/conference-call.ts';
import { consultationCall } from '../../src/call/services/consultation-call.ts';
import { receiveCall } from '../../src/call/services/receive-call.ts';
import { SpyPorts } from '../../src/call/testing/spy-ports.ts';
import { LiveNotifications } from '../../src/push/live/live-notifications.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';

/*
 * A server with everything between the log on the disk and the wire, and phones in memory: 15000 calls 15001, consults
 * 15002, merges, hangs up, and begins again until it is killed. It says its port when it can be asked. Arguments: the
 * data folder.
 */

const [folder = ''] = process.argv.slice(2);
const store = await openSqliteStore({ folder, clock: systemClock });
const directory = await officeDirectory();
const ports = new SpyPorts();
ports.keepEffects = false;
let dialled = '';
ports.onDial = ({ legId }) => {
  dialled = legId;
};
const common = { clock: systemClock, random: systemRandom, log: silentLog };
const runtime = new CallRuntime({ ...common, store: store.calls, signalling: ports.signalling, media: ports.media });
await runtime.recover();
const notifications = new LiveNotifications({
  ...common,
  store: store.calls,
  dialect: webServicesNotices({ directory, registered: () => true }),
  userOf: (extensionId) => directory.extensionById(extensionId),
});
runtime.on('event', () => notifications.nudge());

const http = Fastify();
http.register(
  (app, _options, done) => {
    const owner = { user: { organizationId: '1', userId: 1 }, base: 'http://office.test/api/v2' };
    registerNotifications(app, { notifications, ownerOf: () => owner });
    done();
  },
  { prefix: '/api/v2' },
);
await http.listen({ host: '127.0.0.1', port: 0 });
writeSync(1, `${(http.server.address() as { port: number }).port}\n`);

const device = (number: string): ExtensionDevice => ({
  kind: 'extension',
  organizationId: '1',
  extensionId: `1-${number}`,
  number,
  name: '',
});
const dial = (number: string): Dial => ({
  device: device(number),
  target: { kind: 'terminal', aor: number },
  callerId: { name: '', number: '' },
  timeoutMs: 25_000,
});

async function answered(): Promise<void> {
  const legId = dialled;
  runtime.report(legId, { type: 'answered' });
  for (;;) {
    const ref = runtime.refOfLeg(legId);
    const call = ref === null ? null : runtime.call(ref.callId);
    if (call?.connections.get(ref?.connectionId ?? '')?.state === 'connected') return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

for (;;) {
  const { device: to, ...rest } = dial('15001');
  const asked = { kind: 'call', legId: newId(systemRandom), organizationId: '1', from: device('15000'), to } as const;
  const original = await runtime.do(receiveCall, { ...asked, ...rest });
  await answered();
  const consult = await runtime.do(consultationCall, { ...original, ...dial('15002') });
  await answered();
  await runtime.do(conferenceCall, { original, consult });
  await runtime.do(clearCall, { callId: original.callId });
}
