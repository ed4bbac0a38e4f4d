import type { Call } from '../../../call/model/call.ts';
import { type CallEvent, seedsOf } from '../../../call/model/events.ts';
import type { CallStore } from '../../../call/ports.ts';
import type { CallRuntime } from '../../../call/runtime/runtime.ts';
import type { MeetingView } from '../../../directory/directory-views.ts';
import { readNoteNumber, writeNoteNumber } from '../../../push/note-number.ts';
import type { LegsKnown } from '../dialect.ts';
import { type Note, notesOf, recordingFailed } from './conference-notes.ts';
import { conferenceView, isShown, participantView } from './conference-view.ts';
import type { KnockDecision } from './knocks.ts';
import type { Session } from './sessions.ts';
import { WrittenChat } from './written-chat.ts';

/** Who is told what happens, as text. */
export interface Listener {
  readonly session: Session;
  send(text: string): void;
}

interface Following {
  readonly listener: Listener;
  /** Its connection in the conference; null while it is on the way there. */
  self: string | null;
  /** The conference's call, or the access call before. */
  callId: string | null;
  /** Notes that came while those it missed are read; null: none are. */
  waiting: CallEvent[] | null;
}

export interface EventFeedParts {
  readonly runtime: CallRuntime;
  readonly calls: CallStore;
  readonly isBrowser: (legId: string) => boolean;
  readonly legs: LegsKnown;
  /** Who has knocked at the door of this conference. */
  readonly knocking: (meeting: MeetingView) => readonly object[];
}

const mostReplayed = 2000;

/** Tells browsers what happens in their conference, each event once written for all of them. */
export class EventFeed {
  readonly #parts: EventFeedParts;
  readonly #byCall = new Map<string, Set<Following>>();
  readonly #byLeg = new Map<string, Set<Following>>();
  readonly #chat = new WrittenChat();
  readonly #stop: () => void;

  constructor(parts: EventFeedParts) {
    this.#parts = parts;
    const stops = [
      parts.runtime.on('event', ({ event, call }) => this.#take(event, call)),
      // On a full disk that is no event until there is room.
      parts.runtime.on('recordingLost', ({ callId, recordingId }) =>
        this.tellCall(callId, recordingFailed(recordingId)),
      ),
    ];
    this.#stop = () => {
      for (const stop of stops) stop();
    };
  }

  close(): void {
    this.#stop();
    this.#byCall.clear();
    this.#byLeg.clear();
  }

  /** From now on it is told; `after`: the number of the last note it saw. Gives what ends that. */
  async follow(listener: Listener, after: string | null): Promise<() => void> {
    const { runtime } = this.#parts;
    const { legId } = listener.session.call;
    const following: Following = { listener, self: null, callId: null, waiting: null };
    put(this.#byLeg, legId, following);
    const stop = () => {
      take(this.#byLeg, legId, following);
      if (following.callId !== null) take(this.#byCall, following.callId, following);
    };
    const ref = runtime.refOfLeg(legId);
    const call = ref === null ? null : runtime.call(ref.callId);
    if (ref === null || call === null) return stop;
    this.#move(following, call, ref.connectionId);
    if (call.kind !== 'conference') {
      if (!listener.session.call.waits) this.#admission(listener);
      return stop;
    }
    const seen = after === null ? null : readNoteNumber(after);
    if (seen === null || !(await this.#replay(following, call, seen.step, seen.place))) {
      const now = runtime.call(following.callId ?? call.id);
      if (now !== null) this.#welcome(following, now);
    }
    return stop;
  }

  /** What it missed, from the log; false when that is too much, or cannot be read. */
  async #replay(following: Following, call: Call, seq: number, place: number): Promise<boolean> {
    if (seq > call.seq || call.seq - seq > mostReplayed) return false;
    following.waiting = [];
    let missed: CallEvent[];
    try {
      missed = await this.#parts.calls.eventsOf(call.id, { after: seq - 1, limit: mostReplayed + 2 });
    } catch {
      following.waiting = null;
      return false;
    }
    const known = new Set(missed.map((event) => event.seq));
    const waited = following.waiting.filter((event) => !known.has(event.seq));
    following.waiting = null;
    const now = this.#parts.runtime.call(call.id) ?? call;
    for (const event of [...missed, ...waited]) {
      const notes = this.#notes(event, now);
      tell(following, event.seq === seq ? notes.slice(place + 1) : notes);
    }
    this.#door(following, now);
    return true;
  }

  #notes(event: CallEvent, call: Call): Note[] {
    return notesOf(event, call, this.#parts, (id) => this.#chat.nameOf(call.id, id));
  }

  /** To whoever listens of this leg. */
  tellLeg(legId: string, message: object): void {
    const text = JSON.stringify(message);
    for (const { listener } of this.#byLeg.get(legId) ?? []) listener.send(text);
  }

  /** To all who listen in this call, now: nobody is told of it later. */
  tellCall(callId: string, message: object): void {
    const text = JSON.stringify(message);
    for (const { listener } of this.#byCall.get(callId) ?? []) listener.send(text);
  }

  /** Others wait at the door of this conference: its moderators are told, and what one of them decided. */
  knocksChanged({ conferenceId }: MeetingView, decided: KnockDecision | null): void {
    const call = this.#parts.runtime.callOfConference(conferenceId);
    if (call === null) return;
    const why = decided === null ? {} : { decided };
    for (const following of this.#byCall.get(call.id) ?? []) this.#door(following, call, why);
  }

  /** Also where nobody waits: who comes back may know of somebody who has gone meanwhile. */
  #door({ self, listener }: Following, call: Call, why: object = {}): void {
    if (self === null || call.connections.get(self)?.role !== 'moderator') return;
    const participants = this.#parts.knocking(listener.session.meeting);
    listener.send(JSON.stringify({ type: 'pending', participants, ...why }));
  }

  #take(event: CallEvent, call: Call): void {
    this.#chat.take(event, call);
    this.#tell(event, call);
    // Who comes by it is told of the conference with it, and of what is behind it.
    for (const { legId, id } of seedsOf(event)) this.#came(legId, call, id);
  }

  #tell(event: CallEvent, call: Call): void {
    const followers = this.#byCall.get(call.id);
    if (followers === undefined) return;
    if (call.kind !== 'conference') {
      if (event.type === 'entryRefused') {
        for (const { listener } of followers) this.#admission(listener, event.data.why);
      }
      return;
    }
    const notes = this.#notes(event, call);
    if (event.type === 'established') this.#whenItStands(call, event.connectionId);
    for (const following of followers) {
      if (following.waiting !== null) following.waiting.push(event);
      else tell(following, notes);
    }
    if (event.type === 'dataChanged' && event.data.role === 'moderator') {
      for (const following of followers) if (following.self === event.connectionId) this.#door(following, call);
    }
    if (call.ended) this.#byCall.delete(call.id);
  }

  /** A browser comes into a call: into the access call first, or into the conference. */
  #came(legId: string, call: Call, connectionId: string): void {
    for (const following of this.#byLeg.get(legId) ?? []) {
      if (following.callId === call.id) continue;
      this.#move(following, call, connectionId);
      if (call.kind === 'conference') this.#welcome(following, call);
      else this.#admission(following.listener);
    }
  }

  #move(following: Following, call: Call, connectionId: string): void {
    if (following.callId !== null) take(this.#byCall, following.callId, following);
    following.callId = call.id;
    following.self = connectionId;
    put(this.#byCall, call.id, following);
  }

  #welcome(following: Following, call: Call): void {
    const { listener, self } = following;
    const number = writeNoteNumber({ step: call.seq, place: 9 });
    const shown = conferenceView(call, self, listener.session.meeting, this.#parts);
    const conference = { ...shown, signedIn: listener.session.login !== null, chat: this.#chat.of(call.id) };
    listener.send(JSON.stringify({ type: 'call', state: 'established' }));
    listener.send(JSON.stringify({ type: 'conference', conference, number }));
    this.#door(following, call);
    for (const id of call.connections.keys()) this.#whenItStands(call, id);
  }

  /**
   * Whether a leg is encrypted is known when both sides know that it stands, which is after it came into the call: who
   * was told of it is told then.
   */
  #whenItStands({ id: callId, connections }: Call, id: string | null): void {
    const { legs, runtime } = this.#parts;
    const legId = connections.get(id ?? '')?.legId;
    if (legId === undefined || legs.isEncrypted(legId)) return;
    legs.whenConfirmed(legId, () => {
      const now = runtime.call(callId)?.connections.get(id ?? '');
      if (now === undefined || !isShown(now) || !legs.isEncrypted(legId)) return;
      this.tellCall(callId, { type: 'changed', participant: participantView(now, this.#parts) });
    });
  }

  #admission({ send, session }: Listener, refused: string | null = null): void {
    if (refused === null) send(JSON.stringify({ type: 'call', state: 'admission' }));
    const told = refused === null ? {} : { refused: refused === 'wrongPin' ? 'wrongPasscode' : refused };
    const permissionNeeded = session.call.mayWait;
    send(JSON.stringify({ type: 'admission', passcodeNeeded: true, permissionNeeded, ...told }));
  }
}

function tell({ listener, self }: Following, notes: readonly Note[]): void {
  for (const { text, only } of notes) {
    if (only === null || (self !== null && only.includes(self))) listener.send(text);
  }
}

function put<Item>(map: Map<string, Set<Item>>, key: string, item: Item): void {
  const items = map.get(key);
  if (items === undefined) map.set(key, new Set([item]));
  else items.add(item);
}

function take<Item>(map: Map<string, Set<Item>>, key: string, item: Item): void {
  const items = map.get(key);
  items?.delete(item);
  if (items?.size === 0) map.delete(key);
}
