import type { CallRecord } from './call-record.ts';
import { type CallEvent, organizationOf } from './events.ts';
import type { CallStore, CallSummary, OpenCall, RecentCallsQuery, RecordQuery } from './ports.ts';

/** A call store that forgets everything with the process; for tests and simulations. Checks what every store must hold. */
export class MemoryCallStore implements CallStore {
  readonly #events = new Map<string, CallEvent[]>();
  readonly #records = new Map<string, CallRecord>();
  /** Awaited before an append takes effect; rejecting makes the append fail. */
  beforeAppend: (() => Promise<void>) | null = null;

  async append(events: readonly CallEvent[], records: readonly CallRecord[]): Promise<void> {
    if (this.beforeAppend !== null) await this.beforeAppend();
    const next = new Map<string, number>();
    for (const { callId, seq } of events) {
      const expected = next.get(callId) ?? (this.#events.get(callId)?.length ?? 0) + 1;
      if (seq !== expected) throw new Error(`call ${callId}: event ${seq} where ${expected} was due`);
      next.set(callId, expected + 1);
    }
    for (const event of events) {
      const log = this.#events.get(event.callId);
      if (log === undefined) this.#events.set(event.callId, [event]);
      else log.push(event);
    }
    for (const record of records) this.#records.set(record.id, record);
  }

  /** All events of a call, or of none; not a copy. */
  log(callId: string): readonly CallEvent[] {
    return this.#events.get(callId) ?? [];
  }

  allRecords(): readonly CallRecord[] {
    return [...this.#records.values()];
  }

  callIds(): readonly string[] {
    return [...this.#events.keys()];
  }

  async eventsOf(callId: string, options: { after?: number; limit?: number } = {}): Promise<CallEvent[]> {
    const { after = 0, limit = Number.POSITIVE_INFINITY } = options;
    return this.log(callId).slice(after, after + limit);
  }

  async openCalls(): Promise<OpenCall[]> {
    const open: OpenCall[] = [];
    for (const [callId, events] of this.#events) {
      if (events.at(-1)?.type !== 'callCleared') open.push({ callId, lastSeq: events.length, events: [...events] });
    }
    return open;
  }

  async recentCalls(query: RecentCallsQuery): Promise<CallSummary[]> {
    const { organizationId, ended = false, limit, before = Number.POSITIVE_INFINITY } = query;
    const found: CallSummary[] = [];
    for (const [callId, events] of this.#events) {
      const [first] = events;
      const last = events.at(-1)!;
      const endedAt = last.type === 'callCleared' ? last.at : null;
      const position = found.length + 1;
      found.push({
        callId,
        organizationId: organizationOf(first),
        position,
        startedAt: first!.at,
        endedAt,
        lastSeq: last.seq,
      });
    }
    const matching = found.filter(
      (one) =>
        one.position < before &&
        (organizationId === undefined || one.organizationId === organizationId) &&
        (!ended || one.endedAt !== null),
    );
    return matching.reverse().slice(0, limit);
  }

  async records(query: RecordQuery): Promise<CallRecord[]> {
    const { offset = 0, limit = Number.POSITIVE_INFINITY } = query;
    const found = this.allRecords().filter((record) => matches(record, query));
    return found.sort((a, b) => b.endedAt - a.endedAt).slice(offset, offset + limit);
  }
}

function matches(record: CallRecord, query: RecordQuery): boolean {
  const { organizationId, callId, extensionId, from = 0, to = Number.POSITIVE_INFINITY } = query;
  if (organizationId !== undefined && record.organizationId !== organizationId) return false;
  if (callId !== undefined && record.callId !== callId) return false;
  if (extensionId !== undefined && record.from.extensionId !== extensionId && record.to.extensionId !== extensionId) {
    return false;
  }
  return record.endedAt >= from && record.endedAt < to;
}
