import type { PhoneCallFlow, PhoneCallOutcome } from '../../../call/model/phone-call-record.ts';
import { PartyNames } from './party-names.ts';

/** A part of a phone call, with what is known of the call. Times are ms since the epoch. */
export interface PartRow {
  readonly number: number;
  readonly published: number;
  readonly saved: number;
  readonly answered: number | null;
  readonly source: string;
  readonly sourceExtension: string | null;
  readonly destination: string;
  readonly destinationExtension: string | null;
  readonly charged: string | null;
  readonly flow: PhoneCallFlow;
  readonly outcome: PhoneCallOutcome;
}

const flows: readonly PhoneCallFlow[] = ['local', 'outgoing', 'incoming'];
const outcomes: readonly PhoneCallOutcome[] = ['answered', 'busy', 'failed', 'noAnswer', 'unknown', 'notAllowed'];

/** Ways and ends as one number below `kinds`, and whether it is the first part of its call. */
export const kinds = 32;
export const firstPart = 32;

export function kindOf(flow: PhoneCallFlow, outcome: PhoneCallOutcome): number {
  return flows.indexOf(flow) * 8 + outcomes.indexOf(outcome);
}

/** Null: none has this number. */
export function ofKind(kind: number): { readonly flow: PhoneCallFlow; readonly outcome: PhoneCallOutcome } | null {
  const [flow, outcome] = [flows[kind >> 3], outcomes[kind & 7]];
  return flow === undefined || outcome === undefined ? null : { flow, outcome };
}

/** 45 bytes for each part. */
class Columns {
  readonly capacity: number;
  readonly published: Float64Array;
  readonly number: Float64Array;
  readonly saved: Float64Array;
  /** NaN: never. */
  readonly answered: Float64Array;
  readonly source: Uint32Array;
  readonly destination: Uint32Array;
  readonly charged: Uint32Array;
  readonly kind: Uint8Array;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.published = new Float64Array(capacity);
    this.number = new Float64Array(capacity);
    this.saved = new Float64Array(capacity);
    this.answered = new Float64Array(capacity);
    this.source = new Uint32Array(capacity);
    this.destination = new Uint32Array(capacity);
    this.charged = new Uint32Array(capacity);
    this.kind = new Uint8Array(capacity);
  }

  get all() {
    const { published, number, saved, answered, source, destination, charged, kind } = this;
    return [published, number, saved, answered, source, destination, charged, kind];
  }

  copy(from: Columns, at: number, first: number, last: number): void {
    const columns = from.all;
    for (const [index, own] of this.all.entries()) own.set(columns[index]!.subarray(first, last), at);
  }
}

/**
 * All phone calls of one organization in memory, a row for each part, by when they were published, then by number, the
 * parts of a call in their order: a million are looked at in some milliseconds, whatever is asked of them.
 */
export class PhoneCallColumns {
  readonly parties = new PartyNames();
  #columns = new Columns(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get rows(): Columns {
    return this.#columns;
  }

  /** The first row that was published then or later. */
  from(published: number): number {
    let [low, high] = [0, this.#length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#columns.published[middle]! < published) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Behind all there are; the rows are in order. */
  append(rows: readonly PartRow[]): void {
    this.#grow(this.#length + rows.length);
    for (const row of rows) this.#put(row);
  }

  /** Takes out these calls, published then, and puts in what there is of them now, in order. */
  replace(gone: ReadonlyMap<number, number>, rows: readonly PartRow[]): void {
    let earliest = Number.POSITIVE_INFINITY;
    for (const published of gone.values()) earliest = Math.min(earliest, published);
    const first = this.from(earliest);
    const tail = new Columns(this.#length - first);
    tail.copy(this.#columns, 0, first, this.#length);
    this.#grow(this.#length + rows.length);
    this.#length = first;
    let next = 0;
    // Whole stretches are put back at once: most often one alone is new, and it is the last.
    for (let at = 0; at < tail.capacity; ) {
      while (next < rows.length && isBefore(rows[next]!, tail, at)) this.#put(rows[next++]!);
      const begin = at;
      const row = rows[next];
      while (
        at < tail.capacity &&
        !gone.has(tail.number[at]!) &&
        (at === begin || row === undefined || !isBefore(row, tail, at))
      ) {
        at++;
      }
      this.#columns.copy(tail, this.#length, begin, at);
      this.#length += at - begin;
      while (at < tail.capacity && gone.has(tail.number[at]!)) at++;
    }
    while (next < rows.length) this.#put(rows[next++]!);
  }

  #put(row: PartRow): void {
    const [columns, at] = [this.#columns, this.#length++];
    const first = at === 0 || columns.number[at - 1] !== row.number;
    columns.published[at] = row.published;
    columns.number[at] = row.number;
    columns.saved[at] = row.saved;
    columns.answered[at] = row.answered ?? Number.NaN;
    columns.source[at] = this.parties.indexOf(row.source, row.sourceExtension);
    columns.destination[at] = this.parties.indexOf(row.destination, row.destinationExtension);
    columns.charged[at] = this.parties.indexOf('', row.charged);
    columns.kind[at] = kindOf(row.flow, row.outcome) | (first ? firstPart : 0);
  }

  #grow(length: number): void {
    if (length <= this.#columns.capacity) return;
    const columns = new Columns(Math.ceil(length * 1.25) + 1024);
    columns.copy(this.#columns, 0, 0, this.#length);
    this.#columns = columns;
  }
}

function isBefore(row: PartRow, { published, number }: Columns, at: number): boolean {
  return row.published < published[at]! || (row.published === published[at] && row.number < number[at]!);
}
