import type { CallRecord } from '../model/call-record.ts';
import { passesNumber } from '../model/phone-call-filter.ts';
import type {
  PhoneCallPage,
  PhoneCallPart,
  PhoneCallQuery,
  PhoneCallRecord,
  PhoneCallsById,
  PhoneCallTally,
} from '../model/phone-call-record.ts';
import { passesTime } from './passes-time.ts';
import { type PhoneCallDraft, phoneCallsOf, toldOf } from './phone-calls-of.ts';

/** The page that a query means among all that the records tell of. */
export function phoneCallPage(records: Iterable<CallRecord>, query: PhoneCallQuery): PhoneCallPage {
  const found = phoneCallsOf(records).filter((draft) => matches(draft, query));
  // Those of one millisecond in the order in which they were recorded.
  found.sort((a, b) => a.publishedAt - b.publishedAt);
  if (query.order === 'descending') found.reverse();
  const counts = new Map<string, PhoneCallTally>();
  for (const draft of found) {
    const [first] = toldOf(draft, null).parts;
    if (first === undefined) continue;
    const key = `${first.flow} ${first.outcome}`;
    const count = (counts.get(key)?.count ?? 0) + 1;
    counts.set(key, { flow: first.flow, outcome: first.outcome, count });
  }
  const page = found.slice(query.offset, query.offset + query.limit);
  return { total: found.length, tally: [...counts.values()], ids: page.map(({ id }) => id) };
}

export function phoneCallsById(records: Iterable<CallRecord>, asked: PhoneCallsById): PhoneCallRecord[] {
  const all = new Map(phoneCallsOf(records).map((draft) => [draft.id, draft]));
  return asked.ids.flatMap((id) => {
    const draft = all.get(id);
    return draft === undefined || draft.organizationId !== asked.organizationId
      ? []
      : [toldOf(draft, asked.extensionIds)];
  });
}

function matches(draft: PhoneCallDraft, query: PhoneCallQuery): boolean {
  const { publishedAt, answeredAt, savedAt } = draft;
  return (
    draft.organizationId === query.organizationId &&
    publishedAt >= query.from &&
    (query.to === null || publishedAt < query.to) &&
    savedAt >= (query.savedFrom ?? 0) &&
    savedAt < (query.savedTo ?? Number.POSITIVE_INFINITY) &&
    (query.published === undefined || passesTime(query.published, publishedAt)) &&
    (query.answered === undefined || passesTime(query.answered, answeredAt)) &&
    toldOf(draft, query.extensionIds).parts.some((part) => partMatches(part, query))
  );
}

function partMatches({ source, destination, flow, outcome }: PhoneCallPart, query: PhoneCallQuery): boolean {
  return (
    (query.source ?? []).every((filter) => passesNumber(filter, source, query.prefix)) &&
    (query.destination ?? []).every((filter) => passesNumber(filter, destination, query.prefix)) &&
    (query.flow === undefined || query.flow === flow) &&
    (query.outcome === undefined || query.outcome === outcome)
  );
}
