import { type MouseEvent, useSyncExternalStore } from 'react';

const changed = 'partyline-route';

function listen(tell: () => void): () => void {
  window.addEventListener('popstate', tell);
  window.addEventListener(changed, tell);
  return () => {
    window.removeEventListener('popstate', tell);
    window.removeEventListener(changed, tell);
  };
}

/** The path of the address, e.g. `/console/calls/12`; it follows the browser's way back too. */
export function usePath(): string {
  return useSyncExternalStore(listen, () => window.location.pathname);
}

/** Goes to another address of the same page without loading it again. */
export function go(address: string): void {
  if (address === window.location.pathname + window.location.search) return;
  window.history.pushState(null, '', address);
  window.dispatchEvent(new Event(changed));
}

/** For a link: followed within the page, unless the reader wants it in a window of its own. */
export function follow(event: MouseEvent<HTMLAnchorElement>): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  go(event.currentTarget.pathname + event.currentTarget.search);
}
