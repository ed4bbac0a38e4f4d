import type { Engine } from './engines.ts';
import { SipCalls } from './sip-calls.ts';

/** So many calls are begun at once. */
const callsAtOnce = 10;

/** A whole server with conferences that are called by SIP over UDP, started for the bench on loopback. */
export interface SipServer {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  /** What is dialled to come into this room; the first is 0. */
  numberOf(room: number): string;
  lateTicks?(): Promise<number>;
  close(): Promise<void>;
}

/** An engine whose legs are calls: each phone's sound goes where the answer to its INVITE says. */
export async function conferenceBySip(server: SipServer): Promise<Engine> {
  const calls = await SipCalls.open(server.port);
  const { name, pid } = server;
  return {
    name,
    pid,
    seat: async (phones, perRoom) => {
      const ports: number[] = [];
      const call = (port: number, i: number) => calls.call(server.numberOf(Math.floor(i / perRoom)), port);
      for (let at = 0; at < phones.length; at += callsAtOnce) {
        const some = phones.slice(at, at + callsAtOnce);
        ports.push(...(await Promise.all(some.map((port, i) => call(port, at + i)))));
      }
      return ports;
    },
    ...(server.lateTicks === undefined ? {} : { lateTicks: () => server.lateTicks!() }),
    close: async () => {
      await server.close();
      await calls.close();
    },
  };
}
