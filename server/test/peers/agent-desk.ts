import assert from 'node:assert/strict';
import type { SandboxCall, SandboxCarrier } from '../../src/sandbox/index.ts';
import { Agent, AgentClient, transports } from './agent-client.ts';
import { Phone } from './baresip.ts';
import type { Who } from './documented-notes.ts';
import { type Expectation, listen } from './hearing.ts';
import { overTrunk, type PartylineServer, sipPassword } from './partyline.ts';
import { waitFor } from './wait.ts';

/** Hz that each says. */
export const tones: Readonly<Record<Who, number>> = { A: 440, B: 700, C: 1100 };
const everybody: readonly Who[] = ['A', 'B', 'C'];
/** Of every agent. */
export const password = 'battery-staple';

/** Numbers of the desk with this digit. */
export function numbersOf(digit: number) {
  return {
    A: `5${digit}1`,
    B: `5${digit}2`,
    C: `5${digit}3`,
    /** Over the trunk. */
    outside: `323574280${digit}`,
    /** Its conference 1 is open, its conference 3 has the PIN 2233; who is alone there hears music, nothing is said. */
    conference: `5${digit}8`,
  };
}

/** A server with so many desks: three agents with a phone each, and a conference extension. */
export function configurationOf(desks: number, carrier: SandboxCarrier): Record<string, unknown> {
  const quiet = { announceCount: false, entryTone: false };
  const users = Array.from({ length: desks }, (_, at) => {
    const numbers = numbersOf(at + 1);
    const agents = everybody.map((who) => ({
      id: 10 * (at + 1) + everybody.indexOf(who),
      login: loginOf(numbers[who]),
      password,
      extensions: [{ number: numbers[who], type: 'terminal', callerId: `<${numbers[who]}>`, sipPassword }],
    }));
    const conferences = [
      { number: 1, name: 'Open', ...quiet },
      { number: 3, name: 'With PIN', participantPin: '2233', ...quiet },
    ];
    const conference = { number: numbers.conference, type: 'conference', conferences };
    return [{ ...agents[0]!, extensions: [...agents[0]!.extensions, conference] }, ...agents.slice(1)];
  });
  const administrators = { id: 1, login: 'admin@example.test', password: 'correct-horse', roles: ['administrator'] };
  return {
    organizations: [{ id: 3, name: 'Desks', prefix: '0003', users: [administrators, ...users.flat()] }],
    ...overTrunk(carrier.uri),
    limits: { dialOutPerMinute: 1000 },
  };
}

export function loginOf(number: string): string {
  return `agent-${number}@example.test`;
}

/** Three phones that say a tone each, their agents, and the clients of these: of `A` all four at once. */
export class Desk {
  readonly server: PartylineServer;
  readonly carrier: SandboxCarrier;
  readonly numbers: ReturnType<typeof numbersOf>;
  readonly phones: Readonly<Record<Who, Phone>>;
  readonly agents: Readonly<Record<Who, Agent>>;
  readonly clients: Readonly<Record<Who, readonly AgentClient[]>>;
  /** Ids. */
  readonly devices: Readonly<Record<Who, string>>;

  #ready = false;

  private constructor(
    given: Pick<Desk, 'server' | 'carrier' | 'numbers' | 'phones' | 'agents' | 'clients' | 'devices'>,
  ) {
    this.server = given.server;
    this.carrier = given.carrier;
    this.numbers = given.numbers;
    this.phones = given.phones;
    this.agents = given.agents;
    this.clients = given.clients;
    this.devices = given.devices;
  }

  static async open(server: PartylineServer, carrier: SandboxCarrier, digit: number): Promise<Desk> {
    const opened: Phone[] = [];
    try {
      return await Desk.#open(server, carrier, digit, opened);
    } catch (error) {
      // What is left behind keeps the whole run.
      await Promise.all(opened.map((phone) => phone.stop()));
      throw error;
    }
  }

  static async #open(server: PartylineServer, carrier: SandboxCarrier, digit: number, opened: Phone[]): Promise<Desk> {
    const numbers = numbersOf(digit);
    const each = async <Value>(make: (who: Who, at: number) => Promise<Value>) => {
      const made = await Promise.all(everybody.map(make));
      return { A: made[0]!, B: made[1]!, C: made[2]! };
    };
    const phones = await each(async (who) => {
      const options = { user: numbers[who], password: sipPassword, server: server.sipAddress };
      const phone = await Phone.start({ ...options, tone: tones[who], autoAnswer: who === 'A' });
      opened.push(phone);
      return phone;
    });
    await each((who) => phones[who].registered());
    const address = `http://127.0.0.1:${server.httpPort}`;
    const agents = await each((who) => Agent.logIn(address, loginOf(numbers[who]), password));
    const clients = await each((who, at) => {
      // The others take turns.
      const ways = who === 'A' ? transports : [transports[(digit + at) % transports.length]!];
      return Promise.all(ways.map((way) => AgentClient.open(agents[who], way)));
    });
    const devices = await each(async (who) => (await agents[who].get('/me/devices?fields=*'))['devices'][0].id);
    return new Desk({ server, carrier, numbers, phones, agents, clients, devices });
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.clients).flatMap((them) => them.map((one) => one.close())));
    await Promise.all(Object.values(this.phones).map((phone) => phone.stop()));
  }

  /** After something went wrong. */
  async reset(): Promise<void> {
    for (const who of everybody) {
      const { calls } = await this.agents[who].get('/me/calls?fields=*');
      for (const { id } of calls) await this.agents[who].ask(`/me/calls/${id}`, 'Hangup');
    }
    await this.quiet();
  }

  /** Waits until these hear those, and nothing else that is said here: see `Heard`. */
  async hear(heard: Heard, outside: SandboxCall | null): Promise<void> {
    const ofPhones: Expectation[] = [];
    const others: Promise<unknown>[] = [];
    for (const [who, what] of Object.entries(heard) as [Who, string][]) {
      const hears = what === 'music' ? [] : [...what].map((one) => tones[one as Who]);
      const notHears = everybody.map((one) => tones[one]).filter((tone) => !hears.includes(tone));
      if (who === 'C' && outside !== null) {
        others.push(...hears.map((tone) => outside.hears(tone)), ...notHears.map((tone) => outside.hearsNot(tone)));
        if (what === 'music') others.push(outside.hearsSound());
      } else {
        ofPhones.push({ phone: this.phones[who], hears, notHears, ...(what === 'music' ? { sound: true } : {}) });
      }
    }
    await Promise.all([listen(ofPhones), ...others]);
  }

  /** Waits until every client has been told what has happened by now: what happens next is told after it. */
  async allTold(): Promise<void> {
    this.#ready = !this.#ready;
    const marks = Object.values(this.clients).flatMap((them) => them.map(({ told }) => [told, told.length] as const));
    for (const who of everybody) {
      const answer = await this.agents[who].ask('/me/channels/voice', this.#ready ? 'Ready' : 'NotReady');
      assert.deepEqual(answer, { statusCode: 0 });
    }
    const isTold = ([told, mark]: (typeof marks)[number]) =>
      told.slice(mark).some(({ data }) => data['messageType'] === 'DeviceStateChangeMessage');
    await waitFor(() => marks.every(isTold), 8000, 'the state of the agents');
  }

  /** Waits until nothing is left of calls with these phones. */
  async quiet(): Promise<void> {
    const own = new Set<string>(Object.values(this.numbers));
    let left: string[] = [];
    const none = async () => {
      const calls = await this.server.calls();
      left = calls.flatMap(({ connections }) => connections.map(({ device, state }) => `${device.number} ${state}`));
      left = left.filter((one) => own.has(one.split(' ')[0]!));
      return left.length === 0;
    };
    await waitFor(none, 8000, () => `the end of all calls; there is ${left.join(', ')}`);
    for (const who of everybody) assert.deepEqual((await this.agents[who].get('/me/calls'))['uris'], [], who);
  }
}

/** Some of them, for who wants one to himself. */
export class Desks {
  readonly #all: readonly Desk[];
  readonly #free: Desk[];
  readonly #waiting: ((desk: Desk) => void)[] = [];

  private constructor(all: readonly Desk[]) {
    this.#all = all;
    this.#free = [...all];
  }

  static async open(server: PartylineServer, carrier: SandboxCarrier, count: number): Promise<Desks> {
    const digits = Array.from({ length: count }, (_, at) => at + 1);
    const opening = await Promise.allSettled(digits.map((digit) => Desk.open(server, carrier, digit)));
    const desks = opening.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const failed = opening.find((one) => one.status === 'rejected');
    if (failed === undefined) return new Desks(desks);
    await Promise.all(desks.map((desk) => desk.close()));
    throw failed.reason;
  }

  /** Whatever comes of it, the next one finds the desk without calls. */
  async use(act: (desk: Desk) => Promise<void>): Promise<void> {
    const desk = this.#free.pop() ?? (await new Promise<Desk>((resolve) => this.#waiting.push(resolve)));
    try {
      await act(desk);
    } catch (error) {
      await desk.reset().catch(() => {});
      throw error;
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free.push(desk);
      else next(desk);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((desk) => desk.close()));
  }
}

/** Who hears whom: `{ A: 'BC', B: 'music' }`. */
export type Heard = Partial<Readonly<Record<Who, string>>>;
