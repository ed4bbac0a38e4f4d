import assert from 'node:assert/strict';
import { silentLog } from '../../../../../base/log.ts';
import { SeededRandom } from '../../../../../base/random.ts';
import { Secret } from '../../../../../base/secret.ts';
import { callHandling, checkForwarding } from '../../../../../call/devices/call-handling.ts';
import { DeviceRuntime } from '../../../../../call/devices/device-runtime.ts';
import { Supervision } from '../../../../../call/devices/supervision.ts';
import type { Device } from '../../../../../call/model/device.ts';
import { Remarks } from '../../../../../call/remarks/remarks.ts';
import { clearCall } from '../../../../../call/services/clear-call.ts';
import { checkAgreement } from '../../../../../call/testing/agreement.ts';
import { RuntimeFixture } from '../../../../../call/testing/runtime-fixture.ts';
import type { Directory } from '../../../../../directory/directory.ts';
import type { UserView } from '../../../../../directory/directory-views.ts';
import { type ProvisionedUser, trunkTo } from '../../../../../directory/records.ts';
import {
  conferenceWith,
  directoryOf,
  organizationWith,
  phone,
  rooms,
} from '../../../../../directory/testing/virtual-organizations.ts';
import { LiveNotifications } from '../../../../../push/live/live-notifications.ts';
import { AgentStates } from '../../agent-states.ts';
import { type CallJson, callView } from '../../call-view.ts';
import { askedOf, capabilitiesOf } from '../../capabilities.ts';
import { callIdOf } from '../../ids.ts';
import type { SessionDeps } from '../../operations/agent-session.ts';
import { ownSeats } from '../../own-devices.ts';
import { type Seat, shownIdOf } from '../../seat.ts';
import { Sessions } from '../../session/sessions.ts';
import { supervisorsPhone } from '../../supervisors-phone.ts';
import { webServicesNotices } from '../dialect.ts';
import { base, OfficeClient } from './notified-office.ts';

export const organizationId = '3';
/** The phones of the house; the user of the last two has both. */
export const terminals = ['15000', '15001', '15003', '15005', '15006'] as const;
const userIds = [10, 11, 13, 12];
/** Conferences, and the PIN that is given: those of participants, of moderators, or none. */
export const admissions = [
  ['3', '2233'],
  ['3', '9988'],
  ['4', null],
  ['5', null],
  ['6', null],
  ['7', '2233'],
  ['7', '9988'],
] as const;

const features = ['api-voice', 'api-voice-recording', 'api-supervisor-monitoring'];

function user(id: number, numbers: readonly string[], change: Partial<ProvisionedUser> = {}): ProvisionedUser {
  const extensions = numbers.map((number) => phone(number, { callerId: { name: '', number } }));
  const name = `user${id}`;
  return {
    id,
    login: name,
    password: null,
    firstName: name,
    lastName: '',
    roles: ['agent'],
    features,
    extensions,
    ...change,
  };
}

/** Agents, a supervisor, who has two phones, and conferences of every kind. */
export async function houseDirectory(): Promise<Directory> {
  const pins = { participantPin: new Secret('2233'), moderatorPin: new Secret('9988') };
  const conferences = [
    conferenceWith('3', pins),
    conferenceWith('4'),
    conferenceWith('5', { roomSize: 3 }),
    conferenceWith('6', { record: 'always' }),
    conferenceWith('7', { ...pins, record: 'choice', waitForModerator: true, closeWhenModeratorsLeave: true }),
  ];
  const users = [
    user(10, ['15000']),
    user(11, ['15001'], { features: ['api-voice', 'api-voice-recording'] }),
    user(12, ['15005', '15006']),
    user(13, ['15003'], { roles: ['agent', 'supervisor'] }),
    user(16, [], { extensions: [rooms('211', { conferences })] }),
  ];
  const { directory } = await directoryOf({
    organizations: [{ ...organizationWith(Number(organizationId), []), users }],
    trunks: [trunkTo('carrier', 'sip:127.0.0.1:5080')],
    dialPlan: [{ match: '^\\+?[0-9]{7,15}$', trunk: 'carrier', strip: 0, prepend: '' }],
  });
  return directory;
}

/** What of a call does not change by itself as time goes by. */
type Shown = Omit<CallJson, 'duration' | 'capabilities'>;

/** The house over the real runtime, with forwarding and supervision, and two clients of each user. */
export class BusyHouse {
  readonly fixture: RuntimeFixture;
  readonly directory: Directory;
  readonly devices: DeviceRuntime;
  readonly notifications: LiveNotifications;
  readonly deps: SessionDeps & { readonly random: SeededRandom };
  readonly users: readonly UserView[];
  /** All that were ever there. */
  readonly legs: string[] = [];
  /** By user: told of calls as documented, and besides of what may be asked. */
  readonly #plain = new Map<UserView, OfficeClient>();
  readonly #full = new Map<UserView, OfficeClient>();

  constructor(directory: Directory, seed: number) {
    this.directory = directory;
    const handling = (device: Device) => callHandling(this.devices, directory, device);
    this.fixture = new RuntimeFixture(seed, undefined, undefined, handling);
    const { clock, ports, runtime, store } = this.fixture;
    this.devices = new DeviceRuntime({
      clock,
      log: silentLog,
      store,
      checkForwarding: (device, to) => checkForwarding(directory, device, to),
    });
    ports.onDial = ({ legId }) => void this.legs.push(legId);
    this.notifications = new LiveNotifications({
      clock,
      log: silentLog,
      random: new SeededRandom(7),
      store,
      dialect: webServicesNotices({ directory, registered: () => true }),
      userOf: (extensionId) => directory.extensionById(extensionId),
    });
    runtime.on('event', () => this.notifications.nudge());
    this.devices.on('event', () => this.notifications.nudge());
    const phoneOf = (id: string) => supervisorsPhone(directory, id);
    new Supervision({ log: silentLog, runtime, devices: this.devices, phoneOf }).start();
    this.deps = {
      clock,
      directory,
      runtime,
      devices: this.devices,
      remarks: new Remarks({ clock, random: new SeededRandom(4), store }),
      random: new SeededRandom(9),
      registrations: (id) => [id],
      keepPin() {},
      publicUrl: null,
      sessions: new Sessions(clock, new SeededRandom(3), 1_800_000),
      states: new AgentStates([]),
      stateAfterLogin: 'Ready',
      hold: () => () => {},
      endNotifications() {},
      version: '',
    };
    this.users = userIds.map((id) => directory.user(organizationId, id)!);
  }

  async listen(): Promise<void> {
    for (const one of this.users) {
      this.#plain.set(one, await this.#client(one, '/v2/me/*'));
      this.#full.set(one, await this.#client(one, '/v2/me/**'));
    }
    await this.told();
  }

  async #client({ id: userId }: UserView, channels: string, replay?: unknown): Promise<OfficeClient> {
    const owner = { user: { organizationId, userId }, base };
    const client = await new OfficeClient(this, owner, 'long-polling', false).begin();
    await this.fixture.settle();
    client.subscribe(channels, replay);
    return client;
  }

  device(number: string) {
    const { device, aor } = this.directory.extensionById(`${organizationId}-${number}`)!;
    return { device: device!, target: { kind: 'terminal', aor: aor! } as const };
  }

  seats(): readonly Seat[] {
    return this.users.flatMap((one) => ownSeats(this.deps, one));
  }

  ownerOf({ extensionId }: Seat): UserView {
    const { userId } = this.directory.extensionById(extensionId)!;
    return this.users.find(({ id }) => id === userId)!;
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < 5; turn++) await this.fixture.settle();
  }

  async told(): Promise<void> {
    for (let turn = 0; turn < 8; turn++) {
      await this.fixture.settle();
      await this.fixture.clock.advanceAsync(turn === 0 ? 10 : 5);
    }
  }

  async endAll(): Promise<void> {
    const { runtime } = this.fixture;
    for (const { id } of runtime.snapshot()) await runtime.do(clearCall, { callId: id }).catch(() => {});
    await this.settle();
  }

  /** Who goes by what he is told alone knows what he would be shown; the calls, the log and the sound agree. */
  check(): void {
    for (const seat of this.seats()) assert.deepEqual(capabilitiesOf(seat), askedOf(seat), 'remembered');
    for (const one of this.users) {
      const shown = this.#shownTo(one);
      for (const [client, isFull] of [
        [this.#plain.get(one)!, false],
        [this.#full.get(one)!, true],
      ] as const) {
        const known = knownFrom(client);
        assert.deepEqual([...known.keys()].sort(), [...shown.keys()].sort(), `calls of ${one.login}`);
        for (const [key, call] of shown) {
          if (call === null) continue;
          assert.deepEqual(essence(known.get(key)!), essence(call), `${one.login} ${key}`);
          if (isFull) assert.deepEqual(known.get(key)!.capabilities, call.capabilities, `${one.login} ${key}`);
        }
      }
    }
    checkAgreement(this.fixture, this.legs);
  }

  /** Calls of each phone; of who sits in one twice only that he is in it. */
  #shownTo(one: UserView): Map<string, CallJson | null> {
    const shown = new Map<string, CallJson | null>();
    for (const seat of ownSeats(this.deps, one)) {
      const key = `${seat.connection.device.number} ${callIdOf(shownIdOf(seat))}`;
      shown.set(key, shown.has(key) ? null : callView(seat, base, 0));
    }
    return shown;
  }

  /** Whoever comes later is told all of it again alike. */
  async checkReplay(): Promise<void> {
    for (const [one, live] of this.#plain) {
      const later = await this.#client(one, '/v2/me/*', { minutes: 10_000 });
      for (let turn = 0; turn < 50 && later.told.length < live.told.length; turn++) await this.told();
      const texts = ({ told }: OfficeClient) => told.map(({ text }) => text);
      assert.deepEqual(texts(later), texts(live), `replay of ${one.login}`);
    }
  }
}

function essence({ duration: _duration, capabilities: _capabilities, ...shown }: CallJson): Shown {
  return shown;
}

/** Running calls, by phone and id. */
function knownFrom(client: OfficeClient): Map<string, CallJson> {
  assert.deepEqual(client.errors, []);
  const known = new Map<string, CallJson>();
  for (const { data } of client.told) {
    const call = data['call'] as CallJson | undefined;
    if (call === undefined) continue;
    const key = `${data['phoneNumber']} ${call.id}`;
    if (!known.has(key)) assert.equal(data['notificationType'], 'StatusChange', `${key} begins`);
    if (call.state === 'Released') known.delete(key);
    else known.set(key, call);
  }
  return known;
}
