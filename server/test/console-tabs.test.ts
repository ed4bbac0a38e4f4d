import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
// @ts-expect-error: a script without types
import { ensureWeb } from '../../scripts/build-web.mjs';
import { needs } from './peers/installed.ts';
import { administrator, PartylineServer, testOrganization } from './peers/partyline.ts';
import { accessible, Visitors } from './peers/visitors.ts';
import { waitFor } from './peers/wait.ts';

/** The console in several tabs of one browser, behind a proxy, and left while the server is away. */

const skip = needs('chromium');
const other = { login: 'second@example.test', password: 'battery-staple' };
const away = 'The server cannot be reached. Trying again';
let server: PartylineServer;
let visitors: Visitors;

before(async () => {
  if (skip !== false) return;
  await ensureWeb();
  const organization = structuredClone(testOrganization) as { users: object[] };
  organization.users.push({ id: 14, ...other, firstName: 'Second', lastName: 'One', roles: ['administrator'] });
  server = await PartylineServer.start({ config: { organizations: [organization] } });
  visitors = await Visitors.start(`http://127.0.0.1:${server.httpPort}`);
});

after(async () => {
  await visitors?.stop();
  await server?.stop();
});

async function signIn(page: Page, { login, password }: { login: string; password: string }): Promise<void> {
  await page.getByLabel('Login', { exact: true }).fill(login);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** Another tab of the browser of this one. */
async function tabBeside(page: Page, path: string): Promise<Page> {
  const tab = await page.context().newPage();
  await tab.goto(`http://127.0.0.1:${server.httpPort}${path}`);
  return tab;
}

/** A login of the directory. */
async function add(page: Page, login: string): Promise<void> {
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  const record = page.getByRole('dialog', { name: 'Add: Users' });
  await record.getByLabel('login').fill(login);
  await record.getByLabel('roles').fill('agent');
  await record.getByLabel('Number of the record id').fill(String(70 + login.length));
  await record.getByLabel('password').fill('kim-kim-kim-kim');
  await record.getByRole('button', { name: 'Save' }).click();
}

test('who signs in anew in one tab goes on in the other too; who is somebody else is shown so, and changes nothing', {
  skip,
}, async () => {
  const one = await visitors.open('/console');
  await signIn(one, administrator);
  await one.getByRole('heading', { name: 'Overview' }).waitFor();
  const two = await tabBeside(one, '/console/directory');
  await two.getByRole('button', { name: 'Add', exact: true }).waitFor();

  await one.context().clearCookies();
  await one.reload();
  await signIn(one, administrator);
  await one.getByRole('heading', { name: 'Overview' }).waitFor();
  await add(two, 'kim@example.test');
  await two.getByRole('button', { name: 'Change: kim@example.test' }).waitFor();

  await one.getByRole('button', { name: 'Sign out' }).click();
  await signIn(one, other);
  await one.getByTitle('Signed in as Second One').waitFor();
  await add(two, 'lee-lee@example.test');
  await two.getByTitle('Signed in as Second One').waitFor();
  assert.equal(await two.getByRole('button', { name: 'Change: lee-lee@example.test' }).count(), 0);
  // With the token of a session before that no button would end this one.
  await two.getByRole('button', { name: 'Sign out' }).click();
  await two.getByRole('heading', { name: 'Console' }).waitFor();
  await one.reload();
  await one.getByRole('heading', { name: 'Console' }).waitFor();
  await visitors.leave();
});

test('a login written from right to left stands alone in the question whether it is to go', { skip }, async () => {
  const page = await visitors.open('/console/directory');
  await signIn(page, administrator);
  await add(page, 'مريم');
  await page.getByRole('button', { name: 'Remove: مريم' }).click();
  assert.match((await page.getByRole('dialog').textContent()) ?? '', /\u2068مريم\u2069/);
  await visitors.leave();
});

test('who signs out while the server is away is still signed in, and told so; at the agent desktop too', {
  skip,
}, async () => {
  for (const [path, asked] of [
    ['/console', '**/admin/v1/session'],
    ['/agent', '**/api/v2/me'],
  ] as const) {
    const page = await visitors.open(path);
    await signIn(page, administrator);
    const out = page.getByRole('button', { name: 'Sign out' });
    await out.waitFor();
    await page.route(asked, (route) => (route.request().method() === 'GET' ? route.continue() : route.abort()));
    await out.click();
    await page.getByText('so you are still signed in').waitFor();
    await accessible(page, `still-signed-in${path.replace('/', '-')}`);
    await page.unroute(asked);
    await out.click();
    await page.getByLabel('Password', { exact: true }).waitFor();
    await page.reload();
    await page.getByLabel('Password', { exact: true }).waitFor();
    await visitors.leave();
  }
});

test('a proxy that answers for a server that is away is not taken for it, and what was live is so again', {
  skip,
}, async () => {
  const page = await visitors.open('/console');
  await signIn(page, administrator);
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  let gone = true;
  let streams = 0;
  await page.route(/\/(admin|healthz)/, (route) => {
    if (route.request().url().includes('/stream')) streams++;
    return gone ? route.fulfill({ status: 502, contentType: 'text/html', body: 'Bad Gateway' }) : route.continue();
  });
  await page.reload();
  await page.getByText(away).waitFor();
  assert.equal(await page.getByLabel('Password').count(), 0, 'nobody is asked for a sign-in that is still good');
  gone = false;
  await page.getByRole('heading', { name: 'Overview' }).waitFor();

  await page.getByRole('link', { name: 'Live conferences' }).first().click();
  await page.getByText('No conference is running').waitFor();
  await waitFor(() => streams === 1, 20_000, 'the stream');
  gone = true;
  await page.evaluate("window.dispatchEvent(new Event('offline'))");
  await page.getByText(away).waitFor();
  await page.getByRole('link', { name: 'Overview' }).click();
  await page.getByRole('link', { name: 'Live conferences' }).first().click();
  await waitFor(() => streams > 1, 20_000, 'the stream that is refused');
  const refused = streams;
  gone = false;
  await page.getByText(away).waitFor({ state: 'detached' });
  await waitFor(() => streams > refused, 20_000, 'the stream begins again');
  assert.deepEqual(visitors.errors, []);
});
