import type { SecurityEvents } from './api/admin/security-events.ts';
import { coerceError } from './base/app-error.ts';
import type { Log } from './base/log.ts';
import type { CallRuntime } from './call/runtime/runtime.ts';
import { warnModerators } from './call/services/warn-moderators.ts';
import type { Directory } from './directory/directory.ts';
import type { SipUserAgent } from './sip/user-agent.ts';

/** Whose this SIP user name is; null: a carrier's, or nobody's. */
export function organizationOfUser(directory: Directory, username: string): string | null {
  const account = directory.credentials(username);
  return account === null ? null : (directory.extensionById(account.extensionId)?.organizationId ?? null);
}

/** The user of its address-of-record, however its phone writes the name it logs in with: `103` is `0003*103`. */
export function userOfRecord(directory: Directory, username: string): string {
  const account = directory.credentials(username);
  const aor = account === null ? null : (directory.extensionById(account.extensionId)?.aor ?? null);
  return aor === null ? username : aor.slice(0, aor.lastIndexOf('@'));
}

const alarms = {
  guessed: 'PINs of a conference are being guessed',
  locked: 'no PIN is taken there for a while, after too many wrong ones',
};

/** Collects what administrators should know of, from the parts that notice it. */
export function watchSecurity(
  events: SecurityEvents,
  log: Log,
  sip: SipUserAgent,
  directory: Directory,
  runtime: CallRuntime,
): void {
  sip.guard.onBan = ({ type, ban: { id, source, username, until } }) => {
    const organizationId = username === null ? null : organizationOfUser(directory, username);
    const data = { ban: id, source, username, until: new Date(until).toISOString() };
    events.add({ type: type === 'begun' ? 'banBegun' : 'banLifted', organizationId, data });
  };
  directory.onPinAlarm = ({ kind, callerKey, failures, lockedUntil }, place) => {
    // A guest is known by its address, a carrier's caller by its number: who is told may know both.
    const by = callerKey ?? 'everybody from outside';
    const until = lockedUntil === 0 ? null : new Date(lockedUntil).toISOString();
    const { organizationId = null, conferenceId, ...conference } = place ?? {};
    log.warn({ organizationId, ...conference, by, failures, until }, alarms[kind]);
    const type = kind === 'guessed' ? 'pinsGuessed' : 'pinLockout';
    events.add({ type, organizationId, data: { ...conference, by, failures, until } });
    // One caller alone that is locked out has been told of by then, unless nobody else counts it.
    const news = kind === 'guessed' || callerKey === null || callerKey.startsWith('extension:');
    const call = news && conferenceId !== undefined ? runtime.callOfConference(conferenceId) : null;
    if (call === null) return;
    runtime
      .do(warnModerators, { callId: call.id, failures, until: lockedUntil === 0 ? null : lockedUntil })
      .catch((error) => log.warn({ call: call.id, err: coerceError(error) }, 'moderators were not warned'));
  };
}
