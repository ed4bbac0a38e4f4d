import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { de } from '../../web/src/words/console-call.de.ts';
import type { SecurityNews } from '../src/api/admin/security-events.ts';
import type { AttemptEvent } from '../src/call/attempts/refused-dial.ts';
import type { DeviceEventType } from '../src/call/devices/agent-device.ts';
import type { EventData } from '../src/call/model/events.ts';
import type { RemarkEvent } from '../src/call/remarks/remark.ts';
import { knownEvents } from '../src/commands/administration/known-events.ts';
import { textOf } from '../src/observation/timeline/event-text.ts';
import type { ChangeEvent } from '../src/provisioning/change-events.ts';

/** What events of calls say: the server has it in English, the console in German. */

test('whatever an event can say has words in every language', () => {
  const source = readFileSync(new URL('../src/observation/timeline/event-text.ts', import.meta.url), 'utf8');
  const codes = [...source.matchAll(/^ {2}(\w+): \(/gm)].map(([, code = '']) => code);
  assert.ok(codes.length > 40, `${codes.length}`);
  const made = readFileSync(new URL('../src/observation/timeline/event-phrases.ts', import.meta.url), 'utf8');
  // Those that begin with the kind of the call are put together there.
  for (const code of codes.filter((one) => !one.endsWith('Begins') && one !== 'refusedBefore')) {
    assert.ok(made.includes(`'${code}'`), `${code} is said by some event`);
  }
  for (const code of codes) {
    const german = de.event([{ code, cause: 'busy' }], { busy: 'besetzt' });
    assert.ok(german !== null && german !== textOf([{ code, cause: 'busy' }]), code);
  }
  assert.equal(
    de.event([{ code: 'notReached', cause: 'busy', status: 486 }], { busy: 'besetzt' }),
    'nicht erreicht: besetzt (486)',
  );
  const unknown = { code: 'notReached', cause: 'destNotObtainable', status: 404 };
  assert.equal(textOf([unknown]), 'could not be reached: no such number, or no phone there (404)');
  assert.equal(textOf([{ code: 'isNotLetIn', why: 'lockedOut' }]), 'is not let in: too many wrong PINs');
  assert.equal(de.event([{ code: 'leaves' }, { code: 'of-a-later-server' }], {}), null, 'then as the server says it');
});

/** All that is written into the log, and nothing else: the compiler compares. */
type Happens =
  | keyof EventData
  | DeviceEventType
  | ChangeEvent['type']
  | SecurityNews['type']
  | AttemptEvent['type']
  | RemarkEvent['type'];
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
const tailKnowsAll: Same<(typeof knownEvents)[number], Happens> = true;

test('partyline tail knows each event by its name, once', () => {
  assert.ok(tailKnowsAll);
  assert.equal(new Set(knownEvents).size, knownEvents.length);
});
