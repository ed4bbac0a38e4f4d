import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { waitFor } from './wait.ts';

/** Who is told by webhooks, and refuses until it `takes` them. */
export class Receiver {
  takes = false;
  readonly url: string;
  readonly #server: Server;
  readonly #tries: () => number;

  static async start(): Promise<Receiver> {
    let tries = 0;
    const server = createServer((request, response) => {
      tries++;
      request.resume();
      response.writeHead(receiver.takes ? 200 : 503).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    const receiver: Receiver = new Receiver(server, () => tries);
    return receiver;
  }

  private constructor(server: Server, tries: () => number) {
    this.#server = server;
    this.#tries = tries;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  }

  /** Waits until it was tried to be told something. */
  async tried(): Promise<void> {
    await waitFor(() => this.#tries() > 0, 10_000, 'a webhook');
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
