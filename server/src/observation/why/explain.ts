import type { CallSeed } from '../../call/model/call.ts';
import type { Cause } from '../../call/model/cause.ts';
import type { Device } from '../../call/model/device.ts';
import { type CallEvent, type EntryRefusal, type EventOf, seedsOf } from '../../call/model/events.ts';
import { whyAttempt, whyRefusedInvite } from './before-calls.ts';
import type { Details, Facts, Why, WhyCode } from './facts.ts';
import { sentences } from './sentences.ts';
import { type Dialled, endings, whyUnreached } from './unreached.ts';

/** One connection along the events of its call. */
interface Seen extends Dialled {
  readonly id: string;
  readonly legId: string;
  readonly device: Device;
  readonly incoming: boolean;
  alertedAt: number | null;
  diverted: boolean;
  answeredSeq: number | null;
  /** It was not let in, the last time. */
  entry: EventOf<'entryRefused'> | null;
  readonly entrySeqs: number[];
  wrongPins: number;
  moved: boolean;
  explained: boolean;
}

/** One call along its events. */
interface SeenCall {
  readonly id: string;
  readonly seed: CallSeed | null;
  readonly connections: Map<string, Seen>;
  /** When each that answered did. */
  readonly answers: number[];
  /** What the call ends for, once a leg of it has failed: the causes, and whose they were. */
  readonly roots: Map<Cause, { readonly why: Why; readonly who: string }>;
}

/** Causes that are no mishap. */
const asWanted: ReadonlySet<Cause> = new Set(['normal', 'newCall', 'transfer', 'conference', 'joined']);
/** A note of a leg tells why it was cleared when it was taken within this time of that, ms. */
const noteNearMs = 10_000;
/** A leg of which nothing was received is told of when it lasted so long, ms: before that its phone may be starting. */
const oneWayAfterMs = 10_000;

const refusals: Readonly<Record<EntryRefusal, WhyCode>> = {
  wrongPin: 'wrongPin',
  lockedOut: 'lockedOut',
  unknownNumber: 'unknownConference',
  closed: 'conferenceClosed',
  full: 'conferenceFull',
  locked: 'conferenceLocked',
  unavailable: 'entryUnavailable',
};

/**
 * Why legs were refused, failed, were dropped or did not sound well: one sentence for each, in the order in which it
 * happened, and the events that show it. Who hung up as usual is not in it.
 */
export function explain(facts: Facts): Why[] {
  const why: Why[] = [];
  if (facts.attempt !== null) why.push(whyAttempt(facts.attempt));
  else if (facts.events.length === 0 && facts.refused !== null) why.push(whyRefusedInvite(facts.refused));
  const calls = new Map<string, SeenCall>();
  for (const event of facts.events) {
    const call = calls.get(event.callId) ?? opened(event);
    calls.set(event.callId, call);
    const found = take(call, event, facts);
    if (found !== null) why.push(found);
  }
  for (const call of calls.values()) why.push(...qualityOf(call, facts));
  return why;
}

/** How somebody is named in a sentence. */
export function nameOf({ name, number }: Pick<Device, 'name' | 'number'>): string {
  if (name === '' || name === number) return number === '' ? 'Somebody without a number' : number;
  return number === '' ? name : `${name} (${number})`;
}

function opened(event: CallEvent): SeenCall {
  const seed = event.type === 'originated' ? (event.data.call ?? null) : null;
  return { id: event.callId, seed, connections: new Map(), answers: [], roots: new Map() };
}

function take(call: SeenCall, event: CallEvent, facts: Facts): Why | null {
  for (const seed of seedsOf(event)) {
    call.connections.set(seed.id, {
      id: seed.id,
      legId: seed.legId,
      device: seed.device,
      incoming: seed.direction === 'incoming',
      target: seed.target ?? null,
      startedAt: seed.startedAt ?? event.at,
      alertedAt: seed.alertedAt ?? null,
      diverted: false,
      answeredSeq: event.type === 'originated' && seed.answeredAt === undefined ? null : event.seq,
      entry: null,
      entrySeqs: [],
      wrongPins: 0,
      moved: false,
      explained: false,
    });
  }
  const one = event.connectionId === null ? undefined : call.connections.get(event.connectionId);
  if (one === undefined) return null;
  switch (event.type) {
    case 'delivered':
      one.alertedAt ??= event.at;
      return null;
    case 'established':
      one.answeredSeq ??= event.seq;
      call.answers.push(event.at);
      return null;
    case 'diverted':
      one.diverted = true;
      return null;
    case 'transferred':
      one.moved = true;
      return null;
    case 'entryRefused':
      one.entry = event;
      one.entrySeqs.push(event.seq);
      if (event.data.why === 'wrongPin') one.wrongPins++;
      return null;
    case 'failed':
      return unreached(call, one, event, facts);
    case 'connectionCleared':
      return cleared(call, one, event, facts);
    default:
      return null;
  }
}

function unreached(call: SeenCall, one: Seen, event: EventOf<'failed'>, { bans }: Facts): Why | null {
  // Another phone answered first, or the caller has gone: that is no failure of this one.
  if (event.cause === 'callCancelled' && event.data.refusal === undefined) return null;
  const { cause, at } = event;
  const { code, details } = whyUnreached(one, { cause, refusal: event.data.refusal, at }, bans);
  return tell(call, one, { kind: 'failed', code, details, evidence: [event.seq], cause });
}

function cleared(call: SeenCall, one: Seen, event: EventOf<'connectionCleared'>, facts: Facts): Why | null {
  if (one.explained || one.moved) return null;
  const { cause, seq, at } = event;
  const more = { evidence: [seq], cause };
  if (call.seed?.kind === 'access') return notLetIn(call, one, event);
  if (asWanted.has(cause)) return null;
  if (cause === 'callCancelled') {
    if (!one.incoming || one.answeredSeq !== null) return null;
    return tell(call, one, { kind: 'failed', code: 'callerGaveUp', details: { ms: at - one.startedAt }, ...more });
  }
  const note = facts.notes.findLast(({ legId, at: noted }) => legId === one.legId && Math.abs(at - noted) < noteNearMs);
  if (cause === 'mediaFailure' && note !== undefined) {
    const code = note.what === 'mediaProcessDied' ? 'mediaProcess' : 'soundLost';
    return tell(call, one, { kind: 'dropped', code, details: { ms: note.ms ?? null }, ...more });
  }
  // The other party was not reached, or is gone, and the call of two is over with it.
  const root = call.seed?.kind === 'call' ? call.roots.get(cause) : undefined;
  if (root !== undefined) {
    const { evidence, code } = root.why;
    const details = { ...root.why.details, who: nameOf(one.device), other: root.who, because: code };
    const sentence = root.why.sentence;
    one.explained = true;
    return { ...root.why, connection: one.id, kind: 'failed', sentence, details, evidence: [...evidence, seq] };
  }
  const kind = one.answeredSeq === null ? 'failed' : 'dropped';
  if (cause === 'timeout') {
    const ms = call.seed?.durationMs ?? null;
    const together = call.answers[1] ?? Number.POSITIVE_INFINITY;
    const code = ms !== null && at - together >= ms ? 'durationLimit' : 'phoneSilent';
    return tell(call, one, { kind, code, details: { ms }, ...more });
  }
  if (one.answeredSeq === null && !one.incoming) {
    const { code, details } = whyUnreached(one, { cause, refusal: undefined, at }, facts.bans);
    return tell(call, one, { kind, code, details, ...more });
  }
  return tell(call, one, { kind, code: endings[cause] ?? 'mediaFailed', details: conferenceOf(call), ...more });
}

/** Somebody who asked for a conference, and left without having come in. */
function notLetIn(call: SeenCall, one: Seen, { cause, seq }: EventOf<'connectionCleared'>): Why | null {
  const { entry, entrySeqs } = one;
  const evidence = [...entrySeqs, seq];
  if (entry === null) {
    const ending = endings[cause];
    if (ending !== undefined) return tell(call, one, { kind: 'dropped', code: ending, details: {}, evidence, cause });
    const code = cause === 'timeout' ? 'nothingEntered' : cause === 'mediaFailure' ? 'mediaFailed' : 'gaveUpAsked';
    return tell(call, one, { kind: 'dropped', code, details: {}, evidence, cause });
  }
  const { why, conference, until } = entry.data;
  const details = {
    conference: conference ?? '?',
    tries: Math.max(1, one.wrongPins),
    until: until === undefined ? null : new Date(until).toISOString(),
  };
  return tell(call, one, { kind: 'refused', code: refusals[why], details, evidence, cause });
}

function conferenceOf({ seed }: SeenCall): Details {
  return { conference: seed?.conference?.number ?? null };
}

function qualityOf(call: SeenCall, { quality }: Facts): Why[] {
  const found: Why[] = [];
  const told = new Set<string>();
  for (const one of call.connections.values()) {
    const heard = quality.find(({ legId }) => legId === one.legId);
    if (heard === undefined || one.answeredSeq === null || told.has(one.legId) || call.seed?.kind === 'access')
      continue;
    told.add(one.legId);
    const ms = heard.to - heard.from;
    const say = (code: WhyCode, details: Details) => {
      const all = { who: nameOf(one.device), ...details };
      const evidence = [one.answeredSeq ?? 1];
      found.push({
        callId: call.id,
        connection: one.id,
        kind: 'quality',
        code,
        sentence: sentences[code](all),
        details: all,
        evidence,
      });
    };
    if (heard.received === 0) {
      if (ms >= oneWayAfterMs) say('oneWay', { ms });
      continue;
    }
    if (heard.loss !== null) say('loss', { share: heard.loss.share, ms: heard.loss.to - heard.loss.from });
    if (heard.jitterMs !== null) say('jitter', { jitterMs: heard.jitterMs });
  }
  return found;
}

function tell(
  call: SeenCall,
  one: Seen,
  found: Pick<Why, 'kind' | 'code' | 'details' | 'evidence'> & { readonly cause: Cause },
): Why {
  const { cause, code, ...rest } = found;
  const who = nameOf(one.device);
  const details = { who, ...found.details };
  const why: Why = {
    ...rest,
    callId: call.id,
    connection: one.id,
    code,
    details,
    sentence: sentences[code](details),
  };
  one.explained = true;
  if (!call.roots.has(cause)) call.roots.set(cause, { why, who });
  return why;
}
