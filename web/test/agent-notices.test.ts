import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';

// biome-ignore lint/suspicious/noExplicitAny: what a browser has is not known to Node.js
const load = (path: string): Promise<any> => import(new URL(path, import.meta.url).href);

interface Asked {
  readonly channel: string;
  readonly id: string;
  readonly subscription?: string;
}

/** A browser's, at whose other end a server has one session. The first breaks as something is subscribed to on it. */
class Socket {
  static opened = 0;
  static readonly subscribed: (string | undefined)[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { readonly data: string }) => void) | null = null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null = null;
  onerror: (() => void) | null = null;
  readyState = 0;
  readonly #breaks: boolean;
  #held: object | null = null;

  constructor() {
    Socket.opened += 1;
    this.#breaks = Socket.opened === 1;
    setImmediate(() => {
      this.readyState = 1;
      this.onopen?.();
    });
  }

  send(text: string): void {
    for (const asked of JSON.parse(text) as Asked[]) setImmediate(() => this.#answer(asked));
  }

  close(): void {
    this.#end(1000);
  }

  #answer({ channel, id, subscription }: Asked): void {
    if (this.readyState !== 1) return;
    const reply = { channel, id, successful: true };
    switch (channel) {
      case '/meta/handshake': {
        const advice = { reconnect: 'retry', interval: 0, timeout: 30_000 };
        this.#say({ ...reply, version: '1.0', clientId: 'c', supportedConnectionTypes: ['websocket'], advice });
        return;
      }
      case '/meta/subscribe':
        if (this.#breaks) {
          this.#end(1006);
          return;
        }
        Socket.subscribed.push(subscription);
        this.#say({ ...reply, subscription });
        if (subscription !== '/v2/me/*') return;
        this.#say({ channel: '/v2/me/calls', data: { messageType: 'x' }, ext: { number: '7-0' } });
        return;
      case '/meta/disconnect':
        if (this.#held !== null) this.#say({ ...this.#held, advice: { reconnect: 'none' } });
        break;
      default:
        // A connect is held, once there is something to wait for.
        if (Socket.subscribed.length === 0) break;
        this.#held = reply;
        return;
    }
    this.#say(reply);
  }

  #say(message: object): void {
    this.onmessage?.({ data: JSON.stringify([message]) });
  }

  #end(code: number): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    setImmediate(() => this.onclose?.({ code, reason: '' }));
  }
}

test('what is subscribed to as the connection breaks is subscribed to on the next, and all is read then', async () => {
  const location = { href: 'http://127.0.0.1/agent' };
  const { setTimeout: later, clearTimeout } = globalThis;
  Object.assign(globalThis, { window: { location, WebSocket: Socket, setTimeout: later, clearTimeout } });
  const { AgentNotices } = await load('../src/line/agent/agent-notices.ts');
  const told: string[] = [];
  const states: string[] = [];
  const notices = new AgentNotices(
    { onNotice: ({ number }: { number: string }) => told.push(number), onState: (state: string) => states.push(state) },
    {},
  );
  try {
    for (let waited = 0; waited < 30_000 && states.length < 3; waited += 10) await setTimeout(10);
    assert.deepEqual(Socket.subscribed.toSorted(), ['/v2/me/*', '/v2/me/calls/capabilities']);
    assert.deepEqual([told, Socket.opened], [['7-0'], 2]);
    // With the connection, and again with each subscription: only from then on is everything told.
    assert.deepEqual(states, ['live', 'live', 'live']);
  } finally {
    notices.close();
  }
});
