import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
// @ts-expect-error: a script without types
import { ensureWeb } from '../scripts/build-web.mjs';
import { AdminApi } from '../server/test/peers/admin.ts';
import { needs } from '../server/test/peers/installed.ts';
import { administrator, PartylineServer, testOrganization } from '../server/test/peers/partyline.ts';
import { Visitors } from '../server/test/peers/visitors.ts';
import { waitFor } from '../server/test/peers/wait.ts';
import { type Figure, median, type Part, type Say } from './figure.ts';
import { ask } from './load/answer.ts';
import type { PhonesOrder, PhonesReport } from './load/conference-phones.ts';
import { percentile } from './load/http-load.ts';
import { people, writeLongConference } from './load/long-conference.ts';
import { childrenOf, threadSeconds } from './process-usage.ts';

/** What an operator's pages cost, and how soon they show what happened: real Chromium, real calls. */

const conferences = 200;
const turns = 3;
const turnMs = 5000;
const marks = 80;
const markEveryMs = 200;
const openings = 5;
const scrubbedFrames = 180;
/** Share of the packets that the phones may send late, for the server to be what is measured. */
const mostLate = 0.05;
const phonesEntry = fileURLToPath(new URL('./load/conference-phones.ts', import.meta.url));

const organization = () => {
  const [first, ...others] = testOrganization.users;
  const rules = { roomSize: 4, musicWhileAlone: false, announceCount: false, entryTone: false };
  const rooms = Array.from({ length: conferences }, (_, i) => ({ number: i + 1, name: `Room ${i + 1}`, ...rules }));
  const busy = { number: '300', type: 'conference', callerId: 'Rooms <300>', conferences: rooms };
  return { ...testOrganization, users: [{ ...first!, extensions: [...first!.extensions, busy] }, ...others] };
};

interface Busy {
  readonly server: PartylineServer;
  readonly visitors: Visitors;
  readonly page: Page;
  /** Of the packets of the phones. */
  lateShare(): Promise<number>;
}

async function signedIn(visitors: Visitors, path: string, script = ''): Promise<Page> {
  const page = await visitors.open(path, {}, script);
  await page.getByLabel('Login').fill(administrator.login);
  await page.getByLabel('Password').fill(administrator.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation', { name: 'Console' }).or(page.locator('nav.sections')).first().waitFor();
  return page;
}

/** `conferences` run with two participants each, of whom one speaks at a time. */
async function whileBusy(
  say: Say,
  script: string,
  measure: (busy: Busy) => Promise<Figure[]>,
): Promise<Figure[] | { skipped: string }> {
  const missing = needs('chromium');
  if (missing !== false) return { skipped: missing };
  await ensureWeb();
  const config = { organizations: [organization()], limits: { callsPerSecond: 10_000 } };
  const server = await PartylineServer.start({ config });
  const phones: ChildProcess = fork(phonesEntry, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const visitors = await Visitors.start(`http://127.0.0.1:${server.httpPort}`);
  try {
    const numbers = Array.from({ length: 2 * conferences }, (_, i) => `300*${(i >> 1) + 1}`);
    await ask<PhonesOrder>(phones, { do: 'call', sipPort: server.sipPort, numbers });
    const live = () => server.get<{ count: number; participants: number }>('/admin/v1/conferences/live?limit=1');
    await waitFor(
      async () => {
        const { count, participants } = await live();
        return count === conferences && participants === 2 * conferences;
      },
      20_000,
      'all conferences',
    );
    say(`${conferences} conferences of two are live`);
    const lateShare = async () => {
      const { late, sent } = (await ask<PhonesOrder>(phones, { do: 'report' })) as PhonesReport;
      return late / Math.max(1, sent);
    };
    return await measure({ server, visitors, page: await signedIn(visitors, '/console', script), lateShare });
  } finally {
    if (phones.connected) phones.send({ do: 'close' } satisfies PhonesOrder, () => {});
    await visitors.stop();
    await server.stop();
  }
}

/** CPU seconds so far: of the page, of what else Chromium is, of the server's two processes. */
async function used(page: Page, server: PartylineServer) {
  const chromium = await page.context().browser()!.newBrowserCDPSession();
  const { processInfo } = await chromium.send('SystemInfo.getProcessInfo');
  await chromium.detach();
  const sum = (ids: readonly number[]) => ids.reduce((seconds, id) => seconds + threadSeconds(id).all, 0);
  const ids = (renders: boolean) =>
    processInfo.filter(({ type }) => (type === 'renderer') === renders).map(({ id }) => id);
  return {
    page: sum(ids(true)),
    drawing: sum(ids(false)),
    control: threadSeconds(server.pid).all,
    media: sum(childrenOf(server.pid)),
  };
}

type Used = Awaited<ReturnType<typeof used>>;

/** Percent of a core during so many ms. */
async function during(ms: number, page: Page, server: PartylineServer): Promise<Used> {
  const before = await used(page, server);
  const began = performance.now();
  await pause(ms);
  const after = await used(page, server);
  const share = (name: keyof Used) => (100_000 * (after[name] - before[name])) / (performance.now() - began);
  return { page: share('page'), drawing: share('drawing'), control: share('control'), media: share('media') };
}

/** Pages open and away in turns: what the server spends more while one looks is what the page costs it. */
const cost: Part = (say) =>
  whileBusy(say, '', async ({ lateShare, page, server }) => {
    const go = async (name: string, seen: string) => {
      await page.getByRole('link', { name, exact: true }).first().click();
      await page.locator(seen).first().waitFor();
      // It has read its scripts and asked for what it shows.
      await pause(1500);
    };
    const away: Used[] = [];
    const open = { live: [] as Used[], overview: [] as Used[] };
    for (let turn = 0; turn < turns; turn++) {
      // A page of the console that asks for nothing.
      await go('Sandbox', 'h1');
      away.push(await during(turnMs, page, server));
      await go('Live conferences', '.live-level');
      open.live.push(await during(turnMs, page, server));
      await go('Overview', '.overview-list');
      open.overview.push(await during(turnMs, page, server));
      const more = open.live.at(-1)!.control - away.at(-1)!.control;
      say(`live: page ${open.live.at(-1)!.page.toFixed(1)} %, server ${more.toFixed(1)} % more`);
    }
    const late = await lateShare();
    if (late > mostLate) say(`the phones sent ${(100 * late).toFixed(1)} % late: what was measured is they`);
    const measured = (value: number) => (late > mostLate ? Number.NaN : value);
    const of = (some: readonly Used[], name: keyof Used) => measured(median(some.map((one) => one[name])));
    const more = (some: readonly Used[], name: 'control' | 'media') =>
      measured(median(some.map((one, turn) => one[name] - away[turn]![name])));
    const name = `${conferences} live conferences, console`;
    return [
      { name: `${name}: the live page`, value: of(open.live, 'page'), unit: '% of a core', goal: { atMost: 10 } },
      { name: `${name}: the live page, drawn by Chromium`, value: of(open.live, 'drawing'), unit: '% of a core' },
      {
        name: `${name}: the live page, server`,
        value: more(open.live, 'control'),
        unit: '% of a core',
        goal: { atMost: 3 },
      },
      { name: `${name}: the live page, media process`, value: more(open.live, 'media'), unit: '% of a core' },
      { name: `${name}: the overview`, value: of(open.overview, 'page'), unit: '% of a core', goal: { atMost: 10 } },
      {
        name: `${name}: the overview, server`,
        value: more(open.overview, 'control'),
        unit: '% of a core',
        goal: { atMost: 3 },
      },
      { name: `${name}: the server without a page`, value: of(away, 'control'), unit: '% of a core' },
      { name: `${name}: sent late by the phones`, value: 100 * late, unit: '%' },
    ];
  });

/** In the page: when so many events of the call were drawn, and the frame with them was there. */
const noteFrames = `
window.drawn = [];
for (const { prototype } of [CanvasRenderingContext2D, OffscreenCanvasRenderingContext2D]) {
  const clear = prototype.clearRect;
  prototype.clearRect = function (...given) {
    clear.apply(this, given);
    const label = document.querySelector('.call-canvas')?.getAttribute('aria-label') ?? '';
    const count = Number(/(\\d+) events?/.exec(label)?.[1] ?? 0);
    requestAnimationFrame(() => window.drawn.push([count, performance.timeOrigin + performance.now()]));
  };
}
`;

/** From an event, by the server's clock, to the frame that shows its mark in the timeline of its call. */
const mark: Part = (say) =>
  whileBusy(say, noteFrames, async ({ lateShare, page, server }) => {
    const { conferences: some } = await server.get<{
      conferences: { id: string; connections: { id: string }[] }[];
    }>('/admin/v1/conferences/live?limit=1');
    const { connections, id } = some[0]!;
    await page.evaluate(`{
      history.pushState(null, '', '/console/calls/${id}');
      window.dispatchEvent(new Event('partyline-route'));
    }`);
    await page.locator('.call-canvas canvas').waitFor();
    await pause(2000);
    const from = (await server.events(id)).at(-1)!.seq;
    const admin = new AdminApi(server);
    for (let i = 0; i < marks; i++) {
      const body = { muted: i % 2 === 0 };
      const path = `/conferences/live/${id}/participants/${connections[0]!.id}`;
      const { status } = await admin.patch(path, body);
      if (status >= 300) throw new Error(`PATCH ${path}: ${status}`);
      await pause(markEveryMs);
    }
    await pause(3000);
    const drawn = (await page.evaluate('window.drawn')) as [number, number][];
    const events = (await server.events(id)).filter(({ seq }) => seq > from);
    const until = Date.now() - 2500;
    const old = events.filter(({ at }) => Date.parse(at) < until);
    const took = old.map(({ at, seq }) => {
      const frame = drawn.find(([count]) => count >= seq)?.[1] ?? Number.POSITIVE_INFINITY;
      return frame - Date.parse(at);
    });
    took.sort((a, b) => a - b);
    say(`p50 ${percentile(took, 0.5).toFixed(0)} ms, p95 ${percentile(took, 0.95).toFixed(0)} ms`);
    const late = await lateShare();
    if (late > mostLate) say(`the phones sent ${(100 * late).toFixed(1)} % late: the machine was too busy`);
    const value = (share: number) => (late > mostLate ? Number.NaN : percentile(took, share));
    const name = `from an event to its mark in the timeline, ${conferences} conferences live`;
    return [
      { name: `${name}, p50`, value: value(0.5), unit: 'ms' },
      { name: `${name}, p95`, value: value(0.95), unit: 'ms', goal: { atMost: 1000 } },
      { name: `${name}: events`, value: took.length, unit: '', goal: { atLeast: marks } },
      {
        name: `${name}: not shown`,
        value: took.filter((ms) => ms === Number.POSITIVE_INFINITY).length,
        unit: '',
        goal: { atMost: 0 },
      },
    ];
  });

/** From the list of calls to the frame that shows all of it, and the way back. */
const openLong = `(async ([id, people, events]) => {
  const link = document.querySelector('a[href="/console/calls/' + id + '"]');
  const began = performance.now();
  link.click();
  const whole = new RegExp(people + ' participants.* ' + events + ' events');
  while (!whole.test(document.querySelector('.call-canvas')?.getAttribute('aria-label') ?? '') || window.drawn.at(-1)?.[1] === undefined) {
    if (performance.now() - began > 30000) throw new Error('it was not shown: ' + document.querySelector('.call-canvas')?.getAttribute('aria-label'));
    await new Promise(requestAnimationFrame);
  }
  const before = window.drawn.length;
  const all = () => window.drawn.some(([count]) => count === events);
  while (!all()) await new Promise(requestAnimationFrame);
  const shown = performance.now();
  const [answer] = performance.getEntriesByType('resource').filter(({ name }) => name.includes(id + '/timeline')).slice(-1);
  return { took: shown - began, answer: answer.responseEnd - answer.startTime, kB: answer.encodedBodySize / 1000 };
})`;

const scrub = `(async () => {
  const canvas = document.querySelector('.call-canvas');
  const box = canvas.getBoundingClientRect();
  const times = [];
  let work = 0;
  await new Promise(requestAnimationFrame);
  let last = performance.now();
  for (let i = 0; i < ${scrubbedFrames}; i++) {
    const x = box.left + 200 + (box.width - 220) * ((i % 90) / 90);
    const begun = performance.now();
    canvas.dispatchEvent(new PointerEvent('pointermove', { clientX: x, clientY: box.top + 60, buttons: 1, bubbles: true }));
    work += performance.now() - begun;
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    times.push(now - last);
    last = now;
  }
  const all = times.reduce((sum, one) => sum + one, 0);
  return { perSecond: (1000 * times.length) / all, work: work / times.length };
})()`;

const longCall: Part = async (say) => {
  const missing = needs('chromium');
  if (missing !== false) return { skipped: missing };
  await ensureWeb();
  const server = await PartylineServer.start();
  const visitors = await Visitors.start(`http://127.0.0.1:${server.httpPort}`);
  try {
    server.signal('SIGTERM');
    await server.exit(10_000);
    const { events, id } = await writeLongConference(join(server.folder, 'data'));
    say(`${events} events of ${people} people are in the log`);
    await server.restart();
    const page = await signedIn(visitors, '/console/calls', noteFrames);
    const took: { took: number; answer: number; kB: number }[] = [];
    const before = await used(page, server);
    for (let i = 0; i < openings; i++) {
      await page.locator(`a[href="/console/calls/${id}"]`).first().waitFor();
      await page.evaluate('window.drawn.splice(0)');
      const one = (await page.evaluate(`${openLong}(${JSON.stringify([id, people, events])})`)) as (typeof took)[0];
      say(`${one.took.toFixed(0)} ms, of which ${one.answer.toFixed(0)} until the answer was there`);
      took.push(one);
      if (i < openings - 1) await page.goBack();
    }
    const after = await used(page, server);
    const cpu = (name: keyof Used) => (1000 * (after[name] - before[name])) / openings;
    const still = await used(page, server);
    const frames = (await page.evaluate(scrub)) as { perSecond: number; work: number };
    const moved = await used(page, server);
    const perFrame = (name: 'page' | 'drawing') => (1000 * (moved[name] - still[name])) / scrubbedFrames;
    const name = `a timeline of two hours and ${people} people`;
    const of = (which: 'took' | 'answer') => median(took.map((one) => one[which]));
    return [
      { name: `${name}: opened`, value: of('took'), unit: 'ms', goal: { atMost: 1000 } },
      { name: `${name}: the first time`, value: took[0]!.took, unit: 'ms', goal: { atMost: 1000 } },
      { name: `${name}: until its answer was there`, value: of('answer'), unit: 'ms' },
      { name: `${name}: CPU of the server`, value: cpu('control'), unit: 'ms' },
      { name: `${name}: CPU of the page`, value: cpu('page'), unit: 'ms' },
      { name: `${name}: its answer`, value: took[0]!.kB, unit: 'kB' },
      { name: `${name}: scrubbed`, value: frames.perSecond, unit: 'frames/s', goal: { atLeast: 58 } },
      { name: `${name}: a step of the cursor`, value: frames.work, unit: 'ms' },
      { name: `${name}: CPU of the page for each frame of that`, value: perFrame('page'), unit: 'ms' },
      { name: `${name}: drawn by Chromium`, value: perFrame('drawing'), unit: 'ms' },
    ];
  } finally {
    await visitors.stop();
    await server.stop();
  }
};

export const consoleParts: Readonly<Record<string, Part>> = { console: cost, mark, 'long-call': longCall };
