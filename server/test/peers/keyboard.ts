import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { waitFor } from './wait.ts';

// biome-ignore lint/suspicious/noExplicitAny: what runs in the page has other globals
type InPage = any;
type Role = Parameters<Page['getByRole']>[0];

/** More than any page has; beyond it one is in a trap. */
const mostStops = 150;

/** Where the focus is, in words; what is wrong with it: it is nowhere, not seen, or out of view. */
const look = `(() => {
  const one = document.activeElement;
  if (one === null || one === document.body) return { at: 'nowhere', wrong: 'nowhere', first: false };
  const { outlineStyle, outlineWidth } = getComputedStyle(one);
  const box = one.getBoundingClientRect();
  const name = one.getAttribute('aria-label') ?? one.labels?.[0]?.textContent ?? one.textContent ?? '';
  const at = one.localName + ' "' + name.trim().slice(0, 60) + '"';
  const out = box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth;
  const unseen = outlineStyle === 'none' || parseFloat(outlineWidth) < 2;
  const first = one === window.firstStop;
  return { at, first, wrong: out ? 'out of view' : unseen && one.tabIndex >= 0 ? 'not seen' : '' };
})()`;

/** It is on what Tab comes to first. */
const first = `{
  const all = [...document.querySelectorAll('a[href], button, input, select, textarea')];
  window.firstStop = all.find((one) => one.tabIndex >= 0 && !one.disabled && one.checkVisibility());
  firstStop.focus();
}`;

/** What Tab may come to, in words. */
const possibleStops = `[...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')]
  .map((one) => one.localName + one.tabIndex + one.disabled + (one.ariaLabel ?? one.textContent)).join()`;

/** Somebody with a keyboard and nothing else. */
export class Keyboard {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  press(...keys: string[]): Promise<void> {
    return keys.reduce((before, key) => before.then(() => this.#page.keyboard.press(key)), Promise.resolve());
  }

  /** As fast as keys can be pressed: what waits for the next one has it at once, however slow the machine is. */
  async atOnce(...keys: string[]): Promise<void> {
    await Promise.all(keys.map((key) => this.#page.keyboard.press(key)));
  }

  type(text: string): Promise<void> {
    return this.#page.keyboard.type(text);
  }

  /** By Tab (`back`: Shift and Tab) to what has this role and name; every stop on the way is seen. */
  async to(role: Role, name: string | RegExp, { back = false, within = this.#page as Page | Locator } = {}) {
    const wanted = within.getByRole(role, { name, exact: true });
    await wanted.first().waitFor();
    await this.#walk(wanted, back, `${role} ${name}`);
  }

  /** To it and there Enter. */
  async enter(role: Role, name: string | RegExp, options = {}): Promise<void> {
    await this.to(role, name, options);
    await this.press('Enter');
  }

  /** Once around by Tab, each stop seen, and by Shift and Tab the same the other way. */
  async everyStop(): Promise<void> {
    await this.#page.evaluate(first);
    const around = async (key: string): Promise<string[]> => {
      const stops: string[] = [];
      for (let presses = 0; ; presses++) {
        await this.press(key);
        const { at, first, wrong } = await this.#look();
        // Between the end of the page and its beginning it may be the browser's own for a step.
        if (wrong !== 'nowhere') {
          assert.equal(wrong, '', `${at} after ${stops.at(-1)}, by ${key}`);
          stops.push(at);
        }
        if (first) return stops;
        assert.ok(presses < mostStops, `a way out of ${stops.slice(-4).join(', ')}`);
      }
    };
    for (let tries = 1; ; tries++) {
      const before = await this.#page.evaluate(possibleStops);
      const there = await around('Tab');
      const [begin = '', ...back] = (await around('Shift+Tab')).toReversed();
      // A page that lives has more or fewer of them meanwhile.
      const lives = before !== (await this.#page.evaluate(possibleStops));
      if (lives && tries < 5 && [...back, begin].join() !== there.join()) continue;
      assert.deepEqual([...back, begin], there);
      return;
    }
  }

  /** The focus is there, and so where one goes on. */
  async isAt(role: Role, name: string | RegExp): Promise<void> {
    const wanted = this.#page.getByRole(role, { name, exact: true });
    let at = '';
    await waitFor(
      async () => {
        ({ at } = await this.#look());
        return this.#has(wanted);
      },
      5000,
      () => `the focus on ${role} ${name}, it is at ${at}`,
    );
  }

  /** It is somewhere within this, not lost with what was taken away. */
  async isWithin(place: Locator): Promise<void> {
    let at = '';
    await waitFor(
      async () => {
        ({ at } = await this.#look());
        return place.evaluateAll((all) =>
          all.some((one) => one.contains((globalThis as InPage).document.activeElement)),
        );
      },
      5000,
      () => `the focus in ${place}, it is at ${at}`,
    );
  }

  async #walk(wanted: Locator, back: boolean, what: string): Promise<void> {
    const passed: string[] = [];
    // Once around, and so past the end of the page, where it is nowhere for one step.
    for (let stops = 0; stops < mostStops; stops++) {
      if (await this.#has(wanted)) return;
      await this.press(back ? 'Shift+Tab' : 'Tab');
      const { at, wrong } = await this.#look();
      if (wrong !== 'nowhere') assert.equal(wrong, '', `${at}, on the way to ${what}`);
      passed.push(at);
    }
    assert.fail(`${what} is not reached: ${passed.join(', ')}`);
  }

  #has(wanted: Locator): Promise<boolean> {
    return wanted.evaluateAll((all) => all.includes((globalThis as InPage).document.activeElement));
  }

  async #look(): Promise<{ at: string; wrong: string; first: boolean }> {
    return (await this.#page.evaluate(look)) as { at: string; wrong: string; first: boolean };
  }
}
