import { after, before } from 'node:test';
import type { Page } from 'playwright-core';
// @ts-expect-error: a script without types
import { ensureSdk } from '../../../scripts/build-sdk.mjs';
import { Phone } from './baresip.ts';
import { Browser } from './browser.ts';
import { needs } from './installed.ts';
import { application } from './library-application.ts';
import { PartylineServer, sipPassword } from './partyline.ts';
import { keepPeers } from './visitors.ts';
import { waitFor } from './wait.ts';

/** The browser library in real browsers: calls of a user's extension, doors of conferences, and what can go wrong. */

export const skip = needs('chromium') || needs('baresip');

// Neither sums nor differences of these are one of them.
export const tones = { one: 1530, other: 1990, phone: 700, agent: 1100 };

export let server: PartylineServer;

export let phone: Phone;

export let agent: Phone;

export let one: Browser;

export let other: Browser;

export const base = () => `http://127.0.0.1:${server.httpPort}`;

// biome-ignore lint/suspicious/noExplicitAny: what runs in the page has other globals
export type InPage = any;

before(async () => {
  if (skip !== false) return;
  await ensureSdk();
  server = await PartylineServer.start();
  const options = { password: sipPassword, server: server.sipAddress };
  phone = await Phone.start({ ...options, user: '103', tone: tones.phone });
  agent = await Phone.start({ ...options, user: '113', tone: tones.agent });
  const library = `<script src="${base()}/sdk/AvayaClientServices.min.js"></script>`;
  const page = `<!doctype html><title>An application</title><script>${keepPeers}</script>${library}<script>${application}</script>`;
  one = await Browser.start({ page, tone: tones.one });
  other = await Browser.start({ page, tone: tones.other });
  await Promise.all([phone.registered(), agent.registered()]);
});

after(async () => {
  await Promise.all([one?.stop(), other?.stop(), phone?.stop(), agent?.stop()]);
  await server?.stop();
});

export async function hasTold(page: Page, what: string): Promise<string | null> {
  const find = async () =>
    (await page.evaluate((name) => (globalThis as InPage).told.find(([told]: [string]) => told === name), what)) as
      | [string, string | null]
      | undefined;
  let all = '';
  const said = async () => {
    const found = await find();
    if (found === undefined) all = JSON.stringify(await page.evaluate(() => (globalThis as InPage).told));
    return found;
  };
  const [, more] = await waitFor(said, 10_000, () => `the page to be told ${what}, and not ${all}`);
  return more;
}

export const forget = (page: Page) => page.evaluate(() => (globalThis as InPage).told.splice(0));

/** Somebody in a conference from a page of its own. */
export async function inMeeting(browser: Browser, conference: string, name: string, passcode = ''): Promise<Page> {
  const { page } = await browser.open();
  await page.evaluate(
    ([gateway, ...given]) => {
      const window = globalThis as InPage;
      const { Config } = window.AvayaClientServices;
      const configuration = new Config.UserConfiguration();
      const { hostname, port } = new URL(gateway!);
      const server = new Config.ServerInfo(hostname, Number(port), false);
      configuration.sgConfiguration.networkProviderConfiguration = { restConfig: server };
      window.begin(configuration);
      window.meet(...given);
    },
    [base(), conference, name, passcode],
  );
  await hasTold(page, 'Established');
  return page;
}
