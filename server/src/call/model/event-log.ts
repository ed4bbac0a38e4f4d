import type { CallRecord } from './call-record.ts';
import type { CallEvent } from './events.ts';

/**
 * What has a history: a call; an agent's device; an attempt that came to no call; a remark on a call that was over; by
 * organization the directory, and what its administrators should know of who tries to get in.
 */
export type StreamKind = 'call' | 'device' | 'attempt' | 'remark' | 'directory' | 'security';

/** One history. Ids are unique within their kind. */
export interface StreamRef {
  readonly kind: StreamKind;
  readonly id: string;
}

/**
 * One change of something that is no call. Its stream begins with seq 1 and does not end; that of an attempt or a
 * remark is over with it.
 */
export interface StreamEvent {
  readonly stream: StreamRef & { readonly kind: Exclude<StreamKind, 'call'> };
  readonly organizationId: string;
  /** 1, 2 … without a gap per stream. */
  readonly seq: number;
  /** ms since the epoch. */
  readonly at: number;
  readonly type: string;
  /** JSON-safe plain data. */
  readonly data: object;
}

export type LoggedEvent = CallEvent | StreamEvent;

/** What happened at once, over one stream or several: told together, in this order. */
export interface LogStep {
  readonly events: readonly LoggedEvent[];
  /** Of the connections that end in it. */
  readonly records: readonly CallRecord[];
}

/** One event, and its place in the log. */
export interface FeedEntry {
  /** Grows strictly in the order in which events were committed; gaps are allowed. */
  readonly position: number;
  /**
   * The number of the step it belongs to: the position of that step's first event. The events of a step are neighbours,
   * and seen all at once.
   */
  readonly step: number;
  readonly event: LoggedEvent;
}

/** How far a stream has got. */
export interface StreamEnd extends StreamRef {
  readonly organizationId: string | null;
  readonly lastSeq: number;
}

export function isOfCall(event: LoggedEvent): event is CallEvent {
  return 'callId' in event;
}

/** Whether nothing comes after it in its stream. */
export function endsStream(event: LoggedEvent): boolean {
  return isOfCall(event) ? event.type === 'callCleared' : ['attempt', 'remark'].includes(event.stream.kind);
}

export function streamOf(event: LoggedEvent): StreamRef {
  return isOfCall(event) ? { kind: 'call', id: event.callId } : event.stream;
}
