import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { usualStates } from '../../server/src/api/dialects/web-services/agent-states.ts';
import { callIdOf } from '../../server/src/api/dialects/web-services/ids.ts';
import { webServicesNotices } from '../../server/src/api/dialects/web-services/notifications/dialect.ts';
import { registerNotifications } from '../../server/src/api/dialects/web-services/notifications/routes.ts';
import { registerWebServices } from '../../server/src/api/dialects/web-services/plugin.ts';
import { operateWith } from '../../server/src/api/dialects/web-services/resources/ask.ts';
import { allRoutes } from '../../server/src/api/dialects/web-services/resources/routes.ts';
import { Access } from '../../server/src/api/dialects/web-services/session/access.ts';
import { Sessions } from '../../server/src/api/dialects/web-services/session/sessions.ts';
import { createHttp } from '../../server/src/api/http.ts';
import { LoginAttempts } from '../../server/src/api/login-attempts.ts';
import { systemClock } from '../../server/src/base/clock.ts';
import { newId } from '../../server/src/base/id.ts';
import { silentLog } from '../../server/src/base/log.ts';
import { systemRandom } from '../../server/src/base/random.ts';
import { Secret } from '../../server/src/base/secret.ts';
import { DeviceRuntime } from '../../server/src/call/devices/device-runtime.ts';
import type { Dial } from '../../server/src/call/model/call.ts';
import type { ExtensionDevice } from '../../server/src/call/model/device.ts';
import { Remarks } from '../../server/src/call/remarks/remarks.ts';
import { CallRuntime } from '../../server/src/call/runtime/runtime.ts';
import { clearCall } from '../../server/src/call/services/clear-call.ts';
import { consultationCall } from '../../server/src/call/services/consultation-call.ts';
import { receiveCall } from '../../server/src/call/services/receive-call.ts';
import { SpyPorts } from '../../server/src/call/testing/spy-ports.ts';
import { directoryOf, phone } from '../../server/src/directory/testing/virtual-organizations.ts';
import { LiveNotifications } from '../../server/src/push/live/live-notifications.ts';
import { openSqliteStore } from '../../server/src/store/sqlite/sqlite-store.ts';

/*
 * The agents' interface with everything from HTTP to the log on the disk, in a process of its own; phones and sound are
 * left out. Arguments: how many agents, and whether each talks with parties of its `own` or all with the same. Told
 * `{ prepare: agent }` it has the agent talk with one and consult another, and says the id of the consultation; told
 * `{ clear: agent }` it ends that.
 */

const agents = Number(process.argv[2]);
const own = process.argv[3] === 'own';
const partiesOf = (agent: number) => (own ? agents + 2 * agent : agents);
const folder = mkdtempSync(join(tmpdir(), 'partyline-bench-'));
const common = { clock: systemClock, random: systemRandom, log: silentLog };
const store = await openSqliteStore({ folder, clock: systemClock });
const users = Array.from({ length: partiesOf(own ? agents : 0) + 2 }, (_, at) => ({
  id: at + 1,
  login: `agent${at}`,
  password: new Secret('s3cret'),
  firstName: 'Agent',
  lastName: String(at),
  roles: ['agent'] as const,
  features: ['api-voice'],
  extensions: [phone(String(15_000 + at))],
}));
const organization = { id: 1, name: 'Office', prefix: '0001', users, apps: [] };
const { directory } = await directoryOf({ organizations: [organization], trunks: [], dialPlan: null });
const ports = new SpyPorts();
ports.keepEffects = false;
let dialled = '';
ports.onDial = ({ legId }) => {
  dialled = legId;
};
const runtime = new CallRuntime({ ...common, store: store.calls, signalling: ports.signalling, media: ports.media });
const devices = new DeviceRuntime({ ...common, store: store.calls });
const notifications = new LiveNotifications({
  ...common,
  store: store.calls,
  dialect: webServicesNotices({ directory, registered: () => true }),
  userOf: (extensionId) => directory.extensionById(extensionId),
});
runtime.on('event', () => notifications.nudge());

const http = createHttp({ log: silentLog, random: systemRandom });
const sessions = new Sessions(systemClock, systemRandom, 1_800_000);
const deps = {
  ...common,
  directory,
  runtime,
  devices,
  remarks: new Remarks({ ...common, store: store.calls }),
  registrations: () => [{ agent: '', expiresS: 60 }],
  keepPin: () => {},
  publicUrl: null,
  version: '1',
  sessions,
  states: usualStates,
  stateAfterLogin: 'Ready' as const,
  hold: (account: string) => notifications.hold(account),
  endNotifications: () => {},
};
registerWebServices(http, {
  access: new Access({ directory, sessions, attempts: new LoginAttempts(systemClock), crossSite: false }),
  routes: allRoutes({ deps, operate: operateWith(deps) }),
  origins: [],
  publicUrl: null,
  csrf: false,
  more: (app) =>
    registerNotifications(app, {
      notifications,
      ownerOf: ({ agent: { user } }) => ({
        user: { organizationId: user.organizationId, userId: user.id },
        base: 'http://bench/api/v2',
      }),
    }),
});
await http.listen({ host: '127.0.0.1', port: 0 });

const device = (at: number): ExtensionDevice => ({
  kind: 'extension',
  organizationId: '1',
  extensionId: `1-${15_000 + at}`,
  number: String(15_000 + at),
  name: '',
});
const dial = (at: number): Dial => ({
  device: device(at),
  target: { kind: 'terminal', aor: String(15_000 + at) },
  callerId: { name: '', number: '' },
  timeoutMs: 25_000,
});
const originals = new Map<number, string>();

async function answered(): Promise<void> {
  const legId = dialled;
  runtime.report(legId, { type: 'answered' });
  for (;;) {
    const ref = runtime.refOfLeg(legId);
    const connection = ref === null ? undefined : runtime.call(ref.callId)?.connections.get(ref.connectionId);
    if (connection?.state === 'connected') return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function prepare(agent: number): Promise<string> {
  const { device: to, ...rest } = dial(partiesOf(agent));
  const asked = { kind: 'call', legId: newId(systemRandom), organizationId: '1', from: device(agent), to } as const;
  const original = await runtime.do(receiveCall, { ...asked, ...rest });
  await answered();
  const consult = await runtime.do(consultationCall, { ...original, ...dial(partiesOf(agent) + 1) });
  await answered();
  originals.set(agent, original.callId);
  return callIdOf(consult.callId);
}

process.on('message', async (order: { prepare?: number; clear?: number }) => {
  if (order.prepare !== undefined) process.send?.(await prepare(order.prepare));
  if (order.clear !== undefined) {
    await runtime.do(clearCall, { callId: originals.get(order.clear) ?? '' });
    process.send?.('cleared');
  }
});
process.on('disconnect', () => {
  rmSync(folder, { recursive: true, force: true });
  process.exit(0);
});
process.send?.((http.server.address() as { port: number }).port);
