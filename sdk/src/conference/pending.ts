import { emit, withEvents } from '../listeners.ts';
import { pendingParticipantEvents } from '../names.ts';
import { SdkPromise } from '../promise.ts';
import type { Conference } from './conference.ts';
import { ConferenceParticipant } from './participant.ts';

/** Somebody who knocks at a locked conference. */
export class PendingParticipant extends ConferenceParticipant {
  /** What the moderator who looks has decided. */
  _decided: 'Accepted' | 'Denied' | null = null;

  accept(): SdkPromise {
    return this.#decide('admit', 'Accepted');
  }

  deny(): SdkPromise {
    return this.#decide('deny', 'Denied');
  }

  #decide(what: string, decided: 'Accepted' | 'Denied'): SdkPromise {
    const { _conference: conference } = this;
    if (conference === null) return SdkPromise.rejected(new Error('Nobody waits.'));
    this._decided = decided;
    return conference._ask(what, { participant: this.getParticipantId() }).fail(() => {
      this._decided = null;
    });
  }
}
withEvents(PendingParticipant, pendingParticipantEvents);

/** Who knocks now, as moderators are told. */
export class Pending {
  readonly #conference: Conference;
  readonly #byId = new Map<string, PendingParticipant>();

  constructor(conference: Conference) {
    this.#conference = conference;
  }

  all(): PendingParticipant[] {
    return [...this.#byId.values()];
  }

  told(participants: readonly { readonly id: string; readonly name: string }[]): void {
    const tell = (name: string, participant: PendingParticipant) =>
      emit(this.#conference, `ConferencePendingParticipant${name}Callback`, this.#conference, participant);
    for (const [id, participant] of [...this.#byId]) {
      if (participants.some((one) => one.id === id)) continue;
      this.#byId.delete(id);
      // By another moderator, or by nobody: which of the two is not told.
      if (participant._decided === null) emit(participant, 'PendingParticipantCancelledCallback', participant, '', '');
      else emit(participant, `PendingParticipant${participant._decided}Callback`, participant);
      tell('Removed', participant);
    }
    for (const one of participants) {
      if (this.#byId.has(one.id)) continue;
      const participant = new PendingParticipant(this.#conference);
      participant._describe(one);
      this.#byId.set(one.id, participant);
      tell('', participant);
    }
  }
}
