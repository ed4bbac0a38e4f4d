import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { browserPatienceMs, goesWithUs, waitFor } from './wait.ts';

/** Axe as a script: it looks at a page for what shuts people out. */
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** `PARTYLINE_PICTURES=folder`: a picture of each state is kept there. */
const pictures = process.env['PARTYLINE_PICTURES'];
const desk = { width: 1180, height: 740 };
const phone = { width: 360, height: 800 };
const wall = { width: 1920, height: 1080 };

/** People who open pages of the server in one Chromium, each with a fake microphone and a profile of their own. */
export class Visitors {
  readonly #browser: Browser;
  readonly #base: string;
  /** What went wrong in their pages: errors of scripts, and what the content security policy refused. */
  readonly errors: string[] = [];

  static async start(base: string): Promise<Visitors> {
    const browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      timeout: browserPatienceMs,
      ...goesWithUs,
      args: ['--no-sandbox', '--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream'],
    });
    return new Visitors(browser, base);
  }

  private constructor(browser: Browser, base: string) {
    this.#browser = browser;
    this.#base = base;
  }

  /** `script`: runs in the page before its own. */
  async open(path: string, options: BrowserContextOptions = {}, script = ''): Promise<Page> {
    const context = await this.#browser.newContext({ viewport: desk, locale: 'en-GB', ...options });
    context.setDefaultTimeout(browserPatienceMs);
    const page = await context.newPage();
    await page.addInitScript(script);
    page.on('pageerror', (error) => this.errors.push(String(error)));
    page.on('console', (message) => {
      if (/Content Security Policy/i.test(message.text())) this.errors.push(message.text());
    });
    await page.goto(`${this.#base}${path}`);
    return page;
  }

  /** Everybody leaves. */
  async leave(): Promise<void> {
    await Promise.all(this.#browser.contexts().map((context) => context.close()));
  }

  async stop(): Promise<void> {
    await this.#browser.close();
  }
}

/** What is current in a row that can be scrolled sideways, and is cut off there; empty: nothing. */
const currentUnseen = `[...document.querySelectorAll('nav [aria-current="page"], [role="tablist"] [aria-selected="true"]')]
  .filter((one) => {
    const [row, here] = [one.parentElement.getBoundingClientRect(), one.getBoundingClientRect()];
    return here.width > 0 && (here.left < row.left - 1 || here.right > row.right + 1);
  }).map((one) => one.textContent).join(', ')`;

/** What is wider than its place, and so cut off or over something else; empty: nothing. */
const tooWide = `[...document.querySelectorAll('td, button, label, h1, h2, h3, .chip')]
  .filter((one) => getComputedStyle(one).overflowX === 'visible' && one.clientWidth > 1 && one.scrollWidth > one.clientWidth + 1)
  .map((one) => one.outerHTML.slice(0, 200)).join(', ')`;

/** Nothing on this page shuts anybody out: light, dark on a phone's width, and in its colours dark on a wide screen. */
export async function accessible(page: Page, state: string): Promise<void> {
  const looks = [
    { name: 'light', colorScheme: 'light', viewport: desk },
    { name: 'phone', colorScheme: 'dark', viewport: phone },
    { name: 'dark', colorScheme: 'dark', viewport: wall },
  ] as const;
  for (const { name, colorScheme, viewport } of looks) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize(viewport);
    if (pictures !== undefined) {
      mkdirSync(pictures, { recursive: true });
      await page.screenshot({ path: join(pictures, `${state}-${name}.png`) });
    }
    const wide = await page.evaluate('document.documentElement.scrollWidth > window.innerWidth');
    assert.equal(wide, false, `${state}, ${name}: nothing has to be scrolled sideways`);
    assert.equal(await page.evaluate(tooWide), '', `${state}, ${name}: all has its place`);
    let unseen = '';
    await waitFor(
      async () => {
        unseen = (await page.evaluate(currentUnseen)) as string;
        return unseen === '';
      },
      5000,
      () => `${state}, ${name}: it is seen where one is: ${unseen}`,
    );
    await page.evaluate(axe);
    const found = (await page.evaluate(
      `axe.run(${name === 'dark' ? "{ runOnly: ['color-contrast'] }" : ''}).then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map(({ html, failureSummary }) => html.slice(0, 200) + failureSummary).join(" ")))`,
    )) as string[];
    assert.deepEqual(found, [], `${state}, ${name}`);
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: null });
  await page.setViewportSize(desk);
}

/** `PARTYLINE_SCREENSHOTS=folder`: the whole page in both themes and three widths, as web/screenshots/ has them. */
export async function screenshots(page: Page, name: string): Promise<void> {
  const folder = process.env['PARTYLINE_SCREENSHOTS'];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const width of [360, 768, 1440]) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize({ width, height: width === 1440 ? 900 : 800 });
      await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: true });
    }
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: null });
  await page.setViewportSize(desk);
}

/** For `open`: keeps the connections that a page makes, so that what it hears can be measured (`heard`). */
export const keepPeers = `{
  const Peer = window.RTCPeerConnection;
  window.peers = [];
  window.RTCPeerConnection = class extends Peer {
    constructor(...given) {
      super(...given);
      window.peers.push(this);
    }
  };
}`;

/**
 * Energy of all that a page has heard so far (webrtc-stats, totalAudioEnergy); it grows with sound, not with silence.
 */
export async function heard(page: Page): Promise<number> {
  return (await page.evaluate(`Promise.all(window.peers.filter(({ connectionState }) => connectionState !== 'closed').map((peer) => peer.getStats())).then((all) =>
    all.flatMap((stats) => [...stats.values()]).filter(({ type }) => type === 'inbound-rtp').reduce((sum, { totalAudioEnergy = 0 }) => sum + totalAudioEnergy, 0))`)) as number;
}

/** Packets of sound that have come to a page so far. */
export async function packetsTo(page: Page): Promise<number> {
  return (await page.evaluate(`Promise.all(window.peers.filter(({ connectionState }) => connectionState !== 'closed').map((peer) => peer.getStats())).then((all) =>
    all.flatMap((stats) => [...stats.values()]).filter(({ type }) => type === 'inbound-rtp').reduce((sum, { packetsReceived = 0 }) => sum + packetsReceived, 0))`)) as number;
}

/**
 * Its newest connection has failed, as Chromium says after some seconds without an answer. Waits until another way is
 * found. The page has `keepPeers`.
 */
export async function losesItsWay(page: Page): Promise<void> {
  const had = (await page.evaluate('peers.length')) as number;
  await page.evaluate(`{
    const peer = peers.at(-1);
    Object.defineProperty(peer, 'connectionState', { value: 'failed' });
    peer.onconnectionstatechange();
  }`);
  await waitFor(
    async () => ((await page.evaluate('peers.length')) as number) > had,
    60_000,
    'another way to be looked for',
  );
  const connected = async () => (await page.evaluate('peers.at(-1).connectionState')) === 'connected';
  await waitFor(connected, 60_000, 'another way to be found');
}

/** The microphone that its newest connection speaks into is no more. The page has `keepPeers`. */
export async function pullsOutItsMicrophone(page: Page): Promise<void> {
  await page.evaluate(`{
    const [{ track }] = peers.at(-1).getSenders();
    track.stop();
    track.dispatchEvent(new Event('ended'));
  }`);
}
