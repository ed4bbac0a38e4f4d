import type { StreamEvent } from '../../call/model/event-log.ts';
import type { CallEvent } from '../../call/model/events.ts';
import type { RecordingSummary } from '../../call/ports.ts';
import type { Sample } from '../../observation/quality/quality-log.ts';
import { loggedMs } from '../../observation/quality/sampler.ts';
import { phrasesOf } from '../../observation/timeline/event-phrases.ts';
import { textOf } from '../../observation/timeline/event-text.ts';
import { type Lane, Lanes, type Span } from '../../observation/timeline/lanes.ts';
import { explain, nameOf } from '../../observation/why/explain.ts';
import type { CallFacts, LegMessage } from './call-facts.ts';
import { attemptView } from './dial-out.ts';
import { isTalking, lossOf, sampleColumns, spanColumns, talkingColumns } from './timeline-columns.ts';

const iso = (ms: number): string => new Date(ms).toISOString();
const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms));

/** Written at a time: some milliseconds. */
const atOnce = 1000;

interface TimelineShape {
  readonly recordings: readonly RecordingSummary[];
  readonly samplesPerLane: number;
  /** Only what lasted or was from then on, ms since the epoch; null: all. */
  readonly after: number | null;
  /** What there is most of is told in columns. */
  readonly columns: boolean;
}

/** The timeline as JSON, piece by piece: that of a long conference is some megabytes. */
export async function* timelinePieces(
  id: string,
  found: CallFacts,
  { after, columns, recordings, samplesPerLane }: TimelineShape,
): AsyncGenerator<string> {
  const { attempt, facts, from: begin, samples, to } = found;
  const all = lanesOf(found);
  const isNew = (one: { readonly to: number | null }): boolean => after === null || one.to === null || one.to >= after;
  const lanes = all.filter(isNew);
  const events = after === null ? found.events : found.events.filter(({ at }) => at >= after);
  const messages = after === null ? found.messages : found.messages.filter(({ at }) => at >= after);
  const names = new Map(all.map(({ connection, device }) => [connection, nameOf(device)]));
  yield `{"call":${JSON.stringify(callOf(id, found))},"from":"${iso(begin)}","to":${JSON.stringify(isoOrNull(to))},"lanes":[`;
  for (const [at, lane] of lanes.entries()) {
    const ofLeg = samples.get(lane.leg) ?? [];
    const from = Math.max(lane.from, after ?? 0);
    const during = ofLeg.filter((one) => one.at >= from && (lane.to === null || one.at <= lane.to + loggedMs));
    const [some, spans] = [thinned(during, samplesPerLane), lane.spans.filter(isNew)];
    const view = columns
      ? { ...laneView(lane), spans: spanColumns(spans, begin), samples: sampleColumns(some, begin) }
      : { ...laneView(lane), spans: spans.map(spanView), samples: some.map(sampleView) };
    yield `${at === 0 ? '' : ','}${JSON.stringify(view)}`;
  }
  yield '],"events":[';
  const nameOfConnection = (connection: string): string => names.get(connection) ?? connection;
  if (attempt !== null) yield JSON.stringify(refusedEvent(attempt));
  yield* inPieces(columns ? events.filter((one) => !isTalking(one)) : events, (one) => eventOf(one, nameOfConnection));
  if (columns) {
    const talking = talkingColumns(events, nameOfConnection, begin).map((one) => JSON.stringify(one));
    yield `],"talking":[${talking.join(',')}`;
  }
  yield '],"signalling":[';
  yield* inPieces(messages, messageSummary);
  yield `],"why":${JSON.stringify(explain(facts))},"recordings":${JSON.stringify(recordings.map(recordingOf))}}`;
}

/** The messages as JSON, with their text. */
export function* signallingPieces(messages: readonly LegMessage[]): Generator<string> {
  yield '{"messages":[';
  const shown = (text: string) => Buffer.from(text, 'latin1').toString('utf8');
  yield* inPieces(messages, (one) => ({ ...messageSummary(one), text: shown(one.text) }));
  yield ']}';
}

function* inPieces<One>(all: readonly One[], show: (one: One) => object): Generator<string> {
  for (let start = 0; start < all.length; start += atOnce) {
    const some = all.slice(start, start + atOnce).map((one) => JSON.stringify(show(one)));
    yield `${start === 0 ? '' : ','}${some.join(',')}`;
  }
}

export function lanesOf({ events, parts }: Pick<CallFacts, 'events' | 'parts'>): Lane[] {
  const all: Lane[] = [];
  for (const { callId, connectionIds } of parts) {
    const lanes = new Lanes(connectionIds === null ? null : new Set(connectionIds));
    for (const event of events) if (event.callId === callId) lanes.take(event);
    all.push(...lanes.all);
  }
  return all;
}

function callOf(id: string, { attempt, events, origin: seed, parts, to }: CallFacts) {
  const calls = parts.map(({ callId }) => callId);
  const main = calls.at(-1) ?? null;
  const last = events.findLast(({ callId }) => callId === main);
  return {
    id,
    calls,
    kind: seed?.kind ?? (attempt === null ? 'refusedInvite' : 'attempt'),
    state: to === null ? 'running' : 'ended',
    conference: seed?.conference
      ? { number: seed.conference.number, extension: seed.conference.extensionNumber, name: seed.conference.name }
      : null,
    from: seed?.from ? { name: seed.from.name, number: seed.from.number } : null,
    to: seed?.to ? { name: seed.to.name, number: seed.to.number } : null,
    cause: last?.type === 'callCleared' ? last.cause : null,
  };
}

function laneView({ callId, connection, device, direction, from, leg, role, to }: Lane) {
  return {
    connection,
    callId,
    leg,
    name: device.name,
    number: device.number,
    kind: device.kind,
    role,
    direction,
    from: iso(from),
    to: isoOrNull(to),
  };
}

function spanView({ from, kind, to }: Span) {
  return { kind, from: iso(from), to: isoOrNull(to) };
}

export function sampleView(sample: Sample) {
  const { at, jitterMs, level, mos, received } = sample;
  return { at: iso(at), level, loss: lossOf(sample), jitterMs, mos, packets: received };
}

function refusedEvent(attempt: StreamEvent) {
  const { at, seq, type } = attempt;
  const says = [{ code: 'refusedBefore' }];
  const text = textOf(says);
  return {
    seq,
    callId: null,
    at: iso(at),
    type,
    connection: null,
    cause: null,
    text,
    says,
    data: attemptView(attempt),
  };
}

/** Event by event, with its number in its call. */
function eventOf(event: CallEvent, nameOfConnection: (id: string) => string) {
  const { at, callId, cause, connectionId: connection, seq, type } = event;
  const says = phrasesOf(event, nameOfConnection);
  return { seq, callId, at: iso(at), type, connection, cause, text: textOf(says), says };
}

function messageSummary(message: LegMessage) {
  const { at, callId, direction, legId: leg, local, remote, text, transport } = message;
  const line = text.slice(0, text.search(/\r?\n|$/));
  const [, method] = /^([A-Z]+) /.exec(line) ?? [];
  const [, status, reason] = /^SIP\/2\.0 (\d{3}) ?(.*)$/.exec(line) ?? [];
  const cseq = /^cseq[ \t]*:[ \t]*([^\r\n]*)/im.exec(text)?.[1]?.trim() ?? null;
  const [from, to] = direction === 'out' ? [local, remote] : [remote, local];
  return {
    at: iso(at),
    leg,
    direction,
    transport,
    from: place(from),
    to: place(to),
    ...(method === undefined ? { status: Number(status), reason: reason ?? '' } : { method }),
    callId,
    cseq,
  };
}

function place({ address, port }: { readonly address: string; readonly port: number }): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function recordingOf({ callId, endedAt, recordingId, startedAt }: RecordingSummary) {
  const path = `/admin/v1/recordings/${recordingId}`;
  return { id: recordingId, callId, startedAt: iso(startedAt), endedAt: isoOrNull(endedAt), path };
}

/** At most so many, each the worst of those it stands for. */
function thinned(samples: readonly Sample[], most: number): readonly Sample[] {
  if (samples.length <= most) return samples;
  const together = Math.ceil(samples.length / most);
  const kept: Sample[] = [];
  for (let start = 0; start < samples.length; start += together) {
    kept.push(worstOf(samples, start, Math.min(samples.length, start + together)));
  }
  return kept;
}

/** Of those from one place to before another. */
function worstOf(samples: readonly Sample[], start: number, end: number): Sample {
  const last = samples[end - 1]!;
  let [level, mos, jitterMs, received, lost] = [last.level, last.mos, last.jitterMs, last.received, last.lost];
  for (let at = start; at < end - 1; at++) {
    const one = samples[at]!;
    if (one.level !== null && (level === null || one.level > level)) level = one.level;
    if (one.mos !== null && (mos === null || one.mos < mos)) mos = one.mos;
    if (one.jitterMs > jitterMs) jitterMs = one.jitterMs;
    received += one.received;
    lost += one.lost;
  }
  return { legId: last.legId, at: last.at, level, mos, jitterMs, received, lost };
}
