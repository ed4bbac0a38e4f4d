import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { test } from 'node:test';
import { SeededRandom } from '../base/random.ts';
import { VirtualClock } from '../base/testing/virtual-clock.ts';
import { RtpHeader } from '../rtp/rtp-header.ts';
import { BadNetwork } from './bad-network.ts';
import { SandboxCarrier } from './carrier.ts';
import { BareCaller, bareOffer } from './testing/bare-caller.ts';
import { ScaledClock } from './testing/scaled-clock.ts';

/** What arrives of 1000 packets, one each 20 ms, as [number, lateness]. */
function run(seed: number, lossPercent: number, delayMs: number): { arrived: [number, number][]; network: BadNetwork } {
  const clock = new VirtualClock();
  const network = new BadNetwork(clock, new SeededRandom(seed), { lossPercent, delayMs });
  const arrived: [number, number][] = [];
  const packet = Buffer.alloc(2);
  for (let i = 0; i < 1000; i++) {
    packet.writeUInt16BE(i);
    network.pass(packet, (copy) => arrived.push([copy.readUInt16BE(), clock.monotonic() - i * 20]));
    clock.advance(20);
  }
  clock.advance(delayMs);
  return { arrived, network };
}

test('packets are lost and late as told, nothing is changed or made up, and a seed repeats it', () => {
  for (const [loss, delay] of [
    [0, 0],
    [5, 60],
    [30, 0],
    [100, 10],
  ] as const) {
    const { arrived, network } = run(3, loss, delay);
    assert.equal(arrived.length, network.passed);
    assert.equal(network.passed + network.lost, 1000);
    assert.ok(Math.abs(network.lost - loss * 10) <= 50, `${network.lost} lost of ${loss} %`);
    assert.equal(new Set(arrived.map(([number]) => number)).size, arrived.length);
    for (const [number, late] of arrived) assert.ok(late >= 0 && late <= delay, `${number} came ${late} ms late`);
    assert.deepEqual(run(3, loss, delay).arrived, arrived);
  }
  assert.notDeepEqual(run(4, 5, 60).arrived, run(3, 5, 60).arrived);
  const overtaken = run(3, 5, 60).arrived.filter(([number], at, all) => at > 0 && all[at - 1]![0] > number);
  assert.ok(overtaken.length > 10);
  // What is lost does not depend on how late the rest is asked to be.
  const numbers = (delay: number) => new Set(run(9, 5, delay).arrived.map(([number]) => number));
  assert.deepEqual(numbers(40), numbers(60));
});

/** Which of the first 150 packets of a call to the number with the bad network arrive, and their source. */
async function received(carrier: SandboxCarrier, bare: BareCaller, clock: ScaledClock): Promise<string> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const header = new RtpHeader();
  const seen = new Set<number>();
  let ssrc = 0;
  socket.on('message', (packet) => {
    if (!header.read(packet)) return;
    seen.add(header.sequence);
    ssrc = header.ssrc >>> 0;
  });
  await bare.call(carrier.address, '2025550145', { offer: bareOffer(socket.address().port) });
  const deadline = performance.now() + 120_000;
  while (seen.size < 170 && performance.now() < deadline) {
    await new Promise<void>((resolve) => void clock.setTimer(20, resolve));
  }
  socket.close();
  const first = Math.min(...seen);
  return `${ssrc}: ${[...seen].filter((one) => one - first < 150).sort((a, b) => a - b)}`;
}

test('equal seeds lose the same packets of the n-th call to a number, other seeds and calls others', async () => {
  const clock = new ScaledClock(4);
  const carriers = await Promise.all([7, 7, 8].map((seed) => SandboxCarrier.start({ seed, clock })));
  const bare = await BareCaller.start(clock);
  try {
    // The order among other calls does not matter.
    await bare.call(carriers[1]!.address, '2025550130');
    const all = async () => Promise.all(carriers.map((carrier) => received(carrier, bare, clock)));
    const first = await all();
    const second = await all();
    for (const [one, same, other] of [first, second]) {
      assert.equal(one, same);
      assert.notEqual(one, other);
    }
    assert.notEqual(first[0], second[0]);
  } finally {
    await bare.close();
    for (const carrier of carriers) await carrier.close();
  }
});
