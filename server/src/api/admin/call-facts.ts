import { idOfText } from '../../base/id.ts';
import type { AttemptEvent } from '../../call/attempts/refused-dial.ts';
import type { RefusedDials } from '../../call/attempts/refused-dials.ts';
import type { CallSeed } from '../../call/model/call.ts';
import { callError } from '../../call/model/call-error.ts';
import type { StreamEvent } from '../../call/model/event-log.ts';
import { type CallEvent, seedsOf } from '../../call/model/events.ts';
import type { CallStore } from '../../call/ports.ts';
import { legQuality } from '../../observation/quality/leg-quality.ts';
import type { QualityLog, Sample } from '../../observation/quality/quality-log.ts';
import type { TracedMessage } from '../../observation/signalling/entry.ts';
import type { SignallingTrace } from '../../observation/signalling/signalling-trace.ts';
import type { BanFact, Facts, RefusedInvite } from '../../observation/why/facts.ts';
import { turns } from '../turns.ts';
import { eventsOfStory, type RunningCalls, type StoryPart, type StoryStore, storyOf } from './call-story.ts';

/** Where all that is known of a call comes from. */
export interface CallFactSources {
  readonly now: () => number;
  readonly running: RunningCalls;
  readonly store: Pick<CallStore, 'eventsAbout' | 'records' | 'recordsNamed' | 'recordings'>;
  readonly refused: Pick<RefusedDials, 'find'>;
  readonly signalling: Pick<SignallingTrace, 'find'>;
  readonly quality: Pick<QualityLog, 'find'>;
  /** The call that an interface means by an id of its own making; any other id as it is. */
  readonly idMeantBy: (id: string) => string;
  /** Of SIP logins that an administrator of this organization may know of. */
  readonly bans: (organizationId: string) => readonly BanFact[];
}

export type LegMessage = TracedMessage & { readonly legId: string | null };

/** All that is known of what one id leads through. */
export interface CallFacts {
  readonly parts: readonly StoryPart[];
  readonly events: readonly CallEvent[];
  /** What the last of these calls began as, also where the story is about somebody who came later; null: no call. */
  readonly origin: CallSeed | null;
  readonly attempt: StreamEvent | null;
  readonly messages: readonly LegMessage[];
  /** Of each leg, in order. */
  readonly samples: ReadonlyMap<string, readonly Sample[]>;
  readonly facts: Facts;
  /** ms since the epoch. */
  readonly from: number;
  /** Null: it goes on. */
  readonly to: number | null;
}

/** A conference of a day has no more. */
const mostEvents = 100_000;
/** They are read and not written: some milliseconds at a time. */
const eventsAtOnce = 1000;
/** Before the first event its INVITE came, and behind the last one its end is answered. */
const aroundMs = 40_000;
/** Where only a Call-ID is known, it is looked for so far back. */
const backMs = 7 * 86_400_000;

/** What one id leads through: its calls, or what there was in place of one. */
export interface Subject {
  readonly parts: readonly StoryPart[];
  readonly attempt: StreamEvent | null;
  /** The SIP Call-ID that was asked for. */
  readonly callIds: readonly string[];
  readonly messages: readonly LegMessage[];
}

/** Where a SIP Call-ID leads to the calls that its leg was in, as long as the trace of signalling has it. */
export type CallIdSources = Pick<CallFactSources, 'now' | 'running' | 'signalling'> & { readonly store: StoryStore };

/** As `storyOf`, of a SIP Call-ID. */
export async function storyOfCallId(
  callId: string,
  organizationId: string,
  sources: CallIdSources,
): Promise<StoryPart[]> {
  return storyOfMessages(await tracedAs(callId, organizationId, sources), organizationId, sources);
}

/** Its own alone: a Call-ID may be chosen by anybody. */
function tracedAs(
  callId: string,
  organizationId: string,
  { now, signalling }: Pick<CallIdSources, 'now' | 'signalling'>,
): Promise<LegMessage[]> {
  return signalling.find({ legIds: [], callIds: [callId], organizationId, from: now() - backMs, to: now() });
}

async function storyOfMessages(
  messages: readonly LegMessage[],
  organizationId: string,
  { running, store }: Pick<CallIdSources, 'running' | 'store'>,
): Promise<StoryPart[]> {
  const legs = new Set(messages.flatMap(({ legId }) => (legId === null ? [] : [legId])));
  for (const leg of legs) {
    const ofLeg = await storyOf(leg, organizationId, { running, store });
    if (ofLeg.length > 0) return ofLeg;
  }
  return [];
}

/** Throws AppError `callNotFound`. */
async function subjectOf(asked: string, organizationId: string, sources: CallFactSources): Promise<Subject> {
  const id = sources.idMeantBy(asked);
  const { refused, running, store } = sources;
  const parts = await storyOf(id, organizationId, { running, store });
  if (parts.length > 0) return { parts, attempt: null, callIds: [], messages: [] };
  const attempt = (await refused.find(id, organizationId)) ?? (await refused.find(idOfText(id), organizationId));
  const messages = await tracedAs(id, organizationId, sources);
  if (attempt !== null) return { parts, attempt, callIds: [id], messages };
  const ofLeg = await storyOfMessages(messages, organizationId, sources);
  if (ofLeg.length > 0) return { parts: ofLeg, attempt: null, callIds: [], messages: [] };
  // Of a leg too, where that was refused before it was in a call.
  if (refusedInvite(messages) !== null || messages.some(({ legId }) => legId === null))
    return { parts, attempt: null, callIds: [id], messages };
  throw callError('callNotFound', 'No call, connection, leg or refused request has this id.');
}

/**
 * Throws AppError `callNotFound`. `after`: of messages and samples only those from then on (ms since the epoch) are
 * looked for, and so what is said of the sound of the whole call is left out.
 */
export async function factsOf(
  id: string,
  organizationId: string,
  sources: CallFactSources,
  after: number | null = null,
): Promise<CallFacts> {
  const subject = await subjectOf(id, organizationId, sources);
  const { attempt, parts } = subject;
  const events = await eventsOf(parts, sources);
  const lastOf = parts.map(({ callId }) => events.findLast((event) => event.callId === callId));
  const ended = lastOf.every((last) => last === undefined || last.type === 'callCleared');
  const times = [
    ...events.map(({ at }) => at),
    ...subject.messages.map(({ at }) => at),
    ...(attempt ? [attempt.at] : []),
  ];
  const from = times.reduce((least, at) => Math.min(least, at), times[0] ?? sources.now());
  const last = times.reduce((most, at) => Math.max(most, at), from);
  const to = ended ? last : null;
  const legIds = legsOf(events, parts);
  const around = { from: Math.max(from - aroundMs, after ?? 0), to: (to ?? sources.now()) + aroundMs };
  const messages =
    parts.length === 0
      ? subject.messages
      : await sources.signalling.find({ legIds, callIds: [], organizationId, ...around });
  // What was noted of a leg belongs to its end, a while later.
  const noted = after === null ? around : { ...around, from: Math.max(from, after) - aroundMs };
  const { samples, notes } = await sources.quality.find({ legIds, organizationId, ...noted });
  const whole = after === null ? [...samples] : [];
  const quality = whole.flatMap(([legId, ofLeg]) => {
    const answered = answeredAt(events, legId);
    return ofLeg.length === 0 || answered === null ? [] : [legQuality(legId, ofLeg, answered)];
  });
  const facts: Facts = {
    events,
    notes,
    quality,
    bans: sources.bans(organizationId),
    attempt: attempt === null ? null : { ...(attempt.data as AttemptEvent['data']), at: attempt.at, seq: attempt.seq },
    refused: parts.length === 0 ? refusedInvite(messages) : null,
  };
  const origin = await originOf(parts.at(-1)?.callId ?? null, sources);
  return { parts, events, origin, attempt, messages, samples, facts, from, to };
}

async function originOf(callId: string | null, { store }: Pick<CallFactSources, 'store'>): Promise<CallSeed | null> {
  if (callId === null) return null;
  const [first] = await store.eventsAbout(callId, { connectionIds: null, after: 0, limit: 1 });
  return first?.type === 'originated' ? (first.data.call ?? null) : null;
}

async function eventsOf(parts: readonly StoryPart[], { store }: Pick<CallFactSources, 'store'>): Promise<CallEvent[]> {
  const events: CallEvent[] = [];
  for await (const some of eventsOfStory(parts, { after: '0', limit: mostEvents, atOnce: eventsAtOnce }, store)) {
    await turns.take();
    for (const { event } of some) events.push(event);
  }
  return events;
}

/** The legs of its connections; where the story is about some of them, theirs. */
export function legsOf(events: readonly CallEvent[], parts: readonly StoryPart[]): string[] {
  const only = new Set(parts.flatMap(({ connectionIds }) => connectionIds ?? []));
  const whole = new Set(parts.filter(({ connectionIds }) => connectionIds === null).map(({ callId }) => callId));
  const legs = new Set<string>();
  for (const event of events) {
    for (const { id, legId } of seedsOf(event)) if (whole.has(event.callId) || only.has(id)) legs.add(legId);
  }
  return [...legs];
}

function answeredAt(events: readonly CallEvent[], legId: string): number | null {
  const ids = new Set<string>();
  for (const event of events) {
    for (const seed of seedsOf(event)) {
      if (seed.legId !== legId) continue;
      ids.add(seed.id);
      if (event.type !== 'originated') return event.at;
    }
    if (event.type === 'established' && event.connectionId !== null && ids.has(event.connectionId)) return event.at;
  }
  return null;
}

/** What we answered the INVITE with, in the end, and what it asked for. */
function refusedInvite(messages: readonly TracedMessage[]): RefusedInvite | null {
  const asked = messages.find(({ direction, text }) => direction === 'in' && text.startsWith('INVITE '))?.text ?? '';
  const dialled = /^INVITE [^:\s]+:([^@;>\s]{1,80})/.exec(asked)?.[1] ?? null;
  const from = /^(?:from|f)[ \t]*:[^\r\n]*?sips?:([^@;>\s]{1,80})@/im.exec(asked)?.[1] ?? null;
  for (const { direction, text } of messages.toReversed()) {
    const status = Number(/^SIP\/2\.0 ([3-6][0-9]{2})/.exec(text)?.[1]);
    if (direction !== 'out' || !(status >= 300) || !/^cseq[ \t]*:[^\r\n]*INVITE/im.test(text)) continue;
    const warning = /^warning[ \t]*:[^\r\n"]*"([^"\r\n]*)"/im.exec(text)?.[1] ?? null;
    return { status, warning, from, dialled };
  }
  return null;
}
