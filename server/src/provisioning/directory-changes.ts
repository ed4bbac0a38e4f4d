import { AppError, coerceError } from '../base/app-error.ts';
import type { Clock } from '../base/clock.ts';
import { FairTurns } from '../base/fair-turns.ts';
import type { Log } from '../base/log.ts';
import { Slices } from '../base/slices.ts';
import type { StreamEvent } from '../call/model/event-log.ts';
import type { CallStore } from '../call/ports.ts';
import type { Directory } from '../directory/directory.ts';
import type { NewPassword } from '../directory/passwords.ts';
import {
  type AnyRecord,
  keyOf,
  listsOf,
  noRecords,
  type Origin,
  oneByOneOf,
  type RecordKind,
  type RecordRef,
  type RecordsToApply,
  refOf,
} from '../directory/records.ts';
import type { DirectoryStore, WithRecords } from '../store/store.ts';
import { type AppliedChange, type ChangeEvent, changeEvents, type Doer, numbered } from './change-events.ts';

/** What is to become of the directory. What is not named stays as it is. */
export interface Plan {
  readonly put?: Partial<RecordsToApply>;
  /** What stays as it is, and is from now on of this origin. */
  readonly taken?: readonly AnyRecord[];
  readonly remove?: readonly RecordRef[];
  /** New passwords that have no hash yet; null: none any more. */
  readonly passwords?: readonly NewPassword[];
  readonly origin: Origin;
  /** JSON by name; null: it goes. */
  readonly settings?: Readonly<Record<string, string | null>>;
  /** What else the log says of it. */
  readonly events?: readonly ChangeEvent[];
}

/** What follows from a change elsewhere, and has to be done before whoever asked is told that it is. */
export type Consequence = (changes: readonly AppliedChange[]) => Promise<void> | void;

export interface DirectoryChangesOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: DirectoryStore;
  readonly streams: Pick<CallStore, 'streams' | 'streamEvents'>;
  readonly directory: Directory;
}

/** Changes that may wait: in all, and of one organization, whose next one comes after one of each other. */
const mostWaiting = { waiting: 4096, waitingOfSource: 256 } as const;
/** That of nobody's organization: of the file, and of the server itself. */
const ofServer = 'server';
const lastFirst: readonly RecordKind[] = ['app', 'conference', 'extension', 'user', 'organization', 'trunk'];
/** Records that go to the store together. */
const recordsAtATime = 500;
/** Of each organization, to find what was done just before the end of the last run. */
const mostLookedAt = 1000;

/**
 * The one writer of the directory while the server runs: plan → stored, with what the log says of it, in one
 * transaction → in memory → its consequences, one change after the other. Nothing holds before it is stored. Running
 * calls go on with what they began with.
 */
export class DirectoryChanges {
  readonly #options: DirectoryChangesOptions;
  readonly #turns = new FairTurns({ atOnce: 1, ...mostWaiting });
  readonly #consequences: Consequence[] = [];
  #origins = new Map<string, Origin>();
  #seqs = new Map<string, number>();
  #settings = new Map<string, string>();

  constructor(options: DirectoryChangesOptions) {
    this.#options = options;
  }

  /** Before anything else: what is stored. */
  async start(): Promise<void> {
    const { store, streams } = this.#options;
    this.#origins = await store.origins();
    this.#settings = await store.settings();
    for (const { id, lastSeq } of await streams.streams('directory')) this.#seqs.set(id, lastSeq);
  }

  /** Who made a record, or changed it last. */
  originOf(ref: RecordRef): Origin {
    return this.#origins.get(keyOf(ref)) ?? 'file';
  }

  /** Null: not stored. */
  setting(name: string): string | null {
    return this.#settings.get(name) ?? null;
  }

  /** Which of the latest events of the directory tells of this operation, if any does. */
  async eventOf(operation: string, isIt: (event: StreamEvent) => boolean): Promise<StreamEvent | null> {
    for (const [id, lastSeq] of this.#seqs) {
      const stream = { kind: 'directory', id } as const;
      const latest = { after: Math.max(0, lastSeq - mostLookedAt), limit: mostLookedAt };
      const events = await this.#options.streams.streamEvents(stream, latest);
      const found = events.findLast(
        (event) => (event.data as { by?: Doer }).by?.operation === operation && isIt(event),
      );
      if (found !== undefined) return found;
    }
    return null;
  }

  /** Done with each change, in the order of adding. */
  addConsequence(consequence: Consequence): void {
    this.#consequences.push(consequence);
  }

  /**
   * `work` plans by what holds when its turn has come; `holds` is called when its change does, before the next one is
   * planned. Resolves when the change holds everywhere; rejects as `work` does, or with StoreError, and nothing has
   * changed.
   */
  run<Result>(by: Doer, work: () => Promise<{ plan: Plan; result: Result; holds?: () => void }>): Promise<Result> {
    return this.#inTurn(by.organizationId ?? ofServer, async () => {
      const { plan, result, holds } = await work();
      await this.#apply(by, plan);
      holds?.();
      return result;
    });
  }

  /** Something short that must not come between a plan and what becomes of it. */
  between(work: () => Promise<void>): Promise<void> {
    return this.#inTurn(ofServer, work);
  }

  async #inTurn<Result>(whose: string, work: () => Promise<Result>): Promise<Result> {
    if (this.#turns.mayWait(whose)) return this.#turns.run(whose, work);
    throw new AppError('tooManyRequests', 'Too many changes of the directory at once.');
  }

  async #apply(by: Doer, plan: Plan): Promise<void> {
    const { clock, directory } = this.#options;
    const { remove = [], passwords = [], taken = [], origin, settings = {} } = plan;
    const put: RecordsToApply = { ...noRecords, ...plan.put };
    const slices = new Slices(clock);
    const records = await slices.map(oneByOneOf(put), (one) => one);
    const changes = await this.#changes(records, remove, slices);
    const dialPlan = put.dialPlan === null ? null : { before: directory.records.keptDialPlan, after: put.dialPlan };
    await slices.rest();
    const said = [...changeEvents(changes, dialPlan), ...(plan.events ?? [])];
    const events = numbered(said, by, clock.now(), this.#seqs);
    await slices.rest();
    await this.#store([...records, ...taken], put.dialPlan, { origin, remove, settings, events }, slices);
    if (changes.length > recordsAtATime) await directory.applyInSlices({ put, remove }, passwords, slices);
    else directory.apply({ put, remove }, passwords);
    const named = [...changes, ...taken.map((after) => ({ ref: refOf(after), after }))];
    await slices.each(named, ({ ref, after }) => {
      if (after === null || origin === 'file') this.#origins.delete(keyOf(ref));
      else this.#origins.set(keyOf(ref), origin);
    });
    for (const [name, value] of Object.entries(settings)) {
      if (value === null) this.#settings.delete(name);
      else this.#settings.set(name, value);
    }
    for (const { stream, seq } of events) this.#seqs.set(stream.id, seq);
    await this.#consequencesOf(changes);
  }

  /**
   * In one transaction. What a file brings may be tens of thousands of records: they go in parts, so that calls never
   * wait, and what is said of them with the last. Where that is interrupted by the end of the process, the next start
   * reads the same file.
   */
  async #store(
    put: readonly AnyRecord[],
    dialPlan: RecordsToApply['dialPlan'],
    more: WithRecords,
    slices: Slices,
  ): Promise<void> {
    const { store } = this.#options;
    let rest = put;
    // What depends on others goes before them.
    let gone: readonly RecordRef[] = await this.#lastFirst(more.remove ?? [], slices);
    while (more.origin === 'file' && rest.length + gone.length > recordsAtATime) {
      if (gone.length > 0) {
        await store.apply(noRecords, { origin: 'file', remove: gone.slice(0, recordsAtATime) });
        gone = gone.slice(recordsAtATime);
      } else {
        await store.apply(listsOf(rest.slice(0, recordsAtATime)), { origin: 'file' });
        rest = rest.slice(recordsAtATime);
      }
      await slices.rest();
    }
    await store.apply({ ...listsOf(rest), dialPlan }, { ...more, remove: gone });
  }

  async #lastFirst(remove: readonly RecordRef[], slices: Slices): Promise<RecordRef[]> {
    const byKind = new Map(lastFirst.map((kind): [RecordKind, RecordRef[]] => [kind, []]));
    await slices.each(remove, (ref) => byKind.get(ref.kind)?.push(ref));
    return [...byKind.values()].flat();
  }

  async #changes(put: readonly AnyRecord[], remove: readonly RecordRef[], slices: Slices): Promise<AppliedChange[]> {
    const { records } = this.#options.directory;
    const before = ({ kind, id }: RecordRef) => {
      const record = records.get(kind, id);
      return record === null ? null : ({ kind, record } as AnyRecord);
    };
    const gone = await slices.map(remove, (ref) => ({ ref, before: before(ref), after: null }));
    const others = await slices.map(put, (after) => {
      const ref = refOf(after);
      return { ref, before: before(ref), after };
    });
    return [...gone, ...others];
  }

  /** It is stored: what goes wrong here is told, and undoes nothing. */
  async #consequencesOf(changes: readonly AppliedChange[]): Promise<void> {
    for (const consequence of this.#consequences) {
      try {
        await consequence(changes);
      } catch (error) {
        this.#options.log.error({ err: coerceError(error) }, 'what follows from a change of the directory failed');
      }
    }
  }
}
