import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';

/*
 * Many Bayeux clients in one process that do as little as can be done: HTTP and WebSocket by hand, so that what is
 * measured is the server. Of an event they note when it came whole, and read it and ask for the next when all have it:
 * a thousand clients are not one process that has to keep up. Arguments: port, how many, transport. It says `ready`
 * when all have subscribed and wait, then for each event `{ of, at: [ms …] }`: how long after its `sentAt` each had it.
 */

const [port = '', count = '', transport = ''] = process.argv.slice(2);
const channel = '/v2/me/calls';
const path = '/bayeux';

interface Message {
  readonly channel: string;
  readonly clientId?: string;
  readonly successful?: boolean;
  readonly data?: { readonly of: number; readonly sentAt: number };
}

/** Of this machine, for all processes alike. */
const now = () => performance.timeOrigin + performance.now();
let waiting = 0;
/** What has come since all wait, each with its time. */
let came: { readonly client: Client; readonly text: string; readonly at: number }[] = [];

function arrive(client: Client, text: string): void {
  came.push({ client, text, at: now() });
  if (came.length < Number(count)) return;
  const all = came;
  came = [];
  let event: Message['data'];
  for (const one of all) event = one.client.take(one.text) ?? fail(`no event: ${one.text}`);
  const { of, sentAt } = event!;
  process.send?.({ of, at: all.map(({ at }) => at - sentAt) });
}

function wait(): void {
  waiting += 1;
  if (waiting === Number(count)) process.send?.('ready');
}

function fail(why: string): never {
  console.error(`a client cannot go on: ${why}`);
  process.exit(1);
}

abstract class Client {
  protected readonly socket: Socket;
  #id = 0;
  #clientId = '';
  #waits = false;

  constructor() {
    this.socket = connect(Number(port), '127.0.0.1');
    this.socket.setNoDelay(true);
    this.socket.on('error', (error) => fail(error.message));
    this.socket.on('end', () => fail('the server closed the connection'));
  }

  protected abstract put(messages: string): void;

  protected ask(message: object): void {
    const clientId = this.#clientId === '' ? {} : { clientId: this.#clientId };
    this.#id += 1;
    this.put(JSON.stringify([{ id: String(this.#id), ...message, ...clientId }]));
  }

  protected begin(): void {
    this.ask({ channel: '/meta/handshake', version: '1.0', supportedConnectionTypes: [transport] });
  }

  /** A whole answer, or a whole frame. */
  protected have(text: string): void {
    if (waiting === Number(count)) arrive(this, text);
    else this.take(text);
  }

  /** Does what it asks for; gives the event that is in it. */
  take(text: string): Message['data'] {
    let event: Message['data'];
    for (const message of JSON.parse(text) as Message[]) {
      if (message.data !== undefined) event = message.data;
      else if (message.successful !== true) fail(`refused: ${text}`);
      else if (message.channel === '/meta/handshake') {
        this.#clientId = message.clientId ?? '';
        this.ask({ channel: '/meta/subscribe', subscription: channel });
      } else if (message.channel === '/meta/subscribe') this.#connect();
      else if (message.channel === '/meta/connect') {
        if (!this.#waits) wait();
        this.#waits = true;
        this.#connect();
      }
    }
    return event;
  }

  #connect(): void {
    this.ask({
      channel: '/meta/connect',
      connectionType: transport,
      ...(this.#waits ? {} : { advice: { timeout: 0 } }),
    });
  }
}

class Polling extends Client {
  #received = '';
  #cookie = '';

  constructor() {
    super();
    this.socket.setEncoding('utf8');
    this.socket.on('data', (chunk: string) => this.#read(chunk));
    this.socket.once('connect', () => this.begin());
  }

  protected put(body: string): void {
    const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${this.#cookie}`;
    this.socket.write(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  #read(chunk: string): void {
    this.#received += chunk;
    const end = this.#received.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.#received.slice(0, end);
    const rest = this.#received.slice(end + 4);
    const cookie = /^set-cookie: *([^;\r]+)/im.exec(head)?.[1];
    if (cookie !== undefined) this.#cookie = `Cookie: ${cookie}\r\n`;
    const length = /^content-length: *([0-9]+)/im.exec(head)?.[1];
    if (length !== undefined) {
      if (rest.length < Number(length)) return;
      this.#received = '';
      this.have(rest);
    } else if (rest.endsWith('0\r\n\r\n')) {
      this.#received = '';
      let body = '';
      for (let at = 0; ; ) {
        const line = rest.indexOf('\r\n', at);
        const size = Number.parseInt(rest.slice(at, line), 16);
        if (!(size > 0)) break;
        body += rest.slice(line + 2, line + 2 + size);
        at = line + 4 + size;
      }
      this.have(body);
    }
  }
}

class WebSocketClient extends Client {
  #received: Buffer = Buffer.alloc(0);
  #upgraded = false;

  constructor() {
    super();
    this.socket.on('data', (chunk: Buffer) => this.#read(chunk));
    this.socket.once('connect', () => {
      const key = randomBytes(16).toString('base64');
      const head = `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n`;
      this.socket.write(`${head}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`);
    });
  }

  /** RFC 6455 §5.2, with a mask that changes nothing. */
  protected put(text: string): void {
    const payload = Buffer.from(text);
    const head = payload.length < 126 ? Buffer.alloc(6) : Buffer.alloc(8);
    head[0] = 0x81;
    if (payload.length < 126) head[1] = 0x80 | payload.length;
    else {
      head[1] = 0x80 | 126;
      head.writeUInt16BE(payload.length, 2);
    }
    this.socket.write(Buffer.concat([head, payload]));
  }

  #read(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    if (!this.#upgraded) {
      const end = this.#received.indexOf('\r\n\r\n');
      if (end < 0) return;
      this.#received = this.#received.subarray(end + 4);
      this.#upgraded = true;
      this.begin();
    }
    for (;;) {
      const bytes = this.#received;
      if (bytes.length < 2) return;
      const short = bytes[1]! & 0x7f;
      const start = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (bytes.length < start) return;
      const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
      if (bytes.length < start + length) return;
      this.#received = bytes.subarray(start + length);
      if ((bytes[0]! & 0x0f) === 1) this.have(bytes.subarray(start, start + length).toString());
    }
  }
}

process.on('disconnect', () => process.exit(0));
for (let made = 0; made < Number(count); made++) {
  if (transport === 'websocket') new WebSocketClient();
  else new Polling();
  // Not all at once: the queue of the socket that listens is short.
  if (made % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
}
