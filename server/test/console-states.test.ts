import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
// @ts-expect-error: a script without types
import { ensureWeb } from '../../scripts/build-web.mjs';
import { needs } from './peers/installed.ts';
import { PartylineServer } from './peers/partyline.ts';
import { accessible, Visitors } from './peers/visitors.ts';

/** The console where there is nothing yet, where one is signed out, and where the server is away; in both languages. */

const skip = needs('chromium');
let server: PartylineServer;
let visitors: Visitors;
let page: Page;
let password = '';

before(async () => {
  if (skip !== false) return;
  await ensureWeb();
  server = await PartylineServer.start({ config: { organizations: undefined, sandbox: 'on' } });
  password = /admin@example\.test\s+password (\S+)/.exec(server.output)?.[1] ?? '';
  visitors = await Visitors.start(`http://127.0.0.1:${server.httpPort}`);
});

after(async () => {
  await visitors?.stop();
  await server?.stop();
});

const told = (text: string | RegExp) => page.getByText(text).first().waitFor();
const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
const go = (name: string) =>
  page
    .getByRole('navigation', { name: /Sections|Bereiche/ })
    .getByRole('link', { name, exact: true })
    .click();

async function signIn(given: string): Promise<void> {
  await page.getByLabel('Login', { exact: true }).fill('admin@example.test');
  await page.getByLabel('Password', { exact: true }).fill(given);
  await press('Sign in');
}

test('signing in: where a login comes from, and what was wrong', { skip }, async () => {
  page = await visitors.open('/console');
  await told('The first start printed one.');
  await accessible(page, 'console-sign-in');
  await signIn('wrong');
  await told('This login and password do not belong together.');
  await accessible(page, 'console-sign-in-wrong');
  await signIn(password);
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
});

test('where there is nothing yet each section says so and which way leads on, in English and in German', {
  skip,
}, async () => {
  const sections: readonly (readonly [en: string, de: string, said: string, gesagt: string])[] = [
    ['Overview', 'Überblick', 'No call has ended yet', 'Noch ist kein Gespräch beendet'],
    ['Live conferences', 'Laufende Konferenzen', 'No conference is running', 'Keine Konferenz läuft'],
    ['Calls', 'Anrufe', 'Nothing was refused', 'Nichts wurde abgelehnt'],
    ['Recordings', 'Aufnahmen', 'Nothing was recorded', 'Noch wurde nichts aufgenommen'],
    ['Phones and bans', 'Telefone und Sperren', 'No phone is registered', 'Kein Telefon ist angemeldet'],
    ['Webhooks', 'Webhooks', 'No webhook was sent yet', 'Noch wurde kein Webhook gesendet'],
    ['Sandbox', 'Sandbox', 'is busy (486)', 'ist besetzt (486)'],
  ];
  for (const [title, , said] of sections) {
    await go(title);
    await told(said);
    await accessible(page, `console-none-${title.toLowerCase().replaceAll(' ', '-')}`);
  }
  await go('Calls');
  await told('No call has ended yet');
  await page.getByLabel('Number or name').fill('1');
  await press('Search');
  await told('No calls found');
  await page.getByLabel('Open a call by any id').fill('12345678901234567890');
  await press('Open');
  await told('There is no such call.');
  await accessible(page, 'console-no-call');
  await press('Deutsch');
  for (const [, title, , said] of sections) {
    await go(title);
    await told(said);
    // The words with the longest names have to have their place too.
    if (/Überblick|Anrufe|Telefone/.test(title)) await accessible(page, `console-none-${title.slice(0, 3)}-de`);
  }
  await press('English');
  await page.goto(`http://127.0.0.1:${server.httpPort}/console/nothing`);
  await told('There is no such page here.');
  await accessible(page, 'console-nowhere');
});

test('a sign-in that expires is asked for in front of what was typed, which is kept; who closes it starts anew', {
  skip,
}, async () => {
  await go('Overview');
  await go('Directory');
  await press('Add');
  const record = page.getByRole('dialog', { name: 'Add: Users' });
  await record.getByLabel('login').fill('kim@example.test');
  await record.getByLabel('roles').fill('agent');
  await accessible(page, 'console-add');
  await page.context().clearCookies();
  await record.getByRole('button', { name: 'Save' }).click();
  await told('Your sign-in has expired');
  await accessible(page, 'console-expired');
  await signIn(password);
  await page.getByRole('dialog', { name: 'Console' }).waitFor({ state: 'detached' });
  assert.equal(await record.getByLabel('login').inputValue(), 'kim@example.test');
  await record.getByLabel('Number of the record id').fill('77');
  await record.getByLabel('password').fill('kim-kim-kim-kim');
  await record.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'Change: kim@example.test' }).waitFor();
  await page.getByRole('button', { name: 'Remove: kim@example.test' }).click();
  await accessible(page, 'console-remove');
  await page.keyboard.press('Escape');

  await page.context().clearCookies();
  await go('Webhooks');
  await page.getByRole('dialog', { name: 'Console' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('heading', { name: 'Console' }).waitFor();
  await told('Your sign-in has expired');
  assert.equal(await page.getByText('Webhooks').count(), 0, 'nothing of what was shown');
  await signIn(password);
  await page.getByRole('heading', { name: 'Webhooks' }).waitFor();
});

test('a server that is away is said, and what is shown comes back with it', { skip }, async () => {
  await go('Live conferences');
  await told('No conference is running');
  await server.kill9();
  await told('The server cannot be reached. Trying again');
  await accessible(page, 'console-away');
  await server.restart();
  // Sessions are in memory: the new server asks for the sign-in again.
  await told('Your sign-in has expired');
  await signIn(password);
  await page.getByText('The server cannot be reached').waitFor({ state: 'detached' });
  await told('No conference is running');
  assert.deepEqual(visitors.errors, []);
});
