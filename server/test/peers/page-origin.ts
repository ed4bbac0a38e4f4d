import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An origin that is not the server's, of which every address gives the same page. */
export class PageOrigin {
  readonly #server: Server;
  readonly url: string;

  static async serve(page: string): Promise<PageOrigin> {
    const server = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(page);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new PageOrigin(server);
  }

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
