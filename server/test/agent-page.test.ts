import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Page } from 'playwright-core';
// @ts-expect-error: a script without types
import { ensureWeb } from '../../scripts/build-web.mjs';
import { agentPassword, browserAgent, withAgents } from './peers/browser-agents.ts';
import { needs } from './peers/installed.ts';
import { PartylineServer } from './peers/partyline.ts';
import { accessible, heard, keepPeers, packetsTo, screenshots, Visitors } from './peers/visitors.ts';
import { waitFor } from './peers/wait.ts';

/** The agent desktop: three agents, each in a browser that is their phone, and a supervisor. */

const skip = needs('chromium');
let server: PartylineServer;
let visitors: Visitors;
let ann: Page;
let ben: Page;
let cleo: Page;

before(async () => {
  if (skip !== false) return;
  await ensureWeb();
  const organization = withAgents(
    browserAgent(31, 'ann', '131'),
    browserAgent(32, 'ben', '132'),
    browserAgent(33, 'cleo', '133', ['agent', 'supervisor']),
  );
  server = await PartylineServer.start({ config: { organizations: [organization], sandbox: 'on' } });
  visitors = await Visitors.start(`http://127.0.0.1:${server.httpPort}`);
});

after(async () => {
  await visitors?.stop();
  await server?.stop();
});

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
const call = (page: Page, party: string) => page.getByRole('article', { name: party });
const inState = (page: Page, party: string, state: string) =>
  page.locator(`article[data-state="${state}"]`, { hasText: party }).first().waitFor();

async function signIn(page: Page, login: string, password = agentPassword): Promise<void> {
  await page.getByLabel('Login').fill(login);
  await page.getByLabel('Password').fill(password);
  await press(page, 'Sign in');
}

/** An agent who is signed in, with the browser as the phone. */
async function atWork(login: string, number: string): Promise<Page> {
  const page = await visitors.open('/agent', {}, keepPeers);
  await signIn(page, login);
  await press(page, 'Use this browser as the phone');
  await page.getByText(`This browser is phone ${number}`).waitFor();
  await page.getByText('Connected', { exact: true }).waitFor();
  return page;
}

/** The three at their desks, whichever test is the first. */
async function everybody(): Promise<void> {
  ann ??= await atWork('ann', '131');
  ben ??= await atWork('ben', '132');
  cleo ??= await atWork('cleo', '133');
}

async function dial(page: Page, number: string): Promise<void> {
  await page.getByLabel('Number', { exact: true }).fill(number);
  await press(page, 'Dial');
}

/** The buttons of a call are what the server says may be asked of it, nothing more and nothing less. */
async function buttonsAreCapabilities(page: Page): Promise<void> {
  const shown = () =>
    page.evaluate(
      `[...document.querySelectorAll('article.call')].map((card) => [card.dataset.call, [...card.querySelectorAll('[data-operation]')].map(({ dataset }) => dataset.operation).sort()])`,
    );
  const told = () =>
    page.evaluate(
      `fetch('/api/v2/me?subresources=calls').then((answer) => answer.json()).then(({ user }) => user.calls.map(({ id, capabilities }) => [id, [...capabilities].sort()]))`,
    );
  const sorted = (rows: unknown) => JSON.stringify((rows as [string, string[]][]).toSorted());
  await waitFor(async () => sorted(await shown()) === sorted(await told()), 20_000, 'the same buttons as capabilities');
}

async function hears(page: Page): Promise<void> {
  const before = await heard(page);
  await waitFor(async () => (await heard(page)) > before + 0.001, 20_000, 'sound');
}

test('signing in: what is missing or wrong is said; who is no agent of this server stays out', { skip }, async () => {
  const page = await visitors.open('/agent');
  await page.getByRole('heading', { name: 'Agent desktop' }).waitFor();
  await accessible(page, 'agent-sign-in');
  await screenshots(page, 'agent-sign-in');
  await press(page, 'Sign in');
  await page.getByText('Enter your login.').waitFor();
  await signIn(page, 'ann', 'wrong');
  await page.getByText('This login and password do not belong together.').waitFor();
  await accessible(page, 'agent-wrong');
  assert.equal(await page.getByLabel('Login').inputValue(), 'ann');
  await page.context().close();
});

test('three agents merge: dial, hold, retrieve, consult, swap, complete, by mouse and by keys', { skip }, async () => {
  await everybody();
  await accessible(ann, 'agent-idle');
  // Busy: the call is gone at once, and it is said why.
  await dial(ann, '2025550130');
  await ann.getByRole('alert').getByText("Device '2025550130' was not reached: it is busy.").waitFor();
  await accessible(ann, 'agent-not-reached');
  await ann.getByRole('alert').getByRole('button', { name: 'Close' }).click();
  await dial(ann, '132');
  await inState(ben, '131', 'Ringing');
  await buttonsAreCapabilities(ben);
  await inState(ann, '132', 'Dialing');
  await call(ann, '132').getByRole('button', { name: 'Digits' }).waitFor();
  await accessible(ben, 'agent-ringing');
  await ben.keyboard.press('Alt+a');
  await inState(ann, '132', 'Established');
  await hears(ann);
  await hears(ben);
  await buttonsAreCapabilities(ann);
  await ann.keyboard.press('Alt+h');
  await inState(ann, '132', 'Held');
  await ann.keyboard.press('Alt+h');
  await inState(ann, '132', 'Established');

  await call(ann, '132').getByRole('button', { name: 'Attach data' }).click();
  const form = ann.getByRole('form', { name: 'Attach data' });
  await form.getByLabel('Key').fill('order');
  await form.getByLabel('Value').fill('<b>17</b>');
  await form.getByRole('button', { name: 'Attach data' }).click();
  await call(ben, '131').getByText('<b>17</b>').waitFor();

  await ann.keyboard.press('Alt+c');
  await ann.getByRole('form', { name: 'Consult for a conference' }).getByLabel('Number').fill('133');
  await ann.keyboard.press('Enter');
  await inState(cleo, '131', 'Ringing');
  await call(cleo, '131').getByRole('button', { name: 'Answer' }).click();
  await inState(ann, '133', 'Established');
  await inState(ann, '132', 'Held');
  await buttonsAreCapabilities(ann);
  await accessible(ann, 'agent-consulting');
  await screenshots(ann, 'agent-consulting');
  await ann.keyboard.press('Alt+s');
  await inState(ann, '132', 'Established');
  await inState(ann, '133', 'Held');
  await ann.keyboard.press('Alt+j');
  await waitFor(async () => (await ann.getByRole('article').count()) === 1, 20_000, 'one call');
  for (const page of [ann, ben, cleo]) {
    await waitFor(async () => (await page.getByRole('article').count()) === 1, 20_000, 'one call each');
    await hears(page);
    await buttonsAreCapabilities(page);
  }
  await ann
    .getByRole('region', { name: 'Notifications' })
    .getByText(/ParticipantsUpdated Established/)
    .first()
    .waitFor();
  await accessible(ann, 'agent-conference');
  await screenshots(ann, 'agent-conference');

  await ann.getByRole('button', { name: 'Remove a participant' }).click();
  const remove = ann.getByRole('form', { name: 'Remove a participant' });
  await remove.getByLabel('Participant').selectOption('133');
  await remove.getByRole('button', { name: 'Remove a participant' }).click();
  await cleo.getByText('No calls').waitFor();
  await accessible(cleo, 'agent-removed');
});

test('an agent whose page is loaded again is the same phone in the same call, and both hear on', { skip }, async () => {
  await everybody();
  for (const page of [ann, ben]) {
    const none = async () => {
      if (await page.getByText('No calls').isVisible()) return true;
      // It may end meanwhile, as another hung up.
      const hangUp = page.getByRole('article').first().getByRole('button', { name: 'Hang up' });
      await hangUp.click({ timeout: 1000 }).catch(() => {});
      return false;
    };
    await waitFor(none, 60_000, 'no calls');
  }
  await dial(ann, '132');
  await call(ben, '131').getByRole('button', { name: 'Answer' }).click();
  await inState(ann, '132', 'Established');
  const before = await ann.locator('article.call').getAttribute('data-call');
  for (const page of [ann, ben]) {
    await page.reload();
    await page.getByText(/^This browser is phone/).waitFor();
    await page.locator('article[data-state="Established"]').waitFor();
    await hears(ann);
    await hears(ben);
  }
  assert.equal(await ann.locator('article.call').getAttribute('data-call'), before);
  await ann.keyboard.press('Alt+e');
  await ann.getByText('No calls').waitFor();
  await ben.getByText('No calls').waitFor();
});

test('a supervisor listens to an agent, barges in, and stops', { skip }, async () => {
  // Who supervises is called into what begins from then on.
  await ann.keyboard.press('Alt+e');
  await ann.getByText('No calls').waitFor();
  await ben.getByText('No calls').waitFor();
  await cleo.getByRole('button', { name: 'Choose: 131' }).click();
  assert.equal(await cleo.getByLabel('Extension of the agent').inputValue(), '131');
  await press(cleo, 'Listen in');
  await cleo.getByRole('button', { name: 'Stop supervising' }).waitFor();
  await dial(ann, '132');
  await call(ben, '131').getByRole('button', { name: 'Answer' }).click();
  await cleo.getByText('You supervise this call').waitFor();
  await cleo.getByRole('list', { name: 'Who works now' }).getByText('with 132').waitFor();
  await hears(cleo);
  await buttonsAreCapabilities(cleo);
  await accessible(cleo, 'agent-supervising');
  await cleo.getByRole('article').getByRole('button', { name: 'Barge in' }).click();
  await cleo.getByRole('article').getByRole('button', { name: 'Only listen' }).waitFor();
  await press(cleo, 'Stop supervising');
  await ann.keyboard.press('Alt+e');
  await ann.getByText('No calls').waitFor();
  await ben.getByText('No calls').waitFor();
});

test('a call is recorded with a pause, and keys are pressed that the other side is sent and the log masks', {
  skip,
}, async () => {
  await everybody();
  await dial(ann, '2025550141');
  await inState(ann, '2025550141', 'Established');
  const [running] = await server.calls();
  const card = call(ann, '2025550141');
  await card.getByRole('button', { name: 'Record', exact: true }).click();
  await card.getByText('Recording', { exact: true }).waitFor();
  await card.getByRole('button', { name: 'Pause recording' }).click();
  await card.getByText('Recording paused').waitFor();
  await buttonsAreCapabilities(ann);
  await accessible(ann, 'agent-recording-paused');
  await card.getByRole('button', { name: 'Resume recording' }).click();
  await card.getByText('Recording', { exact: true }).waitFor();
  await ann.keyboard.press('Alt+k');
  const form = ann.getByRole('form', { name: 'Digits' });
  await form.getByLabel('Digits').fill('12x');
  await ann.keyboard.press('Enter');
  // What is no key is said, and nothing is lost of what was typed.
  await ann
    .locator('.toasts')
    .getByText(/digits/i)
    .waitFor();
  assert.equal(await form.getByLabel('Digits').inputValue(), '12x');
  await form.getByLabel('Digits').fill('12#');
  await ann.keyboard.press('Enter');
  await form.waitFor({ state: 'detached' });
  const id = running?.id ?? '';
  const keys = async () => (await server.events(id)).filter(({ type }) => type === 'digitsGenerated');
  const [sent] = await waitFor(async () => (await keys()).length > 0 && (await keys()), 10_000, 'keys in the log');
  assert.doesNotMatch(JSON.stringify(sent), /12#/);
  await card.getByRole('button', { name: 'Stop recording' }).click();
  await card.getByText('Recording', { exact: true }).waitFor({ state: 'detached' });
  await ann.keyboard.press('Alt+e');
  await ann.getByText('No calls').waitFor();
  const recordings = await server.get<{ recordings: object[] }>(`/admin/v1/recordings?callId=${id}`);
  assert.equal(recordings.recordings.length, 1);
});

test('a supervisor coaches an agent: the agent hears it, who talks with the agent does not', { skip }, async () => {
  await everybody();
  await cleo.getByRole('button', { name: 'Choose: 131' }).click();
  await press(cleo, 'Coach');
  await cleo.getByRole('button', { name: 'Stop supervising' }).waitFor();
  await dial(ann, '132');
  await call(ben, '131').getByRole('button', { name: 'Answer' }).click();
  await cleo.getByText('You supervise this call').waitFor();
  await buttonsAreCapabilities(cleo);
  await hears(cleo);
  // With both of them silent all that is still heard is the supervisor.
  for (const page of [ann, ben]) {
    await page.evaluate(
      'for (const peer of peers) for (const { track } of peer.getSenders()) if (track) track.enabled = false',
    );
  }
  await hears(ann);
  // A microphone beeps once a second. Of what has come, not of a time in which nothing has: of silence little is sent.
  const silent = async () => {
    const [before, packets] = [await heard(ben), await packetsTo(ben)];
    await new Promise((done) => setTimeout(done, 1500));
    await waitFor(async () => (await packetsTo(ben)) > packets + 3, 20_000, 'packets at the other side');
    return (await heard(ben)) - before < 0.0005;
  };
  await waitFor(silent, 20_000, 'nothing of the supervisor at the other side');
  await accessible(cleo, 'agent-coaching');
  await press(cleo, 'Stop supervising');
  await ann.keyboard.press('Alt+e');
  for (const page of [ann, cleo]) await page.getByText('No calls').waitFor();
  assert.deepEqual(visitors.errors, []);
});

test('an expired sign-in keeps what was typed; a server that is away is said, and comes back', { skip }, async () => {
  const page = await atWork('ben', '132');
  await page.getByLabel('Number', { exact: true }).fill('133');
  await page.context().clearCookies();
  // What it asks for next, by itself or by this button, is refused.
  await page
    .getByRole('button', { name: 'Dial', exact: true })
    .click({ timeout: 5000 })
    .catch(() => {});
  await page.getByText('Your sign-in has expired').waitFor();
  await accessible(page, 'agent-expired');
  await signIn(page, 'ben');
  assert.equal(await page.getByLabel('Number', { exact: true }).inputValue(), '133');
  await page.getByText('Connected', { exact: true }).waitFor();

  await server.kill9();
  await page.getByText('The server cannot be reached. Trying again …').waitFor();
  await accessible(page, 'agent-away');
  await server.restart();
  // Sessions are in memory: the new server asks for the sign-in again, and the page goes on where it was.
  await page.getByText('Your sign-in has expired').waitFor();
  await signIn(page, 'ben');
  await page.getByText('Connected', { exact: true }).waitFor();
  assert.equal(await page.getByLabel('Number', { exact: true }).inputValue(), '133');
  assert.deepEqual(visitors.errors, []);
});
