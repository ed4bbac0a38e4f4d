import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
// @ts-expect-error: a script without types
import { ensureWeb } from '../../scripts/build-web.mjs';
import { needs } from './peers/installed.ts';
import { Keyboard } from './peers/keyboard.ts';
import { PartylineServer } from './peers/partyline.ts';
import { RawSip } from './peers/raw-sip.ts';
import { Receiver } from './peers/receiver.ts';
import { register } from './peers/register.ts';
import { UnifiedApi } from './peers/unified-api.ts';
import { accessible, Visitors } from './peers/visitors.ts';
import { waitFor } from './peers/wait.ts';

/** By keyboard alone: the three doors, a meeting and its end, and all of the console. */

const skip = needs('chromium');
const admin = { login: 'admin@example.test', password: '' };
let server: PartylineServer;
let visitors: Visitors;
let page: Page;
let keys: Keyboard;

before(async () => {
  if (skip !== false) return;
  await ensureWeb();
  server = await PartylineServer.start({ config: { organizations: undefined, sandbox: 'on' } });
  admin.password = /admin@example\.test\s+password (\S+)/.exec(server.output)?.[1] ?? '';
  visitors = await Visitors.start(`http://127.0.0.1:${server.httpPort}`);
});

after(async () => {
  await visitors?.stop();
  await server?.stop();
});

async function open(path: string): Promise<void> {
  page = await visitors.open(path);
  keys = new Keyboard(page);
}

const region = (name: string) => page.getByRole('region', { name, exact: true });
const line = (name: string) => page.locator('.lines-in li', { hasText: name }).first();
const dialog = () => page.getByRole('dialog');

test('the start page: in, muted, a number that is busy, an agent who merges, and out again', { skip }, async () => {
  await open('/');
  await keys.enter('link', 'Go to the content');
  await keys.enter('button', 'Join the conference');
  await line('Visitor (you)').waitFor();
  await keys.isAt('button', 'Mute');
  await keys.press('Space');
  await keys.isAt('button', 'Unmute');

  await keys.to('combobox', 'Number');
  const number = page.getByLabel('Number', { exact: true });
  for (let i = 0; i < 30 && (await number.inputValue()) !== '2025550130'; i++) await keys.press('ArrowDown');
  await keys.enter('button', 'Ring it');
  await page.getByText('2025550130 was not reached: it is busy (SIP 486).').first().waitFor();
  await keys.isAt('button', 'Ring another');
  await keys.press('Tab', 'Space');
  await region('Ring it').waitFor();

  await keys.enter('button', 'Call the customer');
  await line('2025550101').getByText('talking').waitFor();
  await keys.enter('button', 'Consult the colleague');
  await page.getByRole('button', { name: 'Merge into one conference' }).waitFor();
  await keys.enter('button', 'Merge into one conference', { back: true });
  await page.getByText('All three are in one conference.').waitFor();
  const agent = page.locator('.door', { hasText: 'Be the agent who merges' });
  await keys.isWithin(agent);
  await keys.enter('button', 'Hang up');
  await page.getByRole('button', { name: 'Call the customer' }).waitFor();
  await keys.isWithin(agent);

  await keys.enter('button', 'Leave', { back: true });
  await page.getByText('Nobody is in it yet').waitFor();
  await keys.isAt('button', 'Join the conference');
  await keys.everyStop();
  await page.context().close();
});

test('a meeting: in by name and PIN, chat, and Leave, which asks, takes it back, and ends', { skip }, async () => {
  await open('/meet/2114');
  await keys.to('textbox', 'Your name');
  await keys.type('Kim');
  await keys.press('Enter');
  await page.getByRole('heading', { name: 'Open' }).waitFor();
  await keys.to('textbox', 'Message');
  await keys.type('Hello');
  await keys.press('Enter');
  await page.getByRole('log').getByText('Hello').waitFor();
  await keys.enter('button', 'Leave');
  await dialog().waitFor();
  await keys.press('Escape');
  await keys.isAt('button', 'Leave');
  await keys.press('Enter');
  await keys.enter('button', 'Cancel', { within: dialog() });
  await keys.isAt('button', 'Leave');
  await keys.press('Enter');
  await keys.enter('button', 'Leave', { within: dialog() });
  await page.getByRole('heading', { name: 'You left the meeting' }).waitFor();
  await keys.enter('button', 'Join again');
  await page.getByLabel('Your name').waitFor();
  await keys.everyStop();
  await page.context().close();
});

test('the console: signing in, every section through and back, each stop seen and none a trap', { skip }, async () => {
  // Somebody to be seen: a number of the carrier in the box, that speaks.
  await open('/console');
  await keys.to('textbox', 'Login');
  await keys.type(admin.login);
  await keys.press('Tab');
  await keys.type('wrong');
  await keys.press('Enter');
  await page.getByText('This login and password do not belong together.').waitFor();
  await keys.to('textbox', 'Password');
  await keys.press('Control+a');
  await keys.type(admin.password);
  await keys.press('Enter');
  await keys.isAt('heading', 'Overview');
  for (const section of [
    'Sandbox',
    'Webhooks',
    'Phones and bans',
    'Directory',
    'Recordings',
    'Calls',
    'Live conferences',
    'Overview',
  ]) {
    await keys.enter('link', section, { back: true, within: page.getByRole('navigation', { name: 'Sections' }) });
    await keys.isAt('heading', section);
    await waitFor(async () => (await page.locator('.loading').count()) === 0, 10_000, 'all to be there');
    await keys.everyStop();
  }
});

test('a number is rung into a conference, which is moderated, recorded and ended', { skip }, async () => {
  const sections = page.getByRole('navigation', { name: 'Sections' });
  await keys.enter('link', 'Sandbox', { within: sections });
  await keys.to('combobox', 'Conference');
  const into = page.getByLabel('Conference', { exact: true });
  for (let i = 0; i < 5 && (await into.inputValue()) !== '211*4'; i++) await keys.press('ArrowDown');
  await keys.to('textbox', 'Any number the dial plan allows, or an extension');
  await keys.type('2025550141');
  await keys.press('Enter');
  await keys.isAt('heading', 'Open (211*4)');
  await keys.enter('link', 'Live conferences', { within: sections, back: true });
  const card = region('Open (211*4)');
  await keys.to('button', 'Mute: 2025550141', { within: card });
  await keys.press('Space');
  await keys.isAt('button', 'Unmute: 2025550141');
  await keys.enter('button', 'Lock', { within: card });
  await card.getByText('Locked').waitFor();
  await keys.isAt('button', 'Unlock');
  await keys.enter('button', 'Record', { within: card });
  await keys.isAt('button', 'Stop recording');
  await keys.press('Enter');
  await keys.isAt('button', 'Record');
  await keys.enter('button', 'Remove: 2025550141', { within: card, back: true });
  await keys.press('Escape');
  await keys.isAt('button', 'Remove: 2025550141');
  await keys.enter('button', 'End conference', { within: card });
  await keys.enter('button', 'End conference', { within: dialog() });
  await page.getByText('No conference is running').waitFor();
  await keys.isWithin(page.locator('main'));

  await keys.enter('link', 'Recordings', { within: sections, back: true });
  await keys.enter('button', 'Listen');
  await keys.to('button', 'Close', { within: dialog() });
  await keys.press('Escape');
  await keys.isAt('button', 'Listen');
});

test('calls: searched, one opened, its cursor moved, its parts and messages read', { skip }, async () => {
  const sections = page.getByRole('navigation', { name: 'Sections' });
  await keys.enter('link', 'Calls', { within: sections, back: true });
  await keys.to('searchbox', 'Number or name');
  await keys.type('2025550141');
  await keys.press('Enter');
  const found = page.getByRole('region', { name: 'Calls', exact: true }).getByRole('row');
  let rows: string[] = [];
  await waitFor(
    async () => {
      rows = await found.allTextContents();
      return rows.length === 2;
    },
    10_000,
    () => `one call, below the head: ${rows.join(' | ')}`,
  );
  await keys.enter('link', /\d\d:\d\d/, { within: page.getByRole('region', { name: 'Calls', exact: true }) });
  await keys.isAt('heading', 'Open (211*4)');
  await keys.enter('button', 'Zoom in');
  await keys.enter('button', 'Whole call');
  await keys.to('slider', /^Timeline of 1 participants/);
  const slider = page.getByRole('slider', { name: /^Timeline of/ });
  const moved = async (key: string) => {
    const before = await slider.getAttribute('aria-valuenow');
    await keys.press(key);
    await waitFor(async () => (await slider.getAttribute('aria-valuenow')) !== before, 5000, `the cursor by ${key}`);
  };
  for (const key of ['ArrowRight', 'End', 'ArrowLeft', 'Home']) await moved(key);
  await keys.to('tab', 'Events');
  await keys.press('Tab', 'Space');
  await page.locator('.call-check input:checked').waitFor();
  await keys.to('tab', 'Events', { back: true });
  await keys.press('ArrowRight');
  await keys.isAt('tab', 'SIP messages');
  await keys.press('Tab', 'Enter');
  await dialog().getByText('INVITE sip:2025550141').waitFor();
  await keys.to('button', 'Close', { within: dialog() });
  await keys.press('Enter');
  await keys.isWithin(page.locator('.call-rows'));
  await keys.everyStop();
  await keys.enter('link', '← All calls');
  await keys.isAt('heading', 'Calls');
});

test('a ban is lifted, and a webhook that waits for its receiver is sent now', { skip }, async () => {
  const sections = page.getByRole('navigation', { name: 'Sections' });
  const phones = await Promise.all(Array.from({ length: 10 }, () => RawSip.open(server.sipPort)));
  // Each answer is held back longer than the one before, so they are asked for all at once.
  const statuses = await Promise.all(phones.map((phone) => register(phone, '15001', 'wrong', 20_000)));
  for (const phone of phones) phone.close();
  assert.ok(statuses.includes(403), `banned: ${statuses}`);
  await keys.enter('link', 'Phones and bans', { within: sections, back: true });
  const bans = region('Bans, as a table');
  await bans.getByText('15001').waitFor();
  await accessible(page, 'banned');
  await keys.enter('button', 'Lift: 15001, 127.0.0.1');
  await page.getByText('Nobody is banned').waitFor();
  await keys.isWithin(page.locator('main'));
  await keys.everyStop();

  const receiver = await Receiver.start();
  try {
    const secret = /client_secret=(\S+)/.exec(server.output)?.[1] ?? '';
    const api = await UnifiedApi.connect(`http://127.0.0.1:${server.httpPort}`, { key: 'demo-app', secret });
    const body = { type: '1', url: receiver.url, method: '1', status: '1', note: 'test' };
    const made = await api.ask('/uapi/extensions/@me/211/phoneCallEvents', { method: 'POST', body });
    assert.ok(made.status < 300, made.text);
    await api.invite(['2025550141'], { extension: '211', source: ['211'], query: 'number=4' });
    await receiver.tried();
    await keys.enter('link', 'Webhooks', { within: sections, back: true });
    await accessible(page, 'webhook-waits');
    await keys.to('button', `Send now: ${receiver.url}`);
    receiver.takes = true;
    await keys.press('Enter');
    await page.getByText('It is sent now.').waitFor();
    await region('Deliveries, as a table').getByText('Delivered').first().waitFor();
    await keys.isWithin(page.locator('main'));
    await keys.everyStop();
  } finally {
    await receiver.stop();
  }
});

test('the directory: a user is made, changed and removed, and the focus stays where one works', { skip }, async () => {
  const sections = page.getByRole('navigation', { name: 'Sections' });
  await keys.enter('link', 'Directory', { within: sections, back: true });
  await keys.to('tab', 'Users');
  await keys.press('ArrowRight', 'ArrowRight', 'Home');
  await keys.enter('button', 'Add');
  await keys.to('textbox', 'Login login', { within: dialog() });
  await keys.type('kim@example.test');
  await keys.to('textbox', 'Roles roles', { within: dialog() });
  await keys.type('nobody');
  await keys.press('Enter');
  await dialog().getByRole('alert').waitFor();
  await keys.press('Control+a');
  await keys.type('agent');
  await keys.to('textbox', 'Number of the record id', { within: dialog(), back: true });
  await keys.type('77');
  await keys.to('textbox', 'Password password', { within: dialog() });
  await keys.type('kim-kim-kim-kim');
  await keys.press('Enter');
  await dialog().waitFor({ state: 'detached' });
  await keys.isAt('button', 'Add');
  await keys.enter('button', 'Change: kim@example.test');
  await keys.press('Escape');
  await keys.isAt('button', 'Change: kim@example.test');
  await keys.enter('button', 'Remove: kim@example.test');
  await keys.enter('button', 'Remove', { within: dialog() });
  await page.getByRole('button', { name: 'Remove: kim@example.test' }).waitFor({ state: 'detached' });
  await keys.isWithin(page.getByRole('tabpanel'));
  await page.context().close();
});
