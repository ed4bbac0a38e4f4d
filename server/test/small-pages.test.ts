import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
// @ts-expect-error: a script without types
import { ensureWeb } from '../../scripts/build-web.mjs';
import { needs } from './peers/installed.ts';
import { PartylineServer } from './peers/partyline.ts';
import { accessible, screenshots, Visitors } from './peers/visitors.ts';

/** The pages without anything to do on them: the numbers of the sandbox, and where there is nothing. */

const skip = needs('chromium');
let server: PartylineServer;
let visitors: Visitors;
/** Asks as browsers do for what somebody wants to see. */
const asBrowser = (path: string) =>
  fetch(`http://127.0.0.1:${server.httpPort}${path}`, {
    headers: { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' },
  });

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

test('the numbers of the sandbox are told in English and German, and to programs as JSON', { skip }, async () => {
  const { numbers, uri, example } = (await (await server.request('/sandbox')).json()) as {
    numbers: { number: string; does: string }[];
    uri: string;
    example: { path: string; body: string };
  };
  const page = await visitors.open('/sandbox');
  await page.getByText(uri).waitFor();
  for (const { number, does } of numbers) {
    await page.getByRole('row', { name: `${number} ${does}` }).waitFor();
  }
  const [given] = JSON.parse(example.body).phoneCallView[0].destination;
  assert.ok(numbers.some(({ number }) => number === given));
  await page.getByText(example.path).waitFor();
  await accessible(page, 'sandbox-page');
  await screenshots(page, 'sandbox');
  await page.getByRole('button', { name: 'Deutsch' }).click();
  await page.getByRole('heading', { level: 1, name: 'Nummern der Sandbox' }).waitFor();
  // Each is told in German: no row is left as the server says it.
  for (const { does } of numbers) assert.equal(await page.getByText(does, { exact: true }).count(), 0, does);
  assert.deepEqual(visitors.errors, []);
  await visitors.leave();
});

test('the page of numbers says when the carrier does not run, and when the server does not say', { skip }, async () => {
  const other = await PartylineServer.start({ config: { sandbox: 'off' } });
  try {
    const page = await visitors.open('/healthz');
    await page.goto(`http://127.0.0.1:${other.httpPort}/sandbox`);
    await page.getByText('The carrier in the box does not run here').waitFor();
    await accessible(page, 'sandbox-page-off');
  } finally {
    await other.stop();
  }
  const page = await visitors.open('/');
  let refuse = true;
  await page.route('**/sandbox', (route) =>
    refuse && route.request().headers()['accept'] === 'application/json' ? route.abort() : route.continue(),
  );
  await page.goto(`http://127.0.0.1:${server.httpPort}/sandbox`);
  await page.getByText('The server did not say which numbers there are.').waitFor();
  await accessible(page, 'sandbox-page-failed');
  refuse = false;
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByText('2025550130').waitFor();
  await visitors.leave();
});

test('where there is nothing people are told so, and shown where to go on', { skip }, async () => {
  const page = await visitors.open('/no/such<b>thing');
  await page.getByRole('heading', { level: 1, name: 'There is nothing at this address' }).waitFor();
  await page.getByText('/no/such%3Cb%3Ething').waitFor();
  await accessible(page, 'nowhere');
  await screenshots(page, 'nowhere');
  await page.getByRole('button', { name: 'Deutsch' }).click();
  await page.getByRole('heading', { level: 1, name: 'Unter dieser Adresse ist nichts' }).waitFor();
  const ways = await page.locator('.ways a').evaluateAll((all) => all.map((one) => one.getAttribute('href')));
  for (const way of ways) {
    // The guide says how it is made, where it is not.
    const { status } = await asBrowser(String(way));
    assert.ok(status === 200 || (way === '/docs/guide/' && status === 503), `${way}: ${status}`);
  }
  assert.deepEqual(visitors.errors, []);
  // Interfaces answer as ever.
  for (const path of ['/uapi/none', '/api/v2/none', '/ups/none', '/oauth/none', '/admin/v1/none', '/whip/none']) {
    const answer = await asBrowser(path);
    assert.match(answer.headers.get('content-type') ?? '', /json/, path);
  }
  await visitors.leave();
});
