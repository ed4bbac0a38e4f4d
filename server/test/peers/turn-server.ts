import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bound, freePort, freeUdpPorts } from '../../src/base/testing/free-port.ts';
import { endChild, startChild } from './children.ts';

const relayed = 20;

/** coturn on loopback, which knows logins by a secret that it shares. */
export class TurnServer {
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #folder: string;
  #log = '';

  private constructor(child: ChildProcess, port: number, folder: string) {
    this.#child = child;
    this.port = port;
    this.#folder = folder;
    child.stdout?.on('data', (bytes) => {
      this.#log += bytes;
    });
  }

  static async start(secret: string): Promise<TurnServer> {
    const folder = mkdtempSync(join(tmpdir(), 'partyline-turn-'));
    const port = await freePort();
    const from = await freeUdpPorts(relayed);
    const child = startChild(
      'turnserver',
      [
        // No configuration of this machine's.
        '-n',
        ...['--listening-ip', '127.0.0.1', '--listening-port', String(port), '--relay-ip', '127.0.0.1'],
        ...['--min-port', String(from), '--max-port', String(from + relayed - 1)],
        ...['--use-auth-secret', '--static-auth-secret', secret, '--realm', 'turn.example.test'],
        ...['--no-tls', '--no-dtls', '--no-cli', '--allow-loopback-peers'],
        ...['--log-file', 'stdout', '--simple-log', '--verbose'],
        ...['--pidfile', join(folder, 'pid'), '--userdb', join(folder, 'users')],
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    const server = new TurnServer(child, port, folder);
    await bound('udp', port);
    return server;
  }

  /** The names under which somebody was let in. */
  get users(): string[] {
    const told = this.#log.matchAll(/user <([^>]+)>: incoming packet ALLOCATE processed, success/g);
    return [...new Set([...told].map(([, name = '']) => name))];
  }

  async stop(): Promise<void> {
    await endChild(this.#child);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
