import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { writeWav } from '../../src/audio/wav.ts';
import { PageOrigin } from './page-origin.ts';
import { browserPatienceMs, goesWithUs } from './wait.ts';

/** One Chromium with a fake microphone that says a tone, and pages of an origin that is not the server's. */
export class Browser {
  readonly #context: BrowserContext;
  readonly #pages: PageOrigin;
  readonly #folder: string;

  private constructor(context: BrowserContext, pages: PageOrigin, folder: string) {
    this.#context = context;
    this.#pages = pages;
    this.#folder = folder;
  }

  /** Where its pages are from. */
  get origin(): string {
    return this.#pages.url;
  }

  /** `page`: what all of its addresses give; `tone`: Hz of its microphone. */
  static async start({ page, tone }: { readonly page: string; readonly tone: number }): Promise<Browser> {
    const folder = mkdtempSync(join(tmpdir(), 'partyline-browser-'));
    const sound = join(folder, 'microphone.wav');
    writeFileSync(sound, toneFile(tone));
    const pages = await PageOrigin.serve(page);
    const context = await chromium.launchPersistentContext(join(folder, 'profile'), {
      executablePath: '/usr/bin/chromium',
      headless: true,
      timeout: browserPatienceMs,
      ...goesWithUs,
      args: [
        '--no-sandbox',
        '--use-fake-ui-for-media-stream',
        '--use-fake-device-for-media-stream',
        `--use-file-for-fake-audio-capture=${sound}`,
        '--autoplay-policy=no-user-gesture-required',
      ],
    });
    context.setDefaultTimeout(browserPatienceMs);
    return new Browser(context, pages, folder);
  }

  /** A page of its own; what goes wrong in it is in `errors`. */
  async open(): Promise<{ readonly page: Page; readonly errors: string[] }> {
    const page = await this.#context.newPage();
    const errors: string[] = [];
    page.on('pageerror', (error) => errors.push(String(error)));
    await page.goto(this.origin);
    return { page, errors };
  }

  /** Its process is killed: it says goodbye to nobody. */
  static async kill(page: Page): Promise<void> {
    await page.goto('chrome://crash').catch(() => {});
  }

  async stop(): Promise<void> {
    await this.#context.close();
    await this.#pages.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Ten seconds of a tone that go on without a seam, 48 kHz mono. */
function toneFile(tone: number): Uint8Array {
  const rate = 48_000;
  const sound = Int16Array.from({ length: 10 * rate }, (_, at) =>
    Math.round(8000 * Math.sin((2 * Math.PI * tone * at) / rate)),
  );
  return writeWav(sound, rate);
}
