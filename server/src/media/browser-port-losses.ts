import { readFile } from 'node:fs/promises';

/** Where the kernel lists the UDP sockets of this machine, IPv4 and IPv6, each with what it dropped. */
const tables = ['/proc/net/udp', '/proc/net/udp6'];

/**
 * What came to the ports for browsers faster than it was read there, and was dropped by the kernel: of a flood, what
 * was too much. What is read and belongs to no leg, the library below drops without a word.
 */
export class BrowserPortLosses {
  readonly #row: RegExp;
  readonly #read: (path: string) => Promise<string>;
  /** By socket, as of the last look: with its last browser it is closed, and begins with 0 as another one. */
  #seen = new Map<string, number>();
  #total = 0;

  constructor(ports: readonly number[], read = (path: string) => readFile(path, 'latin1')) {
    const known = ports.map((port) => port.toString(16).toUpperCase().padStart(4, '0')).join('|');
    // Number, our address and port, …, the socket's inode, its users, its place in memory, what it dropped.
    this.#row = new RegExp(`^ *\\d+: [0-9A-F]+:(?:${known}) .* (\\d+) \\d+ [0-9a-f]+ (\\d+) *$`, 'gm');
    this.#read = read;
  }

  /** Datagrams so far, as far as this was asked while their sockets were open; 0 where the kernel does not tell. */
  async look(): Promise<number> {
    const texts = await Promise.all(tables.map((path) => this.#read(path).catch(() => '')));
    const now = new Map<string, number>();
    for (const [, inode = '', drops = '0'] of texts.flatMap((text) => [...text.matchAll(this.#row)])) {
      now.set(inode, Number(drops));
    }
    for (const [inode, drops] of now) this.#total += Math.max(0, drops - (this.#seen.get(inode) ?? 0));
    this.#seen = now;
    return this.#total;
  }
}
