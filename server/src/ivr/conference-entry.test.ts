import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { Secret } from '../base/secret.ts';
import {
  type EntryEffect,
  type EntryInput,
  type EntryPhase,
  type EntryState,
  type EntryVerdict,
  entryAttempts,
  startEntry,
  stepEntry,
} from './conference-entry.ts';

const verdicts: readonly EntryVerdict[] = [
  'admitted',
  'numberNeeded',
  'pinNeeded',
  'unknownNumber',
  'wrongPin',
  'lockedOut',
  'full',
  'locked',
  'closed',
  'unavailable',
];

/** A caller and the rooms they may enter: number 3 with PIN 2233. */
class Dialogue {
  state: EntryState;
  heard: string[] = [];
  tried: string[] = [];
  effects: readonly EntryEffect[] = [];
  ended: string | null = null;
  entered = false;
  readonly verdictOf: (number: string | null, pin: string | null) => EntryVerdict;

  constructor(number: string | null = null, pin: string | null = null, verdictOf = Dialogue.usual) {
    this.verdictOf = verdictOf;
    const first = startEntry(number, pin === null ? null : new Secret(pin));
    this.state = first.state;
    this.#perform(first.effects);
  }

  static usual(number: string | null, pin: string | null): EntryVerdict {
    if (number === null) return 'numberNeeded';
    if (number !== '3') return 'unknownNumber';
    if (pin === null) return 'pinNeeded';
    return pin === '2233' ? 'admitted' : 'wrongPin';
  }

  input(input: EntryInput): this {
    const step = stepEntry(this.state, input);
    this.state = step.state;
    this.#perform(step.effects);
    return this;
  }

  /** Keys; a blank is the timer running out, a full stop the end of the prompt. */
  press(keys: string): this {
    for (const key of keys) {
      if (key === ' ') this.input({ type: 'timeout' });
      else if (key === '.') this.input({ type: 'promptFinished' });
      else this.input({ type: 'digit', digit: key });
    }
    return this;
  }

  #perform(effects: readonly EntryEffect[]): void {
    this.effects = effects;
    for (const effect of effects) {
      if (effect.type === 'play') this.heard.push(effect.prompts.join(' '));
      if (effect.type === 'hangUp') this.ended = effect.cause;
      if (effect.type === 'enter') {
        this.entered = true;
        this.input({ type: 'entered' });
      }
      if (effect.type === 'verify') {
        const pin = effect.pin?.reveal() ?? null;
        this.tried.push(`${effect.number}/${pin}`);
        this.input({ type: 'verdict', verdict: this.verdictOf(effect.number, pin) });
      }
    }
  }
}

test('keys pressed before they are asked for answer the question that comes, but none after a wrong answer', () => {
  let { state } = startEntry(null, null);
  const heard: string[] = [];
  const verified: string[] = [];
  const input = (one: EntryInput) => {
    const step = stepEntry(state, one);
    state = step.state;
    for (const effect of step.effects) {
      if (effect.type === 'play') heard.push(effect.prompts.join(' '));
      if (effect.type === 'verify') verified.push(`${effect.number}/${effect.pin?.reveal() ?? null}`);
    }
  };
  const press = (keys: string) => {
    for (const digit of keys) input({ type: 'digit', digit });
  };
  press('3#22');
  input({ type: 'verdict', verdict: 'numberNeeded' });
  assert.deepEqual([state.phase, heard, verified], ['verifying', [], ['3/null']]);
  press('33');
  input({ type: 'verdict', verdict: 'pinNeeded' });
  assert.deepEqual([state.phase, state.typed.reveal(), heard], ['asking', '2233', []]);
  press('#1111#');
  assert.deepEqual(verified, ['3/null', '3/2233']);
  input({ type: 'verdict', verdict: 'wrongPin' });
  assert.deepEqual([state.phase, state.typed.reveal(), heard], ['asking', '', ['wrong-pin enter-pin']]);
  // Bounded, and what is no key of an answer leaves the question to be asked.
  press('#');
  press('A'.repeat(100));
  assert.ok(state.typed.reveal().length < 30);
  input({ type: 'verdict', verdict: 'pinNeeded' });
  assert.deepEqual(heard.slice(1), ['enter-pin']);
});

test('number, then PIN', () => {
  const caller = new Dialogue().press('.3#.2233#');
  assert.deepEqual(caller.heard, ['enter-number', 'enter-pin']);
  assert.deepEqual(caller.tried, ['null/null', '3/null', '3/2233']);
  assert.ok(caller.entered);
  assert.equal(caller.state.phase, 'done');
  assert.equal(caller.ended, null);
});

test('only what is unknown is asked', () => {
  assert.deepEqual(new Dialogue('3').press('2233#').heard, ['enter-pin']);
  const all = new Dialogue('3', '2233');
  assert.deepEqual(all.heard, []);
  assert.ok(all.entered);
  assert.ok(new Dialogue(null, null, () => 'admitted').entered);
});

test('digits cut the prompt, the pause stands for #, * starts over', () => {
  assert.ok(new Dialogue().press('3 2233 ').entered);
  const corrected = new Dialogue().press('9*3#99*2233#');
  assert.deepEqual(corrected.heard, ['enter-number', 'enter-pin']);
  assert.ok(corrected.entered);
  const first = new Dialogue().press('3');
  assert.deepEqual(
    first.effects.map((effect) => effect.type),
    ['stopPlay', 'timer'],
  );
});

test('a wrong number is asked again, three in all', () => {
  const caller = new Dialogue().press('7#');
  assert.equal(caller.heard.at(-1), 'wrong-number enter-number');
  caller.press('8#9#');
  assert.equal(caller.heard.at(-1), 'wrong-number goodbye');
  assert.equal(caller.ended, null);
  assert.equal(caller.press('.').ended, 'destNotObtainable');
  assert.equal(caller.tried.length, 4);
});

test('a wrong PIN is asked again, three in all; the number stays', () => {
  const caller = new Dialogue().press('3#1#2#');
  assert.equal(caller.heard.at(-1), 'wrong-pin enter-pin');
  assert.ok(caller.press('2233#').entered);
  const stranger = new Dialogue().press('3#1#2#3#');
  assert.equal(stranger.heard.at(-1), 'wrong-pin goodbye');
  assert.equal(stranger.press('2233#.').ended, 'unauthorized');
  assert.ok(!stranger.entered);
});

test('a wrong PIN dialled behind the number counts', () => {
  const caller = new Dialogue('3', '1');
  assert.deepEqual(caller.heard, ['wrong-pin enter-pin']);
  assert.equal(caller.press('2#3#.').ended, 'unauthorized');
});

test('silence is asked again, three in all, and forgotten after an answer', () => {
  const caller = new Dialogue().press('. .#');
  assert.deepEqual(caller.heard.slice(1), ['nothing-entered enter-number', 'nothing-entered enter-number']);
  caller.press('3#. . . ');
  assert.deepEqual(caller.state.silences, 3);
  assert.equal(caller.heard.at(-1), 'nothing-entered goodbye');
  assert.equal(caller.press(' ').ended, 'timeout');
});

test('an empty PIN is one: participants may need none', () => {
  const open = new Dialogue('3', null, (_number, pin) => (pin === '' ? 'admitted' : 'pinNeeded')).press('#');
  assert.ok(open.entered);
});

test('a refusal is said before the goodbye', () => {
  const refused = (verdict: EntryVerdict) => {
    const caller = new Dialogue(null, null, () => verdict).press('.');
    return `${caller.heard.join()} → ${caller.ended}`;
  };
  assert.equal(refused('lockedOut'), 'locked-out goodbye → unauthorized');
  assert.equal(refused('full'), 'conference-full goodbye → conferenceFull');
  assert.equal(refused('locked'), 'conference-locked goodbye → locked');
  assert.equal(refused('closed'), 'conference-closed goodbye → destNotObtainable');
  assert.equal(refused('unavailable'), 'conference-unavailable goodbye → systemFailure');
});

test('full is also learnt on entering', () => {
  const step = stepEntry({ ...startEntry('3', null).state, phase: 'entering' }, { type: 'verdict', verdict: 'full' });
  assert.deepEqual(step.effects[0], { type: 'play', prompts: ['conference-full', 'goodbye'] });
});

test('too many digits are checked as they are; keys A to D are no digits', () => {
  const caller = new Dialogue().press('1'.repeat(20));
  assert.deepEqual(caller.tried.at(-1), `${'1'.repeat(20)}/null`);
  assert.ok(new Dialogue().press('A3B#C2D233#').entered);
});

test('a PIN is never printed', () => {
  const caller = new Dialogue('3').press('2233');
  assert.doesNotMatch(inspect(caller.state) + JSON.stringify(caller.state), /2233/);
  assert.doesNotMatch(JSON.stringify(new Dialogue('3').press('2233#')), /"2233"/);
});

test('every phase takes every input; whatever happens, at most so many prompts and one end', () => {
  const inputs: EntryInput[] = [
    ...[...'05#*A'].map((digit) => ({ type: 'digit', digit }) as const),
    { type: 'timeout' },
    { type: 'promptFinished' },
    { type: 'entered' },
    ...verdicts.map((verdict) => ({ type: 'verdict', verdict }) as const),
  ];
  const seen = new Set<string>();
  const queue: EntryState[] = [startEntry(null, null).state, startEntry('1', new Secret('2')).state];
  const phases = new Set<EntryPhase>();
  const key = (state: EntryState) =>
    [
      state.phase,
      state.asked,
      Math.min(2, state.typed.reveal().length),
      state.number === null,
      state.wrongNumbers,
      state.wrongPins,
      state.silences,
      state.cause,
    ].join();
  while (queue.length > 0) {
    const state = queue.pop()!;
    if (seen.has(key(state))) continue;
    seen.add(key(state));
    phases.add(state.phase);
    for (const input of inputs) {
      const { state: next, effects } = stepEntry(state, input);
      assert.ok(next.wrongNumbers <= entryAttempts && next.wrongPins <= entryAttempts);
      assert.equal(
        effects.filter((effect) => effect.type === 'hangUp').length,
        next.phase === 'done' && state.phase === 'goodbye' ? 1 : 0,
      );
      if (state.phase === 'done') assert.deepEqual([next, effects], [state, []]);
      if (next.phase !== state.phase && (next.phase === 'asking' || next.phase === 'goodbye')) {
        assert.deepEqual(
          effects.map((effect) => effect.type),
          ['play', 'timer'],
          'whoever waits is told what for, and not for ever',
        );
      }
      queue.push(next);
    }
  }
  assert.deepEqual([...phases].sort(), ['asking', 'done', 'entering', 'goodbye', 'verifying']);
  assert.ok(seen.size > 100, String(seen.size));
});
