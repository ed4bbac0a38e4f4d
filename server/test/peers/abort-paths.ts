import assert from 'node:assert/strict';
import type { Heard } from './agent-desk.ts';
import type { AgentFlow, Story } from './agent-flow.ts';

/*
 * Every way out of every step of a consultation: what is done, what each is told, and who is left with whom. `A` talks
 * with `B` in `O` and consults `C` in `K`.
 */

/** How far it has come. */
export const steps = {
  /** The number outside has said nothing yet. */
  dialled: async (flow: AgentFlow) => {
    await flow.consulted();
    await flow.hear({ B: 'music' });
  },
  alerting: async (flow: AgentFlow) => {
    await flow.consulted();
    await flow.rings();
    await flow.hear({ B: 'music' });
  },
  answered: async (flow: AgentFlow) => {
    await flow.consulted();
    await flow.answered();
    await flow.hear({ A: 'C', B: 'music', C: 'A' });
  },
  swapped: async (flow: AgentFlow) => {
    await flow.consulted();
    await flow.answered();
    await flow.swapped();
    await flow.hear({ A: 'B', B: 'A', C: 'music' });
  },
  merged: async (flow: AgentFlow) => {
    await flow.consulted();
    await flow.answered();
    await flow.merged();
    await flow.hear({ A: 'BC', B: 'AC', C: 'AB' });
  },
  transferred: async (flow: AgentFlow) => {
    await flow.consulted('InitiateTransfer');
    await flow.answered();
    await flow.transferred();
    await flow.hear({ B: 'C', C: 'B' });
  },
} as const;

export type Step = keyof typeof steps;

/** What somebody does. */
export const acts: Readonly<Record<string, (flow: AgentFlow) => Promise<unknown>>> = {
  'C is busy': (flow) => flow.busy(),
  'C refuses': async (flow) => flow.third?.refuse(603),
  'C does not answer': async () => {},
  'C hangs up': (flow) => flow.hangUp('C'),
  'B hangs up': (flow) => flow.hangUp('B'),
  'A puts the phone down': (flow) => flow.hangUp('A'),
  'A: Hangup K': (flow) => flow.done('A', 'K', 'Hangup'),
  'A: Hangup O': (flow) => flow.done('A', 'O', 'Hangup'),
  'A: ClearCall K': (flow) => flow.done('A', 'K', 'ClearCall'),
  'A: ClearCall O': (flow) => flow.done('A', 'O', 'ClearCall'),
  'B: Hangup O': (flow) => flow.done('B', 'O', 'Hangup'),
  'C: Hangup K': (flow) => flow.done('C', 'K', 'Hangup'),
  'C: Reject K': (flow) => flow.done('C', 'K', 'Reject'),
  'C: Hangup O': (flow) => flow.done('C', 'O', 'Hangup'),
  'A removes B': async (flow) => flow.done('A', 'O', ...removing(flow, 'B')),
  'A removes C': async (flow) => flow.done('A', 'O', ...removing(flow, 'C')),
};

function removing({ setting }: AgentFlow, who: 'B' | 'C'): ['RemoveParticipantFromConference', object] {
  return ['RemoveParticipantFromConference', { participant: setting.numbers[who] }];
}

/** What is left; it can be ended, and who was held be talked to. */
const ends = {
  nothing: async () => {},
  /** The original waits for the agent. */
  'O held': async (flow: AgentFlow) => {
    await flow.hear({ B: 'music' });
    await flow.done('A', 'O', 'Retrieve');
    await flow.told({ A: ['O Established B'] });
    await ends['A and B in O'](flow);
  },
  'K held': async (flow: AgentFlow) => {
    await flow.hear({ C: 'music' });
    await flow.done('A', 'K', 'Retrieve');
    await flow.told({ A: ['K Established C'] });
    await ends['A and C in K'](flow);
  },
  'K rings': async (flow: AgentFlow) => {
    await flow.answered();
    await ends['A and C in K'](flow);
  },
  'A and B in O': (flow: AgentFlow) => two(flow, { A: 'B', B: 'A' }, 'O'),
  'A and C in K': (flow: AgentFlow) => two(flow, { A: 'C', C: 'A' }, 'K'),
  'A and C in O': (flow: AgentFlow) => two(flow, { A: 'C', C: 'A' }, 'O'),
  'B and C in O': (flow: AgentFlow) => two(flow, { B: 'C', C: 'B' }, 'O'),
} as const;

/** They talk, and the first of them hangs up. */
async function two(flow: AgentFlow, heard: Heard, call: 'O' | 'K'): Promise<void> {
  await flow.hear(heard);
  await flow.shown();
  const [one, other] = Object.keys(heard) as ['A' | 'B', 'B' | 'C'];
  await flow.done(one, call, 'Hangup');
  await flow.told({ [one]: [`${call} Released ${other}`], [other]: [`${call} Released ${one}`] });
  await flow.over(one, other);
}

/** `C` is a number outside, over the trunk. */
export interface AbortPath {
  readonly at: Step;
  readonly act: string;
  readonly outside: boolean;
  readonly told: Story;
  readonly left: keyof typeof ends;
}

const original: Story = { A: ['O Released B'], B: ['O Released A'] };
const consult: Story = { A: ['K Released C'], C: ['K Released A'] };
const both: Story = { A: ['K Released C', 'O Released B'], B: ['O Released A'], C: ['K Released A'] };
/** The one that is talked in first. */
const bothSwapped: Story = { ...both, A: both.A!.toReversed() };
const withoutA: Story = { A: ['O Released C,B'], B: ['O Updated Established C'], C: ['O Updated Established B'] };
const withoutB: Story = { A: ['O Updated Established C'], B: ['O Released C,A'], C: ['O Updated Established A'] };
const withoutC: Story = { A: ['O Updated Established B'], B: ['O Updated Established A'], C: ['O Released B,A'] };
const nobody: Story = { B: ['O Released C'], C: ['O Released B'] };

const failed = (why: string): Story => ({ A: ['K Released C', `! C ${why}`], C: ['K Released A'] });

const inside = { outside: false };
const overTrunk = { outside: true };

/** In the house and outside. */
function bothWays(path: Omit<AbortPath, 'outside'>): AbortPath[] {
  return [
    { ...path, ...inside },
    { ...path, ...overTrunk },
  ];
}

export const abortPaths: readonly AbortPath[] = [
  // The longest ones first.
  ...bothWays({ at: 'alerting', act: 'C does not answer', told: failed('unanswered'), left: 'O held' }),
  { at: 'dialled', act: 'C is busy', ...overTrunk, told: failed('busy'), left: 'O held' },
  { at: 'alerting', act: 'C is busy', ...inside, told: failed('busy'), left: 'O held' },
  { at: 'alerting', act: 'C refuses', ...overTrunk, told: failed('rejected'), left: 'O held' },
  { at: 'alerting', act: 'C: Reject K', ...inside, told: failed('rejected'), left: 'O held' },
  ...bothWays({ at: 'answered', act: 'C hangs up', told: consult, left: 'O held' }),
  { at: 'answered', act: 'C: Hangup K', ...inside, told: consult, left: 'O held' },
  ...bothWays({ at: 'swapped', act: 'C hangs up', told: consult, left: 'A and B in O' }),
  ...bothWays({ at: 'merged', act: 'C hangs up', told: withoutC, left: 'A and B in O' }),
  { at: 'merged', act: 'C: Hangup O', ...inside, told: withoutC, left: 'A and B in O' },
  ...bothWays({ at: 'merged', act: 'A removes C', told: withoutC, left: 'A and B in O' }),

  { at: 'dialled', act: 'B hangs up', ...overTrunk, told: original, left: 'K rings' },
  { at: 'alerting', act: 'B hangs up', ...inside, told: original, left: 'K rings' },
  { at: 'alerting', act: 'B: Hangup O', ...inside, told: original, left: 'K rings' },
  ...bothWays({ at: 'answered', act: 'B hangs up', told: original, left: 'A and C in K' }),
  ...bothWays({ at: 'swapped', act: 'B hangs up', told: original, left: 'K held' }),
  ...bothWays({ at: 'merged', act: 'B hangs up', told: withoutB, left: 'A and C in O' }),
  { at: 'merged', act: 'A removes B', ...inside, told: withoutB, left: 'A and C in O' },

  { at: 'dialled', act: 'A puts the phone down', ...overTrunk, told: both, left: 'nothing' },
  { at: 'alerting', act: 'A puts the phone down', ...inside, told: both, left: 'nothing' },
  ...bothWays({ at: 'answered', act: 'A puts the phone down', told: both, left: 'nothing' }),
  { at: 'swapped', act: 'A puts the phone down', ...inside, told: bothSwapped, left: 'nothing' },
  ...bothWays({ at: 'merged', act: 'A puts the phone down', told: withoutA, left: 'B and C in O' }),

  { at: 'dialled', act: 'A: Hangup K', ...overTrunk, told: consult, left: 'O held' },
  { at: 'alerting', act: 'A: Hangup K', ...inside, told: consult, left: 'O held' },
  { at: 'answered', act: 'A: Hangup K', ...overTrunk, told: consult, left: 'O held' },
  { at: 'answered', act: 'A: ClearCall K', ...inside, told: consult, left: 'O held' },
  { at: 'swapped', act: 'A: Hangup K', ...inside, told: consult, left: 'A and B in O' },

  { at: 'dialled', act: 'A: Hangup O', ...overTrunk, told: original, left: 'K rings' },
  { at: 'alerting', act: 'A: Hangup O', ...inside, told: original, left: 'K rings' },
  { at: 'answered', act: 'A: Hangup O', ...inside, told: original, left: 'A and C in K' },
  { at: 'swapped', act: 'A: Hangup O', ...overTrunk, told: original, left: 'K held' },
  { at: 'swapped', act: 'A: ClearCall O', ...inside, told: original, left: 'K held' },
  ...bothWays({ at: 'merged', act: 'A: Hangup O', told: withoutA, left: 'B and C in O' }),

  ...bothWays({ at: 'transferred', act: 'B hangs up', told: nobody, left: 'nothing' }),
  ...bothWays({ at: 'transferred', act: 'C hangs up', told: nobody, left: 'nothing' }),
  { at: 'transferred', act: 'B: Hangup O', ...inside, told: nobody, left: 'nothing' },
];

/** What is asked while somebody goes. Its answer says which was first, and that what each is told. */
export interface Race {
  readonly asked: 'CompleteConference' | 'CompleteTransfer';
  readonly goes: 'A' | 'B' | 'C';
  readonly outside: boolean;
  /** After it was done. */
  readonly done: Pick<AbortPath, 'told' | 'left'>;
  /** It was too late. */
  readonly late: Pick<AbortPath, 'told' | 'left'>;
}

const merged: Story = {
  A: ['K Released C', 'O Updated Established C,B'],
  B: ['O Updated Established C,A'],
  C: ['K Released A', 'O Established B,A'],
};
const transferred: Story = {
  A: ['O Released B', 'K Released C'],
  B: ['O Updated Established C'],
  C: ['K Released A', 'O Established B'],
};

function then(first: Story, next: Story): Story {
  const of = (who: 'A' | 'B' | 'C') => [...(first[who] ?? []), ...(next[who] ?? [])];
  return { A: of('A'), B: of('B'), C: of('C') };
}

export const races: readonly Race[] = [
  {
    ...{ asked: 'CompleteConference', goes: 'C', ...inside },
    done: { told: then(merged, withoutC), left: 'A and B in O' },
    late: { told: consult, left: 'O held' },
  },
  {
    ...{ asked: 'CompleteConference', goes: 'C', ...overTrunk },
    done: { told: then(merged, withoutC), left: 'A and B in O' },
    late: { told: consult, left: 'O held' },
  },
  {
    ...{ asked: 'CompleteConference', goes: 'B', ...inside },
    done: { told: then(merged, withoutB), left: 'A and C in O' },
    late: { told: original, left: 'A and C in K' },
  },
  {
    ...{ asked: 'CompleteConference', goes: 'A', ...overTrunk },
    done: { told: then(merged, withoutA), left: 'B and C in O' },
    late: { told: both, left: 'nothing' },
  },
  {
    ...{ asked: 'CompleteTransfer', goes: 'C', ...inside },
    done: { told: then(transferred, nobody), left: 'nothing' },
    late: { told: consult, left: 'O held' },
  },
  {
    ...{ asked: 'CompleteTransfer', goes: 'B', ...overTrunk },
    done: { told: then(transferred, nobody), left: 'nothing' },
    late: { told: original, left: 'A and C in K' },
  },
];

/** Both at once. */
export async function run(flow: AgentFlow, { asked, goes, done, late }: Race): Promise<void> {
  await flow.original();
  await steps.answered(flow);
  const [{ statusCode }] = await Promise.all([flow.ask('A', 'K', asked), flow.hangUp(goes)]);
  assert.ok([0, 2, 6].includes(statusCode), `${asked}: ${statusCode}`);
  const { told, left } = statusCode === 0 ? done : late;
  await flow.told(told);
  await flow.shown();
  await ends[left](flow);
  await flow.end();
}

/** Goes it from the first call to the last notification. */
export async function walk(flow: AgentFlow, { at, act, told, left }: AbortPath): Promise<void> {
  await flow.original();
  await steps[at](flow);
  await flow.shown();
  await acts[act]!(flow);
  await flow.told(told);
  await flow.shown();
  await ends[left](flow);
  await flow.end();
}
