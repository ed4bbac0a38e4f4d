import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
// @ts-expect-error: a script without types
import { ensureWeb } from '../../scripts/build-web.mjs';
import { needs } from './peers/installed.ts';
import { administrator, PartylineServer } from './peers/partyline.ts';
import { accessible, screenshots, Visitors } from './peers/visitors.ts';

/** The console's page of the carrier in the box: numbers are rung from it, and what became of them is seen. */

const skip = needs('chromium');
let server: PartylineServer;
let visitors: Visitors;
let page: Page;

before(async () => {
  if (skip !== false) return;
  await ensureWeb();
  server = await PartylineServer.start({ config: { sandbox: 'on' } });
  visitors = await Visitors.start(`http://127.0.0.1:${server.httpPort}`);
});

after(async () => {
  await visitors?.stop();
  await server?.stop();
});

/** All at once: one that is clicked by itself may have gone by then. */
const closeToasts = "for (const close of document.querySelectorAll('.toasts button')) close.click()";
const told = (text: string | RegExp) => page.getByText(text).first().waitFor();

test('numbers of the sandbox are rung into a conference, misbehave, and the call says why', { skip }, async () => {
  page = await visitors.open('/console/sandbox');
  await page.getByLabel('Login').fill(administrator.login);
  await page.getByLabel('Password').fill(administrator.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByLabel('Conference', { exact: true }).selectOption('201*1');
  await told(/is busy \(486\)/);
  await accessible(page, 'sandbox');
  await page.getByRole('button', { name: 'Deutsch' }).click();
  await told(/ist besetzt \(486\)/);
  await page.getByRole('button', { name: 'English' }).click();
  await page.getByRole('button', { name: 'Ring: 2025550101' }).click();
  await told('Open (201*1)');
  await told('Running');
  await page.getByRole('link', { name: 'Sandbox' }).click();
  await page.getByLabel('Conference', { exact: true }).selectOption('201*1');
  await page.getByRole('button', { name: 'Ring: 2025550130' }).click();
  await told(/2025550130 was busy/);
  await page.getByRole('tab', { name: 'Participants' }).click();
  await page.evaluate(closeToasts);
  await page.locator('.toast').first().waitFor({ state: 'detached' });
  await screenshots(page, 'console-call');
  await accessible(page, 'sandbox-busy');
  await page.getByRole('link', { name: 'Calls', exact: true }).click();
  await told('Running now');
  await accessible(page, 'calls-running');
  await page.getByRole('link', { name: 'Sandbox' }).click();
  await page.getByLabel(/^Any number/).fill('5');
  await page.getByRole('button', { name: 'Ring', exact: true }).first().click();
  await told(/This number cannot be called/);
  await page.getByLabel(/^Any number/).fill('2025550131');
  await page.getByRole('button', { name: 'Ring', exact: true }).first().click();
  await told('2025550131 rings');
  await page.getByRole('link', { name: 'Live conferences' }).click();
  await page.getByRole('listitem').filter({ hasText: '2025550131' }).getByText('rings').waitFor();
  await page.evaluate(closeToasts);
  await screenshots(page, 'console-live');
  await accessible(page, 'live-ringing');
  await page.getByRole('region', { name: 'Open (201*1)' }).getByRole('button', { name: 'End conference' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'End conference' }).click();
  await told('No conference is running');
  assert.deepEqual(visitors.errors, []);
});
