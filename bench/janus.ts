import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { type Benchmark, type Figure, table } from './figure.ts';
import { JanusServer, janusInstalled } from './load/janus-server.ts';
import { Phones } from './load/phones.ts';
import { roomLoad } from './media.ts';
import { cpuSeconds } from './process-usage.ts';

const legs = 100;
const talkers = [0, 1, 2];
const measureMs = 6000;

/** Core per 100 participants of an AudioBridge room, under the load that our room gets. */
async function janusLoad(): Promise<{ core: number; heard: number }> {
  const server = await JanusServer.start();
  const phones = await Phones.open(legs);
  try {
    const ports: number[] = [];
    for (const port of phones.ports) ports.push(await server.join(port, 0));
    await phones.start(ports, talkers);
    await pause(3000);
    await phones.reset();
    const cpuBefore = cpuSeconds(server.pid);
    const begin = performance.now();
    await pause(measureMs);
    const core = (cpuSeconds(server.pid) - cpuBefore) / ((performance.now() - begin) / 1000);
    const { loud, received } = await phones.report();
    return { core, heard: received === 0 ? 0 : loud / received };
  } finally {
    phones.close();
    await server.close();
  }
}

export const benchmark: Benchmark = {
  name: 'janus',
  about: `CPU per ${legs} legs beside Janus AudioBridge under the same load (3 talk, PCMU, 8 kHz, plain RTP)`,
  async run(say) {
    if (!janusInstalled()) return { skipped: 'janus is not installed (Debian: apt-get install janus)' };
    say(`AudioBridge with ${legs} participants`);
    const theirs = await janusLoad();
    if (theirs.heard < 0.5)
      return { skipped: `the AudioBridge room carried no sound (${theirs.heard} of the packets)` };
    say(`our room with ${legs} legs`);
    const ours = await roomLoad(legs, legs, talkers, measureMs);
    say('our room with 1000 legs');
    const full = await roomLoad(1000, 1000, talkers, measureMs);
    const figures: Figure[] = [
      { name: 'Janus AudioBridge, per 100 legs', value: theirs.core, unit: 'core' },
      { name: 'Partyline room of 100, per 100 legs', value: ours.core, unit: 'core' },
      { name: 'Partyline room of 1000, per 100 legs', value: full.core / 10, unit: 'core' },
      { name: 'ours to theirs, room of 100', value: ours.core / theirs.core, unit: '' },
      {
        name: 'ours to theirs, our room of 1000',
        value: full.core / 10 / theirs.core,
        unit: '',
        goal: { atMost: 0.25 },
      },
    ];
    return figures;
  },
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const figures = await benchmark.run((line) => console.error(line));
  console.log('skipped' in figures ? `skipped: ${figures.skipped}` : table(figures));
}
