import { connect, type Socket } from 'node:net';
import { waitFor } from './wait.ts';

/** What baresip reports: CALL_ESTABLISHED, CALL_CLOSED (param: the reason), REGISTER_OK, REGISTER_FAIL, ... */
export interface PhoneEvent {
  readonly type: string;
  readonly param: string;
  readonly peeruri?: string;
}

interface Reply {
  readonly ok: boolean;
  readonly data: string;
}

/**
 * The ctrl_tcp protocol of baresip: JSON in netstrings (`12:{"a":"b","c"},`), replies matched by token, events in
 * between.
 */
export class ControlConnection {
  readonly events: PhoneEvent[] = [];
  readonly #port: number;
  #socket: Socket | null = null;
  #buffer = Buffer.alloc(0);
  #token = 0;
  readonly #waiting = new Map<string, (reply: Reply) => void>();

  constructor(port: number) {
    this.#port = port;
  }

  /** Connects, trying again while the phone starts, unless it has `ended`. */
  async open(ended: () => boolean): Promise<void> {
    const attempt = () => {
      if (ended()) throw new Error('baresip ended');
      return connected(this.#port).catch(() => null);
    };
    const socket = await waitFor(attempt, 5000, 'a connection to baresip');
    socket.on('data', (bytes) => this.#receive(bytes));
    socket.on('error', () => this.close());
    this.#socket = socket;
  }

  async command(name: string, params = ''): Promise<string> {
    const token = String(++this.#token);
    const text = JSON.stringify({ command: name, params, token });
    const reply = await new Promise<Reply>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no reply from baresip to ${name} ${params}`)), 120_000);
      this.#waiting.set(token, (value) => {
        clearTimeout(timer);
        resolve(value);
      });
      this.#socket?.write(`${Buffer.byteLength(text)}:${text},`);
    });
    if (!reply.ok) throw new Error(`baresip refused ${name} ${params}: ${reply.data}`);
    return reply.data;
  }

  close(): void {
    this.#socket?.destroy();
  }

  #receive(bytes: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, bytes]);
    for (;;) {
      const colon = this.#buffer.indexOf(':');
      if (colon < 0) return;
      const length = Number(this.#buffer.toString('latin1', 0, colon));
      const end = colon + 1 + length;
      if (this.#buffer.length < end + 1) return;
      this.#handle(JSON.parse(this.#buffer.toString('utf8', colon + 1, end)));
      this.#buffer = this.#buffer.subarray(end + 1);
    }
  }

  #handle(message: {
    event?: boolean;
    type?: string;
    param?: string;
    token?: string;
    ok?: boolean;
    data?: string;
  }): void {
    if (message.event === true) {
      this.events.push({ ...message, type: message.type ?? '', param: message.param ?? '' });
    } else {
      const token = message.token ?? '';
      this.#waiting.get(token)?.({ ok: message.ok === true, data: message.data ?? '' });
      this.#waiting.delete(token);
    }
  }
}

function connected(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.once('error', reject);
  });
}
