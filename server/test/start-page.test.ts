import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
// @ts-expect-error: a script without types
import { ensureWeb } from '../../scripts/build-web.mjs';
import { needs } from './peers/installed.ts';
import { PartylineServer } from './peers/partyline.ts';
import { accessible, heard, keepPeers, screenshots, Visitors } from './peers/visitors.ts';
import { waitFor } from './peers/wait.ts';

/** The start page as somebody sees it who has just started the server: the three doors, with the carrier in the box. */

const skip = needs('chromium');
let server: PartylineServer;
let visitors: Visitors;
let page: Page;

before(async () => {
  if (skip !== false) return;
  await ensureWeb();
  server = await PartylineServer.start({ config: { organizations: undefined, sandbox: 'on' } });
  visitors = await Visitors.start(`http://127.0.0.1:${server.httpPort}`);
});

after(async () => {
  await visitors?.stop();
  await server?.stop();
});

const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
const line = (name: string) => page.locator('.lines-in li', { hasText: name });

/**
 * What a first load keeps the page's thread busy until the doors can be used, ms, 4 times throttled: of that thread
 * alone, as what other programs take of this machine is not the page's.
 */
async function firstLoad(): Promise<number> {
  const slow = await visitors.open('/healthz');
  const chromium = await slow.context().newCDPSession(slow);
  await chromium.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  await chromium.send('Performance.enable', { timeDomain: 'threadTicks' });
  const worked = async () => {
    const { metrics } = await chromium.send('Performance.getMetrics');
    return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1000;
  };
  const before = await worked();
  await slow.goto(`http://127.0.0.1:${server.httpPort}/`);
  // On the same thread, so as cheap as can be.
  await waitFor(() => slow.evaluate('document.querySelector(".door button") !== null'), 60_000, 'the doors');
  // Where the page got a process of its own, that began to count anew.
  const after = await worked();
  await slow.context().close();
  return after < before ? after : after - before;
}

test('is small, and quick on a slow processor', { skip }, async () => {
  const html = await (await server.request('/')).text();
  const scripts = new Set([...html.matchAll(/(?:src|href)="(\/pages\/[^"]+\.js)"/g)].map(([, file]) => file ?? ''));
  let bytes = 0;
  for (const script of scripts) bytes += gzipSync(await (await server.request(script)).text()).length;
  assert.ok(bytes <= 150 * 1024, `${bytes} bytes of script, gzipped`);

  const times = [await firstLoad(), await firstLoad(), await firstLoad()];
  const best = Math.round(Math.min(...times));
  console.log(`start page: ${bytes} bytes of script (gzip); ${best} ms of its thread, 4 times throttled (best of 3)`);
  assert.ok(best <= 1500, `${times.join(', ')} ms`);
});

test('a visitor joins, hears a number that was rung in, and is told why another is not there', { skip }, async () => {
  page = await visitors.open('/', {}, keepPeers);
  await page.getByRole('button', { name: 'Join the conference' }).waitFor();
  await accessible(page, 'start');
  await screenshots(page, 'start');
  await press('Join the conference');
  await line('Visitor (you)').waitFor();
  // Its fake microphone beeps.
  await line('Visitor (you)').getByText('talks').waitFor();

  await press('Ring it');
  await line('2025550101').getByText('here').or(line('2025550101').getByText('talks')).waitFor();
  const before = await heard(page);
  await waitFor(async () => (await heard(page)) > before + 0.001, 20_000, 'the number that speaks');
  await page.getByLabel('Number', { exact: true }).selectOption({ value: '2025550130' });
  await press('Ring another');
  // In what happened, and beside the button.
  const why = page.getByText('2025550130 was not reached: it is busy (SIP 486).');
  await waitFor(async () => (await why.count()) === 2, 20_000, 'why it was not reached');
  await page.getByText('The request').nth(1).click();
  const request = page.getByRole('region', { name: 'Ring it' });
  assert.match((await request.textContent()) ?? '', /Bearer \$TOKEN/, 'nobody is shown a token who is not signed in');
  await accessible(page, 'start-joined');
});

test('the page calls a customer as an agent, consults and merges, and shows what is told', { skip }, async () => {
  await press('Call the customer');
  await line('2025550101').last().getByText('talking').waitFor();
  await press('Consult the colleague');
  await page.getByRole('button', { name: 'Merge into one conference' }).waitFor();
  const told = page.getByRole('region', { name: 'Notifications' });
  await told
    .getByText(/StatusChange Held Outbound/)
    .first()
    .waitFor();
  await press('Merge into one conference');
  await page.getByText('All three are in one conference.').waitFor();
  await told
    .getByText(/ParticipantsUpdated Established/)
    .first()
    .waitFor();
  await line('2025550110 + 2025550101').or(line('2025550101 + 2025550110')).waitFor();
  const before = await heard(page);
  await waitFor(async () => (await heard(page)) > before + 0.001, 20_000, 'the merged conference');
  await accessible(page, 'start-merged');
  await screenshots(page, 'start-live');
  await press('Hang up');
  await page.getByRole('button', { name: 'Call the customer' }).waitFor();
  await press('Leave');
  await page.getByText('Nobody is in it yet').waitFor();
  await page.context().close();
});

test('without a microphone it speaks with a synthetic voice; from elsewhere it explains and leads on', {
  skip,
}, async () => {
  const deaf = "Object.defineProperty(navigator, 'mediaDevices', { value: undefined })";
  page = await visitors.open('/', { locale: 'de-DE' }, deaf);
  await press('In die Konferenz gehen');
  await page.getByText('Sie sprechen mit künstlicher Stimme. Hier ließ sich kein Mikrofon öffnen.').waitFor();
  await line('Visitor (Sie)').getByText('spricht').waitFor();
  await page.context().close();

  const refused = `navigator.mediaDevices.getUserMedia = () =>
    Promise.reject(new DOMException('Permission denied', 'NotAllowedError'))`;
  page = await visitors.open('/', {}, refused);
  await press('Join the conference');
  await page.getByText('The microphone is blocked for this page: allow it in the address bar').waitFor();
  await accessible(page, 'start-microphone-refused');
  await press('Leave');
  await press('Join with a synthetic voice');
  await page.getByText('You speak with a synthetic voice.').waitFor();
  assert.equal(await page.getByText('The microphone is blocked').count(), 0);
  await page.context().close();

  const far = await visitors.open('/', { extraHTTPHeaders: { 'x-forwarded-for': '203.0.113.7' } });
  await far.getByText('There is nothing to try here without a sign-in').waitFor();
  await far.getByText('open it there as localhost').waitFor();
  await accessible(far, 'start-elsewhere');
  await screenshots(far, 'start-elsewhere');
  assert.equal(await far.getByRole('link', { name: 'Agent desktop' }).last().getAttribute('href'), '/agent');
  await far.context().close();
  assert.deepEqual(visitors.errors, []);
});

test('a signed-in administrator sees the token in the request, and nobody else does', { skip }, async () => {
  const [, password = ''] = /admin@example\.test\s+password (\S+)/.exec(server.output) ?? [];
  page = await visitors.open('/');
  const body = JSON.stringify({ login: 'admin@example.test', password });
  const headers = { 'content-type': 'application/json' };
  const answer = await page.evaluate(
    ([given, type]) =>
      fetch('/admin/v1/session', { method: 'POST', headers: type, body: given }).then((one) => one.status),
    [body, headers] as const,
  );
  assert.equal(answer, 200);
  await page.reload();
  await press('Ring it');
  await page.getByText('The request').nth(1).click();
  await page
    .getByRole('region', { name: 'Ring it' })
    .getByText(/Bearer [\w-]{43}/)
    .waitFor();
  await page.context().close();
});

test('after the server was killed and started anew nobody is shown in calls that are over, and all doors work again', {
  skip,
}, async () => {
  page = await visitors.open('/');
  await press('Join the conference');
  await line('Visitor (you)').getByText('talks').waitFor();
  await press('Call the customer');
  await line('2025550101').getByText('talking').waitFor();
  await server.kill9();
  await page.getByText('The server cannot be reached. Trying again').waitFor();
  await page.getByText('Running on this machine').waitFor({ state: 'hidden' });
  await server.restart();
  await page.getByText('The agent’s session is over').waitFor();
  await page.getByText('No call yet').waitFor();
  await accessible(page, 'start-after-restart');
  // Who joined is there again by itself; the agent calls anew, and numbers are rung with what holds now.
  await line('Visitor (you)').getByText('talks').waitFor();
  await press('Call the customer');
  await line('2025550101').getByText('talking').waitFor();
  assert.equal(await page.getByText('The agent’s session is over').count(), 0);
  await press('Ring it');
  await line('2025550101').getByText('here').or(line('2025550101').getByText('talks')).first().waitFor();
  assert.deepEqual(visitors.errors, []);
  await page.context().close();
});
