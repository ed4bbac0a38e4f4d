import { emit } from '../listeners.ts';
import type { Conference } from './conference.ts';
import { type ActiveParticipant, DroppedParticipant } from './participant.ts';

/** Of more the first ones are forgotten. */
const mostKept = 100;

/**
 * Who has left, by himself or not, or was called and did not come, from when one came in oneself; until he is in again.
 */
export class Dropped {
  readonly #conference: Conference;
  #left: DroppedParticipant[] = [];

  constructor(conference: Conference) {
    this.#conference = conference;
  }

  all(): DroppedParticipant[] {
    return [...this.#left];
  }

  /** `here`: who is in still. A number that is among them has only come in another way. */
  left(gone: readonly ActiveParticipant[], here: readonly ActiveParticipant[], tells: boolean): void {
    for (const one of gone) {
      const isHere = one.getAddress() !== '' && here.some((other) => isSame(other, one));
      if (one.isLocalUser() || isHere) continue;
      const dropped = new DroppedParticipant(this.#conference, one);
      this.#left.push(dropped);
      if (this.#left.length > mostKept) this.#left.shift();
      if (tells) this.#tell('Added', dropped);
    }
  }

  /** It is the same as one who has left where the number is; of who has none, as a browser, where the name is. */
  came(one: ActiveParticipant, tells: boolean): void {
    const again = this.#left.find((dropped) => isSame(dropped, one));
    if (again === undefined) return;
    this.#left = this.#left.filter((dropped) => dropped !== again);
    if (tells) this.#tell('Removed', again);
  }

  #tell(what: 'Added' | 'Removed', dropped: DroppedParticipant): void {
    emit(this.#conference, `ConferenceDroppedParticipant${what}Callback`, this.#conference, dropped);
  }
}

function isSame(one: ActiveParticipant | DroppedParticipant, other: ActiveParticipant): boolean {
  if (other.getAddress() !== '') return one.getAddress() === other.getAddress();
  return one.getAddress() === '' && one.getDisplayName() === other.getDisplayName();
}
