import type { Call } from '../../../call/model/call.ts';
import { type CallEvent, seedsOf } from '../../../call/model/events.ts';
import { writeNoteNumber } from '../../../push/note-number.ts';
import { isShown, type LegsSeen, participantView, recordingNameOf, recordingOf } from './conference-view.ts';
import { chatOf } from './written-chat.ts';

/** What browsers in a conference are told of one event. */
export interface Note {
  readonly text: string;
  /** Connections that alone are told; null: all. */
  readonly only: readonly string[] | null;
}

/** Nothing more is recorded, and nobody asked for that. May be told twice: `id` says of which recording. */
export function recordingFailed(id: string): object {
  return { type: 'recordingFailed', id };
}

/**
 * `call`: as it is after the event, or, on a replay, as it is now: who looks at a change late sees what it came to.
 * `nameOf`: as of `chatOf`.
 */
export function notesOf(event: CallEvent, call: Call, seen: LegsSeen, nameOf: (id: string) => string): Note[] {
  const notes: Note[] = [];
  const note = (body: object, only: readonly string[] | null = null) => {
    const number = writeNoteNumber({ step: event.seq, place: notes.length });
    notes.push({ text: JSON.stringify({ ...body, number }), only });
  };
  const participant = (id: string | null) => {
    const connection = id === null ? undefined : call.connections.get(id);
    return connection === undefined || !isShown(connection) ? null : participantView(connection, seen);
  };
  const seeds = seedsOf(event);
  for (const { id } of seeds) {
    const joined = participant(id);
    if (joined !== null) note({ type: 'joined', participant: joined });
  }
  if (seeds.length > 0) return notes;
  const id = event.connectionId;
  switch (event.type) {
    case 'established':
    case 'delivered':
    case 'held':
    case 'retrieved':
      changed();
      break;
    case 'failed':
      failed(event);
      break;
    case 'connectionCleared':
      note({ type: 'left', id, reason: event.cause });
      break;
    case 'talking':
      note({ type: 'talking', started: event.data.started, stopped: event.data.stopped });
      break;
    case 'recordingStarted':
    case 'recordingStopped':
      // When the last one is lost nothing more was to be recorded.
      if (event.type === 'recordingStopped' && event.cause === 'mediaFailure' && call.connections.size > 0) {
        note(recordingFailed(event.data.recordingId));
      }
      note({ type: 'state', recording: recordingOf(call), recordingName: recordingNameOf(call) });
      break;
    case 'callCleared':
      note({ type: 'ended', reason: event.cause, by: event.data.by ?? null });
      break;
    case 'dataChanged':
      dataChanged(event.data);
      break;
    case 'messageSent':
      written();
      break;
    default:
      break;
  }
  return notes;

  function written(): void {
    const message = chatOf(event, call, nameOf);
    if (message !== null) note({ type: 'chat', message }, message.to === null ? null : [message.to, message.from]);
  }

  /** `rang`: null on a replay, when nobody knows any more. Whoever failed has left a moment later. */
  function failed({ cause, data }: Extract<CallEvent, { type: 'failed' }>): void {
    const connection = id === null ? undefined : call.connections.get(id);
    if (connection !== undefined && !isShown(connection)) return;
    const rang = connection === undefined ? null : connection.alertedAt !== null;
    note({ type: 'failed', id, reason: cause, status: data.refusal?.status ?? null, rang });
  }

  function changed(): void {
    const after = participant(id);
    if (after !== null) note({ type: 'changed', participant: after });
  }

  function dataChanged(data: Extract<CallEvent, { type: 'dataChanged' }>['data']): void {
    const { locked, waiting, recordingPaused, recordingLabel } = data;
    const state = {
      ...(locked === undefined ? {} : { locked }),
      ...(waiting === undefined ? {} : { waiting }),
      ...(recordingPaused === undefined ? {} : { recording: recordingOf(call) }),
      ...(recordingLabel === undefined ? {} : { recordingName: recordingNameOf(call) }),
    };
    if (Object.keys(state).length > 0) note({ type: 'state', ...state });
    if (id !== null && Object.keys(state).length === 0) changed();
  }
}
