import type { Call, CallSeed } from './call.ts';
import type { CallData } from './call-data.ts';
import { moreTelling } from './cause.ts';
import type { Connection, ConnectionSeed, ConnectionState } from './connection.ts';
import type { CallEvent, DataChange, EventOf, EventType } from './events.ts';
import { Roster } from './roster.ts';

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };
/** The copy that one event is being applied to. */
type Next = Mutable<Omit<Call, 'connections'>> & { connections: Roster };

/**
 * The state after an event: the only place where a call changes, live and on replay alike. `call` is null before the
 * first event. Throws on a gap in seq or a first event that opens no call; a connection unknown to it changes nothing.
 */
export function evolve(call: Call | null, event: CallEvent): Call {
  const next = call === null ? opened(event) : ({ ...call } as Next);
  if (event.seq !== next.seq + 1) throw new Error(`call ${event.callId}: event ${event.seq} after ${next.seq}`);
  next.seq = event.seq;
  next.updatedAt = event.at;
  (changes[event.type] as (next: Next, event: CallEvent) => void)(next, event);
  next.controller = controllerOf(next, event);
  if (!next.room && next.answered + next.early >= roomOpensAt[next.kind]) next.room = true;
  if (next.answered >= 2) next.answeredAt ??= event.at;
  if (next.durationMs !== null && next.endsAt === null && next.answered >= 2) next.endsAt = event.at + next.durationMs;
  return next;
}

/** The state that a log of events describes: null for an empty one. */
export function replay(events: Iterable<CallEvent>): Call | null {
  let call: Call | null = null;
  for (const event of events) call = evolve(call, event);
  return call;
}

/** Who is in control stays so while it is in the call, and that one of more than two. */
function controllerOf({ kind, answered, connections, controller }: Next, event: CallEvent): string | null {
  if (kind !== 'call' || answered < 3) return null;
  if (controller !== null) return connections.get(controller) === undefined ? null : controller;
  const { connectionId, type } = event;
  if (connectionId === null) return null;
  const by = type === 'established' ? connections.get(connectionId)?.invitedBy : connectionId;
  const makes = type === 'established' || type === 'conferenced';
  return makes && by != null && connections.get(by) !== undefined ? by : null;
}

/** A room is there from the first moment when somebody could hear somebody, or music because the other holds. */
const roomOpensAt = { call: 2, access: Number.POSITIVE_INFINITY, conference: 1 } as const;

function opened(event: CallEvent): Next {
  const seed: CallSeed | undefined = event.type === 'originated' ? event.data.call : undefined;
  if (seed === undefined) throw new Error(`call ${event.callId}: does not begin with originated`);
  return {
    id: event.callId,
    ...seed,
    charged: seed.charged ?? null,
    correlator: seed.correlator ?? null,
    publicTransfer: seed.publicTransfer ?? true,
    conferenceNumber: seed.conferenceNumber ?? null,
    connections: Roster.empty,
    seq: 0,
    createdAt: event.at,
    updatedAt: event.at,
    enteredAt: seed.enteredAt ?? event.at,
    answeredAt: seed.answeredAt ?? null,
    alertedAt: null,
    locked: seed.conference?.locked ?? false,
    waiting: seed.conference?.waitForModerator ?? false,
    recording: false,
    recordingId: null,
    recordingPaused: false,
    recorded: false,
    controller: null,
    recordingTone: false,
    recordingLabel: null,
    parked: null,
    durationMs: seed.durationMs ?? null,
    endsAt: null,
    originHunt: null,
    unreached: null,
    room: false,
    ended: false,
    connected: 0,
    answered: 0,
    moderators: 0,
    ringing: 0,
    early: 0,
    supervisors: [],
    lines: [],
    joins: 0,
  };
}

const changes: { [Type in EventType]: (next: Next, event: EventOf<Type>) => void } = {
  originated: (next, { data, at }) => {
    for (const seed of data.connections) {
      // MakeCall's second leg has begun, so there is nothing more to dial.
      if (seed.legId === next.destination?.legId) next.destination = null;
      enter(next, seed, 'initiated', at);
    }
  },
  delivered: (next, { connectionId, data, at }) => {
    next.alertedAt ??= at;
    change(next, connectionId, (connection) => ({
      ...connection,
      state: 'alerting',
      alertedAt: connection.alertedAt ?? at,
      early: data.early ?? false,
      sounds: data.early ?? data.sounds ?? false,
      ...(data.answerable === true ? { answerable: true } : {}),
    }));
  },
  established: (next, { connectionId, data, at }) => {
    if (data.connection !== undefined) {
      enter(next, data.connection, 'connected', at);
      return;
    }
    change(next, connectionId, (connection) => {
      // Of the phones that were to begin the call, the one that answers does.
      if (connection.hunt !== null && connection.hunt === next.originHunt) next.from = connection.device;
      if (connection.hunt !== null) next.unreached = null;
      const legHere = data.legHere ?? connection.legHere;
      return {
        ...connection,
        state: 'connected',
        answeredAt: at,
        partySince: at,
        legHere,
        early: false,
        sounds: false,
      };
    });
  },
  failed: (next, { connectionId, cause, data }) =>
    change(next, connectionId, (connection) => {
      if (connection.hunt !== null) next.unreached = moreTelling(next.unreached, { cause, ...data });
      return { ...connection, state: 'fail', failure: cause, early: false, sounds: false };
    }),
  held: (next, { connectionId, data, at }) =>
    change(next, connectionId, (connection) => ({
      ...connection,
      state: 'hold',
      heldAt: at,
      talking: false,
      legHere: data.legHere ?? connection.legHere,
      ...(data.there === undefined ? {} : { heldThere: data.there }),
    })),
  retrieved: (next, { connectionId, data }) =>
    change(next, connectionId, ({ heldThere: _, ...connection }) => ({
      ...connection,
      state: 'connected',
      heldAt: null,
      legHere: data.legHere ?? connection.legHere,
      ...(data.leg === undefined ? {} : { ...data.leg, legHere: true }),
    })),
  conferenced: (next, { connectionId, data, at }) => {
    const { leg, original } = data;
    if (leg !== undefined) change(next, connectionId, (connection) => ({ ...connection, ...leg, legHere: true }));
    if (original !== undefined) change(next, connectionId, (one) => ({ ...one, original, parent: null }));
    for (const seed of data.connections) enter(next, seed, 'connected', at);
    if (data.data !== undefined) next.data = { ...next.data, ...data.data };
  },
  transferred: (next, { connectionId }) =>
    change(next, connectionId, (connection) => ({ ...connection, legHere: false, moved: true })),
  diverted: (next, { connectionId, data: { by, reason = 'unconditional' } }) => {
    if (by === undefined) return;
    change(next, connectionId, (one) => ({ ...one, redirections: [...(one.redirections ?? []), { by, reason }] }));
  },
  connectionCleared: (next, { connectionId }) => {
    const connection = connectionId === null ? undefined : next.connections.get(connectionId);
    if (connection === undefined) return;
    count(next, connection, -1);
    next.connections = next.connections.without(connection.id);
  },
  callCleared: (next) => {
    next.ended = true;
    next.room = false;
  },
  digitsGenerated: () => {},
  entryRefused: () => {},
  pinsGuessed: () => {},
  messageSent: () => {},
  dataChanged: (next, { connectionId, data }) => {
    if (data.locked !== undefined) next.locked = data.locked;
    if (data.waiting !== undefined) next.waiting = data.waiting;
    if (data.policy !== undefined) next.conference = data.policy;
    if (data.recordingPaused !== undefined) next.recordingPaused = data.recordingPaused;
    if (data.recordingLabel !== undefined) next.recordingLabel = data.recordingLabel;
    if (data.parked !== undefined) {
      next.parked = data.parked;
      next.unreached = null;
    }
    if (connectionId === null) {
      next.data = attached(next.data, data);
      return;
    }
    if (data.parent !== undefined && next.parent !== null) next.parent = data.parent;
    change(next, connectionId, (connection) => ({
      ...connection,
      data: attached(connection.data, data),
      hunt: data.hunt ?? connection.hunt,
      early: data.early ?? connection.early,
      sounds: data.sounds ?? connection.sounds,
      ...(data.answerable === undefined ? {} : { answerable: data.answerable }),
      ...(data.heldThere === undefined ? {} : { heldThere: data.heldThere }),
      legHere: data.legHere ?? connection.legHere,
      parent: data.parent ?? connection.parent,
      muted: data.muted ?? connection.muted,
      mutedBy: data.mutedBy === undefined ? connection.mutedBy : data.mutedBy,
      deaf: data.deaf ?? connection.deaf,
      handRaised: data.handRaised ?? connection.handRaised,
      role: data.role ?? connection.role,
      coach: data.coach === undefined ? connection.coach : data.coach,
    }));
  },
  recordingStarted: (next, { data }) => {
    next.recording = true;
    next.recorded = true;
    next.recordingId = data.recordingId;
    next.recordingPaused = false;
    next.recordingTone = data.tone ?? false;
    next.recordingLabel = data.label ?? null;
  },
  recordingStopped: (next) => {
    next.recording = false;
    next.recordingId = null;
    next.recordingPaused = false;
    next.recordingTone = false;
    next.recordingLabel = null;
  },
  talking: (next, { data }) => {
    for (const id of data.started) change(next, id, (connection) => ({ ...connection, talking: true }));
    for (const id of data.stopped) change(next, id, (connection) => ({ ...connection, talking: false }));
  },
};

function enter(next: Next, seed: ConnectionSeed, defaultState: ConnectionState, at: number): void {
  const state = seed.state ?? defaultState;
  const answered = state === 'connected' || state === 'hold';
  next.joins += 1;
  const connection: Connection = {
    id: seed.id,
    ordinal: next.joins,
    legId: seed.legId,
    legHere: seed.legHere ?? true,
    moved: false,
    device: seed.device,
    state,
    direction: seed.direction,
    role: seed.role,
    muted: seed.muted ?? false,
    mutedBy: null,
    handRaised: false,
    deaf: seed.deaf ?? false,
    talking: false,
    coach: seed.coach ?? null,
    invitedBy: seed.invitedBy ?? null,
    redirectedBy: seed.redirectedBy ?? null,
    startedAt: seed.startedAt ?? at,
    alertedAt: seed.alertedAt ?? null,
    waitsUntil: seed.waitsUntil ?? null,
    answeredAt: seed.answeredAt ?? (answered ? at : null),
    partySince: answered ? at : null,
    heldAt: state === 'hold' ? at : null,
    failure: null,
    shown: seed.shown ?? null,
    target: seed.target ?? null,
    data: seed.data ?? {},
    correlator: seed.correlator ?? null,
    charged: seed.charged ?? null,
    hunt: seed.hunt ?? null,
    parent: seed.parent ?? null,
    original: seed.original ?? null,
    early: false,
    sounds: false,
    ...(seed.redirections === undefined ? {} : { redirections: seed.redirections }),
    ...(seed.answerable === undefined ? {} : { answerable: seed.answerable }),
    ...(seed.heldThere === undefined ? {} : { heldThere: seed.heldThere }),
    ...(seed.inPlaceOf === undefined ? {} : { inPlaceOf: seed.inPlaceOf }),
    ...(seed.supervises === undefined ? {} : { supervises: seed.supervises }),
  };
  if (connection.ordinal === 1) next.originHunt = connection.hunt;
  next.connections = next.connections.with(connection);
  count(next, connection, 1);
}

function change(next: Next, connectionId: string | null, to: (connection: Connection) => Connection): void {
  const before = connectionId === null ? undefined : next.connections.get(connectionId);
  if (before === undefined) return;
  const after = to(before);
  // A phone that is joined in its ringing by others, and was to begin the call: they may begin it as well.
  if (after.ordinal === 1) next.originHunt = after.hunt;
  count(next, before, -1);
  count(next, after, 1);
  next.connections = next.connections.with(after);
}

function count(next: Next, connection: Connection, by: 1 | -1): void {
  const { id, role, state, early, legHere } = connection;
  if (state === 'alerting' && !legHere) {
    next.lines = by > 0 ? [...next.lines, id] : next.lines.filter((other) => other !== id);
  }
  if (role === 'supervisor') {
    next.supervisors = by > 0 ? [...next.supervisors, id] : next.supervisors.filter((other) => other !== id);
    return;
  }
  if (state === 'alerting') next.ringing += by;
  if (early) next.early += by;
  if (state === 'connected') next.connected += by;
  else if (state !== 'hold') return;
  next.answered += by;
  if (role === 'moderator') next.moderators += by;
}

function attached(before: CallData, { set, removed }: DataChange): CallData {
  if (set === undefined && removed === undefined) return before;
  const after = { ...before, ...set };
  for (const key of removed ?? []) delete after[key];
  return after;
}
