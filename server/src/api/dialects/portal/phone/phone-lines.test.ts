import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../../../base/random.ts';
import { SettableClock } from '../../../../base/testing/settable-clock.ts';
import type { ExtensionView } from '../../../../directory/directory-views.ts';
import type { BrowserPhoneEntry } from '../../../../legs/web/browser-phone.ts';
import type { BrowserPhone, BrowserPhoneCall } from '../../dialect.ts';
import { PhoneLines } from './phone-lines.ts';

const extension = { id: '3-101', organizationId: '3', userId: 12 } as unknown as ExtensionView;

function lines() {
  const clock = new SettableClock();
  let ended = 0;
  const causes: string[] = [];
  const entries: BrowserPhoneEntry[] = [];
  const end = (cause: string) => {
    ended++;
    causes.push(cause);
  };
  const phone = (entry: BrowserPhoneEntry) => {
    entries.push(entry);
    return { reachable: false, calls: [], end } as unknown as BrowserPhone;
  };
  const all = new PhoneLines(clock, new SeededRandom(1), { phone });
  const over: string[] = [];
  const listener = () => ({ call() {}, pickUp() {}, over: (why: string) => void over.push(why) });
  const open = () => all.open(extension, 'browser', () => true);
  return { clock, all, open, listener, over, causes, entries, ended: () => ended };
}

test('one to which nobody comes, or comes back in time, is over; while somebody listens it lives for half a day', () => {
  const { clock, all, open, listener, over, causes, ended } = lines();
  const line = open();
  clock.advance(19_999);
  const stop = all.listen(line, listener());
  assert.equal(line.phone.reachable, true);
  clock.advance(3_600_000);
  stop();
  assert.equal(line.phone.reachable, false, 'nobody there: it does not ring');
  clock.advance(19_999);
  const again = all.listen(line, listener());
  clock.advance(3_600_000);
  again();
  again();
  clock.advance(20_000);
  assert.deepEqual([all.find(line.id), ended(), over], [null, 1, []]);

  const other = open();
  all.listen(other, listener());
  clock.advance(12 * 3_600_000);
  assert.deepEqual([all.find(other.id), ended(), over], [null, 2, ['expired']]);
  all.end(other, 'signedOut');
  assert.deepEqual([ended(), over], [2, ['expired']]);
  all.end(open(), 'signedOut');
  assert.deepEqual(causes, ['timeout', 'timeout', 'normal'], 'why calls end that are still there');
});

test('setting the clock of the machine makes its half day neither shorter nor longer', () => {
  for (const hours of [24, -24]) {
    const { clock, all, open, listener, over } = lines();
    const line = open();
    clock.set(hours * 3_600_000);
    all.listen(line, listener());
    clock.advance(12 * 3_600_000 - 1);
    assert.deepEqual(over, []);
    clock.advance(1);
    assert.deepEqual(over, ['expired']);
  }
});

test('who listened before is told that another took its place, and its going changes nothing', () => {
  const { clock, all, open, listener, over } = lines();
  const line = open();
  const first = all.listen(line, listener());
  const second = all.listen(line, listener());
  assert.deepEqual(over, ['replaced']);
  first();
  clock.advance(60_000);
  assert.equal(line.phone.reachable, true);
  second();
  assert.equal(line.phone.reachable, false);
  all.close();
  assert.deepEqual([all.find(line.id), over], [null, ['replaced']]);
});

test('with the logins of a user end the lines of its phones, and no others', () => {
  const { all, open, listener, over, ended } = lines();
  const [mine, other] = [open(), open()];
  all.listen(mine, listener());
  all.endOf({ organizationId: '3', userId: 13 });
  all.endOf({ organizationId: '4', userId: 12 });
  assert.equal(all.find(mine.id), mine);
  all.endOf({ organizationId: '3', userId: 12 });
  assert.deepEqual([all.find(mine.id), all.find(other.id), ended(), over], [null, null, 2, ['signedOut']]);
});

test('a call that ended while nobody listened is kept for who comes back', () => {
  const { all, open, listener, entries } = lines();
  const line = open();
  const [entry] = entries;
  const call = { id: 'c1', state: 'established' } as unknown as BrowserPhoneCall;
  entry!.tell(call);
  const ended = { ...call, state: 'ended', reason: 'timeout' } as const;
  entry!.tell(ended);
  assert.deepEqual(line.missed, [ended]);
  for (let at = 0; at < 100; at++) entry!.tell({ ...ended, id: `x${at}` });
  assert.equal(line.missed.length, 20);
  all.listen(line, listener());
  entry!.tell({ ...ended, id: 'last' });
  assert.equal(line.missed.length, 20, 'told at once');
});
