import { AppError } from '../../base/app-error.ts';
import { FairTurns } from '../../base/fair-turns.ts';

/** So many wait, of all organizations and of one. */
const limits = { atOnce: 1, waiting: 500, waitingOfSource: 50 };

/**
 * A log is looked through for one at a time, and for organizations in turn: each look reads files of megabytes, so that
 * many at once would take the memory, and the thread, from everybody else.
 */
export class LookTurns {
  readonly #turns = new FairTurns(limits);

  /** Rejects with AppError `unavailable` when too many ask at once. */
  async run<Found>(organizationId: string, look: () => Promise<Found>): Promise<Found> {
    if (!this.#turns.mayWait(organizationId)) {
      throw new AppError('unavailable', 'Too many ask at once for what is known of calls; try again later.');
    }
    return await this.#turns.run(organizationId, look);
  }
}
