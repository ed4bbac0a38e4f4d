const pressable = 'a[href], button, input, select, textarea, summary, [tabindex="0"]';

interface Held {
  readonly element: HTMLElement;
  /** Around it, the nearest first; `at`: what there is before the part that it is in. */
  readonly around: readonly { readonly place: HTMLElement; readonly at: number }[];
}

/**
 * Whoever goes by keyboard stays where they were, also when what they pressed is taken away by what it did (a row that
 * is removed, a button in place of which comes another): the focus goes to what stands there now, and not to the
 * beginning of the page. A heading that takes the focus for a new state of the page comes first.
 */
export function keepFocus(): void {
  let held: Held | null = null;
  let timer = 0;
  document.addEventListener('focusin', ({ target }) => {
    held = target instanceof HTMLElement ? holdOf(target) : null;
  });
  const look = (): void => {
    timer = 0;
    if (held === null || !isLost()) return;
    // Pressed beside everything: that is no loss.
    if (held.element.isConnected && !held.element.matches(':disabled')) return;
    for (const { at, place } of held.around) {
      if (!place.isConnected || !place.checkVisibility()) continue;
      const found = place.matches('main[tabindex]') ? [place] : pressablesIn(place);
      const next = found[Math.min(at, found.length - 1)];
      if (next === undefined) continue;
      next.focus({ preventScroll: next === place });
      return;
    }
  };
  const changes = new MutationObserver(() => {
    if (timer === 0 && held !== null && isLost()) timer = window.setTimeout(look);
  });
  changes.observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ['disabled'] });
}

function isLost(): boolean {
  const focused = document.activeElement;
  return focused === null || focused === document.body || focused.matches(':disabled');
}

function holdOf(element: HTMLElement): Held {
  const around: { place: HTMLElement; at: number }[] = [];
  let part = element;
  for (let place = part.parentElement; place !== null && place !== document.body; place = place.parentElement) {
    const within = part;
    const at = pressablesIn(place).findIndex((one) => within.contains(one));
    around.push({ place, at: Math.max(0, at) });
    // What is beyond has another meaning: the menu, or the page behind a dialog.
    if (place.localName === 'main' || place.localName === 'dialog') break;
    part = place;
  }
  return { element, around };
}

function pressablesIn(place: HTMLElement): HTMLElement[] {
  const all = place.querySelectorAll<HTMLElement>(pressable);
  return [...all].filter((one) => one.tabIndex >= 0 && !one.matches(':disabled') && one.checkVisibility());
}
