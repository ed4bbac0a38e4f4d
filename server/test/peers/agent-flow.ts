import assert from 'node:assert/strict';
import type { SandboxCall } from '../../src/sandbox/index.ts';
import type { Answer, Told } from './agent-client.ts';
import { type Desk, type Heard, tones } from './agent-desk.ts';
import { type CallName, Documented, type Setting, type Who, type Words } from './documented-notes.ts';
import { waitFor } from './wait.ts';

/** How `consultCallUri` names the consultation. */
export const names = ['not', 'uri', 'path', 'id'] as const;
export type Named = (typeof names)[number];

/** What each is told. */
export type Story = Partial<Readonly<Record<Who, readonly Words[]>>>;

/** One call of the agent `A` with `B`, in which `C` is consulted: what was done, and what is told of it. */
export class AgentFlow {
  readonly desk: Desk;
  /** `C` is a number outside, over the trunk. */
  readonly outside: boolean;
  readonly setting: Setting;
  /** The call at the carrier, once it has come. */
  third: SandboxCall | null = null;
  readonly #expected: Record<Who, Words[]> = { A: [], B: [], C: [] };
  readonly #begins: ReadonlyMap<readonly Told[], number>;
  readonly #events: Readonly<Record<Who, number>>;

  constructor(desk: Desk, { outside = false, ...more }: { readonly outside?: boolean } & Partial<Setting> = {}) {
    const { numbers, devices } = desk;
    this.desk = desk;
    this.outside = outside;
    const third = outside ? numbers.outside : numbers.C;
    this.setting = {
      base: desk.agents.A.base,
      numbers: { A: numbers.A, B: numbers.B, C: third },
      devices: { ...devices, C: outside ? null : devices.C },
      dnis: { O: numbers.B, K: third },
      ids: new Map(),
      ...more,
    };
    this.#begins = new Map(
      Object.values(desk.clients).flatMap((them) => them.map(({ told }) => [told, told.length] as const)),
    );
    const { A, B, C } = desk.phones;
    this.#events = { A: A.events.length, B: B.events.length, C: C.events.length };
  }

  /** What is told from where it was told last. */
  async told(story: Story): Promise<void> {
    for (const [who, words] of Object.entries(story) as [Who, readonly Words[]][]) {
      if (who !== 'C' || !this.outside) this.#expected[who].push(...words);
    }
    const enough = () =>
      (['A', 'B', 'C'] as const).every((who) => this.#ofAll(who).every((told) => this.#has(who, told)));
    await waitFor(enough, 8000, () => this.#shown()).catch(() => this.check());
    // The first of the calls has its name before the second begins.
    for (const who of ['A', 'B', 'C'] as const) this.#name(who);
  }

  /** Every field of all that was told so far, to every client. */
  check(): Readonly<Record<Who, Documented>> {
    const models = {} as Record<Who, Documented>;
    for (const who of ['A', 'B', 'C'] as const) {
      const [first = [], ...others] = this.#ofAll(who);
      models[who] = new Documented(this.setting, who);
      models[who].check(first, this.#expected[who]);
      for (const other of others) assert.deepEqual(other, first, `what another client of ${who} is told`);
    }
    return models;
  }

  /** What GET shows is what the last notifications said. */
  async shown(): Promise<void> {
    const models = this.check();
    for (const who of ['A', 'B', 'C'] as const) {
      models[who].checkShown((await this.desk.agents[who].get('/me/calls?fields=*'))['calls']);
    }
  }

  ask(who: Who, call: CallName, operation: string, more: object = {}): Promise<Answer> {
    return this.desk.agents[who].ask(`/me/calls/${this.setting.ids.get(call)}`, operation, more);
  }

  async done(who: Who, call: CallName, operation: string, more: object = {}): Promise<void> {
    assert.deepEqual(await this.ask(who, call, operation, more), { statusCode: 0 }, `${operation} of ${call}`);
  }

  /** A talks with B. */
  async original(): Promise<void> {
    const { agents, devices, numbers } = this.desk;
    const destination = { phoneNumber: numbers.B };
    const answer = await agents.A.ask(`/me/devices/${devices.A}/calls`, 'Dial', { destination });
    assert.deepEqual(answer, { statusCode: 0 });
    await this.told({ A: ['O Dialing B'], B: ['O Ringing A'] });
    await this.answer('B');
    await this.told({ A: ['O Established B'], B: ['O Established A'] });
    await this.hear({ A: 'B', B: 'A' });
  }

  /** The original is a seat in the conference of the desk, where B is too. */
  async seat(): Promise<void> {
    const { agents, devices, numbers, phones } = this.desk;
    const destination = { phoneNumber: `${numbers.conference}*1` };
    assert.equal((await agents.A.ask(`/me/devices/${devices.A}/calls`, 'Dial', { destination })).statusCode, 0);
    await this.told({ A: [`O Dialing ${numbers.conference}`, `O Established ${numbers.conference}`] });
    await phones.B.ring(`${numbers.conference}*1`);
    await this.told({ A: ['O Updated Established B'], B: ['O Established A'] });
    await this.hear({ A: 'B', B: 'A' });
  }

  /** Who is consulted is a conference, in which C is already. */
  async consultedConference(): Promise<void> {
    const { numbers, phones } = this.desk;
    const dialled = `${numbers.conference}*3*2233`;
    await phones.C.ring(dialled);
    await this.told({ C: [`K Established ${numbers.conference}`] });
    await this.done('A', 'O', 'InitiateConference', { destination: { phoneNumber: dialled } });
    await this.told({ A: ['O Held B', 'K Dialing C', 'K Established C'], C: ['K Updated Established A'] });
  }

  /** C is dialled, and rings; a number outside says nothing yet. */
  async consulted(operation = 'InitiateConference'): Promise<void> {
    const number = this.setting.numbers.C;
    const coming = this.outside ? this.desk.carrier.expectCall(number) : null;
    await this.done('A', 'O', operation, { destination: { phoneNumber: number } });
    await this.told({ A: ['O Held B', 'K Dialing C'], C: ['K Ringing A'] });
    this.third = await coming;
  }

  /** A's phone holds by itself and dials C on another line. */
  async consultedByPhone(): Promise<void> {
    const { A, C } = this.desk.phones;
    await A.hold();
    await this.told({ A: ['O Held B'] });
    await this.hear({ B: 'music' });
    await A.ring(C.options.user);
    await this.told({ A: ['K Dialing C'], C: ['K Ringing A'] });
  }

  /** C's telephone rings, wherever it is. */
  async rings(): Promise<void> {
    this.third?.ring();
    if (!this.outside) await this.desk.phones.C.event('CALL_INCOMING', 8000, this.#events.C);
  }

  async busy(): Promise<void> {
    if (this.third === null) await this.desk.phones.C.hangup();
    else this.third.busy();
  }

  async answered(): Promise<void> {
    await this.answer('C');
    await this.told({ A: ['K Established C'], C: ['K Established A'] });
  }

  naming(named: Named): object {
    const id = this.setting.ids.get('K')!;
    if (named === 'not') return {};
    const consultCallUri = { uri: `${this.setting.base}/me/calls/${id}`, path: `/calls/${id}`, id }[named];
    return { consultCallUri };
  }

  async swapped(): Promise<void> {
    await this.done('A', 'O', 'SwapCalls');
    await this.told({ A: ['O Established B', 'K Held C'] });
  }

  /** Asked of either call, and the consultation named in any way. */
  async merged(at: CallName = 'K', named: Named = 'not'): Promise<void> {
    await this.done('A', at, 'CompleteConference', this.naming(named));
    await this.told({
      A: ['K Released C', 'O Updated Established C,B'],
      B: ['O Updated Established C,A'],
      C: ['K Released A', 'O Established B,A'],
    });
  }

  async transferred(at: CallName = 'O', named: Named = 'not'): Promise<void> {
    await this.done('A', at, 'CompleteTransfer', this.naming(named));
    await this.told({
      A: ['O Released B', 'K Released C'],
      B: ['O Updated Established C'],
      C: ['K Released A', 'O Established B'],
    });
  }

  async answer(who: Who): Promise<void> {
    if (who === 'C' && this.third !== null) {
      this.third.answer();
      await this.third.answered;
      void this.third.play(tones.C);
      return;
    }
    await this.desk.phones[who].event('CALL_INCOMING', 8000, this.#events[who]);
    await this.desk.phones[who].answer();
  }

  /** Puts the phone down, or refuses what rings. */
  async hangUp(who: Who): Promise<void> {
    if (who === 'C' && this.third !== null) this.third.hangUp();
    else await this.desk.phones[who].hangup();
  }

  async over(...them: readonly Who[]): Promise<void> {
    for (const who of them) {
      if (who === 'C' && this.third !== null) await this.third.ended;
      else await this.desk.phones[who].ended(8000, this.#events[who]);
    }
  }

  hear(heard: Heard): Promise<void> {
    return this.desk.hear(heard, this.third);
  }

  /** Nothing is left, nothing else is told. */
  async end(): Promise<void> {
    await this.desk.quiet();
    await this.desk.allTold();
    this.check();
  }

  #ofAll(who: Who): readonly (readonly Told[])[] {
    return this.desk.clients[who].map(({ told }) =>
      told.slice(this.#begins.get(told)).filter(({ data }) => data['messageType'] !== 'DeviceStateChangeMessage'),
    );
  }

  #has(who: Who, told: readonly Told[]): boolean {
    return told.length >= this.#expected[who].length;
  }

  #name(who: Who): void {
    const [told = []] = this.#ofAll(who);
    for (const [at, words] of this.#expected[who].entries()) {
      const name = words[0] as CallName | '!';
      const call = told[at]?.data['call'] as { readonly id: string } | undefined;
      if (name !== '!' && call !== undefined && !this.setting.ids.has(name)) this.setting.ids.set(name, call.id);
    }
  }

  #shown(): string {
    const of = (who: Who) => this.#ofAll(who).map((told) => told.length);
    return `notifications: A ${of('A')}, B ${of('B')}, C ${of('C')}`;
  }
}
