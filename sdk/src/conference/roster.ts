import { DataSet } from '../base.ts';
import { emit } from '../listeners.ts';
import type { Conference } from './conference.ts';
import { MeetingEncryptionStatus, ParticipantConnectionStatus } from './conference-enums.ts';
import { Dropped } from './dropped.ts';
import { ActiveParticipant, type ParticipantState } from './participant.ts';

/** Who is in a conference: told from when it is started. */
export class Roster {
  readonly active = new DataSet<ActiveParticipant>();
  readonly dropped: Dropped;
  readonly #byId = new Map<string, ActiveParticipant>();
  readonly #conference: Conference;
  #telling = false;
  /** Who was told as added, and not as removed since. */
  readonly #toldOf = new Set<ActiveParticipant>();
  /** Until more is known nothing is promised. */
  #encryption: string = MeetingEncryptionStatus.NO;

  constructor(conference: Conference) {
    this.#conference = conference;
    this.dropped = new Dropped(conference);
  }

  get encryption(): string {
    return this.#encryption;
  }

  /** Tells who comes and goes from now on. Gives whether it did not already. */
  tell(): boolean {
    const first = !this.#telling;
    this.#telling = true;
    return first;
  }

  tellNoMore(): void {
    this.#telling = false;
    this.#toldOf.clear();
  }

  find(id: string): ActiveParticipant | undefined {
    return this.#byId.get(id);
  }

  /** The loudest first. */
  talkers(): ActiveParticipant[] {
    return this.active.filter((participant) => participant.isActiveTalker());
  }

  /** Somebody is in, or is otherwise than before. */
  put(state: ParticipantState, isSelf: boolean): void {
    const known = this.#byId.get(state.id);
    if (known !== undefined) {
      known._update(state, isSelf);
      this.active._updated(known);
      return;
    }
    const added = new ActiveParticipant(this.#conference);
    added._update(state, isSelf);
    this.#byId.set(state.id, added);
    this.active._add(added);
    this.dropped.came(added, this.#telling);
    this.#tellAdded([added]);
  }

  /** Tells who is in, but for those who came since it was begun to tell. */
  tellAll(): void {
    this.#tellAdded(this.active.filter((one) => !this.#toldOf.has(one)));
  }

  /** All who are not among these have left. */
  keepOnly(ids: readonly string[]): void {
    const there = new Set(ids);
    this.remove([...this.#byId.keys()].filter((id) => !there.has(id)));
  }

  remove(ids: readonly string[]): void {
    const gone = ids.flatMap((id) => this.#byId.get(id) ?? []);
    for (const id of ids) this.#byId.delete(id);
    if (gone.length === 0) return;
    this.active._remove(...gone);
    for (const one of gone) one._leaves();
    this.#told(
      'Removed',
      gone.filter((one) => this.#toldOf.delete(one)),
    );
    this.dropped.left(gone, this.active, this.#telling);
    if (gone.some((one) => one.isActiveTalker())) this.#tellTalkers();
  }

  talk(started: readonly string[], stopped: readonly string[]): void {
    for (const id of started) this.#byId.get(id)?._talks(true);
    for (const id of stopped) this.#byId.get(id)?._talks(false);
    this.#tellTalkers();
  }

  /** Whether all who are connected are encrypted, or some, or nobody: tells it where it is another than before. */
  tellEncryption(): void {
    const { YES, NO, PARTIAL } = MeetingEncryptionStatus;
    const connected = this.active.filter(
      (one) => one.getConnectionStatus() === ParticipantConnectionStatus.CONNECTION_STATUS_CONNECTED,
    );
    const encrypted = connected.filter(({ _isEncrypted }) => _isEncrypted).length;
    const now = encrypted === 0 ? NO : encrypted === connected.length ? YES : PARTIAL;
    if (now === this.#encryption) return;
    this.#encryption = now;
    emit(this.#conference, 'ConferenceEncryptionStatusChangedCallback', this.#conference, now);
  }

  #tellTalkers(): void {
    emit(this.#conference, 'ConferenceActiveTalkersChangedCallback', this.#conference, this.talkers());
  }

  #tellAdded(participants: readonly ActiveParticipant[]): void {
    if (!this.#telling) return;
    for (const one of participants) this.#toldOf.add(one);
    this.#told('Added', participants);
  }

  #told(what: 'Added' | 'Removed', participants: readonly ActiveParticipant[]): void {
    if (participants.length === 0) return;
    emit(this.#conference, `ConferenceParticipants${what}Callback`, this.#conference, participants);
  }
}
