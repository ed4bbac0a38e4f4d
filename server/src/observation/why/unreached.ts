import type { Cause } from '../../call/model/cause.ts';
import type { DialTarget } from '../../call/model/device.ts';
import type { Refusal } from '../../call/model/refusal.ts';
import type { BanFact, Details, WhyCode } from './facts.ts';

/** What is known of a connection when it could not be reached. */
export interface Dialled {
  readonly target: DialTarget | null;
  readonly startedAt: number;
  readonly alertedAt: number | null;
  /** It was sent on from another device. */
  readonly diverted: boolean;
}

interface Found {
  readonly code: WhyCode;
  readonly details: Details;
}

/** A status says most; one that nobody said leaves the cause, and what was dialled. */
export function whyUnreached(
  dialled: Dialled,
  { cause, refusal, at }: { readonly cause: Cause; readonly refusal: Refusal | undefined; readonly at: number },
  bans: readonly BanFact[],
): Found {
  const { target } = dialled;
  const status = refusal?.status ?? null;
  const text = textOf(refusal);
  const trunk = target?.kind === 'trunk' ? target.trunk : null;
  const rang = { ms: at - (dialled.alertedAt ?? dialled.startedAt), rang: dialled.alertedAt === null ? 0 : 1 };
  switch (cause) {
    case 'busy':
      if (status === null && target?.kind === 'terminal') return { code: 'doNotDisturb', details: {} };
      return { code: 'busy', details: { status } };
    case 'noAnswer':
    case 'timeout':
      // Not even that it rings was said: whether there is such a phone is not known.
      if (trunk !== null && status === null && rang.rang === 0) {
        return { code: 'carrierSilent', details: { trunk, ms: rang.ms } };
      }
      return { code: 'noAnswer', details: { ...rang, status } };
    case 'callCancelled':
      return { code: 'noAnswer', details: { ...rang, status } };
    case 'callRejected':
      if (trunk !== null && status !== null && status < 600) {
        return { code: 'carrierForbids', details: { trunk, status, text } };
      }
      return { code: 'rejected', details: { status } };
    case 'unauthorized':
      return trunk === null
        ? { code: 'phoneFailed', details: { status, text } }
        : { code: 'carrierLogin', details: { trunk, status } };
    case 'mediaFailure':
      return status === null ? { code: 'mediaFailed', details: {} } : { code: 'codec', details: { status, text } };
    case 'destNotObtainable':
      return notObtainable(dialled, { status, text, at }, bans);
    case 'networkNotObtainable':
      if (status === null) return trunk === null ? plain('networkLost') : { code: 'trunkDown', details: { trunk } };
      return trunk === null
        ? { code: 'phoneFailed', details: { status, text } }
        : { code: 'carrierFailed', details: { trunk, status, text } };
    case 'resourcesNotAvailable':
      return plain('noCapacity');
    default:
      return plain(endings[cause] ?? 'mediaFailed');
  }
}

function notObtainable(
  { target, diverted }: Dialled,
  { status, text, at }: { readonly status: number | null; readonly text: string | null; readonly at: number },
  bans: readonly BanFact[],
): Found {
  if (target?.kind === 'trunk') {
    if (status === null) return { code: 'trunkDown', details: { trunk: target.trunk } };
    return { code: 'carrierUnknown', details: { trunk: target.trunk, status } };
  }
  if (status !== null) return { code: 'phoneFailed', details: { status, text } };
  if (diverted) return plain('forwardedNowhere');
  const username = target === null ? null : target.aor.slice(0, target.aor.lastIndexOf('@'));
  const ban = bans.find((one) => one.username !== null && one.username === username && one.since <= at);
  return ban === undefined ? plain('notRegistered') : { code: 'banned', details: { source: ban.source } };
}

/** What a cause means wherever it comes. */
export const endings: Partial<Readonly<Record<Cause, WhyCode>>> = {
  systemFailure: 'restarted',
  shutdown: 'shutdown',
  removed: 'removed',
  moderatorsLeft: 'moderatorsLeft',
  networkNotObtainable: 'networkLost',
  conferenceFull: 'conferenceFull',
  locked: 'conferenceLocked',
  resourcesNotAvailable: 'noCapacity',
};

function plain(code: WhyCode): Found {
  return { code, details: {} };
}

/** What was said with the status: the text of a Reason (RFC 3326), or of a Warning (RFC 3261 §20.43). */
function textOf(refusal: Refusal | undefined): string | null {
  const said = /text="([^"]*)"/.exec(refusal?.reason ?? '') ?? /"([^"]*)"/.exec(refusal?.warning ?? '');
  return said?.[1] ?? null;
}
