const names = [
  'surface',
  'sunken',
  'line',
  'edge',
  'text',
  'soft',
  'accent',
  'accent-soft',
  'accent-strong',
  'lamp',
  'lamp-glow',
  'lamp-soft',
  'good',
  'warn',
  'bad',
  'bad-soft',
  'line-0',
  'line-1',
  'line-2',
  'line-3',
  'line-4',
  'line-5',
] as const;

export type Colours = Readonly<Record<(typeof names)[number], string>>;

/** The colours of the page as a canvas takes them: in light or dark as it is now. */
export function coloursOf(place: HTMLElement): Colours {
  const probe = document.createElement('span');
  place.append(probe);
  const found: Record<string, string> = {};
  for (const name of names) {
    probe.style.color = `var(--${name})`;
    found[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  return found as Colours;
}
