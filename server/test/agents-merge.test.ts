import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { SandboxCarrier } from '../src/sandbox/index.ts';
import { races, run } from './peers/abort-paths.ts';
import { configurationOf, type Desk, Desks } from './peers/agent-desk.ts';
import { AgentFlow, names } from './peers/agent-flow.ts';
import { needs } from './peers/installed.ts';
import { PartylineServer } from './peers/partyline.ts';

/** Two calls of an agent become one, whatever they are and however that is asked for, with real phones and clients. */

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

const at = (what: string, act: (desk: Desk) => Promise<void>) => test(what, { skip }, () => desks.use(act));

const everybody = { A: 'BC', B: 'AC', C: 'AB' };

/** A talks with B and with C, who talk with nobody else. */
async function consulting(desk: Desk, outside = false): Promise<AgentFlow> {
  const flow = new AgentFlow(desk, { outside });
  await flow.original();
  await flow.consulted();
  await flow.answered();
  return flow;
}

/** All three talk, A and then B hang up. */
async function threeLeave(flow: AgentFlow): Promise<void> {
  await flow.hear(everybody);
  await flow.shown();
  await flow.done('A', 'O', 'Hangup');
  await flow.told({ A: ['O Released C,B'], B: ['O Updated Established C'], C: ['O Updated Established B'] });
  await twoLeave(flow);
}

async function twoLeave(flow: AgentFlow): Promise<void> {
  await flow.done('B', 'O', 'Hangup');
  await flow.told({ B: ['O Released C'], C: ['O Released B'] });
  await flow.end();
}

/** statusCodes of what is asked at once, sorted. */
async function codes(...answers: readonly Promise<{ readonly statusCode: number }>[]): Promise<readonly number[]> {
  return (await Promise.all(answers)).map(({ statusCode }) => statusCode).sort();
}

describe('two calls become one', { concurrency: count }, () => {
  for (const [place, named] of names.entries()) {
    for (const [which, call] of (['K', 'O'] as const).entries()) {
      const outside = (place + which) % 2 === 1;
      at(`a conference completed at ${call}, K ${named} named${outside ? ', outside' : ''}`, async (desk) => {
        const flow = await consulting(desk, outside);
        await flow.merged(call, named);
        await threeLeave(flow);
      });
      at(`a transfer completed at ${call}, K ${named} named${outside ? '' : ', outside'}`, async (desk) => {
        const flow = await consulting(desk, !outside);
        await flow.transferred(call, named);
        await flow.hear({ B: 'C', C: 'B' });
        await twoLeave(flow);
      });
    }
  }
});

describe('asked twice, or at once', { concurrency: count }, () => {
  at('consulting, swapping and completing', async (desk) => {
    const flow = new AgentFlow(desk);
    await flow.original();
    await flow.consulted();
    const again = { destination: { phoneNumber: flow.setting.numbers.C } };
    assert.equal((await flow.ask('A', 'O', 'InitiateConference', again)).statusCode, 2);
    for (const early of ['CompleteConference', 'CompleteTransfer', 'SwapCalls']) {
      for (const call of ['O', 'K'] as const) assert.equal((await flow.ask('A', call, early)).statusCode, 2, early);
    }
    await flow.answered();
    assert.equal((await flow.ask('A', 'O', 'InitiateConference', again)).statusCode, 2);
    await flow.swapped();
    await flow.done('A', 'K', 'SwapCalls', { otherCallUri: `/calls/${flow.setting.ids.get('O')}` });
    await flow.told({ A: ['K Established C', 'O Held B'] });
    await flow.merged();
    assert.equal((await flow.ask('A', 'K', 'CompleteConference')).statusCode, 6);
    assert.equal((await flow.ask('A', 'O', 'CompleteConference')).statusCode, 2);
    assert.equal((await flow.ask('A', 'O', 'CompleteConference', flow.naming('uri'))).statusCode, 2);
    await threeLeave(flow);
    assert.equal((await flow.ask('A', 'O', 'Hangup')).statusCode, 6);
  });

  at('the consultation given up', async (desk) => {
    const flow = await consulting(desk);
    assert.deepEqual(await codes(flow.ask('A', 'K', 'Hangup'), flow.ask('A', 'K', 'Hangup')), [0, 6]);
    await flow.told({ A: ['K Released C'], C: ['K Released A'] });
    assert.deepEqual(await codes(flow.ask('A', 'O', 'Retrieve'), flow.ask('A', 'O', 'Retrieve')), [0, 2]);
    await flow.told({ A: ['O Established B'] });
    assert.deepEqual(await codes(flow.ask('A', 'O', 'Hold'), flow.ask('A', 'O', 'Hold')), [0, 2]);
    await flow.told({ A: ['O Held B'] });
    await flow.hear({ B: 'music' });
    assert.deepEqual(await codes(flow.ask('A', 'O', 'Hangup'), flow.ask('A', 'O', 'Hangup')), [0, 6]);
    await flow.told({ A: ['O Released B'], B: ['O Released A'] });
    await flow.end();
  });

  at('two conferences completed', async (desk) => {
    const flow = await consulting(desk);
    const at = () => codes(flow.ask('A', 'K', 'CompleteConference'), flow.ask('A', 'K', 'CompleteConference'));
    assert.deepEqual(await at(), [0, 6]);
    await flow.told({
      A: ['K Released C', 'O Updated Established C,B'],
      B: ['O Updated Established C,A'],
      C: ['K Released A', 'O Established B,A'],
    });
    await threeLeave(flow);
  });

  at('two transfers completed', async (desk) => {
    const flow = await consulting(desk);
    const at = () => codes(flow.ask('A', 'O', 'CompleteTransfer'), flow.ask('A', 'K', 'CompleteTransfer'));
    assert.deepEqual(await at(), [0, 6]);
    await flow.told({
      A: ['O Released B', 'K Released C'],
      B: ['O Updated Established C'],
      C: ['K Released A', 'O Established B'],
    });
    await flow.hear({ B: 'C', C: 'B' });
    await twoLeave(flow);
  });

  for (const race of races) {
    const { asked, goes, outside } = race;
    at(`${asked}, and ${goes} hangs up${outside ? ', outside' : ''}`, (desk) =>
      run(new AgentFlow(desk, { outside }), race),
    );
  }

  at('the original taken back while who is consulted rings', async (desk) => {
    const flow = new AgentFlow(desk);
    await flow.original();
    await flow.consulted();
    await flow.rings();
    await flow.done('A', 'O', 'Retrieve');
    await flow.told({ A: ['O Established B', 'K Held C'] });
    await flow.hear({ A: 'B', B: 'A' });
    await flow.answer('C');
    await flow.told({ A: ['K Updated Held C'], C: ['K Established A'] });
    await flow.hear({ A: 'B', B: 'A', C: 'music' });
    await flow.shown();
    await flow.merged('O');
    await threeLeave(flow);
  });

  at('a held call consults too', async (desk) => {
    const flow = new AgentFlow(desk, { outside: true });
    await flow.original();
    await flow.done('A', 'O', 'Hold');
    await flow.told({ A: ['O Held B'] });
    await flow.hear({ B: 'music' });
    const coming = carrier.expectCall(flow.setting.numbers.C);
    await flow.done('A', 'O', 'InitiateTransfer', { destination: { phoneNumber: flow.setting.numbers.C } });
    await flow.told({ A: ['K Dialing C'] });
    flow.third = await coming;
    await flow.answered();
    await flow.merged();
    await threeLeave(flow);
  });
});

describe('a scheduled conference', { concurrency: count }, () => {
  const seated = async (desk: Desk, outside = false): Promise<AgentFlow> => {
    const { outside: number, conference, C } = desk.numbers;
    const dnis = { O: conference, K: outside ? number : C };
    const flow = new AgentFlow(desk, { outside, scheduled: 'O', dnis });
    await flow.seat();
    await flow.consulted();
    return flow;
  };
  const alone = (flow: AgentFlow) => flow.desk.numbers.conference;

  /** B, who is alone in it now, goes. */
  const lastLeaves = async (flow: AgentFlow) => {
    await flow.done('B', 'O', 'Hangup');
    await flow.told({ B: [`O Released ${alone(flow)}`] });
    await flow.end();
  };

  for (const outside of [false, true]) {
    at(`is the original, and who is consulted joins it${outside ? ' from outside' : ''}`, async (desk) => {
      const flow = await seated(desk, outside);
      await flow.answered();
      await flow.hear({ A: 'C', B: 'music', C: 'A' });
      await flow.swapped();
      await flow.hear({ A: 'B', B: 'A', C: 'music' });
      await flow.merged('O', 'path');
      await flow.hear(everybody);
      await flow.shown();
      await flow.done('A', 'O', 'RemoveParticipantFromConference', { participant: flow.setting.numbers.C });
      await flow.told({ A: ['O Updated Established B'], B: ['O Updated Established A'], C: ['O Released B,A'] });
      await flow.hear({ A: 'B', B: 'A' });
      await flow.done('A', 'O', 'Hangup');
      await flow.told({ A: ['O Released B'], B: [`O Updated Established ${alone(flow)}`] });
      await lastLeaves(flow);
    });
  }

  at('is the original, and who is consulted is busy', async (desk) => {
    const flow = await seated(desk);
    await flow.rings();
    await flow.busy();
    await flow.told({ A: ['K Released C', '! C busy'], C: ['K Released A'] });
    await flow.shown();
    await flow.done('A', 'O', 'Retrieve');
    await flow.told({ A: ['O Established B'] });
    await flow.hear({ A: 'B', B: 'A' });
    await flow.hangUp('A');
    await flow.told({ A: ['O Released B'], B: [`O Updated Established ${alone(flow)}`] });
    await lastLeaves(flow);
  });

  at('is the original, the others leave it, and its agent', async (desk) => {
    const flow = await seated(desk);
    await flow.answered();
    await flow.hangUp('B');
    await flow.told({ A: [`O Updated Held ${alone(flow)}`], B: ['O Released A'] });
    await flow.hear({ A: 'C', C: 'A' });
    await flow.shown();
    await flow.hangUp('A');
    await flow.told({ A: ['K Released C', `O Released ${alone(flow)}`], C: ['K Released A'] });
    await flow.end();
  });

  at('is the original, and is left by the agent alone', async (desk) => {
    const flow = await seated(desk);
    await flow.answered();
    await flow.done('A', 'O', 'Hangup');
    await flow.told({ A: ['O Released B'], B: [`O Updated Established ${alone(flow)}`] });
    await flow.hear({ A: 'C', C: 'A', B: 'music' });
    await flow.done('C', 'K', 'Hangup');
    await flow.told({ A: ['K Released C'], C: ['K Released A'] });
    await lastLeaves(flow);
  });

  const consultedIt = async (desk: Desk): Promise<AgentFlow> => {
    const dnis = { O: desk.numbers.B, K: desk.numbers.conference };
    const flow = new AgentFlow(desk, { scheduled: 'K', entered: true, dnis });
    await flow.original();
    await flow.consultedConference();
    await flow.hear({ A: 'C', B: 'music', C: 'A' });
    await flow.shown();
    return flow;
  };

  at('is consulted with its PIN, and its people come into the original', async (desk) => {
    const flow = await consultedIt(desk);
    await flow.swapped();
    await flow.hear({ A: 'B', B: 'A', C: 'music' });
    await flow.done('A', 'K', 'CompleteConference');
    await flow.told({
      A: ['K Released C', 'O Updated Established C,B'],
      B: ['O Updated Established C,A'],
      C: ['K Updated Established B,A'],
    });
    await flow.hear(everybody);
    await flow.shown();
    await flow.hangUp('A');
    await flow.told({ A: ['O Released C,B'], B: ['O Updated Established C'], C: ['K Updated Established B'] });
    await flow.hear({ B: 'C', C: 'B' });
    await flow.done('C', 'K', 'Hangup');
    await flow.told({ B: ['O Updated Established '], C: ['K Released B'] });
    await flow.hangUp('B');
    await flow.told({ B: ['O Released '] });
    await flow.end();
  });

  at('is consulted with its PIN, which is wrong or missing, and given up', async (desk) => {
    const flow = await consultedIt(desk);
    await flow.done('A', 'K', 'Hangup');
    await flow.told({ A: ['K Released C'], C: [`K Updated Established ${alone(flow)}`] });
    await flow.hear({ B: 'music', C: 'music' });
    for (const [pin, code] of [
      ['', 10],
      ['*1111', 3],
    ] as const) {
      const destination = { phoneNumber: `${desk.numbers.conference}*3${pin}` };
      assert.equal((await flow.ask('A', 'O', 'InitiateConference', { destination })).statusCode, code);
    }
    await flow.done('A', 'O', 'Retrieve');
    await flow.told({ A: ['O Established B'] });
    await flow.hear({ A: 'B', B: 'A' });
    await flow.done('A', 'O', 'ClearCall');
    await flow.told({ A: ['O Released B'], B: ['O Released A'] });
    await flow.done('C', 'K', 'Hangup');
    await flow.told({ C: [`K Released ${alone(flow)}`] });
    await flow.end();
  });

  at('is consulted with its PIN, and the other left with it', async (desk) => {
    const flow = await consultedIt(desk);
    await flow.done('A', 'O', 'CompleteTransfer');
    await flow.told({
      A: ['O Released B', 'K Released C'],
      B: ['O Updated Established C'],
      C: ['K Updated Established B'],
    });
    await flow.hear({ B: 'C', C: 'B' });
    await flow.over('A');
    await flow.shown();
    await flow.hangUp('B');
    await flow.told({ B: ['O Released C'], C: [`K Updated Established ${alone(flow)}`] });
    await flow.hangUp('C');
    await flow.told({ C: [`K Released ${alone(flow)}`] });
    await flow.end();
  });
});
