import { type RefObject, useLayoutEffect, useRef } from 'react';

/**
 * For a row that is scrolled sideways where it is narrow: what is current in it is seen, also when `current` is another
 * or the row has become narrower.
 */
export function useCurrentInView<Row extends HTMLElement>(current: unknown): RefObject<Row | null> {
  const row = useRef<Row>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `current` says when to look again
  useLayoutEffect(() => {
    const within = row.current;
    if (within === null) return;
    // Told of its size at once, too.
    const sizes = new ResizeObserver(() => show(within));
    sizes.observe(within);
    return () => sizes.disconnect();
  }, [current]);
  return row;
}

/** In the row alone: scrollIntoView would move the page too. */
function show(row: HTMLElement): void {
  const one = row.querySelector('[aria-current="page"], [aria-selected="true"]');
  if (one === null) return;
  const [all, shown] = [row.getBoundingClientRect(), one.getBoundingClientRect()];
  // Clear of the edges, where the row fades.
  const clear = 32;
  if (shown.right + clear > all.right) row.scrollLeft += shown.right + clear - all.right;
  else if (shown.left - clear < all.left) row.scrollLeft -= all.left - shown.left + clear;
}
