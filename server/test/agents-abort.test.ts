import { after, before, describe, test } from 'node:test';
import { SandboxCarrier } from '../src/sandbox/index.ts';
import { abortPaths, walk } from './peers/abort-paths.ts';
import { configurationOf, Desks } from './peers/agent-desk.ts';
import { AgentFlow } from './peers/agent-flow.ts';
import { needs } from './peers/installed.ts';
import { PartylineServer } from './peers/partyline.ts';

/**
 * Every way out of a consultation, driven by the official client over each of its transports at once, with real phones:
 * what everybody is told, field by field, and hears.
 */

const skip = needs('baresip');
const count = 5;
let carrier: SandboxCarrier;
let server: PartylineServer;
let desks: Desks;

before(async () => {
  if (skip !== false) return;
  carrier = await SandboxCarrier.start({ behaviours: false });
  server = await PartylineServer.start({ config: configurationOf(count, carrier) });
  desks = await Desks.open(server, carrier, count);
});

after(async () => {
  await desks?.close();
  await server?.stop();
  await carrier?.close();
});

describe('a way out of a consultation', { concurrency: count }, () => {
  for (const path of abortPaths) {
    const { at, act, outside } = path;
    test(`${at}${outside ? ' outside' : ''}, ${act}`, { skip }, () =>
      desks.use((desk) => walk(new AgentFlow(desk, { outside }), path)),
    );
  }
});

describe('a phone that holds and dials by itself', { concurrency: count }, () => {
  const at = (what: string, act: (flow: AgentFlow) => Promise<void>) =>
    test(what, { skip }, () =>
      desks.use(async (desk) => {
        const flow = new AgentFlow(desk, { ownDial: true });
        await flow.original();
        await flow.consultedByPhone();
        await flow.shown();
        await act(flow);
        await flow.end();
      }),
    );

  const answered = async (flow: AgentFlow) => {
    await flow.answered();
    await flow.hear({ A: 'C', B: 'music', C: 'A' });
    await flow.shown();
  };

  /**
   * This phone takes back what it holds when its other line is over; what it hears then it does not record any more.
   */
  const resumed = async (flow: AgentFlow) => {
    await flow.told({ A: ['O Established B'] });
    await flow.hear({ B: 'A' });
    await flow.done('A', 'O', 'Hangup');
    await flow.told({ A: ['O Released B'], B: ['O Released A'] });
  };

  at('consults, swaps and merges as any other', async (flow) => {
    await answered(flow);
    await flow.swapped();
    await flow.hear({ A: 'B', B: 'A', C: 'music' });
    await flow.shown();
    await flow.done('A', 'K', 'SwapCalls');
    await flow.told({ A: ['K Established C', 'O Held B'] });
    await flow.hear({ A: 'C', B: 'music', C: 'A' });
    await flow.merged();
    await flow.hear({ A: 'BC', B: 'AC', C: 'AB' });
    await flow.hangUp('A');
    await flow.told({ A: ['O Released C,B'], B: ['O Updated Established C'], C: ['O Updated Established B'] });
    await flow.hangUp('B');
    await flow.told({ B: ['O Released C'], C: ['O Released B'] });
  });

  at('merges, one line of it ends, and the other goes on', async (flow) => {
    await answered(flow);
    await flow.merged('O', 'uri');
    await flow.hear({ A: 'BC', B: 'AC', C: 'AB' });
    await flow.shown();
    await flow.done('A', 'O', 'Hangup');
    await flow.told({ A: ['O Released C,B'], B: ['O Updated Established C'], C: ['O Updated Established B'] });
    await flow.hear({ B: 'C', C: 'B' });
    await flow.hangUp('C');
    await flow.told({ B: ['O Released C'], C: ['O Released B'] });
  });

  at('transfers', async (flow) => {
    await answered(flow);
    await flow.transferred('K', 'id');
    await flow.hear({ B: 'C', C: 'B' });
    await flow.hangUp('B');
    await flow.told({ B: ['O Released C'], C: ['O Released B'] });
  });

  at('gives up while it rings', async (flow) => {
    await flow.rings();
    await flow.hangUp('A');
    await flow.told({ A: ['K Released C'], C: ['K Released A'] });
    await resumed(flow);
  });

  at('puts down the one line, and keeps the other', async (flow) => {
    await answered(flow);
    await flow.hangUp('A');
    await flow.told({ A: ['K Released C'], C: ['K Released A'] });
    await resumed(flow);
  });

  at('finds who is consulted busy', async (flow) => {
    await flow.rings();
    await flow.busy();
    await flow.told({ A: ['K Released C', '! C busy'], C: ['K Released A'] });
    await resumed(flow);
  });

  at('is left by who is consulted', async (flow) => {
    await answered(flow);
    await flow.hangUp('C');
    await flow.told({ A: ['K Released C'], C: ['K Released A'] });
    await resumed(flow);
  });

  at('is left by who was held', async (flow) => {
    await answered(flow);
    await flow.hangUp('B');
    await flow.told({ A: ['O Released B'], B: ['O Released A'] });
    await flow.hear({ A: 'C', C: 'A' });
    await flow.done('A', 'K', 'Hangup');
    await flow.told({ A: ['K Released C'], C: ['K Released A'] });
  });
});
