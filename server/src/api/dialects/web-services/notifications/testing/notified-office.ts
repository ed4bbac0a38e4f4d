import type { Clock } from '../../../../../base/clock.ts';
import { silentLog } from '../../../../../base/log.ts';
import { SeededRandom } from '../../../../../base/random.ts';
import type { CallRef, Dial } from '../../../../../call/model/call.ts';
import type { ExtensionDevice } from '../../../../../call/model/device.ts';
import { consultationCall } from '../../../../../call/services/consultation-call.ts';
import { receiveCall } from '../../../../../call/services/receive-call.ts';
import { RuntimeFixture } from '../../../../../call/testing/runtime-fixture.ts';
import type { Directory } from '../../../../../directory/directory.ts';
import { directoryOf, phone } from '../../../../../directory/testing/virtual-organizations.ts';
import type { BayeuxLimits } from '../../../../../push/bayeux/bayeux-server.ts';
import { readBatch } from '../../../../../push/bayeux/message.ts';
import type { Carrier } from '../../../../../push/bayeux/session.ts';
import type { LiveOwner } from '../../../../../push/live/bayeux-notes.ts';
import { LiveNotifications } from '../../../../../push/live/live-notifications.ts';
import { webServicesNotices } from '../dialect.ts';

export const base = 'http://127.0.0.1:8080/api/v2';
export const numbers = ['15000', '15001', '15002', '15003', '15004'] as const;
const organizationId = '1';

/** Five people with a phone each, user 1 with 15000 and so on, over the real runtime; and who is told of it. */
export class NotifiedOffice {
  readonly fixture: RuntimeFixture;
  readonly directory: Directory;
  notifications: LiveNotifications;

  readonly #clock: Clock | null;

  /** `clock`: of those who are told; default: the one of the calls. */
  constructor(directory: Directory, seed = 1, limits: Partial<BayeuxLimits> = {}, clock: Clock | null = null) {
    this.directory = directory;
    this.fixture = new RuntimeFixture(seed);
    this.#clock = clock;
    this.notifications = this.#notify(limits);
    this.fixture.runtime.on('event', () => this.notifications.nudge());
  }

  static async open(seed = 1, limits: Partial<BayeuxLimits> = {}): Promise<NotifiedOffice> {
    return new NotifiedOffice(await officeDirectory(), seed, limits);
  }

  /** As after a crash: nothing is known but the log. */
  async crash(limits: Partial<BayeuxLimits> = {}): Promise<void> {
    await this.notifications.close();
    this.notifications = this.#notify(limits);
  }

  #notify(limits: Partial<BayeuxLimits>): LiveNotifications {
    const { clock, store } = this.fixture;
    return new LiveNotifications({
      clock: this.#clock ?? clock,
      log: silentLog,
      random: new SeededRandom(7),
      store,
      dialect: webServicesNotices({ directory: this.directory, registered: () => true }),
      userOf: (extensionId) => this.directory.extensionById(extensionId),
      limits,
    });
  }

  device(number: string): ExtensionDevice {
    return { kind: 'extension', organizationId, extensionId: `1-${number}`, number, name: `Phone ${number}` };
  }

  dial(number: string): Dial {
    return {
      device: this.device(number),
      target: { kind: 'terminal', aor: number },
      callerId: { name: '', number: '' },
      timeoutMs: 25_000,
    };
  }

  /** One calls another; gives who calls, and the leg that was dialled. */
  async call(from: string, to: string, legId = `L${from}`): Promise<{ ref: CallRef; calledLeg: string }> {
    const { device: called, ...rest } = this.dial(to);
    const asked = { kind: 'call', legId, organizationId, from: this.device(from), to: called, ...rest } as const;
    const ref = await this.fixture.runtime.do(receiveCall, asked);
    return { ref, calledLeg: this.fixture.lastDialled() };
  }

  async talking(from: string, to: string, legId?: string): Promise<CallRef> {
    const { ref, calledLeg } = await this.call(from, to, legId);
    await this.answer(calledLeg);
    return ref;
  }

  /** The phone that was dialled rings. */
  async ring(legId = this.fixture.lastDialled()): Promise<void> {
    this.fixture.runtime.report(legId, { type: 'delivered' });
    await this.fixture.settle();
  }

  /** It rings, and is answered; where it rings already, it is answered. */
  async answer(legId: string): Promise<void> {
    await this.ring(legId);
    this.fixture.runtime.report(legId, { type: 'answered' });
    await this.fixture.settle();
  }

  /** Somebody is consulted, and answers. */
  async consulting(original: CallRef, to: string): Promise<CallRef> {
    const consult = await this.fixture.runtime.do(consultationCall, { ...original, ...this.dial(to) });
    await this.answer(this.fixture.lastDialled());
    return consult;
  }

  client(number: string, kind: Carrier<LiveOwner>['kind'] = 'long-polling', acks = false): OfficeClient {
    const userId = numbers.indexOf(number as (typeof numbers)[number]) + 1;
    return new OfficeClient(this, { user: { organizationId, userId }, base }, kind, acks);
  }

  /** Until everything that is in the log has been told to everybody who reads. */
  async told(): Promise<void> {
    for (let turn = 0; turn < 12; turn++) {
      await this.fixture.settle();
      await this.fixture.clock.advanceAsync(turn === 0 ? 10 : 60);
    }
  }
}

/** `more`: features that each of them has besides: with that for it, everybody is a supervisor. */
export async function officeDirectory(more: readonly string[] = []): Promise<Directory> {
  const users = numbers.map((number, at) => ({
    id: at + 1,
    login: `agent${number}`,
    password: null,
    firstName: 'Agent',
    lastName: number,
    roles: more.includes('api-supervisor-monitoring') ? (['agent', 'supervisor'] as const) : (['agent'] as const),
    features: ['api-voice', ...more],
    extensions: [phone(number)],
  }));
  const organization = { id: 1, name: 'Office', prefix: '0001', users, apps: [] };
  return (await directoryOf({ organizations: [organization], trunks: [], dialPlan: null })).directory;
}

/** One thing that was told. */
export interface Told {
  readonly number: string;
  readonly channel: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** Of the message, as it came. */
  readonly text: string;
}

/** A Bayeux client in memory that connects again and again, as long as it reads. */
export class OfficeClient {
  readonly told: Told[] = [];
  readonly owner: LiveOwner;
  readonly #office: Pick<NotifiedOffice, 'notifications'>;
  readonly #kind: Carrier<LiveOwner>['kind'];
  readonly #acks: boolean;
  #carrier: Carrier<LiveOwner>;
  #clientId = '';
  #ids = 0;
  #ack = 0;
  reads = true;
  handshakes = 0;
  /** Replies that were no success. */
  readonly errors: string[] = [];
  /** Asked for when it has to handshake again; null: it does not. */
  onHandshake: (() => void) | null = null;

  constructor(
    office: Pick<NotifiedOffice, 'notifications'>,
    owner: LiveOwner,
    kind: Carrier<LiveOwner>['kind'],
    acks: boolean,
  ) {
    this.#office = office;
    this.owner = owner;
    this.#kind = kind;
    this.#acks = acks;
    this.#carrier = this.#makeCarrier();
  }

  async begin(): Promise<this> {
    await this.#office.notifications.wake();
    this.#send({
      channel: '/meta/handshake',
      version: '1.0',
      supportedConnectionTypes: [this.#kind],
      ...(this.#acks ? { ext: { ack: true } } : {}),
    });
    return this;
  }

  subscribe(subscription: string | readonly string[], replay?: unknown): void {
    this.#send({ channel: '/meta/subscribe', subscription, ...(replay === undefined ? {} : { ext: { replay } }) });
  }

  unsubscribe(subscription: string): void {
    this.#send({ channel: '/meta/unsubscribe', subscription });
  }

  leave(): void {
    this.#send({ channel: '/meta/disconnect' });
  }

  /** Reads on where it stopped. */
  readOn(): void {
    this.reads = true;
    this.#connect();
  }

  /** Its connection is lost, with what was on its way; it has another. */
  lose(): void {
    this.#office.notifications.bayeux.lost(this.#carrier);
    this.#carrier = this.#makeCarrier();
    this.#connect();
  }

  get last(): string | undefined {
    return this.told.at(-1)?.number;
  }

  #makeCarrier(): Carrier<LiveOwner> {
    const carrier: Carrier<LiveOwner> = {
      owner: this.owner,
      kind: this.#kind,
      backlog: 0,
      carried: [],
      send: (messages) => {
        queueMicrotask(() => {
          if (carrier === this.#carrier) this.#receive(messages);
        });
      },
    };
    return carrier;
  }

  #send(message: object): void {
    const filled = { id: `${++this.#ids}`, clientId: this.#clientId, ...message };
    if (this.#kind === 'long-polling' && !JSON.stringify(message).includes('/meta/connect')) {
      // On a connection of its own.
      const once: Carrier<LiveOwner> = {
        owner: this.owner,
        kind: 'long-polling',
        backlog: 0,
        carried: [],
        send: (messages) => queueMicrotask(() => this.#receive(messages)),
      };
      this.#office.notifications.bayeux.handle(readBatch([filled])!, once);
    } else this.#office.notifications.bayeux.handle(readBatch([filled])!, this.#carrier);
  }

  #connect(): void {
    if (!this.reads) return;
    this.#send({
      channel: '/meta/connect',
      connectionType: this.#kind,
      ...(this.#acks ? { ext: { ack: this.#ack } } : {}),
    });
  }

  #receive(text: string): void {
    for (const message of JSON.parse(text) as Record<string, unknown>[]) {
      const { channel, data, ext, successful } = message as {
        channel: string;
        data?: Record<string, unknown>;
        ext?: { number?: string; ack?: number };
        successful?: boolean;
      };
      if (data !== undefined) {
        this.told.push({ number: ext?.number ?? '', channel, data, text: JSON.stringify(message) });
      } else if (successful === false) {
        this.errors.push(String(message['error']));
        if (String(message['error']).startsWith('402') && this.onHandshake !== null) void this.begin();
      } else if (channel === '/meta/handshake') {
        this.#clientId = String(message['clientId']);
        this.#ack = 0;
        this.handshakes += 1;
        this.#connect();
        this.onHandshake?.();
      } else if (channel === '/meta/connect') {
        this.#ack = ext?.ack ?? this.#ack;
        this.#connect();
      }
    }
  }
}

/** In a line: what kind of message about which call in what state. */
export function inWords({ data }: Told): string {
  const { notificationType, call, messageType } = data as {
    notificationType?: string;
    messageType: string;
    call?: { id: string; state: string; participants: { phoneNumber: string }[] };
  };
  if (call === undefined) return messageType;
  return `${notificationType} ${call.state} ${call.participants.map(({ phoneNumber }) => phoneNumber).join(',')}`;
}
