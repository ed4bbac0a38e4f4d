import { fork } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Benchmark } from './figure.ts';
import { answerOf, ask } from './load/answer.ts';
import { percentile } from './load/http-load.ts';
import { mergeGap } from './merge-gap.ts';

const agents = 20;
const perSecond = 20;
const seconds = 10;
const entry = fileURLToPath(new URL('./load/agents-server.ts', import.meta.url));

export const benchmark: Benchmark = {
  name: 'merge',
  about:
    'from the POST of CompleteConference to the second notification, 20 merges a second, phones and sound left out; ' +
    'gap of sound at a merge, with phones',
  parts: {
    async merges(say) {
      const own = await merges('own');
      // The dear shape: everybody talks with the same two phones, each of which is in twenty calls.
      const shared = await merges('shared');
      say(`${own.latencies.length} and ${shared.latencies.length} merges`);
      const late = own.late + shared.late;
      return [
        { name: 'merge: p50', value: percentile(own.latencies, 0.5), unit: 'ms', goal: { atMost: 15 } },
        { name: 'merge: p99', value: percentile(own.latencies, 0.99), unit: 'ms', goal: { atMost: 50 } },
        { name: 'merge, phones with 20 calls each: p50', value: percentile(shared.latencies, 0.5), unit: 'ms' },
        { name: 'merge, phones with 20 calls each: p99', value: percentile(shared.latencies, 0.99), unit: 'ms' },
        { name: 'merge: not told within 5 s', value: late, unit: 'merges', goal: { atMost: 0 } },
      ];
    },
    gap: mergeGap,
  },
};

/** Ms, sorted; and how many were not told of. `parties`: each agent talks with two of its own, or all with the same. */
async function merges(parties: 'own' | 'shared'): Promise<{ readonly latencies: number[]; readonly late: number }> {
  const server = fork(entry, [String(agents), parties]);
  try {
    const port = Number(await answerOf(server));
    const clients: Agent[] = [];
    for (let agent = 0; agent < agents; agent++) clients.push(await Agent.begin(port, agent));
    const latencies: number[] = [];
    let late = 0;
    for (let round = 0; round < seconds + 1; round++) {
      const consults: string[] = [];
      for (const { agent } of clients) consults.push(String(await ask(server, { prepare: agent })));
      const merging = clients.map(async (client, at) => {
        await wait((at * 1000) / perSecond);
        return client.merge(consults[at]!);
      });
      const took = await Promise.all(merging);
      // What is compiled in the first round is not what is measured.
      if (round > 0) latencies.push(...took.filter((ms) => ms !== null));
      late += took.filter((ms) => ms === null).length;
      for (const { agent } of clients) await ask(server, { clear: agent });
    }
    return { latencies: latencies.sort((one, other) => one - other), late };
  } finally {
    server.kill();
  }
}

/** One agent's client: long-polling, and the cookie of its login. */
class Agent {
  readonly agent: number;
  readonly #base: string;
  #headers: Record<string, string>;
  #clientId = '';
  #told: (words: string) => void = () => {};

  private constructor(port: number, agent: number) {
    this.agent = agent;
    this.#base = `http://127.0.0.1:${port}/api/v2`;
    const login = Buffer.from(`agent${agent}:s3cret`).toString('base64');
    this.#headers = { 'content-type': 'application/json', authorization: `Basic ${login}` };
  }

  static async begin(port: number, agent: number): Promise<Agent> {
    const made = new Agent(port, agent);
    const me = await fetch(`${made.#base}/me`, { headers: made.#headers });
    if (me.status !== 200) throw new Error(`agent ${agent} is nobody: ${await me.text()}`);
    const cookie = me.headers.get('set-cookie')?.split(';')[0] ?? '';
    made.#headers = { 'content-type': 'application/json', cookie };
    const handshake = { channel: '/meta/handshake', version: '1.0', supportedConnectionTypes: ['long-polling'] };
    const [reply] = await made.#bayeux(handshake);
    made.#clientId = String(reply?.['clientId']);
    await made.#bayeux({ channel: '/meta/subscribe', subscription: '/v2/me/calls' });
    void made.#listen();
    return made;
  }

  /** Ms until both notifications are here; null: they did not come. */
  async merge(consult: string): Promise<number | null> {
    const both = Promise.withResolvers<number | null>();
    const begin = performance.now();
    this.#told = (words) => {
      if (words === 'ParticipantsUpdated Established') both.resolve(performance.now() - begin);
    };
    const answer = await fetch(`${this.#base}/me/calls/${consult}`, {
      method: 'POST',
      headers: this.#headers,
      body: '{"operationName":"CompleteConference"}',
    });
    const text = await answer.text();
    if (text !== '{"statusCode":0}') throw new Error(`refused: ${text}`);
    const late = setTimeout(() => both.resolve(null), 5000);
    const took = await both.promise;
    clearTimeout(late);
    return took;
  }

  async #listen(): Promise<void> {
    for (;;) {
      const messages = await this.#bayeux({ channel: '/meta/connect', connectionType: 'long-polling' }).catch(
        () => null,
      );
      if (messages === null) return;
      for (const { data } of messages) {
        if (data === undefined) continue;
        const { notificationType, call } = data as { notificationType: string; call: { state: string } };
        this.#told(`${notificationType} ${call.state}`);
      }
    }
  }

  async #bayeux(message: object): Promise<Record<string, unknown>[]> {
    const answer = await fetch(`${this.#base}/notifications`, {
      method: 'POST',
      headers: this.#headers,
      body: JSON.stringify([{ id: '1', ...message, ...(this.#clientId === '' ? {} : { clientId: this.#clientId }) }]),
    });
    return (await answer.json()) as Record<string, unknown>[];
  }
}
