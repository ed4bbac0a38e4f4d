const pressable = 'a[href], button, input, select, textarea, summary, [tabindex="0"]';
/** What one presses by mistake at one's peril is not what the focus goes to by itself. */
const perilous = '.risky, .danger';
const mostOpeners = 8;

interface Held {
  readonly element: HTMLElement;
  /** Around it, the nearest first: the part of each that it is in, and how much there is before that. */
  readonly around: readonly { readonly place: HTMLElement; readonly part: HTMLElement; readonly at: number }[];
}

/** What took the focus by itself, and from whom: a form from the button that opened it. */
interface Opened {
  readonly first: HTMLElement;
  readonly by: HTMLElement;
}

/**
 * Whoever goes by keyboard stays where they were, also when what they pressed is taken away by what it did (a row that
 * is removed, a button in place of which comes another): the focus goes to what opened it, else to what stands there
 * now, and not to the beginning of the page. A heading that takes the focus for a new state of the page comes first.
 */
export function keepFocus(): void {
  let held: Held | null = null;
  const opened: Opened[] = [];
  let byHand = false;
  let timer = 0;
  const capture = { capture: true, passive: true };
  // What a click does comes after it.
  const note = (event: Event): void => {
    byHand = event.type === 'pointerdown' || (event instanceof KeyboardEvent && event.key === 'Tab');
  };
  for (const type of ['keydown', 'pointerdown', 'click']) document.addEventListener(type, note, capture);
  document.addEventListener('focusin', ({ relatedTarget, target }) => {
    held = target instanceof HTMLElement ? holdOf(target) : null;
    if (byHand || held === null || !(relatedTarget instanceof HTMLElement)) return;
    opened.push({ first: held.element, by: relatedTarget });
    if (opened.length > mostOpeners) opened.shift();
  });
  const look = (): void => {
    timer = 0;
    if (held === null || !isLost()) return;
    // Pressed beside everything: that is no loss.
    if (held.element.isConnected && !held.element.matches(':disabled')) return;
    const next = nextOf(held, opened);
    next?.focus({ preventScroll: next.localName === 'main' });
  };
  const changes = new MutationObserver(() => {
    if (timer === 0 && held !== null && isLost()) timer = window.setTimeout(look);
  });
  changes.observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ['disabled'] });
}

function nextOf({ around }: Held, opened: readonly Opened[]): HTMLElement | null {
  for (const { at, part, place } of around) {
    if (!place.isConnected || !place.checkVisibility()) continue;
    if (place.matches('main[tabindex]')) return place;
    const opener = opened.findLast(({ by, first }) => part.contains(first) && place.contains(by))?.by;
    if (opener?.checkVisibility() === true) return opener;
    const found = pressablesIn(place);
    const harmless = (one: HTMLElement): boolean => !one.matches(perilous);
    const next = found.slice(at).find(harmless) ?? found.slice(0, at).findLast(harmless);
    if (next !== undefined) return next;
  }
  return null;
}

function isLost(): boolean {
  const focused = document.activeElement;
  return focused === null || focused === document.body || focused.matches(':disabled');
}

function holdOf(element: HTMLElement): Held {
  const around: { place: HTMLElement; part: HTMLElement; at: number }[] = [];
  let part = element;
  for (let place = part.parentElement; place !== null && place !== document.body; place = place.parentElement) {
    const within = part;
    const at = pressablesIn(place).findIndex((one) => within.contains(one));
    around.push({ place, part, at: Math.max(0, at) });
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
