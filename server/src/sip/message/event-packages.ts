import { consistsOf, TOKEN } from './chars.ts';
import type { SipRequest, SipResponse } from './message.ts';

/**
 * Event packages that the sender takes (RFC 6665 §8.2.2), in lower case; what is no token is left out:
 *
 *   Allow-Events: talk, hold, conference
 *   u: talk
 */
export function eventPackages(message: SipRequest | SipResponse): readonly string[] {
  if (!message.headers.has('Allow-Events')) return none;
  const named = message.headers.getAll('Allow-Events');
  return named
    .filter((name) => name.length <= longest && consistsOf(name, TOKEN, 0, name.length))
    .slice(0, most)
    .map((name) => name.toLowerCase());
}

/** Those it takes NOTIFYs of, as it says here, or else as is known from before. */
export function takenEvents(message: SipRequest | SipResponse, before: readonly string[]): readonly string[] {
  const said = message.headers.has('Allow-Events') ? eventPackages(message) : before;
  return takesMethod(message, 'NOTIFY') ? said : none;
}

const none: readonly string[] = [];
/** Kept for each phone that registers. */
const most = 20;
const longest = 50;

/** Whether the sender takes this method as far as it says so (RFC 3261 §20.5): who has no Allow may take any. */
function takesMethod(message: SipRequest | SipResponse, method: string): boolean {
  return !message.headers.has('Allow') || message.headers.getAll('Allow').includes(method);
}
