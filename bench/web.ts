import { fork } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { agree, configurationOf, openingOf } from '../server/src/legs/web/agreement.ts';
import { readWebOffer, writeWebAnswer } from '../server/src/sdp/web-session.ts';
import type { Benchmark, Figure } from './figure.ts';
import { ask } from './load/answer.ts';
import type { WebOrder, WebReport } from './load/web-load.ts';
import { MediaBench } from './media.ts';

const legs = 200;
const talkers = 3;
const measureMs = 10_000;
const entry = fileURLToPath(new URL('./load/web-load.ts', import.meta.url));

/** Opens a leg for an offer, as `legs/web` does, and returns the answer. */
async function seat(bench: MediaBench, leg: string, text: string): Promise<string> {
  const read = readWebOffer(text);
  if (!read.ok) throw new Error(read.detail);
  const { offer } = read;
  const agreed = agree(offer)!;
  const local = await bench.engine.openWebRtcLeg(leg, 'bench', openingOf(offer));
  await bench.engine.performOnLeg(leg, 'configureLeg', configurationOf(offer, agreed));
  await bench.engine.perform('joinRoom', { leg, room: 'room' });
  return writeWebAnswer(offer, { ...local, ...agreed, cname: leg, sessionId: '1' });
}

/** One room of browsers; the others only listen, or send silence with their level. */
async function room(silent: boolean, say: (line: string) => void) {
  const bench = await MediaBench.start();
  const child = fork(entry, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  try {
    await bench.engine.createRoom('room', 'bench');
    const offers = (await ask<WebOrder>(child, { do: 'open', count: legs, talkers, silent })) as string[];
    say(`${offers.length} offers`);
    const answers: string[] = [];
    for (const [i, offer] of offers.entries()) answers.push(await seat(bench, `leg${i}`, offer));
    await ask<WebOrder>(child, { do: 'answer', answers });
    say('all connected');
    await pause(4000);
    await ask<WebOrder>(child, { do: 'reset' });
    const measured = await bench.measure(measureMs);
    const heard = (await ask<WebOrder>(child, { do: 'report' })) as WebReport;
    return { ...measured, missing: heard.lost, share: heard.loud / (legs * (measureMs / 20)) };
  } finally {
    if (child.connected) child.send({ do: 'close' } satisfies WebOrder, () => {});
    await bench.close();
  }
}

export const benchmark: Benchmark = {
  name: 'web',
  about: `one room of ${legs} browsers in Opus over DTLS-SRTP, ${talkers} talk; the others listen, or are muted and send silence`,
  async run(say) {
    const figures: Figure[] = [];
    for (const [what, silent, goal] of [
      ['listening', false, 0.35],
      ['muted', true, null],
    ] as const) {
      say(`${legs - talkers} ${what}`);
      const load = await room(silent, say);
      const name = `${talkers} talk, ${legs - talkers} ${what}`;
      figures.push(
        {
          name: `${name}: media process`,
          value: load.core,
          unit: 'core',
          ...(goal === null ? {} : { goal: { atMost: goal } }),
        },
        { name: `${name}: ticks over 10 ms late`, value: load.lateTicks, unit: '', goal: { atMost: 0 } },
        { name: `${name}: packets lost outwards`, value: load.missing, unit: '' },
        // Below, the machine did not carry the load, and the others are no measure.
        {
          name: `${name}: packets with sound of those due`,
          value: load.share * 100,
          unit: '%',
          goal: { atLeast: 95 },
        },
      );
    }
    return figures;
  },
};
