import type { Clock } from './base/clock.ts';
import { SecurityEvents } from './base/security-events.ts';
import type { Directory } from './directory/directory.ts';
import type { SipUserAgent } from './sip/user-agent.ts';

/** Whose this SIP user name is; null: a carrier's, or nobody's. */
export function organizationOfUser(directory: Directory, username: string): string | null {
  const account = directory.credentials(username);
  return account === null ? null : (directory.extensionById(account.extensionId)?.organizationId ?? null);
}

/** Collects what administrators should know of, from the parts that notice it. */
export function watchSecurity(clock: Clock, sip: SipUserAgent, directory: Directory): SecurityEvents {
  const events = new SecurityEvents(clock);
  sip.guard.onBan = ({ type, ban: { id, source, username, until } }) => {
    const organizationId = username === null ? null : organizationOfUser(directory, username);
    const data = { ban: id, source, username, until: new Date(until).toISOString() };
    events.add(type === 'begun' ? 'banBegun' : 'banLifted', organizationId, data);
  };
  return events;
}
