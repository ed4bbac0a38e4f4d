import { emit, withEvents } from '../listeners.ts';
import { pendingParticipantEvents } from '../names.ts';
import { SdkPromise } from '../promise.ts';
import type { Conference } from './conference.ts';
import { noCall } from './conference-refusals.ts';
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
    if (conference === null) return SdkPromise.rejected(noCall('Nobody waits.'));
    this._decided = decided;
    return conference._ask(what, { participant: this.getParticipantId() }).fail(() => {
      this._decided = null;
    });
  }
}
withEvents(PendingParticipant, pendingParticipantEvents);

/** What a moderator decided about whom: docs/protocols/webrtc.md. */
interface Decided {
  readonly id: string;
  readonly admitted: boolean;
  readonly by: string;
}

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

  /** `decided`: what became of one who waited before; null: nobody decided that. */
  told(participants: readonly { readonly id: string; readonly name: string }[], decided: Decided | null): void {
    const tell = (name: string, participant: PendingParticipant) =>
      emit(this.#conference, `ConferencePendingParticipant${name}Callback`, this.#conference, participant);
    for (const [id, participant] of [...this.#byId]) {
      if (participants.some((one) => one.id === id)) continue;
      this.#byId.delete(id);
      const { _decided: own } = participant;
      if (own !== null) emit(participant, `PendingParticipant${own}Callback`, participant);
      else if (decided?.id === id) {
        const name = decided.admitted ? 'Accepted' : 'Denied';
        emit(participant, `PendingParticipant${name}Callback`, participant, decided.by);
      } else emit(participant, 'PendingParticipantCancelledCallback', participant, '', '');
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
