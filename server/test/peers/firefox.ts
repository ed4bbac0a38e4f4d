import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { tiedProgram } from './children.ts';
import { browserPatienceMs, goesWithUs, waitFor } from './wait.ts';

export interface FirefoxOptions {
  /** Hz that its microphone says. */
  readonly tone: number;
}

/** A Firefox without a window, driven by WebDriver BiDi. Its microphone is a tone, its loudspeaker nobody's. */
export class Firefox {
  readonly #browser: Browser;
  readonly #home: string;
  /** What went wrong in its pages: errors of scripts, and what the content security policy refused. */
  readonly errors: string[] = [];

  static async start({ tone }: FirefoxOptions): Promise<Firefox> {
    const home = mkdtempSync(join(tmpdir(), 'partyline-firefox-'));
    const browser = await puppeteer.launch({
      browser: 'firefox',
      executablePath: tiedProgram('/usr/bin/firefox-esr', join(home, 'firefox')),
      headless: true,
      // It starts for root in a home of root's alone, and keeps things there besides its profile.
      env: { ...process.env, HOME: home },
      timeout: browserPatienceMs,
      protocolTimeout: browserPatienceMs,
      ...goesWithUs,
      extraPrefsFirefox: {
        'media.navigator.streams.fake': true,
        'media.navigator.audio.fake_frequency': tone,
        'media.navigator.permission.disabled': true,
        // Without a sound card no AudioContext would run.
        'media.cubeb.force_mock_context': true,
        // As people have it: nothing is heard of a page before its user does something there.
        'media.autoplay.default': 1,
        'media.autoplay.blocking_policy': 0,
        // What is heard is measured by such.
        'media.autoplay.block-webaudio': false,
        'intl.accept_languages': 'en-GB',
      },
    });
    return new Firefox(browser, home);
  }

  private constructor(browser: Browser, home: string) {
    this.#browser = browser;
    this.#home = home;
  }

  /** A page of somebody who has been nowhere yet. `script`: runs in it before its own. */
  async open(url: string, script: string): Promise<Page> {
    const context = await this.#browser.createBrowserContext();
    const page = await context.newPage();
    page.setDefaultTimeout(browserPatienceMs);
    await page.setViewport({ width: 1180, height: 740 });
    page.on('pageerror', (error) => this.errors.push(String(error)));
    page.on('console', (message) => {
      if (/Content.Security.Policy/i.test(message.text())) this.errors.push(message.text());
    });
    await page.evaluateOnNewDocument(script);
    await page.goto(url);
    return page;
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    rmSync(this.#home, { recursive: true, force: true });
  }
}

/** For `open`: keeps what a page plays with, for `isHeard`. */
export const keepAudio = `{
  const Plain = window.Audio;
  window.audios = [];
  window.Audio = class extends Plain {
    constructor(...given) {
      super(...given);
      window.audios.push(this);
    }
  };
}`;

/**
 * A browser may let nothing be heard of a page that was loaded again until its user does something there. This user
 * does; waits until the page plays then.
 */
export async function isHeard(page: Page): Promise<void> {
  await page.keyboard.press('Tab');
  const plays = 'audios.some(({ paused, srcObject }) => !paused && srcObject !== null)';
  await waitFor(() => page.evaluate(plays), 10_000, 'the page to play what it hears');
}

/** What a screen reader calls so. */
export function control(page: Page, name: string, role = 'button') {
  return page.locator(`::-p-aria([name="${name}"][role="${role}"])`);
}

/** dB of a tone in what a page hears by its newest connection. It has `keepPeers`. */
export async function toneHeard(page: Page, hz: number): Promise<number> {
  return (await page.evaluate(`(async () => {
    const receiver = window.peers?.at(-1)?.getReceivers()[0];
    if (receiver === undefined) return -200;
    window.context ??= new AudioContext();
    const analyser = context.createAnalyser();
    analyser.fftSize = 8192;
    const source = context.createMediaStreamSource(new MediaStream([receiver.track]));
    source.connect(analyser);
    await new Promise((resolve) => setTimeout(resolve, 700));
    const bins = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(bins);
    source.disconnect();
    const at = Math.round((${hz} * analyser.fftSize) / context.sampleRate);
    return Math.max(-200, ...bins.slice(at - 2, at + 3));
  })()`)) as number;
}
