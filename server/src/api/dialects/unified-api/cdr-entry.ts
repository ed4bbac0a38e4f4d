import type { CallRecord, Disposition, Party } from '../../../call/call-record.ts';
import { formatDate } from './date.ts';

/** One party's part in an ended phone call. `source` and `destination` are plain texts here. */
export interface CdrView {
  readonly id: string;
  readonly source: string;
  readonly destination: string;
  /** 2 local, 4 outgoing public, 8 incoming public. */
  readonly flow: 2 | 4 | 8;
  readonly answered?: string;
  readonly disposition: number;
  /** Seconds it was answered for. */
  readonly duration: number;
}

export interface CdrEntry {
  readonly id: string;
  readonly extension: string;
  readonly ownerId: string;
  readonly ownerName: string;
  /** When the call entered the system. */
  readonly published: string;
  readonly answered?: string;
  readonly phoneCallView: readonly CdrView[];
}

/** `phoneCallStat`: type 0 incoming, 1 outgoing. */
export interface CdrStatistics {
  readonly type: 0 | 1;
  readonly total: number;
  readonly answered: number;
  readonly unanswered: number;
  readonly busy: number;
  readonly failed: number;
  readonly unknown: number;
  readonly unallowed: number;
}

export const dispositionNumbers = { answered: 0, busy: 1, failed: 2, noAnswer: 3, unknown: 4, notAllowed: 5 } as const;

const ofDisposition: Record<Disposition, number> = {
  answered: dispositionNumbers.answered,
  busy: dispositionNumbers.busy,
  failed: dispositionNumbers.failed,
  noAnswer: dispositionNumbers.noAnswer,
  cancelled: dispositionNumbers.noAnswer,
  refused: dispositionNumbers.busy,
};

const notAllowed: ReadonlySet<string> = new Set(['unauthorized', 'locked', 'conferenceFull']);

/**
 * Phone calls out of the records of connections: those of one two-party call are views of one phone call, those of one leg (on its way
 * to a conference, and in it) are one view. Who listens or whispers is in none. In the order in which the calls began.
 * `numberOf`: the number of an extension by its id, null when there is none (any more).
 */
export function cdrEntries(
  records: readonly CallRecord[],
  owner: { readonly id: string; readonly name: string },
  numberOf: (extensionId: string) => string | null,
): CdrEntry[] {
  const groups = new Map<string, CallRecord[]>();
  for (const record of records) {
    if (record.role === 'supervisor') continue;
    const id = phoneCallOf(record);
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [record]);
    else group.push(record);
  }
  return [...groups]
    .map(([id, group]) => entryOf(id, group, owner, numberOf))
    .sort((a, b) => (a.published < b.published ? -1 : a.published > b.published ? 1 : 0));
}

export function cdrStatistics(entries: readonly CdrEntry[]): CdrStatistics[] {
  return ([0, 1] as const).map((type) => {
    const counts = [0, 0, 0, 0, 0, 0];
    for (const { phoneCallView } of entries) {
      const view = phoneCallView[0];
      if (view === undefined || (view.flow === 8 ? 0 : 1) !== type) continue;
      counts[view.disposition] = (counts[view.disposition] ?? 0) + 1;
    }
    const [answered = 0, busy = 0, failed = 0, unanswered = 0, unknown = 0, unallowed = 0] = counts;
    const total = answered + busy + failed + unanswered + unknown + unallowed;
    return { type, total, answered, unanswered, busy, failed, unknown, unallowed };
  });
}

/** Somebody in, or on the way to, a conference is a phone call of its own; two who talk to each other are one. */
function phoneCallOf({ from, to, legId, callId }: CallRecord): string {
  const conference = from.kind === 'conference' || to.kind === 'conference';
  return conference && legId !== null ? legId : callId;
}

function entryOf(
  id: string,
  records: readonly CallRecord[],
  owner: { id: string; name: string },
  numberOf: (extensionId: string) => string | null,
): CdrEntry {
  const published = Math.min(...records.map(({ startedAt }) => startedAt));
  const answers = records.flatMap(({ answeredAt }) => (answeredAt === null ? [] : [answeredAt]));
  const views = viewsOf(records);
  return {
    id,
    extension: chargedNumber(records, numberOf),
    ownerId: owner.id,
    ownerName: owner.name,
    published: formatDate(published),
    ...(answers.length === 0 ? {} : { answered: formatDate(Math.min(...answers)) }),
    phoneCallView: views,
  };
}

function viewsOf(records: readonly CallRecord[]): CdrView[] {
  const legs = new Map<string, CallRecord[]>();
  for (const record of records) {
    const key = record.legId ?? record.id;
    legs.set(key, [...(legs.get(key) ?? []), record]);
  }
  const dialled = records.every(({ direction }) => direction === 'outgoing');
  return [...legs.values()].map((parts, index) => viewOf(parts, index, dialled));
}

function viewOf(parts: readonly CallRecord[], index: number, dialled: boolean): CdrView {
  const last = parts.reduce((a, b) => (b.endedAt >= a.endedAt ? b : a));
  const answered = parts.flatMap(({ answeredAt }) => (answeredAt === null ? [] : [answeredAt]));
  const since = answered.length === 0 ? null : Math.min(...answered);
  return {
    id: String(index).padStart(2, '0'),
    source: last.from.number,
    destination: last.to.number,
    flow: flowOf(last, dialled),
    ...(since === null ? {} : { answered: formatDate(since) }),
    disposition: since === null ? dispositionOf(last) : dispositionNumbers.answered,
    duration: since === null ? 0 : Math.max(0, Math.round((last.endedAt - since) / 1000)),
  };
}

function dispositionOf({ disposition, cause }: CallRecord): number {
  if (disposition === 'refused' && notAllowed.has(cause)) return dispositionNumbers.notAllowed;
  return ofDisposition[disposition];
}

/** `dialled`: nobody called us, we called everybody. */
function flowOf({ from, to }: CallRecord, dialled: boolean): 2 | 4 | 8 {
  if (from.kind === 'external') return dialled && to.kind === 'external' ? 4 : 8;
  return to.kind === 'external' ? 4 : 2;
}

/** The number of the extension that is charged: as it was in the call, else as it is now. Empty when there is none. */
function chargedNumber(records: readonly CallRecord[], numberOf: (extensionId: string) => string | null): string {
  const began = records.reduce((a, b) => (b.startedAt < a.startedAt ? b : a));
  // Records of the first version do not say.
  const charged = began.charged ?? partyOfOurs(began)?.extensionId ?? null;
  if (charged === null) return '';
  const party = records.flatMap(({ from, to }) => [from, to]).find(({ extensionId }) => extensionId === charged);
  return party?.number ?? numberOf(charged) ?? '';
}

/** Who called, else who was called. */
function partyOfOurs({ from, to }: CallRecord): Party | null {
  if (from.kind !== 'external') return from;
  return to.kind === 'external' ? null : to;
}
