import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a receiver was told. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
}

/** Answers one request: a status, or null to say nothing at all. */
export type Answer = (received: Received, count: number) => number | null | { status: number; location: string };

/** A real HTTP server that can refuse, hang, go down and come back on the same port. For tests. */
export class Receiver {
  /** Everything that came; `taken`: what was answered with 2xx. */
  readonly all: Received[] = [];
  readonly taken: Received[] = [];
  answer: Answer = () => 200;
  #server: Server | null = null;
  #port = 0;
  /** Most requests that were being answered at once. */
  mostAtOnce = 0;
  /** An answer takes as long as this. */
  beforeAnswer: () => Promise<void> = async () => {};
  #atOnce = 0;

  static async start(): Promise<Receiver> {
    const receiver = new Receiver();
    await receiver.up();
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async up(): Promise<void> {
    const server = createServer((request, response) => void this.#serve(request, response));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
  }

  async down(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#atOnce);
    response.on('close', () => this.#atOnce--);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const url = new URL(request.url ?? '/', this.url);
    const form = Buffer.concat(chunks).toString();
    const fields = Object.fromEntries(request.method === 'POST' ? new URLSearchParams(form) : url.searchParams);
    const received = { method: request.method ?? '', path: url.pathname, fields, headers: request.headers };
    this.all.push(received);
    await this.beforeAnswer();
    const answer = this.answer(received, this.all.length);
    if (answer === null) return;
    const status = typeof answer === 'number' ? answer : answer.status;
    if (status >= 200 && status < 300) this.taken.push(received);
    response.writeHead(status, typeof answer === 'number' ? {} : { location: answer.location });
    response.end('thank you');
  }
}
