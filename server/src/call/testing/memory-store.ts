import type { CallRecord } from '../model/call-record.ts';
import {
  isOfCall,
  type LoggedEvent,
  type LogStep,
  type StreamEnd,
  type StreamEvent,
  streamOf,
} from '../model/event-log.ts';
import { type CallEvent, organizationOf } from '../model/events.ts';
import type { PhoneCallPage, PhoneCallQuery, PhoneCallRecord, PhoneCallsById } from '../model/phone-call-record.ts';
import type {
  AttemptsQuery,
  CallAt,
  CallStore,
  CallSummary,
  FeedEntry,
  LoggedAttempt,
  OpenCall,
  RecentCalls,
  RecentCallsQuery,
  RecordingSummary,
  RecordingsQuery,
  RecordQuery,
} from '../ports.ts';
import { phoneCallPage, phoneCallsById } from './memory-phone-calls.ts';
import { summaryOf } from './summary-of.ts';

/**
 * A call store that forgets everything with the process; for tests and simulations. Checks what every store must hold.
 */
export class MemoryCallStore implements CallStore {
  /** By call; of other streams by kind and id. */
  readonly #events = new Map<string, CallEvent[]>();
  readonly #others = new Map<string, StreamEvent[]>();
  readonly #records = new Map<string, CallRecord>();
  /** In order of commit: an event's position is its index and one. */
  readonly #feed: FeedEntry[] = [];
  /** Awaited before an append takes effect; rejecting makes the append fail. */
  beforeAppend: (() => Promise<void>) | null = null;

  append(events: readonly LoggedEvent[], records: readonly CallRecord[]): Promise<void> {
    return this.appendSteps([{ events, records }]);
  }

  async appendSteps(steps: readonly LogStep[]): Promise<void> {
    if (this.beforeAppend !== null) await this.beforeAppend();
    const next = new Map<string, number>();
    for (const event of steps.flatMap(({ events }) => events)) {
      const key = keyOf(event);
      const expected = next.get(key) ?? this.#lengthOf(event) + 1;
      if (event.seq !== expected) throw new Error(`${key}: event ${event.seq} where ${expected} was due`);
      next.set(key, expected + 1);
    }
    for (const { events, records } of steps) {
      const step = this.#feed.length + 1;
      for (const event of events) {
        this.#feed.push({ position: this.#feed.length + 1, step, event });
        if (isOfCall(event)) put(this.#events, event.callId, event);
        else put(this.#others, keyOf(event), event);
      }
      for (const record of records) this.#records.set(record.id, record);
    }
  }

  #lengthOf(event: LoggedEvent): number {
    const log = isOfCall(event) ? this.#events.get(event.callId) : this.#others.get(keyOf(event));
    return log?.length ?? 0;
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

  async eventsAbout(
    callId: string,
    { connectionIds, after, limit }: { connectionIds: readonly string[] | null; after: number; limit: number },
  ): Promise<CallEvent[]> {
    const concerns = ({ connectionId, type }: CallEvent) =>
      connectionIds === null || (connectionId === null ? type !== 'talking' : connectionIds.includes(connectionId));
    return this.log(callId)
      .filter((event) => event.seq > after && concerns(event))
      .slice(0, limit);
  }

  async attempts({
    organizationId,
    limit,
    before = Number.POSITIVE_INFINITY,
  }: AttemptsQuery): Promise<LoggedAttempt[]> {
    return this.#feed
      .flatMap(({ position, event }) => (isOfCall(event) || position >= before ? [] : [{ position, event }]))
      .filter(({ event }) => event.stream.kind === 'attempt' && event.organizationId === organizationId)
      .reverse()
      .slice(0, limit);
  }

  async openCalls(): Promise<OpenCall[]> {
    const open: OpenCall[] = [];
    for (const [callId, events] of this.#events) {
      if (events.at(-1)?.type !== 'callCleared') open.push({ callId, lastSeq: events.length, events: [...events] });
    }
    return open;
  }

  async recentCalls(query: RecentCallsQuery): Promise<RecentCalls> {
    const { organizationId, callId, ended = false, limit, before = Number.POSITIVE_INFINITY } = query;
    const { cause, from = Number.NEGATIVE_INFINITY, party, to = Number.POSITIVE_INFINITY } = query;
    const found: CallSummary[] = [];
    for (const events of this.#events.values()) {
      const [first] = events;
      const last = events.at(-1)!;
      const position = found.length + 1;
      const records = this.allRecords().filter((record) => record.callId === first!.callId);
      found.push(summaryOf(first!, last, { position, records }));
    }
    const matching = found.filter(
      (one) =>
        one.position < before &&
        (callId === undefined || one.callId === callId) &&
        (organizationId === undefined || one.organizationId === organizationId) &&
        (!ended || one.endedAt !== null) &&
        (one.endedAt ?? Number.POSITIVE_INFINITY) >= from &&
        one.startedAt <= to &&
        (party === undefined || this.#hasParty(one.callId, party)) &&
        (cause === undefined ||
          one.cause === cause ||
          this.#recordsOf(one.callId).some((each) => each.cause === cause)),
    );
    const calls = matching.reverse().slice(0, limit);
    return { calls, next: calls.length < limit ? null : (calls.at(-1)?.position ?? null) };
  }

  #recordsOf(callId: string): CallRecord[] {
    return this.allRecords().filter((record) => record.callId === callId);
  }

  #hasParty(callId: string, text: string): boolean {
    const wanted = text.toLowerCase();
    return this.#recordsOf(callId).some(({ from, to }) =>
      [from, to].some(({ name, number }) => `${number}\n${name}`.toLowerCase().includes(wanted)),
    );
  }

  async records(query: RecordQuery): Promise<CallRecord[]> {
    const { offset = 0, limit = Number.POSITIVE_INFINITY } = query;
    const sign = query.order === 'ascending' ? 1 : -1;
    const all = [...this.allRecords()].sort((a, b) => sign * (a.endedAt - b.endedAt));
    const last = query.after === undefined ? -1 : all.findIndex(({ id }) => id === query.after);
    if (query.after !== undefined && last < 0) return [];
    const found = all
      .slice(last + 1)
      .filter(
        ({ organizationId, callId }) =>
          (query.organizationId === undefined || organizationId === query.organizationId) &&
          (query.callId === undefined || callId === query.callId),
      );
    return found.slice(offset, offset + limit);
  }

  async phoneCallPage(query: PhoneCallQuery): Promise<PhoneCallPage> {
    return phoneCallPage(this.allRecords(), query);
  }

  async phoneCalls(asked: PhoneCallsById): Promise<PhoneCallRecord[]> {
    return phoneCallsById(this.allRecords(), asked);
  }

  async recordsOfLeg(legId: string): Promise<CallRecord[]> {
    return this.allRecords()
      .filter((record) => record.legId === legId)
      .sort((a, b) => a.endedAt - b.endedAt);
  }

  async recordsNamed(id: string): Promise<CallRecord[]> {
    return this.allRecords().filter((record) => record.legId === id || record.id === id);
  }

  async feed({ after, limit }: { after: number; limit: number }): Promise<FeedEntry[]> {
    return this.#feed.slice(after, after + limit);
  }

  async streams(kind: StreamEvent['stream']['kind']): Promise<StreamEnd[]> {
    return [...this.#others.values()]
      .map((events) => events.at(-1)!)
      .filter(({ stream }) => stream.kind === kind)
      .map(({ stream, organizationId, seq }) => ({ ...stream, organizationId, lastSeq: seq }));
  }

  async lastEvents(kind: StreamEvent['stream']['kind']): Promise<StreamEvent[]> {
    return [...this.#others.values()].map((events) => events.at(-1)!).filter(({ stream }) => stream.kind === kind);
  }

  async streamEvents(
    { kind, id }: StreamEvent['stream'],
    { after = 0, limit = Number.POSITIVE_INFINITY }: { after?: number; limit?: number } = {},
  ): Promise<StreamEvent[]> {
    return (this.#others.get(`${kind} ${id}`) ?? []).slice(after, after + limit);
  }

  async lastPosition(): Promise<number> {
    return this.#feed.length;
  }

  async runningAt(query: { organizationId: string; position: number }): Promise<CallAt[]> {
    const seqs = new Map<string, number>();
    for (const { event } of this.#feed.slice(0, query.position)) {
      if (!isOfCall(event)) continue;
      if (event.type === 'callCleared') seqs.delete(event.callId);
      else seqs.set(event.callId, event.seq);
    }
    return [...seqs]
      .filter(([callId]) => organizationOf(this.log(callId)[0]) === query.organizationId)
      .map(([callId, seq]) => ({ callId, seq }));
  }

  async recordings(query: RecordingsQuery): Promise<RecordingSummary[]> {
    const { callId, recordingId, limit, before = Number.POSITIVE_INFINITY } = query;
    const found: RecordingSummary[] = [];
    this.#feed.forEach(({ event, position }) => {
      if (!isOfCall(event) || event.type !== 'recordingStarted') return;
      const log = this.log(event.callId);
      const ended = log.find((other) => other.type === 'recordingStopped' && other.seq > event.seq);
      found.push({
        recordingId: event.data.recordingId,
        callId: event.callId,
        organizationId: organizationOf(log[0]) ?? '',
        position,
        startedAt: event.at,
        endedAt: ended?.at ?? null,
      });
    });
    const matching = found.filter(
      (one) =>
        one.organizationId === query.organizationId &&
        one.position < before &&
        (callId === undefined || one.callId === callId) &&
        (recordingId === undefined || one.recordingId === recordingId),
    );
    return matching.reverse().slice(0, limit);
  }
}

function keyOf(event: LoggedEvent): string {
  const { kind, id } = streamOf(event);
  return `${kind} ${id}`;
}

function put<Event>(logs: Map<string, Event[]>, key: string, event: Event): void {
  const log = logs.get(key);
  if (log === undefined) logs.set(key, [event]);
  else log.push(event);
}
