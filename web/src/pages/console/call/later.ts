import type { Lane, Message, Timeline } from './timeline.ts';

/**
 * The timeline with what the server told from `after` on (ms since the epoch): what ended before that stays as it was.
 * Samples come by the stream; how the whole call sounds is not in what is told later, and stays too.
 */
export function withLater(timeline: Timeline, later: Timeline, after: number): Timeline {
  const told = new Map(later.lanes.map((lane) => [lane.connection, lane]));
  const known = new Set(timeline.lanes.map(({ connection }) => connection));
  const lanes = [
    ...timeline.lanes.map((lane) => laneWith(lane, told.get(lane.connection), after)),
    ...later.lanes.filter(({ connection }) => !known.has(connection)),
  ];
  const ofSound = timeline.why.filter(({ kind }) => kind === 'quality');
  return {
    ...later,
    from: Math.min(timeline.from, later.from),
    lanes,
    events: merged(timeline.events, later.events, ({ callId, seq }) => `${callId} ${seq}`),
    signalling: merged(timeline.signalling, later.signalling, messageKey),
    why: [...later.why, ...ofSound],
  };
}

function laneWith(lane: Lane, told: Lane | undefined, after: number): Lane {
  if (told === undefined) return lane;
  const over = lane.spans.filter(({ to }) => to !== null && to < after);
  const last = lane.samples.at(-1)?.at ?? 0;
  const samples = [...lane.samples, ...told.samples.filter(({ at }) => at > last)];
  return { ...told, spans: [...over, ...told.spans], samples };
}

/** Each once, in the order of time; what came first stays as it is. */
function merged<One extends { readonly at: number }>(
  before: readonly One[],
  later: readonly One[],
  keyOf: (one: One) => string,
): readonly One[] {
  const known = new Set(before.map(keyOf));
  const news = later.filter((one) => !known.has(keyOf(one)));
  return news.length === 0 ? before : [...before, ...news].sort((a, b) => a.at - b.at);
}

function messageKey({ at, callId, cseq, direction, from, method, status, to }: Message): string {
  return [at, direction, from, to, callId, cseq, method, status].join(' ');
}
