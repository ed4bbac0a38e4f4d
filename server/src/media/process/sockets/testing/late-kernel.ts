import { systemClock } from '../../../../base/clock.ts';
import { SeededRandom } from '../../../../base/random.ts';
import { freeUdpPorts } from '../../../../base/testing/free-port.ts';
import { nodesSockets } from '../dgram-sockets.ts';
import { PortPool } from '../port-pool.ts';

/*
 * Run with Node's --test-udp-no-try-send, by which no datagram is taken in the call: packets of two legs that are
 * written into the same memory, as a room does, and more than may wait. Prints what came of each.
 */

const from = await freeUdpPorts(6);
const ports = new PortPool(from, from + 5, new SeededRandom(1));
const sockets = nodesSockets(systemClock, () => {});
const came: Record<string, number[]> = { one: [], other: [] };
const hearer = await sockets.open(
  '127.0.0.1',
  ports,
  (packet, _address, port) => void came[port === one.port ? 'one' : 'other']!.push(packet[0]!),
  () => {},
);
const one = await sockets.open(
  '127.0.0.1',
  ports,
  () => {},
  () => {},
);
const other = await sockets.open(
  '127.0.0.1',
  ports,
  () => {},
  () => {},
);
const packet = Buffer.alloc(172);
for (let number = 0; number < 100; number++) {
  packet[0] = number;
  one.sendRtp(packet, hearer.port, '127.0.0.1');
  packet[0] = 100 + number;
  if (number < 10) other.sendRtp(packet, hearer.port, '127.0.0.1');
}
packet.fill(0xff);
while (came['one']!.length < 64 || came['other']!.length < 10) await new Promise((resolve) => setTimeout(resolve, 5));
process.stdout.write(JSON.stringify({ ...came, unsent: sockets.faults.unsent }));
sockets.close();
