import { createSocket } from 'node:dgram';
import { parentPort, workerData } from 'node:worker_threads';
import { askFloods, askOn, connectionFloods, dripOn, opener, type PacedConnections } from './flood-connections.ts';
import { type DatagramFlood, datagramFloods, type FloodPorts } from './flood-datagrams.ts';
import { PinGuesser } from './pin-guesser.ts';

/** A kind of flood, with how much of it there is. */
export type FloodKind =
  | keyof typeof datagramFloods
  | keyof typeof connectionFloods
  | keyof typeof askFloods
  | 'slow-tcp'
  | 'pins'
  | 'none';

/** What is sent where, and from which addresses in turn. Ends with its worker. */
export interface Flood {
  readonly kind: FloodKind;
  readonly addresses: readonly string[];
  readonly ports: FloodPorts;
}

/** So far. */
export interface FloodReport {
  readonly sent: number;
  /** What should have been; what was sent where there is no rate. */
  readonly due: number;
}

const guessesPerSecond = 200;
const slowConnections = 256;

const { kind, addresses, ports } = workerData as Flood;
let [sent, due] = [0, 0];

const isIn = <Key extends string>(table: Readonly<Record<Key, unknown>>, key: string): key is Key =>
  Object.hasOwn(table, key);

/** Calls `one` so often; what this thread is too late for is left out, not sent in a burst. */
function paced(perSecond: number, one: (turn: number) => void): void {
  const begun = performance.now();
  let done = 0;
  setInterval(() => {
    due = ((performance.now() - begun) / 1000) * perSecond;
    done = Math.max(done, Math.floor(due - perSecond / 4));
    for (; done < due; done++, sent++) one(done);
  }, 2);
}

async function sendDatagrams({ perSecond, port, make }: DatagramFlood): Promise<void> {
  const sockets = addresses.map(() => createSocket('udp4'));
  const bound = sockets.map((socket, i) => new Promise<void>((done) => socket.bind(0, addresses[i], done)));
  await Promise.all(bound);
  const sources = sockets.map((socket) => {
    socket.on('message', () => {});
    const { address, port: own } = socket.address();
    return { socket, here: `${address}:${own}` };
  });
  paced(perSecond, (turn) => {
    const { socket, here } = sources[turn % sources.length]!;
    socket.send(make(here, ports.sip), port(ports), '127.0.0.1');
  });
}

async function openConnections(flood: PacedConnections): Promise<void> {
  const openOne = opener(flood, (await flood.first?.()) ?? null);
  paced(flood.perSecond, (turn) => openOne(addresses[turn % addresses.length]!, flood.port(ports)));
}

async function guessPins(): Promise<void> {
  const guessers = addresses.map((address) => new PinGuesser(address, ports.sip));
  await Promise.all(guessers.map((one) => one.bind()));
  paced(guessesPerSecond, (turn) => guessers[turn % guessers.length]!.call());
}

const countOne = (): void => {
  sent++;
  due = sent;
};
if (isIn(datagramFloods, kind)) await sendDatagrams(datagramFloods[kind]);
else if (isIn(connectionFloods, kind)) await openConnections(connectionFloods[kind]);
else if (isIn(askFloods, kind)) askOn(askFloods[kind], addresses, ports.http, countOne);
else if (kind === 'slow-tcp') dripOn(slowConnections, addresses, ports.sip, countOne);
else if (kind === 'pins') await guessPins();

parentPort?.on('message', () => parentPort?.postMessage({ sent, due } satisfies FloodReport));
parentPort?.postMessage('started');
