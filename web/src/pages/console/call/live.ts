import type { CallEvent, Lane, Phrase, Sample, Span, SpanKind, Timeline } from './timeline.ts';

/** An event as the stream tells it. */
interface StreamedEvent {
  readonly callId?: string;
  readonly seq: number;
  readonly at: string;
  readonly type: string;
  readonly connectionId: string | null;
  readonly cause: string | null;
  readonly text: string;
  readonly says: readonly Phrase[];
  readonly data: {
    readonly started?: readonly string[];
    readonly stopped?: readonly string[];
    readonly muted?: boolean;
  };
}

interface StreamedSample {
  readonly connection: string;
  readonly at: string;
  readonly level: number | null;
  readonly loss: number;
  readonly jitterMs: number;
  readonly mos: number | null;
  readonly packets: number;
}

export type News = { readonly event: StreamedEvent } | { readonly samples: readonly StreamedSample[] };

/** The same timeline where it says nothing new. */
export function withNews(timeline: Timeline, news: News): Timeline {
  return 'event' in news ? withEvent(timeline, news.event) : withSamples(timeline, news.samples);
}

/** Whether the server has to be asked again: somebody new came in, or signalling said something. */
export function asksAgain({ type }: StreamedEvent): boolean {
  return type !== 'talking' && type !== 'digitsGenerated';
}

function withEvent(timeline: Timeline, said: StreamedEvent): Timeline {
  const { callId = null, cause, connectionId, data, says, seq, text, type } = said;
  if (callId === null || !timeline.call.calls.includes(callId)) return timeline;
  if (timeline.events.some((one) => one.callId === callId && one.seq === seq)) return timeline;
  const at = Date.parse(said.at);
  const event: CallEvent = { seq, callId, at, type, connection: connectionId, cause, text, says };
  let { lanes } = timeline;
  const change = (id: string, to: (lane: Lane) => Lane): void => {
    lanes = lanes.map((lane) => (lane.connection === id ? to(lane) : lane));
  };
  for (const id of data.started ?? []) change(id, (lane) => begun(lane, 'talking', at));
  for (const id of data.stopped ?? []) change(id, (lane) => ended(lane, 'talking', at));
  if (connectionId !== null) change(connectionId, (lane) => changed(lane, type, data, at));
  const over = type === 'callCleared' && callId === timeline.call.calls.at(-1);
  const call = over ? { ...timeline.call, state: 'ended' as const, cause } : timeline.call;
  return { ...timeline, call, lanes, events: [...timeline.events, event], to: over ? at : timeline.to };
}

function changed(lane: Lane, type: string, { muted }: StreamedEvent['data'], at: number): Lane {
  switch (type) {
    case 'established':
      return begun(ended(lane, 'ringing', at), 'present', at);
    case 'held':
      return begun(ended(lane, 'talking', at), 'hold', at);
    case 'retrieved':
      return ended(lane, 'hold', at);
    case 'dataChanged':
      return muted === true ? begun(lane, 'muted', at) : muted === false ? ended(lane, 'muted', at) : lane;
    case 'connectionCleared':
      return { ...lane, to: at, spans: lane.spans.map((span) => (span.to === null ? { ...span, to: at } : span)) };
    default:
      return lane;
  }
}

function begun(lane: Lane, kind: SpanKind, at: number): Lane {
  if (lane.spans.some((span) => span.kind === kind && span.to === null)) return lane;
  const span: Span = { kind, from: at, to: null };
  return { ...lane, spans: [...lane.spans, span] };
}

function ended(lane: Lane, kind: SpanKind, at: number): Lane {
  const spans = lane.spans.map((span) => (span.kind === kind && span.to === null ? { ...span, to: at } : span));
  return { ...lane, spans };
}

function withSamples(timeline: Timeline, samples: readonly StreamedSample[]): Timeline {
  const byConnection = new Map(samples.map((sample) => [sample.connection, sample]));
  const lanes = timeline.lanes.map((lane) => {
    const said = byConnection.get(lane.connection);
    if (said === undefined) return lane;
    const sample: Sample = { ...said, at: Date.parse(said.at) };
    return { ...lane, samples: [...lane.samples, sample] };
  });
  return { ...timeline, lanes };
}
