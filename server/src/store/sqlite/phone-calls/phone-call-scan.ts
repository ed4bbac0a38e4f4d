import { numberTail } from '../../../base/same-number.ts';
import { passesNumber } from '../../../call/model/phone-call-filter.ts';
import type {
  NumberFilter,
  PhoneCallQuery,
  PhoneCallTally,
  TimeFilter,
} from '../../../call/model/phone-call-record.ts';
import type { PartyNames } from './party-names.ts';
import { firstPart, kinds, ofKind, type PhoneCallColumns } from './phone-call-columns.ts';
import { timeTextSpan, timeTextTest } from './time-text.ts';

export interface Found {
  readonly total: number;
  readonly tally: readonly PhoneCallTally[];
  /** Those on the page. */
  readonly numbers: readonly number[];
}

/**
 * All phone calls that a question means, counted, and those of its page: one look at each part published in the time.
 */
export function scan(calls: PhoneCallColumns, query: PhoneCallQuery): Found {
  const first = calls.from(query.from);
  const last = query.to === null ? calls.length : Math.max(first, calls.from(query.to));
  const { number, kind, source, destination, charged } = calls.rows;
  const kindPasses = kindTest(query);
  const sources = partyTest(calls.parties, query.source, query.prefix);
  const destinations = partyTest(calls.parties, query.destination, query.prefix);
  const own = query.extensionIds === null ? null : ownTest(calls.parties, query.extensionIds);
  const callPasses = callTest(calls, query);
  const counts = new Float64Array(kinds);
  const found = new Uint32Array(last - first);
  let total = 0;
  let head = 0;
  let open = false;
  for (let at = first; at < last; at++) {
    const its = kind[at]!;
    if (its >= firstPart) {
      head = its - firstPart;
      open = true;
    }
    if (!open || kindPasses[its & (kinds - 1)] === 0) continue;
    if (sources !== null && sources[source[at]!] === 0) continue;
    if (destinations !== null && destinations[destination[at]!] === 0) continue;
    if (own !== null && own[source[at]!] === 0 && own[destination[at]!] === 0 && own[charged[at]!] === 0) continue;
    // Whatever comes of it, its other parts need not be looked at.
    open = false;
    if (callPasses !== null && !callPasses(at)) continue;
    counts[head]!++;
    found[total++] = at;
  }
  const page = Math.max(0, Math.min(query.limit, total - query.offset));
  const numbers = Array.from({ length: page }, (_, index) => {
    const place = query.offset + index;
    return number[found[query.order === 'ascending' ? place : total - 1 - place]!]!;
  });
  return { total, tally: tallyOf(counts), numbers };
}

function tallyOf(counts: Float64Array): PhoneCallTally[] {
  return [...counts].flatMap((count, kind) => {
    const of = ofKind(kind);
    return count === 0 || of === null ? [] : [{ ...of, count }];
  });
}

function kindTest({ flow, outcome }: PhoneCallQuery): Uint8Array {
  return Uint8Array.from({ length: kinds }, (_, kind) => {
    const of = ofKind(kind);
    if (of === null) return 0;
    return (flow === undefined || of.flow === flow) && (outcome === undefined || of.outcome === outcome) ? 1 : 0;
  });
}

function ownTest({ extensions }: PartyNames, extensionIds: readonly string[]): Uint8Array {
  const own = new Set(extensionIds);
  return Uint8Array.from(extensions, (one) => (one !== null && own.has(one) ? 1 : 0));
}

/** By party; null: all pass. */
function partyTest(parties: PartyNames, filters: readonly NumberFilter[] = [], prefix: string): Uint8Array | null {
  if (filters.length === 0) return null;
  const passes = new Uint8Array(parties.length).fill(1);
  for (const filter of filters) {
    const narrowed = narrowedBy(filter);
    for (let at = 0; at < passes.length; at++) {
      if (passes[at] === 0) continue;
      const party = { number: parties.numbers[at]!, extensionId: parties.extensions[at]! };
      const possible = narrowed(party.number, party.extensionId === null ? null : `${prefix}*${party.number}`);
      if (possible === null || !passesNumber(possible, party, prefix)) passes[at] = 0;
    }
  }
  return passes;
}

/** Of many whole numbers only those are compared that end alike; null: none does. */
function narrowedBy(filter: NumberFilter): (number: string, extended: string | null) => NumberFilter | null {
  if (filter.op !== 'equals' && filter.op !== 'inArray') return () => filter;
  const byTail = new Map(
    [...Map.groupBy(filter.values, numberTail)].map(([tail, values]) => [tail, { ...filter, values }]),
  );
  return (number, extended) => {
    const short = byTail.get(numberTail(number)) ?? null;
    const long = extended === null ? null : (byTail.get(numberTail(extended)) ?? null);
    return short === null || long === null || short === long
      ? (short ?? long)
      : { ...filter, values: [...short.values, ...long.values] };
  };
}

/** What has to hold of the call itself; null: nothing. */
function callTest(calls: PhoneCallColumns, query: PhoneCallQuery): ((at: number) => boolean) | null {
  const { savedFrom = Number.NEGATIVE_INFINITY, savedTo = Number.POSITIVE_INFINITY } = query;
  const { published, answered, saved } = calls.rows;
  const tests: ((at: number) => boolean)[] = [];
  if (query.savedFrom !== undefined || query.savedTo !== undefined) {
    tests.push((at) => saved[at]! >= savedFrom && saved[at]! < savedTo);
  }
  const ofTime = (filter: TimeFilter | undefined, column: Float64Array) => {
    if (filter === undefined) return;
    const passes = timeTest(filter);
    tests.push((at) => passes(column[at]!));
  };
  ofTime(query.published, published);
  ofTime(query.answered, answered);
  const [one, ...others] = tests;
  if (one === undefined) return null;
  return others.length === 0 ? one : (at) => tests.every((test) => test(at));
}

/** Of ms since the epoch, NaN for what did not happen. Compared as whole seconds, which is a span of ms. */
function timeTest({ op, values }: TimeFilter): (at: number) => boolean {
  const first = Number(values[0]);
  const seconds = new Set(values);
  switch (op) {
    case 'present':
      return (at) => !Number.isNaN(at);
    case 'equals':
    case 'inArray':
      return (at) => seconds.has(Math.floor(at / 1000) * 1000);
    case 'greaterThan':
      return within(Math.floor(first / 1000) * 1000 + 1000, Number.POSITIVE_INFINITY);
    case 'lessThan':
      return within(Number.NEGATIVE_INFINITY, Math.ceil(first / 1000) * 1000);
    case 'contains':
      return timeTextTest(String(values[0] ?? ''));
    case 'startsWith':
      return within(...timeTextSpan(String(values[0] ?? '')));
  }
}

function within(from: number, to: number): (at: number) => boolean {
  return (at) => at >= from && at < to;
}
