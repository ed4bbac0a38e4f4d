import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whoOf } from '../src/pages/console/calls/who.ts';
import { de as deOfCalls } from '../src/words/console-call.de.ts';
import { en as enOfCalls } from '../src/words/console-call.en.ts';
import { isolated, isolating } from '../src/words/isolated.ts';
import { de as deOfStart } from '../src/words/start.de.ts';

/** First strong isolate and pop directional isolate (UAX #9 §2.4). */
const alone = (text: string) => `\u2068${text}\u2069`;

test('a name from right to left turns neither the number beside it nor who called whom', () => {
  const [en, de, start] = [isolating(enOfCalls), isolating(deOfCalls), isolating(deOfStart)];
  assert.equal(en.conference('مريم', '200*3'), `${alone('مريم')} (200*3)`);
  assert.equal(de.removeSure('שרה'), de.removeSure('Ann').replace('Ann', alone('שרה')));
  assert.equal(
    start.reached['busy']?.('مريم', ' (SIP 486)'),
    `${alone('مريم')} wurde nicht erreicht: besetzt (SIP 486).`,
  );
  const told = de.event([{ code: 'talks', who: 'مريم' }], {});
  assert.ok(told?.includes(alone('مريم')), String(told));
  const party = (name: string) => ({ name, number: '1' });
  const call = { conference: null, from: party('مريم'), to: party('أحمد'), parties: [] };
  assert.equal(whoOf(call, en.conference), `${alone('مريم')} → ${alone('أحمد')}`);
});

test('what turns what follows it ends with the name, and others stay as they are', () => {
  const words = isolating(enOfCalls);
  assert.equal(words.conference('Weekly', '200*3'), 'Weekly (200*3)');
  assert.equal(words.whyTitle, 'What went wrong');
  for (const text of ['Jane', 'Zoë 5', '李', '<b>', '']) assert.equal(isolated(text), text);
  assert.equal(isolated('\u202egro.elpmaxe'), alone('gro.elpmaxe'));
  assert.equal(isolated('مريم\u2069\u202e'), alone('مريم'));
  assert.equal(isolated(alone('مريم')), alone(alone('مريم')));
});
