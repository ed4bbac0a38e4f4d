import { setTimeout as wait } from 'node:timers/promises';
import { SandboxPhone } from '../server/src/sandbox/phone.ts';
import type { SandboxCall } from '../server/src/sandbox/sandbox-call.ts';
import { administrator, PartylineServer, sipPassword } from '../server/test/peers/partyline.ts';
import { type Figure, median, type Say } from './figure.ts';

const merges = 10;
/** Phones: the agent's, who is called, who is consulted. */
const numbers = ['101', '102', '103'] as const;
/** What each of the two who talk says all the while, Hz. */
const tones = { agent: 440, consulted: 700 };
/** Before the merge and after it, ms of sound. */
const around = 600;
const samplesPerMs = 8;
/** What is looked at at once: two periods of the lower tone. */
const windowSamples = 40;
/** Of the loudest window: below that it is no tone, whatever else comes in. */
const audible = 0.3;

/**
 * What is missing of a steady tone between agent and consulted while their call is merged into the original, in the
 * time of the sound itself: how late its packets come on this machine makes no difference.
 */
export async function mergeGap(say: Say): Promise<readonly Figure[]> {
  const server = await PartylineServer.start();
  const phones: SandboxPhone[] = [];
  try {
    for (const number of numbers) {
      const at = { address: '127.0.0.1', port: server.sipPort };
      phones.push(await SandboxPhone.register({ server: at, number, password: sipPassword }));
    }
    const agent = await Agent.begin(`http://127.0.0.1:${server.httpPort}/api/v2`, phones);
    const all: Gaps[] = [];
    for (let merge = 0; merge < merges; merge++) all.push(...(await agent.merge()));
    say(`${merges} merges, heard by agent and consulted party`);
    const at = all.map((gaps) => gaps.at);
    const goal = { atMost: 40 };
    return [
      { name: 'gap of sound at a merge: median', value: median(at), unit: 'ms', goal },
      { name: 'gap of sound at a merge: longest', value: Math.max(...at), unit: 'ms', goal },
      // Where this is no better, the machine was too busy for sound.
      { name: 'gap just before it: longest', value: Math.max(...all.map((gaps) => gaps.before)), unit: 'ms' },
    ];
  } finally {
    for (const phone of phones) await phone.close();
    await server.stop();
  }
}

/** Longest gaps in what one of the two heard, ms: before the merge, and at it and after. */
interface Gaps {
  readonly before: number;
  readonly at: number;
}

interface Json {
  readonly [name: string]: unknown;
}

class Agent {
  readonly #base: string;
  readonly #phones: readonly SandboxPhone[];
  #device = '';

  private constructor(base: string, phones: readonly SandboxPhone[]) {
    this.#base = base;
    this.#phones = phones;
  }

  static async begin(base: string, phones: readonly SandboxPhone[]): Promise<Agent> {
    const agent = new Agent(base, phones);
    const { devices } = await agent.#api('/me/devices?fields=*');
    const own = (devices as readonly Json[]).find(({ phoneNumber }) => phoneNumber === numbers[0]);
    agent.#device = String(own?.['id']);
    return agent;
  }

  async merge(): Promise<readonly Gaps[]> {
    const [own, first, second] = this.#phones.map((phone) => phone.expectCall());
    await this.#api(`/me/devices/${this.#device}/calls`, { operationName: 'Dial', ...to(numbers[1]) });
    const agent = await answered(own!);
    void agent.play(tones.agent);
    const held = await answered(first!);
    const original = await this.#inState('Established', 'Internal');
    await this.#api(`/me/calls/${original}`, { operationName: 'InitiateConference', ...to(numbers[2]) });
    const consulted = await answered(second!);
    void consulted.play(tones.consulted);
    await this.#inState('Established', 'Consult');
    await Promise.all([agent.hears(tones.consulted), consulted.hears(tones.agent)]);
    const heard = { agent: recorded(agent), consulted: recorded(consulted) };
    await heard.agent.lasts(around);
    await heard.consulted.lasts(around);
    const marks = { agent: heard.agent.length, consulted: heard.consulted.length };
    await this.#api(`/me/calls/${original}`, { operationName: 'CompleteConference' });
    await held.hears(tones.consulted);
    await heard.agent.lasts(around);
    await heard.consulted.lasts(around);
    agent.hangUp();
    held.hangUp();
    consulted.hangUp();
    await Promise.all([agent.ended, held.ended, consulted.ended]);
    await this.#over();
    return [heard.agent.gaps(marks.agent), heard.consulted.gaps(marks.consulted)];
  }

  async #inState(state: string, callType: string): Promise<string> {
    for (;;) {
      const { calls } = await this.#api(`/me/devices/${this.#device}/calls?fields=*`);
      const found = (calls as readonly Json[]).find((call) => call['state'] === state && call['callType'] === callType);
      if (found !== undefined) return String(found['id']);
      await wait(20);
    }
  }

  async #over(): Promise<void> {
    while (((await this.#api('/me/calls?fields=*'))['calls'] as readonly unknown[]).length > 0) await wait(20);
  }

  async #api(path: string, body?: object): Promise<Json> {
    const { login, password } = administrator;
    const answer = await fetch(`${this.#base}${path}`, {
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      headers: {
        authorization: `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
    });
    const told = (await answer.json()) as Json;
    if (told['statusCode'] !== 0) throw new Error(`${path}: ${told['statusCode']} ${told['statusMessage']}`);
    return told;
  }
}

const to = (phoneNumber: string) => ({ destination: { phoneNumber } });

async function answered(expected: Promise<SandboxCall>): Promise<SandboxCall> {
  const call = await expected;
  call.answer();
  await call.answered;
  return call;
}

/** Where it begins, in RTP time (samples at 8 kHz), and how loud it is. */
interface Window {
  readonly at: number;
  readonly level: number;
}

/** What one phone hears from now on. */
function recorded(call: SandboxCall) {
  const windows: Window[] = [];
  call.onHeard = (pcm, timestamp) => {
    for (let from = 0; from + windowSamples <= pcm.length; from += windowSamples) {
      let sum = 0;
      for (let i = from; i < from + windowSamples; i++) sum += pcm[i]! ** 2;
      windows.push({ at: timestamp + from, level: Math.sqrt(sum / windowSamples) });
    }
  };
  return {
    /** Resolves when there is so much more of it, ms. */
    async lasts(ms: number): Promise<void> {
      const enough = windows.length + (ms * samplesPerMs) / windowSamples;
      while (windows.length < enough) await wait(20);
    },
    get length(): number {
      return windows.length;
    },
    /** `mark`: how much there was of it when the merge was asked for. */
    gaps(mark: number): Gaps {
      return { before: longestGap(windows.slice(0, mark)), at: longestGap(windows.slice(Math.max(0, mark - 4))) };
    },
  };
}

/** Ms of the longest stretch without the tone; missing packets are such. */
function longestGap(windows: readonly Window[]): number {
  const inOrder = windows.toSorted((one, other) => one.at - other.at);
  const loudest = inOrder.reduce((most, { level }) => Math.max(most, level), 0);
  const loud = inOrder.filter(({ level }) => level > loudest * audible);
  let longest = 0;
  for (let i = 1; i < loud.length; i++) longest = Math.max(longest, loud[i]!.at - loud[i - 1]!.at - windowSamples);
  return longest / samplesPerMs;
}
