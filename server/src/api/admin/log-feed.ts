import type { Clock, Timer } from '../../base/clock.ts';
import { RecentMap } from '../../base/recent-map.ts';
import { type FeedEntry, isOfCall } from '../../call/model/event-log.ts';
import { organizationOf } from '../../call/model/events.ts';
import type { CallStore } from '../../call/ports.ts';

export interface LogFeedOptions {
  readonly clock: Clock;
  readonly store: Pick<CallStore, 'feed' | 'lastPosition' | 'eventsAbout'>;
  /** Of a running call; null: it is not running. */
  readonly organizationOfCall: (callId: string) => string | null;
}

/** Who reads the log along; `take` false: that is enough for now. */
export interface FeedReader {
  position: number;
  readonly take: (entry: FeedEntry, organizationId: string | null) => boolean;
  /** Gone; it is read for no more. */
  over: boolean;
}

/** Events come in heaps: what happened within this time is read together. */
const gatherMs = 40;
/** Some of what is in the log is told by nobody. */
const pollMs = 1000;
const pageSize = 500;
const mostRemembered = 20_000;

/** The event log for those who watch: whoever has got equally far shares what is read. */
export class LogFeed {
  readonly #options: LogFeedOptions;
  readonly #readers = new Set<FeedReader>();
  readonly #organizations = new RecentMap<string, string | null>(mostRemembered);
  #timer: Timer | null = null;
  /** It is gathered, and not only looked again: what comes now puts nothing off. */
  #gathering = false;
  #reading: Promise<void> | null = null;
  #again = false;

  constructor(options: LogFeedOptions) {
    this.#options = options;
  }

  /**
   * Where one goes on who has been told up to `known`; null: from now on. A position from another log, as there was
   * before a backup was restored, may be from the future of this one.
   */
  async positionBehind(known: number | null): Promise<number> {
    const last = await this.#options.store.lastPosition();
    return known === null ? last : Math.min(known, last);
  }

  /** From behind its position on. */
  join(reader: FeedReader): void {
    this.#readers.add(reader);
    this.nudge();
  }

  leave(reader: FeedReader): void {
    reader.over = true;
    this.#readers.delete(reader);
    if (this.#readers.size > 0) return;
    this.#timer?.cancel();
    this.#timer = null;
    this.#gathering = false;
  }

  /** There may be something new. */
  nudge(): void {
    if (this.#readers.size === 0) return;
    if (this.#reading !== null) this.#again = true;
    else if (!this.#gathering) this.#in(gatherMs);
  }

  #in(ms: number): void {
    this.#timer?.cancel();
    this.#gathering = ms === gatherMs;
    this.#timer = this.#options.clock.setTimer(ms, () => {
      this.#timer = null;
      this.#gathering = false;
      this.#reading = this.#read().finally(() => {
        this.#reading = null;
        if (this.#readers.size > 0) this.#in(this.#again ? gatherMs : pollMs);
        this.#again = false;
      });
    });
  }

  async #read(): Promise<void> {
    const pages = new Map<number, Promise<FeedEntry[]>>();
    const readers = [...this.#readers];
    await Promise.allSettled(readers.map((reader) => this.#catchUp(reader, pages)));
  }

  async #catchUp(reader: FeedReader, pages: Map<number, Promise<FeedEntry[]>>): Promise<void> {
    while (!reader.over) {
      const after = reader.position;
      const reading = pages.get(after) ?? this.#options.store.feed({ after, limit: pageSize });
      pages.set(after, reading);
      const page = await reading;
      for (const entry of page) {
        const organizationId = await this.#organizationOf(entry);
        if (reader.over || !reader.take(entry, organizationId)) return;
        reader.position = entry.position;
      }
      if (page.length < pageSize) return;
    }
  }

  async #organizationOf({ event }: FeedEntry): Promise<string | null> {
    if (!isOfCall(event)) return event.organizationId;
    const { callId } = event;
    const known = this.#organizations.get(callId);
    if (known !== undefined) return known;
    const running = this.#options.organizationOfCall(callId);
    const found = running ?? organizationOf(await this.#firstOf(event.seq === 1 ? [event] : null, callId));
    this.#organizations.set(callId, found);
    return found;
  }

  async #firstOf(known: Parameters<typeof organizationOf>[0][] | null, callId: string) {
    const [first] =
      known ?? (await this.#options.store.eventsAbout(callId, { connectionIds: null, after: 0, limit: 1 }));
    return first;
  }
}
