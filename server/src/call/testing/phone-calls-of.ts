import type { CallRecord, Disposition, Party } from '../model/call-record.ts';
import type {
  PhoneCallFlow,
  PhoneCallOutcome,
  PhoneCallPart,
  PhoneCallParty,
  PhoneCallRecord,
} from '../model/phone-call-record.ts';

/** A phone call while its records are put together. */
export interface PhoneCallDraft {
  readonly id: string;
  readonly organizationId: string;
  readonly publishedAt: number;
  answeredAt: number | null;
  /** When the last record was written. */
  savedAt: number;
  charged: string | null;
  chargedSince: number;
  /** Nobody called us: we called everybody. */
  dialled: boolean;
  parts: PartDraft[];
}

interface PartDraft extends Omit<PhoneCallPart, 'flow'> {
  /** Both ends are outside. */
  readonly transit: boolean;
  readonly flow: PhoneCallFlow;
  /** Known from the one who called alone: whom he reached says more. */
  readonly fromCaller: boolean;
}

const ofDisposition: Readonly<Record<Disposition, PhoneCallOutcome>> = {
  answered: 'answered',
  busy: 'busy',
  failed: 'failed',
  noAnswer: 'noAnswer',
  cancelled: 'noAnswer',
  refused: 'busy',
};
const notAllowed: ReadonlySet<string> = new Set(['unauthorized', 'locked', 'conferenceFull']);

/**
 * The phone calls that these records tell of, given in the order in which they were written. Who listens or whispers is
 * in none.
 */
export function phoneCallsOf(records: Iterable<CallRecord>): PhoneCallDraft[] {
  const found = new Map<string, PhoneCallDraft>();
  for (const record of records) {
    if (record.role === 'supervisor') continue;
    const conference = record.from.kind === 'conference' || record.to.kind === 'conference';
    const asLeg = conference && record.legId !== null;
    const id = asLeg && record.legId !== null ? record.legId : record.callId;
    const draft = merged(found.get(id), id, record);
    found.set(id, draft);
    const part = partOf(record);
    if (asLeg) draft.parts = [draft.parts[0] === undefined ? part : ofOneLeg(draft.parts[0], part)];
    else addBetween(draft, part);
  }
  return [...found.values()];
}

/** As it is told, with only those parts that one of the extensions had to do with; null: all. */
export function toldOf(draft: PhoneCallDraft, extensionIds: readonly string[] | null): PhoneCallRecord {
  const { id, organizationId, publishedAt, answeredAt, charged } = draft;
  const parts = partsOf(draft).filter(
    (part) => extensionIds === null || extensionIds.some((one) => concerns(part, one)),
  );
  return { id, organizationId, publishedAt, answeredAt, charged, parts };
}

export function concerns({ source, destination, charged }: PhoneCallPart, extensionId: string): boolean {
  return source.extensionId === extensionId || destination.extensionId === extensionId || charged === extensionId;
}

function partsOf({ parts, dialled }: PhoneCallDraft): PhoneCallPart[] {
  return parts.map(({ transit, fromCaller: _, ...part }) => {
    // Numbers outside that were both called from here cost two calls out.
    return transit ? { ...part, flow: dialled ? ('outgoing' as const) : ('incoming' as const) } : part;
  });
}

function merged(draft: PhoneCallDraft | undefined, id: string, record: CallRecord): PhoneCallDraft {
  const answeredAt = record.callEnteredAt === null ? record.answeredAt : record.callAnsweredAt;
  // Records of the first version do not say who is charged.
  const charged = record.charged ?? record.from.extensionId ?? record.to.extensionId;
  const outgoing = record.direction === 'outgoing';
  if (draft === undefined) {
    return {
      id,
      organizationId: record.organizationId,
      publishedAt: record.callEnteredAt ?? record.startedAt,
      answeredAt,
      savedAt: record.endedAt,
      charged,
      chargedSince: record.startedAt,
      dialled: outgoing,
      parts: [],
    };
  }
  draft.answeredAt = earlier(draft.answeredAt, answeredAt);
  draft.savedAt = Math.max(draft.savedAt, record.endedAt);
  if (record.startedAt < draft.chargedSince) Object.assign(draft, { charged, chargedSince: record.startedAt });
  draft.dialled &&= outgoing;
  return draft;
}

function partOf(record: CallRecord): PartDraft {
  const { from, to, direction } = record;
  const [source, destination] = [partyOf(from), partyOf(to)];
  const [comes, goes] = [from.kind === 'external', to.kind === 'external'];
  return {
    source,
    destination,
    charged: record.charged ?? from.extensionId ?? to.extensionId,
    transit: comes && goes,
    flow: comes ? 'incoming' : goes ? 'outgoing' : 'local',
    outcome: outcomeOf(record),
    answeredAt: record.answeredAt,
    endedAt: record.endedAt,
    fromCaller: (record.end ?? (direction === 'incoming' ? 'from' : 'to')) === 'from',
  };
}

function partyOf({ number, extensionId }: Party): PhoneCallParty {
  return { number, extensionId };
}

function outcomeOf({ answeredAt, disposition, cause }: CallRecord): PhoneCallOutcome {
  if (answeredAt !== null) return 'answered';
  return disposition === 'refused' && notAllowed.has(cause) ? 'notAllowed' : ofDisposition[disposition];
}

/** On the way to a conference, and in it. */
function ofOneLeg(one: PartDraft, other: PartDraft): PartDraft {
  const last = other.endedAt >= one.endedAt ? other : one;
  return { ...last, ...both(one, other, last) };
}

/**
 * Whoever was reached tells what there was between the two; the caller's own record is all there is where nobody was.
 */
function addBetween(draft: PhoneCallDraft, part: PartDraft): void {
  const same = draft.parts.find((one) => isBetweenSame(one, part));
  if (part.fromCaller) {
    if (draft.parts.some((one) => !one.fromCaller && one.source.number === part.source.number)) return;
    if (same === undefined) draft.parts.push(part);
    else draft.parts[draft.parts.indexOf(same)] = part;
    return;
  }
  if (same === undefined) draft.parts.push(part);
  else draft.parts[draft.parts.indexOf(same)] = same.fromCaller ? part : { ...part, ...both(same, part, part) };
  draft.parts = draft.parts.filter((one) => !one.fromCaller || one.source.number !== part.source.number);
}

function isBetweenSame(a: PartDraft, b: PartDraft): boolean {
  return a.source.number === b.source.number && a.destination.number === b.destination.number;
}

function both(
  one: PartDraft,
  other: PartDraft,
  last: PartDraft,
): Pick<PartDraft, 'answeredAt' | 'endedAt' | 'outcome'> {
  const answeredAt = earlier(one.answeredAt, other.answeredAt);
  return {
    answeredAt,
    endedAt: Math.max(one.endedAt, other.endedAt),
    outcome: answeredAt === null ? last.outcome : 'answered',
  };
}

function earlier(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.min(a, b);
}
