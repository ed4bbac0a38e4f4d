import { PartylineServer } from '../server/test/peers/partyline.ts';
import type { Benchmark } from './figure.ts';
import { childrenOf, residentMb } from './process-usage.ts';

export const benchmark: Benchmark = {
  name: 'startup',
  about: 'seconds until calls can be taken on an empty store, and idle memory',
  async run() {
    const begin = performance.now();
    const server = await PartylineServer.start();
    const readyAfter = (performance.now() - begin) / 1000;
    try {
      await new Promise((resolve) => setTimeout(resolve, 5000));
      const children = childrenOf(server.pid);
      const memory = [server.pid, ...children].reduce((sum, pid) => sum + residentMb(pid), 0);
      return [
        { name: 'ready to take calls after', value: readyAfter, unit: 's', goal: { atMost: 2 } },
        { name: `idle memory of ${children.length + 1} processes`, value: memory, unit: 'MB', goal: { atMost: 150 } },
      ];
    } finally {
      await server.stop();
    }
  },
};
