import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemRandom } from '../base/random.ts';
import { probeUring } from './process/sockets/probe.ts';
import { MediaStage, pause } from './testing/media-stage.ts';

/** From a command to its answer, ms; half of them at least take no longer. */
const mostMs = 2;
const asked = 41;
/** On a machine that is busy the processor itself is waited for: one quiet moment in so many is enough. */
const mostTries = 40;
/** Of a tick, in which commands come at any moment. */
const frameMs = 20;

const { works, reason } = await probeUring();

for (const kind of ['dgram', 'uring'] as const) {
  const skip = kind === 'uring' && !works ? `no io_uring here: ${reason}` : false;
  test(`a command waits for no tick and no look at the sockets (${kind})`, { skip }, async (t) => {
    const stage = await MediaStage.open({ sockets: kind });
    t.after(() => stage.close());
    const phones = await stage.room([500, 900, 1400]);
    const best: number[] = [];
    for (let tries = 0; tries < mostTries && !(best.at(-1)! <= mostMs); tries++) {
      const took: number[] = [];
      for (let i = 0; i < asked; i++) {
        await pause(systemRandom.int(frameMs));
        const begin = performance.now();
        await stage.engine.perform('setLeg', { leg: 'a', muted: i % 2 === 0 });
        took.push(performance.now() - begin);
      }
      best.push(took.sort((one, other) => one - other)[asked >> 1]!);
    }
    t.diagnostic(`median of ${asked}: ${best.at(-1)!.toFixed(2)} ms, try ${best.length}`);
    assert.ok(best.at(-1)! <= mostMs, `${best.map((ms) => ms.toFixed(1)).join(', ')} ms`);
    assert.ok(phones[1]!.heard.length > 0);
  });
}
