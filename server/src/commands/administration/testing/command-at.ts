import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before } from 'node:test';
import { systemClock } from '../../../base/clock.ts';
import { SeededRandom } from '../../../base/random.ts';
import type { Command } from '../../command.ts';

/** For the tests of a file: a command, and a server that has these items and answers each change with the first. */
export function commandAt(command: Command, items: readonly object[]) {
  /** The changes that were asked for, `METHOD path` each. */
  const asked: string[] = [];
  const server = createServer((request, response) => {
    if (request.method === 'GET') response.end(JSON.stringify({ items, next: null }));
    else {
      asked.push(`${request.method} ${request.url}`);
      response.end(JSON.stringify(items[0]));
    }
  });

  before(() => new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening)));
  after(() => server.close());

  /** Gives the lines that it says. */
  async function run(...args: string[]): Promise<string[]> {
    const lines: string[] = [];
    const { port } = server.address() as AddressInfo;
    await command.run({
      args,
      env: { PARTYLINE_URL: `http://127.0.0.1:${port}`, PARTYLINE_LOGIN: 'me', PARTYLINE_PASSWORD: 'x' },
      folder: '/',
      clock: systemClock,
      random: new SeededRandom(1),
      say: (line) => void lines.push(line),
      note() {},
      onEnd() {},
    });
    return lines;
  }
  return { asked, run };
}
