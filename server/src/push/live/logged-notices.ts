import type { Log } from '../../base/log.ts';
import { isOfCall } from '../../call/model/event-log.ts';
import type { CallStore } from '../../call/ports.ts';
import { FollowedCalls } from '../followed-calls.ts';
import type { LoggedStep } from '../follower.ts';
import { type LiveDialect, type Notice, NumberedNotice } from './notice.ts';

export interface LoggedNoticesOptions {
  readonly log: Log;
  readonly store: Pick<CallStore, 'eventsOf' | 'runningAt'>;
  readonly dialect: LiveDialect;
}

/**
 * What is told along the log, of the organizations that concern anybody: each from the first moment on as if it had
 * always been read.
 */
export class LoggedNotices {
  readonly #options: LoggedNoticesOptions;
  readonly #calls: FollowedCalls<Notice>;
  readonly #organizations = new Set<string>();
  readonly #joining = new Set<string>();

  constructor(options: LoggedNoticesOptions) {
    this.#options = options;
    const { log, store, dialect } = options;
    this.#calls = new FollowedCalls({
      log,
      eventsOf: (...query) => store.eventsOf(...query),
      concerned: (organizationId) => this.#organizations.has(organizationId),
      visited: true,
      projection: dialect.projection(),
    });
  }

  /** From the next step on this organization is told of. */
  concern(organizationId: string): void {
    if (!this.#organizations.has(organizationId)) this.#joining.add(organizationId);
  }

  /** Rejects when the store does; then nothing has been taken. */
  async next(step: LoggedStep): Promise<NumberedNotice[]> {
    for (const organizationId of this.#joining) await this.#join(organizationId, step.number - 1);
    const notes = await this.#calls.next(step);
    const notices = notes.map(({ number, note }) => new NumberedNotice(number, note));
    for (const { event } of step.entries) {
      if (isOfCall(event) || !this.#organizations.has(event.organizationId)) continue;
      for (const notice of this.#options.dialect.ofStream(event)) {
        notices.push(new NumberedNotice({ step: step.number, place: notices.length }, notice));
      }
    }
    return notices;
  }

  async #join(organizationId: string, position: number): Promise<void> {
    const running = await this.#options.store.runningAt({ organizationId, position });
    this.#organizations.add(organizationId);
    this.#calls.concernsMore();
    await this.#calls.begin(running);
    this.#joining.delete(organizationId);
  }
}
