import { fork } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { onPath } from '../server/test/peers/on-path.ts';
import { consoleParts } from './console.ts';
import { compared } from './density.ts';
import type { Benchmark, Figure, Say } from './figure.ts';
import { ask } from './load/answer.ts';
import { browsersOf, janusWeb, networkAddress, ourWeb, seatBrowsers } from './load/web-engines.ts';
import type { WebOrder, WebReport } from './load/web-load.ts';
import { MediaBench } from './media.ts';
import { threadSeconds } from './process-usage.ts';

const legs = 200;
const talkers = 3;
const measureMs = 10_000;
/** Share of the packets that browsers may send late, for the others to be a measure. */
const mostLate = 0.01;
const entry = fileURLToPath(new URL('./load/web-load.ts', import.meta.url));

/** One room of browsers; the others only listen, or send silence with their level. */
async function room(silent: boolean, say: Say) {
  const bench = await MediaBench.start();
  const child = fork(entry, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  try {
    const offers = (await ask<WebOrder>(child, { do: 'open', count: legs, talkers, silent })) as string[];
    say(`${offers.length} offers`);
    await ask<WebOrder>(child, { do: 'answer', answers: await seatBrowsers(bench, offers) });
    say('all connected');
    await pause(4000);
    await ask<WebOrder>(child, { do: 'reset' });
    const own = threadSeconds(child.pid!).all;
    const measured = await bench.measure(measureMs);
    const browsers = (threadSeconds(child.pid!).all - own) / (measureMs / 1000);
    const heard = (await ask<WebOrder>(child, { do: 'report' })) as WebReport;
    const share = heard.loud / (legs * (measureMs / 20));
    return { ...measured, missing: heard.lost, share, browsers, lateShare: heard.late / Math.max(1, heard.sent) };
  } finally {
    if (child.connected) child.send({ do: 'close' } satisfies WebOrder, () => {});
    await bench.close();
  }
}

async function figuresOf(silent: boolean, say: Say): Promise<Figure[]> {
  const what = silent ? 'muted' : 'listening';
  say(`${legs - talkers} ${what}`);
  const load = await room(silent, say);
  const name = `${talkers} talk, ${legs - talkers} ${what}`;
  const late = load.lateShare > mostLate;
  if (late) say(`the browsers sent ${(100 * load.lateShare).toFixed(1)} % late: what was measured is they`);
  return [
    {
      name: `${name}: media process`,
      value: late ? Number.NaN : load.core,
      unit: 'core',
      ...(silent ? {} : { goal: { atMost: 0.35 } }),
    },
    { name: `${name}: ticks over 10 ms late`, value: load.lateTicks, unit: '', goal: { atMost: 0 } },
    { name: `${name}: packets lost outwards`, value: load.missing, unit: '' },
    {
      name: `${name}: packets with sound of those due`,
      value: late ? Number.NaN : load.share * 100,
      unit: '%',
      goal: { atLeast: 95 },
      ofSound: true,
    },
    { name: `${name}: sent late by the browsers`, value: load.lateShare * 100, unit: '%' },
    { name: `${name}: the browsers themselves`, value: load.browsers, unit: 'core' },
  ];
}

/** As many as Janus carries beside ours, with the browsers of both, on two cores. */
const besideJanus = 60;

async function janus(say: Say): Promise<Figure[] | { skipped: string }> {
  if (!onPath('janus')) return { skipped: 'janus is not installed (Debian: apt-get install janus)' };
  const address = networkAddress();
  if (address === null) return { skipped: 'Janus needs another address of this machine than loopback' };
  const load = { legs: besideJanus, talkers };
  const makers = [ourWeb, () => janusWeb(address)];
  const what = `room of ${besideJanus} browsers, ${talkers} talk`;
  return await compared({ what, makers, gather: browsersOf(load), load, goals: { ratios: { Janus: 0.33 } } }, say);
}

export const benchmark: Benchmark = {
  name: 'web',
  limitS: 180,
  about: `one room of ${legs} browsers in Opus over DTLS-SRTP, ${talkers} talk; the others listen, or are muted and send silence; the same with ${besideJanus} beside Janus AudioBridge at the same time, where it is installed; what the console costs and how soon it shows what happened`,
  parts: { listening: (say) => figuresOf(false, say), muted: (say) => figuresOf(true, say), janus, ...consoleParts },
};
