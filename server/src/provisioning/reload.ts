import { AppError } from '../base/app-error.ts';
import type { Clock } from '../base/clock.ts';
import { Slices } from '../base/slices.ts';
import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/config-error.ts';
import type { ConfigSources } from '../config/load-config.ts';
import type { Directory } from '../directory/directory.ts';
import type { PasswordHasher } from '../directory/password.ts';
import type { WrittenPassword } from '../directory/provision.ts';
import { type DialRule, listsOf, type RecordRef, refOf } from '../directory/records.ts';
import { operatorsWithout } from './asker.ts';
import { type ChangeEvent, type Doer, differences, same } from './change-events.ts';
import { Comparison } from './comparison.ts';
import type { DirectoryChanges, Plan } from './directory-changes.ts';
import { FileContents } from './file-contents.ts';
import { type Overwritten, overwrittenBy } from './overwritten.ts';
import { readFile } from './reading/file-reader.ts';
import type { ReadConfig } from './reading/reading-messages.ts';
import { restartKeys } from './restart-keys.ts';
import { type LiveLimits, limitsByFile, limitsSet, type ServerAdministration } from './server-administration.ts';
import { writtenLimits, writtenRule } from './written.ts';

export interface Reloaded {
  readonly changed: readonly { what: string; id: string; change: 'created' | 'changed' | 'removed' }[];
  /** Keys of the file that count from the next start on. */
  readonly needsRestart: readonly string[];
  /** What is stored and no longer in the file; with `removeLeft` what has been removed is in `changed`. */
  readonly left: readonly { what: string; id: string }[];
  /** What the administration had made or changed, and the file says otherwise: it is as the file says. */
  readonly overwritten: readonly Overwritten[];
}

/** Certificates that have been read and checked, not yet in use. */
export interface ReadCertificates {
  /** `http.tls`, `sip.tls`: those that are others now. */
  readonly changed: readonly string[];
  readonly use: () => void;
}

export interface ReloadOptions {
  readonly clock: Clock;
  readonly directory: Directory;
  readonly changes: DirectoryChanges;
  readonly hasher: PasswordHasher;
  readonly limits: LiveLimits;
  readonly server: ServerAdministration;
  /** With what the server was started. */
  readonly running: Config;
  readonly sources: ConfigSources;
  /** Throws ConfigError. */
  readonly certificates: (config: Pick<Config, 'file' | 'http' | 'sip'>) => Promise<ReadCertificates>;
  /** Whether the carrier in the box runs. */
  readonly sandboxRuns: () => boolean;
  readonly onContents: (contents: FileContents) => void;
  /** Their hashes are to be made, one after the other. */
  readonly toHash: (passwords: readonly WrittenPassword[]) => void;
  /** Told where there is any. */
  readonly onOverwritten: (overwritten: readonly Overwritten[]) => void;
}

/**
 * As with every other removal: an empty or half-written file and one switch would leave nobody who can put it right.
 * Throws AppError `conflict`.
 */
function mustStay({ organizationId, userId }: Doer, removed: readonly RecordRef[]): void {
  const own = `${organizationId}-${userId}`;
  if (!removed.some(({ kind, id }) => kind === 'user' && id === own)) return;
  const next = 'name that user or organization in it again, or have an administrator ask whom it names';
  throw new AppError('conflict', `You cannot remove yourself, and the file has no user ${own} any more: ${next}.`);
}

/** As with the removal of one: a row of the administration must not lead nowhere. Throws AppError `conflict`. */
function mustLead(dialPlan: readonly DialRule[], removed: readonly RecordRef[]): void {
  const gone = new Set(removed.flatMap(({ kind, id }) => (kind === 'trunk' ? [id] : [])));
  const rules = dialPlan.filter(({ trunk }) => gone.has(trunk));
  const [first] = rules;
  if (first === undefined) return;
  const rows = rules.length === 1 ? '1 row of the dial plan leads' : `${rules.length} rows of the dial plan lead`;
  const next = 'change that first, or name the trunk in the file again';
  throw new AppError('conflict', `${rows} to a trunk that has left the file, ${first.trunk}: ${next}.`, {
    dialRules: rules.length,
  });
}

/**
 * Reads the file again and applies it, all or nothing: a mistake changes nothing and is thrown as ConfigError. Running
 * calls are not touched. One after the other, and after changes that came before.
 */
export class Reload {
  readonly #options: ReloadOptions;
  /** What was read last; null: there was none. */
  #file: string | null;

  constructor(options: ReloadOptions) {
    this.#options = options;
    this.#file = options.running.file;
  }

  async run(by: Doer, removeLeft: boolean): Promise<Reloaded> {
    const { changes, directory, hasher, sources, running, server } = this.#options;
    const result = await changes.run(by, async () => {
      const comparison = new Comparison(directory, hasher, (ref) => changes.originOf(ref) === 'file');
      const order = { sources, realm: running.sip.domain, linesOf: null };
      const { config, lines } = await readFile(order, (records) => comparison.take(records));
      if (config === null)
        throw new ConfigError(running.file ?? 'partyline.yaml', '', 'it could not be read to its end');
      // Without a name nobody misses it, and an editor may be about to put another in its place.
      if (config.file === null && this.#file !== null)
        throw new ConfigError(this.#file, '', 'expected the file that was read before, but there is none: put it back');
      const certificates = await this.#options.certificates(config);
      const slices = new Slices(this.#options.clock);
      const left = await comparison.left(slices);
      const remove = removeLeft ? await comparison.withItsOwn(left, slices) : [];
      mustStay(by, remove);
      await slices.rest();
      const rules = this.#dialPlan(config.dialPlan, removeLeft);
      mustLead(rules.plan ?? directory.records.keptDialPlan, remove);
      const { limits, settings, overwritten: lost } = limitsByFile(config, limitsSet(changes));
      const fields = differences(writtenLimits(this.#options.limits.now), writtenLimits(limits));
      const { passwords, withoutPassword } = comparison;
      const overwritten = [
        ...overwrittenBy(comparison.put, config.dialPlan, {
          record: ({ kind, id }) => directory.records.get(kind, id),
          originOf: (ref) => changes.originOf(ref),
          dialPlan: directory.records.keptDialPlan,
        }),
        ...lost,
      ];
      const events: ChangeEvent[] =
        Object.keys(fields).length === 0 ? [] : [{ organizationId: null, type: 'limitsChanged', data: { fields } }];
      await slices.rest();
      const plan: Plan = {
        put: { ...listsOf(comparison.put), dialPlan: rules.plan },
        taken: comparison.taken,
        remove,
        passwords: [...passwords, ...withoutPassword],
        origin: 'file',
        settings: { ...settings, ...operatorsWithout(changes, remove) },
        events,
      };
      const result: Reloaded = {
        changed: [
          ...this.#changedRecords(comparison, remove),
          ...(rules.plan === null ? [] : [{ what: 'dialPlan', id: 'dialPlan', change: 'changed' as const }]),
          ...Object.keys(fields).map((id) => ({ what: 'limits', id, change: 'changed' as const })),
          ...certificates.changed.map((id) => ({ what: 'certificate', id, change: 'changed' as const })),
        ],
        needsRestart: this.#needsRestart(config),
        left: removeLeft ? [] : [...left.map(({ kind, id }) => ({ what: kind, id })), ...rules.left],
        overwritten,
      };
      // What was asked for meanwhile is judged by this file, too.
      const holds = () => {
        certificates.use();
        this.#file = config.file;
        server.fileLimits = config;
        if (!same(limits, this.#options.limits.now)) this.#options.limits.set(limits);
        this.#options.onContents(new FileContents(config.file, namedIn(comparison, config), async () => lines));
        this.#options.toHash(comparison.passwords);
      };
      return { plan, result, holds };
    });
    if (result.overwritten.length > 0) this.#options.onOverwritten(result.overwritten);
    return result;
  }

  /** Asked before the change is applied: what is not there yet is created by it. */
  #changedRecords({ put }: Comparison, remove: readonly RecordRef[]): Reloaded['changed'] {
    const { records } = this.#options.directory;
    return [
      ...remove.map(({ kind, id }) => ({ what: kind, id, change: 'removed' as const })),
      ...put.map((one) => {
        const { kind, id } = refOf(one);
        return { what: kind, id, change: records.get(kind, id) === null ? 'created' : 'changed' } as const;
      }),
    ];
  }

  /** `plan` null: it stays. */
  #dialPlan(named: readonly DialRule[] | null, removeLeft: boolean) {
    const kept = this.#options.directory.records.keptDialPlan;
    if (named !== null) {
      const isSame = same(kept.map(writtenRule), named.map(writtenRule)) && kept.every(({ id }) => id === undefined);
      return { plan: isSame ? null : named, left: [] };
    }
    // Those of the administration have an id.
    const left = kept.flatMap(({ id }, at) => (id === undefined ? [{ what: 'dialRule', id: String(at + 1) }] : []));
    const plan = removeLeft && left.length > 0 ? kept.filter(({ id }) => id !== undefined) : null;
    return { plan, left };
  }

  #needsRestart(config: ReadConfig): string[] {
    const { running, sandboxRuns, directory } = this.#options;
    const keys = restartKeys(running, config);
    // With a first trunk, or without the last, the carrier in the box comes or goes.
    const wanted = config.sandbox === 'on' || (config.sandbox === 'auto' && !hasTrunk(directory, config));
    if (wanted !== sandboxRuns() && !keys.includes('sandbox')) keys.push('sandbox');
    return keys;
  }
}

function hasTrunk(directory: Directory, { namesTrunks }: ReadConfig): boolean {
  const [trunk] = directory.records.all('trunk');
  return trunk !== undefined || namesTrunks;
}

function namedIn({ named }: Comparison, { dialPlan, writtenLimits: limits }: ReadConfig): ReadonlySet<string> {
  const keys = new Set(named);
  if (dialPlan !== null) keys.add('dialPlan');
  if (limits.length > 0) keys.add('limits');
  for (const limit of limits) keys.add(`limits.${limit}`);
  return keys;
}
