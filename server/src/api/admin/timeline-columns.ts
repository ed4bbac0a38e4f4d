import type { CallEvent } from '../../call/model/events.ts';
import type { Sample } from '../../observation/quality/quality-log.ts';
import type { Span, SpanKind } from '../../observation/timeline/lanes.ts';

/*
 * What there is most of in a long call, each thing's values one after the other in lists of the same length: a fifth of
 * the bytes of one object for each, and read without making them. Times are ms behind the beginning of the timeline.
 */

interface SpanColumns {
  readonly kind: SpanKind;
  readonly from: number[];
  /** Null: it lasts. */
  readonly to: (number | null)[];
}

/** Spans of one lane, by their kind. */
export function spanColumns(spans: readonly Span[], begin: number): SpanColumns[] {
  const found = new Map<SpanKind, SpanColumns>();
  for (const { from, kind, to } of spans) {
    const columns = found.get(kind) ?? { kind, from: [], to: [] };
    found.set(kind, columns);
    columns.from.push(from - begin);
    columns.to.push(to === null ? null : to - begin);
  }
  return [...found.values()];
}

/** Samples of one lane. */
export function sampleColumns(samples: readonly Sample[], begin: number) {
  return {
    at: samples.map(({ at }) => at - begin),
    level: samples.map(({ level }) => level),
    loss: samples.map(lossOf),
    jitterMs: samples.map(({ jitterMs }) => jitterMs),
    mos: samples.map(({ mos }) => mos),
    packets: samples.map(({ received }) => received),
  };
}

/** The share of packets that were lost, to a thousandth. */
export function lossOf({ lost, received }: Sample): number {
  return Math.round((1000 * lost) / Math.max(1, lost + received)) / 1000;
}

interface TalkingColumns {
  readonly callId: string;
  /** Names that `started` and `stopped` mean by their places. */
  readonly who: readonly string[];
  readonly seq: readonly number[];
  readonly at: readonly number[];
  readonly started: readonly (readonly number[])[];
  readonly stopped: readonly (readonly number[])[];
}

/** The events of type `talking`, by call. */
export function talkingColumns(
  events: readonly CallEvent[],
  nameOfConnection: (id: string) => string,
  begin: number,
): TalkingColumns[] {
  const calls = Map.groupBy(events.filter(isTalking), ({ callId }) => callId);
  return [...calls].map(([callId, all]) => {
    const places = new Map<string, number>();
    const placeOf = (id: string): number => {
      const place = places.get(id) ?? places.size;
      places.set(id, place);
      return place;
    };
    const started = all.map(({ data }) => data.started.map(placeOf));
    const stopped = all.map(({ data }) => data.stopped.map(placeOf));
    return {
      callId,
      who: [...places.keys()].map(nameOfConnection),
      seq: all.map(({ seq }) => seq),
      at: all.map(({ at }) => at - begin),
      started,
      stopped,
    };
  });
}

export function isTalking(event: CallEvent): event is Extract<CallEvent, { readonly type: 'talking' }> {
  return event.type === 'talking';
}
