import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
// @ts-expect-error: a script without types
import { ensureWeb } from '../../scripts/build-web.mjs';
import { Phone } from './peers/baresip.ts';
import { hearsSound } from './peers/hearing.ts';
import { needs } from './peers/installed.ts';
import { administrator, PartylineServer, sipPassword, testOrganization } from './peers/partyline.ts';
import { accessible, screenshots, Visitors } from './peers/visitors.ts';

/** The console's pages of records, phones and bans, webhooks and recordings, in a real browser. */

const skip = needs('chromium') || needs('baresip');
const hostile = '<img src=x onerror=alert(1)>';
let server: PartylineServer;
let phone: Phone;
let visitors: Visitors;
let page: Page;

function organizations(): unknown[] {
  const organization = structuredClone(testOrganization);
  const extensions = organization.users[0]?.extensions as { number: string; conferences?: object[] }[];
  Object.assign(extensions.find(({ number }) => number === '200')?.conferences?.[0] ?? {}, { record: 'always' });
  return [organization];
}

before(async () => {
  if (skip !== false) return;
  await ensureWeb();
  server = await PartylineServer.start({ config: { organizations: organizations() } });
  phone = await Phone.start({ user: '101', password: sipPassword, server: server.sipAddress, tone: 440 });
  await phone.registered();
  visitors = await Visitors.start(`http://127.0.0.1:${server.httpPort}`);
});

after(async () => {
  await visitors?.stop();
  await phone?.stop();
  await server?.stop();
});

const told = (text: string | RegExp) => page.getByText(text).first().waitFor();
const press = (name: string | RegExp) => page.getByRole('button', { name }).first().click();
const go = (name: string) => page.getByRole('link', { name, exact: true }).click();
const dialog = () => page.getByRole('dialog');

test('a user is made, changed and removed; what the file fixes is only shown; mistakes are told where one typed', {
  skip,
}, async () => {
  page = await visitors.open('/console/directory');
  await page.getByLabel('Login').or(page.getByLabel('User name')).fill(administrator.login);
  await page.getByLabel('Password').fill(administrator.password);
  await press('Sign in');
  await told(/partyline\.yaml:\d+/);
  await accessible(page, 'directory');
  await screenshots(page, 'console-directory');
  await press(/^Show: /);
  await told(/Fixed by .*partyline\.yaml, line \d+/);
  assert.equal(await dialog().getByRole('button', { name: 'Save' }).count(), 0);
  await accessible(page, 'directory-fixed');
  await page.keyboard.press('Escape');

  await press('Add');
  await dialog().getByLabel('login').fill('new@example.test');
  assert.equal(await dialog().getByText('Leave empty to keep what is set.').count(), 0, 'nothing is set yet');
  await dialog().getByLabel('roles').fill('nobody');
  await dialog().getByRole('button', { name: 'Save' }).click();
  await dialog().getByRole('alert').waitFor();
  assert.match((await dialog().getByRole('alert').textContent()) ?? '', /roles/);
  assert.equal(await dialog().getByLabel('login').inputValue(), 'new@example.test', 'what was typed stays');
  await dialog().getByLabel('roles').fill('agent');
  await dialog().getByLabel('firstName').fill(hostile);
  await dialog().getByLabel('Password password', { exact: true }).fill('a-long-password');
  await dialog().getByRole('button', { name: 'Save' }).click();
  await told('new@example.test is there now.');
  await told(hostile);
  await press('Change: new@example.test');
  assert.equal(await dialog().getByLabel('Password password', { exact: true }).inputValue(), '');
  await dialog().getByLabel('lastName').fill('Newton');
  await dialog().getByRole('button', { name: 'Save' }).click();
  await told('Newton');
  await press('Remove: new@example.test');
  await dialog().getByRole('button', { name: 'Remove' }).click();
  await told('new@example.test is removed.');
});

test('each kind of record is listed, the file is read again', { skip }, async () => {
  for (const [tab, text] of [
    ['Extensions', '101'],
    ['Conferences', 'Weekly'],
    ['Apps', 'Yes'],
    ['Limits', /pinAttempts|for operators/],
  ] as const) {
    await page.getByRole('tab', { name: tab }).click();
    await told(text);
    await accessible(page, `directory-${tab.toLowerCase()}`);
  }
  await press('Read the file again');
  await told('The file holds nothing new.');
});

test('a registered phone is listed; what was recorded is seen and heard; nothing waits for a receiver', {
  skip,
}, async () => {
  await go('Phones and bans');
  // Without what was said of the records before.
  await page.reload();
  await page.getByRole('cell', { name: /^101 / }).waitFor();
  await told('Nobody is banned');
  await accessible(page, 'phones-and-bans');
  await screenshots(page, 'console-phones');
  await go('Recordings');
  await told('Nothing was recorded yet');
  await accessible(page, 'recordings-none');
  await phone.dial('200*3*9911');
  const conference = await server.conferenceOf('200', '3', 1);
  await hearsSound(phone);
  await phone.hangup();
  await server.quiet();
  await page.getByText(conference.id).waitFor();
  await press('Listen');
  await page.locator('.recording-peaks path[d^="M0 "]').waitFor({ state: 'attached' });
  await page.waitForFunction('document.querySelector("audio").duration > 0');
  await accessible(page, 'recordings');
  await screenshots(page, 'console-recordings');
  await page.keyboard.press('Escape');
  await go('Overview');
  await told('No conference is running');
  await accessible(page, 'overview');
  // Of the call that has just ended, in the words of the page of all calls.
  await page.locator('.overview-list').getByText('hung up').first().waitFor();
  await screenshots(page, 'console-overview');
  await go('Webhooks');
  await told('No webhook was sent yet');
  await accessible(page, 'webhooks');
  await screenshots(page, 'console-webhooks');
  await page.setViewportSize({ width: 360, height: 740 });
  await go('Directory');
  await told(/partyline\.yaml:\d+/);
  await accessible(page, 'directory-narrow');
  // Enlarged four times (WCAG 1.4.10): what does not fit scrolls in itself.
  await page.setViewportSize({ width: 320, height: 256 });
  assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 320);
  await page.goto(`http://127.0.0.1:${server.httpPort}/console/nothing`);
  await page.getByRole('heading', { level: 1, name: 'There is no such page here.' }).waitFor();
  await page.goto(`http://127.0.0.1:${server.httpPort}/console/calls/99999999999999999999`);
  await page.getByRole('heading', { level: 1, name: /no such call/i }).waitFor();
  await page.getByRole('link', { name: 'All calls' }).waitFor();
});
