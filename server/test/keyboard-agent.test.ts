import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
// @ts-expect-error: a script without types
import { ensureWeb } from '../../scripts/build-web.mjs';
import { agentPassword, browserAgent, withAgents } from './peers/browser-agents.ts';
import { needs } from './peers/installed.ts';
import { Keyboard } from './peers/keyboard.ts';
import { PartylineServer } from './peers/partyline.ts';
import { Visitors } from './peers/visitors.ts';
import { waitFor } from './peers/wait.ts';

/** The agent desktop by keyboard alone, without its shortcuts too: each button is reached, and the focus stays. */

const skip = needs('chromium');
let server: PartylineServer;
let visitors: Visitors;
let ann: Page;
let ben: Page;

before(async () => {
  if (skip !== false) return;
  await ensureWeb();
  const organization = withAgents(
    browserAgent(31, 'ann', '131', ['agent', 'supervisor']),
    browserAgent(32, 'ben', '132'),
  );
  server = await PartylineServer.start({ config: { organizations: [organization], sandbox: 'on' } });
  visitors = await Visitors.start(`http://127.0.0.1:${server.httpPort}`);
});

after(async () => {
  await visitors?.stop();
  await server?.stop();
});

/** Signed in and at the phone, by keys. */
async function atWork(login: string, number: string): Promise<{ page: Page; keys: Keyboard }> {
  const page = await visitors.open('/agent');
  const keys = new Keyboard(page);
  await keys.to('textbox', 'Login');
  await keys.type(login);
  await keys.to('textbox', 'Password');
  await keys.type(agentPassword);
  await keys.press('Enter');
  await keys.enter('button', 'Use this browser as the phone');
  await page.getByText(`This browser is phone ${number}`).waitFor();
  await keys.isAt('button', 'Sign this browser off');
  await page.getByText('Connected', { exact: true }).waitFor();
  return { page, keys };
}

const card = (page: Page, party: string) => page.getByRole('article', { name: party });
const inState = (page: Page, party: string, state: string) =>
  page.locator(`article[data-state="${state}"]`, { hasText: party }).first().waitFor();

test('an agent works by keyboard: state, dial, hold, data, keys, consult, swap, merge, remove, end, sign out', {
  skip,
}, async () => {
  const { keys, page } = await atWork('ann', '131');
  ann = page;
  const { keys: bensKeys, page: bens } = await atWork('ben', '132');
  ben = bens;

  // Two steps down: what one passes on the way is not told.
  await keys.to('combobox', 'State');
  const state = page.getByRole('combobox', { name: 'State' });
  const told = () => page.getByRole('log', { name: 'Notifications' }).locator('summary').allTextContents();
  await waitFor(async () => (await state.inputValue()) === 'Ready', 10_000, 'to be ready');
  await keys.atOnce('ArrowDown', 'ArrowDown');
  await page
    .getByRole('log', { name: 'Notifications' })
    .getByText(/131 AuxWork/)
    .waitFor();
  assert.equal(await state.inputValue(), 'AuxWork');
  assert.ok(!(await told()).some((text) => text.includes('131 NotReady')), `${await told()}`);
  await keys.press('ArrowUp', 'ArrowUp', 'Enter');
  await waitFor(async () => (await told()).filter((text) => /131 Ready/.test(text)).length > 1, 10_000, 'ready again');
  await keys.everyStop();

  await keys.to('textbox', 'Number');
  await keys.type('132');
  await keys.press('Enter');
  await inState(bens, '131', 'Ringing');
  await waitFor(async () => (await bens.title()) === '131 is calling – Partyline', 10_000, 'the title');
  await bens.getByRole('status').getByText('131 is calling').waitFor({ state: 'attached' });
  await bensKeys.enter('button', 'Answer');
  await inState(page, '132', 'Established');
  await bensKeys.isWithin(card(bens, '131'));

  const one = card(page, '132');
  await keys.enter('button', 'Hold', { within: one });
  await inState(page, '132', 'Held');
  await keys.isAt('button', 'Retrieve');
  await keys.press('Space');
  await inState(page, '132', 'Established');
  await keys.isAt('button', 'Hold');
  await keys.enter('button', 'Microphone off', { back: true });
  await page.getByRole('button', { name: 'Microphone off', pressed: true }).waitFor();
  await keys.press('Space');
  await page.getByRole('button', { name: 'Microphone off', pressed: false }).waitFor();
  await keys.isAt('button', 'Microphone off');

  await keys.enter('button', 'Attach data', { within: one });
  await keys.isAt('textbox', 'Key');
  await keys.press('Escape');
  await keys.isAt('button', 'Attach data');
  await keys.press('Enter');
  await keys.type('order');
  await keys.press('Tab');
  await keys.type('17');
  await keys.press('Enter');
  await card(bens, '131').getByText('17').waitFor();
  await keys.isWithin(one);
  await keys.enter('button', 'Delete a key', { within: one });
  await keys.isAt('combobox', 'Key');
  await keys.press('Tab', 'Enter');
  await card(bens, '131').getByText('17').waitFor({ state: 'detached' });
  await keys.isWithin(one);
  await keys.enter('button', 'Digits', { within: one });
  await keys.type('12#');
  await keys.press('Enter');
  await keys.isAt('button', 'Digits');
  await keys.enter('button', 'Record', { within: one });
  await keys.enter('button', 'Stop recording', { within: one });
  await keys.isWithin(one);
  await keys.everyStop();

  await keys.enter('button', 'Consult for a conference', { within: one, back: true });
  await keys.type('2025550101');
  await keys.press('Enter');
  await inState(page, '2025550101', 'Established');
  await keys.isAt('button', 'Consult for a conference');
  // By its key, from wherever one is: afterwards one is at its button too, and not at one that records.
  await keys.press('Alt+n', 'Alt+k', 'Escape');
  await keys.isAt('button', 'Digits');
  await keys.enter('button', 'Swap', { within: page.locator('.calls') });
  await inState(page, '132', 'Established');
  await keys.isWithin(page.locator('.calls'));
  await keys.enter('button', 'Merge into one conference', { within: page.locator('.calls') });
  await waitFor(async () => (await page.getByRole('article').count()) === 1, 10_000, 'one call');
  await keys.isWithin(page.locator('.calls'));
  await keys.enter('button', 'Mute', { within: page.locator('.calls') });
  await keys.isAt('button', 'Unmute');
  await keys.press('Enter');
  await keys.isAt('button', 'Mute');
  await keys.enter('button', 'Remove a participant', { within: page.locator('.calls') });
  await keys.to('combobox', 'Participant');
  const who = page.getByLabel('Participant', { exact: true });
  for (let i = 0; i < 3 && (await who.inputValue()) !== '2025550101'; i++) await keys.press('ArrowDown');
  await keys.enter('button', 'Remove a participant', { within: page.getByRole('form') });
  await page.getByRole('heading', { name: /2025550101/ }).waitFor({ state: 'detached' });
  await keys.isWithin(page.locator('.calls'));

  const notices = page.getByRole('log', { name: 'Notifications' });
  await keys.to('log', 'Notifications');
  await keys.press('Tab', 'Enter');
  await notices.locator('details[open] pre').waitFor();
  await keys.press('?');
  await page.getByRole('dialog', { name: 'Keys' }).waitFor();
  await keys.enter('button', 'Close');
  await keys.isWithin(notices);
  await keys.enter('button', 'Keys', { back: true });
  await keys.press('Escape');
  await keys.isAt('button', 'Keys');

  await keys.enter('button', 'Hang up', { within: page.locator('.calls') });
  await page.getByText('No calls').waitFor();
  await keys.isWithin(page.locator('.desk-calls'));
  await bens.getByText('No calls').waitFor();
  await keys.everyStop();
});

test('a supervisor chooses an agent, listens, barges in and stops, by keyboard', { skip }, async () => {
  const [keys, bensKeys] = [new Keyboard(ann), new Keyboard(ben)];
  await keys.enter('button', 'Choose: 132');
  await keys.isAt('button', 'Choose: 132');
  await keys.enter('button', 'Listen in');
  await ann.getByRole('button', { name: 'Stop supervising' }).waitFor();
  await keys.isWithin(ann.getByRole('region', { name: 'Supervise' }));
  await bensKeys.to('textbox', 'Number');
  await bensKeys.type('2025550141');
  await bensKeys.press('Enter');
  await ann.getByText('You supervise this call').waitFor();
  await keys.enter('button', 'Barge in', { within: ann.getByRole('article') });
  await keys.isAt('button', 'Only listen');
  await keys.everyStop();
  await keys.enter('button', 'Stop supervising', { back: true });
  await keys.isWithin(ann.locator('main'));
  await bensKeys.enter('button', 'Hang up', { within: ben.getByRole('article') });
  await ben.getByText('No calls').waitFor();
  await keys.enter('button', /^Sign out/, { back: true });
  await ann.getByLabel('Login').waitFor();
  await keys.everyStop();
  assert.deepEqual(visitors.errors, []);
});
