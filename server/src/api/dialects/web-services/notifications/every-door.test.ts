import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../../../base/random.ts';
import { callOperations } from '../capabilities.ts';
import { BusyHouse, houseDirectory } from './testing/busy-house.ts';
import { WorkAtEveryDoor } from './testing/work-at-every-door.ts';

/*
 * As random-work.test.ts, where everything else is there too: scheduled conferences, users with two phones, forwarding
 * and do-not-disturb, supervision, and others who do something with the same calls by other interfaces.
 */

const seed = Number(process.env['PARTYLINE_TEST_SEED'] ?? 20_261_129);
const houses = 48;
const perTest = 12;
const sequences = 5;

for (let first = 0; first < houses; first += perTest) {
  test(`houses ${first} to ${first + perTest} (seed ${seed}): told is what is shown, and what is listed is done`, async (t) => {
    const directory = await houseDirectory();
    const accepted = new Map<string, number>();
    for (let at = first; at < first + perTest; at++) {
      const house = new BusyHouse(directory, seed + at);
      const random = new SeededRandom(seed + at);
      const work = new WorkAtEveryDoor(house, random, accepted);
      await house.listen();
      try {
        for (let sequence = 0; sequence < sequences; sequence++) {
          for (let steps = 15 + random.int(40); steps > 0; steps--) {
            await work.step();
            if (steps % 5 > 0) continue;
            await house.told();
            house.check();
          }
          await house.endAll();
          await house.told();
          house.check();
        }
        await house.checkReplay();
      } catch (error) {
        t.diagnostic(`house ${at}: ${work.trace.slice(-40).join('\n')}`);
        throw error;
      }
      await house.notifications.close();
    }
    const never = callOperations.filter((one) => !accepted.has(one));
    t.diagnostic([...accepted].map(([operation, times]) => `${operation} ${times}`).join(', '));
    assert.ok(never.length < 6, `hardly anything was reached: never ${never.join(', ')}`);
  });
}
