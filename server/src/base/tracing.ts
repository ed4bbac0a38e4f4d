import {
  type Attributes,
  type Context,
  context,
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { RecentMap } from './recent-map.ts';

/**
 * Traces by OpenTelemetry: from the request that asks for a call to the INVITE, the answer, and the webhooks that tell
 * of it. Without somebody who collects them (`startTracing`) all of it does nothing and costs next to that.
 */
const name = 'partyline';

/** What has begun within a trace and goes on when the request that began it is long answered: by its id. */
const traces = new RecentMap<string, Context>(10_000);

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** The trace that this is done in, for what is done of it later. */
export function currentTrace(): <Result>(action: () => Result) => Result {
  const now = context.active();
  return now === ROOT_CONTEXT ? (action) => action() : (action) => context.with(now, action);
}

/** Whoever tells of these (calls, connections, legs) later does so in the trace in which they were last changed. */
export function keepTrace(ids: readonly string[]): void {
  const active = context.active() === ROOT_CONTEXT ? undefined : trace.getSpanContext(context.active());
  if (active === undefined) return;
  // Which trace and span it was, not the span: with its attributes and events 10 000 ids take 20 MB, without them 8.
  const kept = trace.setSpanContext(ROOT_CONTEXT, active);
  for (const id of ids) traces.set(id, kept);
}

/** Done in the trace in which this was last changed, unless it is done within another. */
export function inTraceOf<Result>(id: string, action: () => Result): Result {
  const kept = traces.size === 0 || context.active() !== ROOT_CONTEXT ? undefined : traces.get(id);
  return kept === undefined ? action() : context.with(kept, action);
}

/** A request that somebody sends us, within the trace that its headers name (W3C Trace Context). */
export function served(what: string, headers: Headers, attributes: Attributes): TracedWork {
  const parent = propagation.extract(ROOT_CONTEXT, headers);
  return begin(what, SpanKind.SERVER, attributes, parent);
}

/** A request of ours, within the trace that this is done in. `of`: or in that in which this was changed. */
export function asked(what: string, attributes: Attributes, of: string | null = null): TracedWork {
  const parent = of === null ? context.active() : (traces.get(of) ?? ROOT_CONTEXT);
  return begin(what, SpanKind.CLIENT, attributes, parent);
}

/** One span, until it ends; ending it twice is once. */
export interface TracedWork {
  /** Everything begun by `action` belongs to it. */
  within<Result>(action: () => Result): Result;
  note(event: string): void;
  /** `failure`: in a word, when it came to nothing. */
  end(attributes?: Attributes, failure?: string | null): void;
  /** `traceparent` and `tracestate` for whoever is asked. */
  headers(): Record<string, string>;
}

type Ids = { trace_id: string; span_id: string } | object;
type Bound = { bindings(): object };

/**
 * Ids for a line of the log: of the trace that it is written in, else of that of the first thing that it names under
 * one of `keys`, by itself (`given`) or as every line of its log does (`log`). A mixin of pino.
 */
export function traceIdsBy(keys: readonly string[]): (given?: object, level?: number, log?: Bound) => Ids {
  return (given, _level, log) => {
    const span = (trace.getActiveSpan() ?? (traces.size === 0 ? undefined : named(keys, given, log)))?.spanContext();
    return span === undefined || !isSpanContextValid(span) ? {} : { trace_id: span.traceId, span_id: span.spanId };
  };
}

function named(keys: readonly string[], given?: object, log?: Bound): Span | undefined {
  const all: Readonly<Record<string, unknown>> = { ...log?.bindings(), ...given };
  for (const key of keys) {
    const id = all[key];
    const kept = typeof id === 'string' ? traces.get(id) : undefined;
    if (kept !== undefined) return trace.getSpan(kept);
  }
  return undefined;
}

function begin(what: string, kind: SpanKind, attributes: Attributes, parent: Context): TracedWork {
  const span: Span = trace.getTracer(name).startSpan(what, { kind, attributes }, parent);
  const own = trace.setSpan(parent, span);
  let ended = false;
  return {
    within: (action) => context.with(own, action),
    note: (event) => void span.addEvent(event),
    end(more = {}, failure = null) {
      if (ended) return;
      ended = true;
      span.setAttributes(more);
      if (failure !== null) span.setStatus({ code: SpanStatusCode.ERROR, message: failure });
      span.end();
    },
    headers() {
      const carrier: Record<string, string> = {};
      propagation.inject(own, carrier);
      return carrier;
    },
  };
}
