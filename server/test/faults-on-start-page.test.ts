import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
// @ts-expect-error: a script without types
import { ensureWeb } from '../../scripts/build-web.mjs';
import { needs } from './peers/installed.ts';
import { PartylineServer } from './peers/partyline.ts';
import { Visitors } from './peers/visitors.ts';

/** Faults that are really made, and what a person reads of them on the start page while it happens. */

const skip = needs('chromium');
let visitors: Visitors;
/** As somebody has it who has just started it. */
let sandbox: PartylineServer;

before(async () => {
  if (skip !== false) return;
  await ensureWeb();
  sandbox = await PartylineServer.start({ config: { organizations: undefined, sandbox: 'on' } });
  visitors = await Visitors.start(`http://127.0.0.1:${sandbox.httpPort}`);
});

after(async () => {
  await visitors?.stop();
  await sandbox?.stop();
});

test('the start page says of each number of the carrier in the box what became of it, as it happens', {
  skip,
}, async () => {
  const page = await visitors.open('/');
  await page.getByRole('button', { name: 'Join the conference', exact: true }).click();
  await page.getByText('You speak with your microphone.').first().waitFor();
  const log = page.getByRole('log', { name: 'What just happened' });
  const became: Readonly<Record<string, string>> = {
    // What takes longest begins first.
    '2025550131': 'was not reached: it rang, and nobody answered in time.',
    '2025550136': 'was not reached: its network said nothing, not even that it rings.',
    '2025550146': 'was cut off: its phone no longer answered, or the longest time was over.',
    '2025550130': 'was not reached: it is busy (SIP 486).',
    '2025550132': 'was not reached: whoever it is declined (SIP 603).',
    '2025550133': 'was not reached: there is no such number (SIP 404).',
    '2025550134': 'was not reached: its network could not put the call through (SIP 503).',
    '2025550143': 'was not reached: there is no such number (SIP 404).',
    '2025550102': 'left',
  };
  for (const number of Object.keys(became)) {
    await page.getByLabel('Number', { exact: true }).selectOption({ value: number });
    await page.getByRole('button', { name: /^Ring (it|another)$/ }).click();
    // The next one when this one is under way.
    await page.locator('.lines-in li', { hasText: number }).or(log.getByText(number)).first().waitFor();
  }
  for (const [number, text] of Object.entries(became)) {
    const line = log.getByRole('listitem').filter({ hasText: `${number} ${text}` });
    await line.first().waitFor({ timeout: 300_000 });
    assert.equal(await line.count(), 1, `${number}: once`);
  }
  assert.deepEqual(visitors.errors, []);
});
