import { AppError } from '../base/app-error.ts';
import type { Config } from '../config/config.ts';
import type { Directory } from '../directory/directory.ts';
import type { DialRule } from '../directory/records.ts';
import { doer, fixedByFile, type Given } from './administration.ts';
import { type Asker, checkHolds, isOperator, onlyOperators } from './asker.ts';
import { differences, same } from './change-events.ts';
import type { DirectoryChanges, Plan } from './directory-changes.ts';
import type { FileContents } from './file-contents.ts';
import { checkKeys, invalid, readers, without } from './given.ts';
import { type Overwritten, overwrittenLimits } from './overwritten.ts';
import { checkRule } from './what-is-taken.ts';
import { merged, writtenLimits, writtenRule } from './written.ts';

export type Limits = Config['limits'];

export interface ServerAdministrationOptions {
  readonly directory: Directory;
  readonly changes: DirectoryChanges;
  readonly contents: () => FileContents;
  readonly limits: LiveLimits;
}

const limitsSetting = 'limits';

/** The limits that hold now: those of the file, then those that the administration has set, then the defaults. */
export class LiveLimits {
  readonly #told: ((limits: Limits) => void)[] = [];
  #now: Limits;

  constructor(limits: Limits) {
    this.#now = limits;
  }

  get now(): Limits {
    return this.#now;
  }

  /** At each change, and at once with those that hold. */
  follow(told: (limits: Limits) => void): void {
    this.#told.push(told);
    told(this.#now);
  }

  set(limits: Limits): void {
    this.#now = limits;
    for (const told of this.#told) told(limits);
  }
}

/** What was set by the administration, as it was written. */
export function limitsSet(changes: DirectoryChanges): Given {
  return JSON.parse(changes.setting(limitsSetting) ?? '{}');
}

/** What is stored of those that were set when the file comes to name some of them: these are its own from then on. */
function limitsWithout(set: Given, named: readonly string[]): Readonly<Record<string, string | null>> {
  const kept = Object.entries(set).filter(([key]) => !named.includes(key));
  if (kept.length === Object.keys(set).length) return {};
  return { [limitsSetting]: kept.length === 0 ? null : JSON.stringify(Object.fromEntries(kept)) };
}

/** `file`: what the file and the defaults say; what it names is not to be set otherwise. */
export function limitsOver(file: Pick<Config, 'limits' | 'writtenLimits'>, set: Given): Limits {
  const written = writtenLimits(file.limits);
  const free = Object.entries(set).filter(([key]) => key in written && !file.writtenLimits.includes(key));
  return readers.limits({ ...written, ...Object.fromEntries(free) });
}

/** What holds once this file has been read; of `set`, what is stored from then on, and what is lost. */
export function limitsByFile(
  file: Pick<Config, 'limits' | 'writtenLimits'>,
  set: Given,
): { limits: Limits; settings: Plan['settings'] & {}; overwritten: Overwritten[] } {
  return {
    limits: limitsOver(file, set),
    settings: limitsWithout(set, file.writtenLimits),
    overwritten: overwrittenLimits(set, file.writtenLimits, writtenLimits(file.limits)),
  };
}

/** Dial plan and limits: what is of the whole server. */
export class ServerAdministration {
  readonly #options: ServerAdministrationOptions;
  /** What the file, last read, says of the limits. */
  fileLimits: Pick<Config, 'limits' | 'writtenLimits'>;

  constructor(options: ServerAdministrationOptions, fileLimits: Pick<Config, 'limits' | 'writtenLimits'>) {
    this.#options = options;
    this.fileLimits = fileLimits;
  }

  async rules(asker: Asker): Promise<{ items: object[]; next: null }> {
    this.#check(asker);
    const plan = this.#plan();
    return { items: await Promise.all(plan.map((_, at) => this.#ruleView(plan, at))), next: null };
  }

  async rule(asker: Asker, id: string): Promise<object> {
    this.#check(asker);
    const plan = this.#plan();
    return await this.#ruleView(plan, placeIn(plan, id));
  }

  /** `position`: from 1; by default the last. */
  async addRule(asker: Asker, given: Given): Promise<object> {
    const before = await this.#addedBefore(asker);
    if (before !== null) return before;
    return await this.#changeRules(asker, (plan) => {
      const rule = readers.dialRule(without(given, 'position'));
      checkRule(this.#options.directory.records, rule);
      const id = Math.max(0, ...plan.map((one) => one.id)) + 1;
      const at = positionIn(given['position'], plan.length + 1);
      return { after: plan.toSpliced(at, 0, { ...rule, id }), at };
    });
  }

  /** By the same operation before a crash, whose answer nobody has heard. */
  async #addedBefore(asker: Asker): Promise<object | null> {
    this.#check(asker);
    if (asker.operation?.resumed !== true) return null;
    const isIt = ({ type }: { type: string }) => type === 'dialPlanChanged';
    const found = await this.#options.changes.eventOf(asker.operation.id, isIt);
    if (found === null) return null;
    const { from, to } = found.data as { from: readonly object[]; to: readonly object[] };
    const at = to.findIndex((rule, place) => !same(rule, from[place]));
    const plan = this.#plan();
    return plan[at] !== undefined && same(writtenRule(plan[at]), to[at]) ? await this.#ruleView(plan, at) : null;
  }

  async changeRule(asker: Asker, id: string, patch: Given): Promise<object> {
    return await this.#changeRules(asker, (plan) => {
      const before = placeIn(plan, id);
      const one = plan[before]!;
      const given = without(patch, 'position');
      checkKeys(readers.dialRule, merged(writtenRule(one), given, true) as Given);
      const rule = readers.dialRule(merged(writtenRule(one), given) as Given);
      checkRule(this.#options.directory.records, rule);
      const at = 'position' in patch ? positionIn(patch['position'], plan.length) : before;
      return { after: plan.toSpliced(before, 1).toSpliced(at, 0, { ...rule, id: one.id }), at };
    });
  }

  async removeRule(asker: Asker, id: string): Promise<void> {
    await this.#changeRules(asker, (plan) => ({ after: plan.toSpliced(placeIn(plan, id), 1), at: null }));
  }

  async limits(asker: Asker): Promise<object> {
    this.#check(asker);
    const contents = this.#options.contents();
    const fixedKeys: Record<string, object> = {};
    for (const key of this.fileLimits.writtenLimits) {
      const place = await contents.placeOf(`limits.${key}`);
      if (place !== null) fixedKeys[key] = place;
    }
    return {
      ...writtenLimits(this.#options.limits.now),
      fixedBy: await contents.placeOf('limits'),
      fixedKeys,
      self: '/admin/v1/limits',
    };
  }

  /** What is null is as by default again. */
  async changeLimits(asker: Asker, patch: Given): Promise<object> {
    this.#check(asker);
    const { changes, directory, limits } = this.#options;
    const after = await changes.run(doer(directory, asker), async () => {
      this.#check(asker);
      for (const key of Object.keys(patch)) {
        const place = await this.#options.contents().placeOf(`limits.${key}`);
        if (place !== null) throw fixedByFile(`limits.${key}`, place);
      }
      checkKeys(readers.limits, patch);
      readers.limits(Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== null)));
      const set = merged(limitsSet(changes), patch) as Given;
      const next = limitsOver(this.fileLimits, set);
      const fields = differences(writtenLimits(limits.now), writtenLimits(next));
      const events = [{ organizationId: null, type: 'limitsChanged', data: { fields } } as const];
      const settings = { [limitsSetting]: Object.keys(set).length === 0 ? null : JSON.stringify(set) };
      return { plan: { origin: 'api', settings, events } satisfies Plan, result: next };
    });
    limits.set(after);
    return await this.limits(asker);
  }

  #check(asker: Asker): void {
    const { directory, changes } = this.#options;
    checkHolds(asker);
    if (!isOperator(directory, changes, asker)) throw onlyOperators();
  }

  /** Each with an id: one that came from a file has that of its place, as long as no other has it. */
  #plan(): readonly Known[] {
    const kept = this.#options.directory.records.keptDialPlan;
    let next = Math.max(0, ...kept.map(({ id }) => id ?? 0)) + 1;
    return kept.map((rule) => ({ ...rule, id: rule.id ?? next++ }));
  }

  async #changeRules(
    asker: Asker,
    change: (plan: readonly Known[]) => { after: readonly Known[]; at: number | null },
  ): Promise<object> {
    this.#check(asker);
    const { changes, directory } = this.#options;
    const { after, at } = await changes.run(doer(directory, asker), async () => {
      this.#check(asker);
      const place = await this.#options.contents().placeOf('dialPlan');
      if (place !== null) throw fixedByFile('The dial plan', place);
      const changed = change(this.#plan());
      return { plan: { origin: 'api', put: { dialPlan: changed.after } } satisfies Plan, result: changed };
    });
    return at === null ? {} : await this.#ruleView(after, at);
  }

  async #ruleView(plan: readonly Known[], at: number): Promise<object> {
    const rule = plan[at]!;
    const fixedBy = await this.#options.contents().placeOf('dialPlan');
    return { id: rule.id, position: at + 1, ...writtenRule(rule), fixedBy, self: `/admin/v1/dial-rules/${rule.id}` };
  }
}

type Known = DialRule & { readonly id: number };

function placeIn(plan: readonly Known[], id: string): number {
  const at = plan.findIndex((rule) => String(rule.id) === id);
  if (at < 0) throw new AppError('notFound', `There is no dial rule ${id.slice(0, 80)}.`);
  return at;
}

/** From 0; `given` counts from 1. */
function positionIn(given: unknown, last: number): number {
  if (given === undefined) return last - 1;
  if (typeof given === 'number' && Number.isInteger(given) && given >= 1 && given <= last) return given - 1;
  throw invalid('position', `expected a whole number from 1 to ${last}`);
}
