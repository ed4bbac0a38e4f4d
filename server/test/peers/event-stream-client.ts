import type { Agent, Told } from './agent-client.ts';

/** Who has no Bayeux client: the same notifications as Server-Sent Events, from where it was when it last read. */
export class EventStreamClient {
  readonly told: Told[] = [];
  readonly #agent: Agent;
  #abort: AbortController | null = null;
  #read: Promise<void> = Promise.resolve();

  private constructor(agent: Agent) {
    this.#agent = agent;
  }

  static async open(agent: Agent): Promise<EventStreamClient> {
    const it = new EventStreamClient(agent);
    await it.resume();
    return it;
  }

  /** As browsers do: with the id of the last event that came. */
  async resume(): Promise<void> {
    const abort = new AbortController();
    const last = this.told.at(-1)?.ext.number;
    const headers = { cookie: this.#agent.cookie, ...(last === undefined ? {} : { 'last-event-id': last }) };
    const answer = await fetch(`${this.#agent.base}/me/events`, { headers, signal: abort.signal });
    if (answer.status !== 200) throw new Error(`the stream: ${answer.status} ${await answer.text()}`);
    this.#abort = abort;
    this.#read = this.#take(answer.body!).catch((error: unknown) => {
      if (!abort.signal.aborted) throw error;
    });
    // Looked at by `close`.
    this.#read.catch(() => {});
  }

  /** Throws where reading had gone wrong. */
  async close(): Promise<void> {
    this.#abort?.abort();
    await this.#read;
  }

  async #take(body: NonNullable<Response['body']>): Promise<void> {
    const decoder = new TextDecoder();
    let text = '';
    for await (const chunk of body) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop()!;
      for (const block of blocks) {
        const [, id, data] = /^id: (.+)\ndata: (.+)$/.exec(block) ?? [];
        if (data === undefined) continue;
        const one = JSON.parse(data) as Told;
        if (one.ext.number !== id) throw new Error(`event ${id} has the number ${one.ext.number}`);
        this.told.push(one);
      }
    }
  }
}
