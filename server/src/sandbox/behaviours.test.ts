import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../base/log.ts';
import { SeededRandom } from '../base/random.ts';
import type { Behaviour } from './behaviour.ts';
import { behaviourOf, sandboxNumbers } from './behaviours.ts';
import { Sounds } from './sounds.ts';

const random = new SeededRandom(20);
const digits = (count: number) => Array.from({ length: count }, () => String(random.int(10))).join('');
const anybody = behaviourOf('3235742879');

/** Every number of the list, with every digit for `n`, and some codes. */
const listed = sandboxNumbers().flatMap(({ number }) => {
  if (number.endsWith('n…')) return [0, 1, 2, 4].map((length) => number.replace('n…', length + digits(length + 4)));
  if (number.endsWith('n')) return Array.from({ length: 10 }, (_, n) => number.replace('n', String(n)));
  return [number];
});
const known = [...listed, '3235742879', '911', '', 'alice', '*72', '0'.repeat(1000)];
const presses = ({ steps }: Behaviour) => steps.flatMap((step) => (step.do === 'press' ? [step.digits] : []));

test('no two entries of the list mean the same number, and no listed number is mistaken for anybody', () => {
  const patterns = sandboxNumbers().map(
    ({ number }) => new RegExp(`^${number.replace('n…', '\\d+').replace('n', '\\d')}$`),
  );
  for (const number of listed) {
    assert.equal(patterns.filter((pattern) => pattern.test(number)).length, 1, number);
  }
  // Ringing for one second is what anybody does.
  const others = listed.filter((number) => number !== '2025550101' && number !== '2025550111');
  for (const number of others) assert.notDeepEqual(behaviourOf(number), anybody, number);
  assert.deepEqual(behaviourOf('2025550101'), anybody);
});

test('every number that is not listed is answered by somebody who speaks', () => {
  for (let i = 0; i < 2000; i++) {
    const number = `${2 + random.int(8)}${digits(6 + random.int(9))}`;
    if (/^(20255501|55501)/.test(number)) continue;
    assert.deepEqual(behaviourOf(number), anybody, number);
  }
  for (const text of ['', '+', '1', '+1', 'alice', '2025550130x', '202555013', '20255501300', 'x'.repeat(5000)]) {
    assert.deepEqual(behaviourOf(text), anybody, text.slice(0, 20));
  }
});

test('+, 1 and +1 in front change nothing', () => {
  for (const number of [...listed, '3235742879']) {
    for (const prefix of ['+', '1', '+1'])
      assert.deepEqual(behaviourOf(prefix + number), behaviourOf(number), prefix + number);
  }
});

test('every script makes sense: what needs an answer follows one, and nothing follows the end', () => {
  const last = new Set(['refuse', 'redirect', 'hangUp', 'vanish']);
  for (const number of known) {
    const { steps, deaf } = behaviourOf(number);
    let answered = false;
    for (const [at, step] of steps.entries()) {
      const where = `${number.slice(0, 20)} step ${at}: ${step.do}`;
      if (['play', 'press', 'echo', 'record', 'hangUp'].includes(step.do)) assert.ok(answered, where);
      if (['ring', 'early', 'answer', 'refuse', 'redirect'].includes(step.do)) assert.ok(!answered, where);
      if (last.has(step.do)) assert.equal(at, steps.length - 1, where);
      if (step.do === 'answer') answered = true;
    }
    const ends = last.has(steps.at(-1)?.do ?? '');
    const rings = steps.at(-1)?.do === 'ring';
    assert.ok(answered || ends || rings || deaf === true, number.slice(0, 20));
  }
});

test('what the numbers play is there, and comes from prompts where speech is meant', () => {
  const prompts = new URL('../../../prompts/sandbox', import.meta.url).pathname;
  const spoken = new Sounds(prompts, silentLog);
  const unspoken = new Sounds('/nowhere', silentLog);
  const names = new Set(
    known.flatMap((number) =>
      behaviourOf(number).steps.flatMap((step) => (step.do === 'play' || step.do === 'early' ? [step.sound] : [])),
    ),
  );
  for (const name of names) {
    for (const codec of ['PCMU', 'PCMA']) {
      const sound = spoken.get(name, codec);
      assert.ok(sound.bytes.length > 1000, String(name));
      assert.ok(unspoken.get(name, codec).bytes.length > 1000, String(name));
    }
  }
  for (const name of ['greeting', 'voicemail', 'echo', 'not-in-service', 'goodbye']) {
    assert.ok(names.has(name), name);
    assert.notDeepEqual(spoken.get(name, 'PCMU'), unspoken.get(name, 'PCMU'), name);
    assert.equal(spoken.get(name, 'PCMU').repeat, false);
  }
  assert.equal(spoken.get('alive', 'PCMU').repeat, true);
});

test('a code says which digits are entered: number and PIN, the number, the PIN, or nothing', () => {
  for (let i = 0; i < 500; i++) {
    const number = digits(random.int(6));
    const pin = digits(random.int(9));
    const code = `${number.length}${number}${pin}`;
    const expected = [number, pin].filter((part) => part !== '').map((part) => `${part}#`);
    assert.deepEqual(presses(behaviourOf(`555018${code}`)), expected, code);
    const entered = presses(behaviourOf(`555019${code}`));
    if (expected.length === 0) {
      assert.deepEqual(entered, []);
      continue;
    }
    // The same, and before its last part something else of the same length.
    assert.equal(entered.length, expected.length + 1);
    const wrong = entered.splice(-2, 1)[0]!;
    assert.deepEqual(entered, expected);
    assert.notEqual(wrong, expected.at(-1));
    assert.match(wrong, new RegExp(`^\\d{${expected.at(-1)!.length - 1}}#$`));
  }
  assert.deepEqual(presses(behaviourOf('555018132233')), ['3#', '2233#']);
  assert.deepEqual(presses(behaviourOf('555019132233')), ['3#', '7788#', '2233#']);
});
