import { residentTogether } from '../server/test/peers/children.ts';
import { PartylineServer } from '../server/test/peers/partyline.ts';
import type { Benchmark } from './figure.ts';
import { childrenOf, residentMb } from './process-usage.ts';

export const benchmark: Benchmark = {
  name: 'startup',
  about: 'seconds until calls can be taken on an empty store, and idle memory',
  parts: {
    async empty() {
      const begin = performance.now();
      const server = await PartylineServer.start();
      const readyAfter = (performance.now() - begin) / 1000;
      try {
        // Idle: what starting took has been given back.
        await new Promise((resolve) => setTimeout(resolve, 14_000));
        const children = childrenOf(server.pid);
        const all = [server.pid, ...children];
        const shared = residentTogether(all) / 1024 ** 2;
        const resident = all.reduce((sum, pid) => sum + residentMb(pid), 0);
        return [
          { name: 'ready to take calls after', value: readyAfter, unit: 's', goal: { atMost: 2 } },
          {
            name: 'idle memory of both, what they share counted once',
            value: shared,
            unit: 'MB',
            goal: { atMost: 150 },
          },
          {
            name: 'idle memory of both, what they share counted twice (RSS)',
            value: resident,
            unit: 'MB',
            goal: { atMost: 150 },
          },
        ];
      } finally {
        await server.stop();
      }
    },
  },
};
