import { isolated } from '../../../words/isolated.ts';
import type { CallEvent, Lane, Message, Phrase, Recording, Sample, Span, Timeline } from './timeline.ts';

/** `Of` as the server says it: these times in ISO 8601. */
type Said<Of, Times extends keyof Of> = Omit<Of, Times> & {
  readonly [Name in Times]: string | (null extends Of[Name] ? null : never);
};

/** Lists of the same length; times are ms behind the beginning of the timeline. */
interface SpanColumns {
  readonly kind: Span['kind'];
  readonly from: readonly number[];
  readonly to: readonly (number | null)[];
}

type SampleColumns = { readonly [Name in keyof Sample]: readonly Sample[Name][] };

interface TalkingColumns {
  readonly callId: string;
  /** Names that `started` and `stopped` mean by their places. */
  readonly who: readonly string[];
  readonly seq: readonly number[];
  readonly at: readonly number[];
  readonly started: readonly (readonly number[])[];
  readonly stopped: readonly (readonly number[])[];
}

type SaidLane = Said<Omit<Lane, 'spans' | 'samples'>, 'from' | 'to'> & {
  readonly spans: readonly SpanColumns[];
  readonly samples: SampleColumns;
};

interface SaidTimeline extends Pick<Timeline, 'call' | 'why'> {
  readonly from: string;
  readonly to: string | null;
  readonly lanes: readonly SaidLane[];
  /** All but who talks. */
  readonly events: readonly Said<CallEvent, 'at'>[];
  readonly talking: readonly TalkingColumns[];
  readonly signalling: readonly Said<Message, 'at'>[];
  readonly recordings: readonly Said<Recording, 'startedAt' | 'endedAt'>[];
}

const msOf = (time: string | null): number | null => (time === null ? null : Date.parse(time));

/** `text`: the answer of `/admin/v1/calls/{id}/timeline?columns=true`. */
export function readTimeline(text: string): Timeline {
  const said = JSON.parse(text) as SaidTimeline;
  const begin = Date.parse(said.from);
  const { call, why } = said;
  return {
    call,
    why,
    from: begin,
    to: msOf(said.to),
    lanes: said.lanes.map((lane) => laneOf(lane, begin)),
    events: eventsOf(said, begin),
    signalling: said.signalling.map((one) => ({ ...one, at: Date.parse(one.at) })),
    recordings: said.recordings.map((one) => ({
      ...one,
      startedAt: Date.parse(one.startedAt),
      endedAt: msOf(one.endedAt),
    })),
  };
}

function laneOf(lane: SaidLane, begin: number): Lane {
  const spans = lane.spans.flatMap(({ from, kind, to }) =>
    from.map((at, i): Span => {
      const end = to[i] ?? null;
      return { kind, from: begin + at, to: end === null ? null : begin + end };
    }),
  );
  const { at, jitterMs, level, loss, mos, packets } = lane.samples;
  const samples = at.map(
    (ms, i): Sample => ({
      at: begin + ms,
      level: level[i] ?? null,
      loss: loss[i] ?? 0,
      jitterMs: jitterMs[i] ?? 0,
      mos: mos[i] ?? null,
      packets: packets[i] ?? 0,
    }),
  );
  return { ...lane, from: Date.parse(lane.from), to: msOf(lane.to), spans, samples };
}

/** In the order of their calls, and in each in that of their numbers, as the log has them. */
function eventsOf({ call, events, talking }: SaidTimeline, begin: number): CallEvent[] {
  const others = events.map((one): CallEvent => ({ ...one, at: Date.parse(one.at) }));
  if (talking.length === 0) return others;
  const places = new Map<string | null, number>(call.calls.map((id, place) => [id, place]));
  const placeOf = ({ callId }: CallEvent): number => places.get(callId) ?? -1;
  const all = [...others, ...talking.flatMap((one) => talkingEvents(one, begin))];
  return all.sort((a, b) => placeOf(a) - placeOf(b) || a.seq - b.seq);
}

function talkingEvents({ at, callId, seq, started, stopped, who }: TalkingColumns, begin: number): CallEvent[] {
  const namesOf = (places: readonly number[] = []): string[] => places.map((place) => isolated(who[place] ?? ''));
  return seq.map((number, i): CallEvent => {
    const [begins, ends] = [namesOf(started[i]), namesOf(stopped[i])];
    const says: Phrase[] = [];
    if (begins.length > 0) says.push({ code: 'talks', who: begins.join(', ') });
    if (ends.length > 0) says.push({ code: 'stopsTalking', who: ends.join(', ') });
    const text = says.map((one) => `${one['who']} ${one.code === 'talks' ? 'talks' : 'stops'}`).join(', ');
    const event = { seq: number, callId, at: begin + (at[i] ?? 0), type: 'talking', connection: null, cause: 'normal' };
    return { ...event, text, says };
  });
}
