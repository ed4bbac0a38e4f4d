import { AppError } from '../base/app-error.ts';
import type { Random } from '../base/random.ts';
import type { Directory } from '../directory/directory.ts';
import type { PasswordHasher } from '../directory/password.ts';
import {
  type AnyRecord,
  keyOf,
  organizationIdOf,
  type RecordKind,
  type RecordRef,
  refOf,
} from '../directory/records.ts';
import {
  type Asker,
  checkHolds,
  checkOperatorsAmong,
  isOperator,
  onlyOperators,
  operatorsSetting,
  operatorsWithout,
} from './asker.ts';
import type { Doer } from './change-events.ts';
import type { DirectoryChanges, Plan } from './directory-changes.ts';
import { type Drafted, drafts, recordsIn } from './drafts.ts';
import type { FileContents, FilePlace } from './file-contents.ts';
import { invalid, textOf } from './given.ts';
import { type Filter, listed, type Page } from './listing.ts';
import { viewOf } from './views.ts';
import { checkAmong } from './what-is-taken.ts';

export interface AdministrationOptions {
  readonly directory: Directory;
  readonly changes: DirectoryChanges;
  readonly hasher: PasswordHasher;
  readonly random: Random;
  /** Realm of SIP digest authentication. */
  readonly realm: string;
  /** What the file fixes, as last read. */
  readonly contents: () => FileContents;
}

export type Given = Readonly<Record<string, unknown>>;

/**
 * Organizations, users, extensions, conferences, apps and trunks, as administrators see and change them: those of the
 * own organization, or all for who runs the server. Everything throws AppError in the words of the interface.
 */
export class DirectoryAdministration {
  readonly #options: AdministrationOptions;

  constructor(options: AdministrationOptions) {
    this.#options = options;
  }

  async list(kind: RecordKind, asker: Asker, filter: Filter): Promise<{ items: object[]; next: string | null }> {
    this.#checkKind(kind, asker);
    const all = this.#isOperator(asker);
    const { items, next }: Page = listed(
      this.#options.directory.records,
      kind,
      all ? null : asker.organizationId,
      filter,
    );
    return { items: await Promise.all(items.map((one) => this.#view(one))), next };
  }

  async get(kind: RecordKind, asker: Asker, id: string): Promise<object> {
    return await this.#view(this.#find(kind, asker, id));
  }

  /** What it gives holds from then on. */
  async create(kind: RecordKind, asker: Asker, given: Given): Promise<object> {
    this.#checkKind(kind, asker);
    const before = await this.#madeBefore(kind, asker);
    if (before !== null) return this.#madeView(before, given);
    const { directory, changes } = this.#options;
    const ref = await changes.run(doer(directory, asker), async () => {
      checkHolds(asker);
      const organizationId = this.#organizationFor(kind, asker, given);
      const draft = drafts[kind].create(this.#drafting(), organizationId, given);
      const plan = await this.#plan(draft, [], asker);
      const first = recordsIn(draft)[0];
      if (first === undefined) throw new AppError('internal', 'The draft has no record to create.');
      const settings = kind === 'organization' ? this.#keepOperators(asker) : {};
      return { plan: { ...plan, settings }, result: refOf(first) };
    });
    return this.#madeView(this.#there(ref), given);
  }

  /** By the same operation before a crash, whose answer nobody has heard. */
  async #madeBefore(kind: RecordKind, asker: Asker): Promise<AnyRecord | null> {
    const { operation } = asker;
    if (operation?.resumed !== true) return null;
    const { changes, directory } = this.#options;
    const isIt = ({ type, data }: { type: string; data: object }) =>
      type === 'recordCreated' && (data as { what?: string }).what === kind;
    const found = await changes.eventOf(operation.id, isIt);
    const record = found === null ? null : directory.records.get(kind, (found.data as RecordRef).id);
    if (record === null) return null;
    const one = { kind, record } as AnyRecord;
    // It may be another one of that name by now, of somebody else.
    return this.#isFor(one, asker) ? one : null;
  }

  /** Where a secret was made here, because none was given, it is shown this once. */
  async #madeView(one: AnyRecord, given: Given): Promise<object> {
    const view = await this.#view(one);
    return one.kind === 'app' && given['secret'] === undefined ? { ...view, secret: one.record.secret.reveal() } : view;
  }

  async change(kind: RecordKind, asker: Asker, id: string, patch: Given): Promise<object> {
    const { directory, changes } = this.#options;
    const ref = await changes.run(doer(directory, asker), async () => {
      checkHolds(asker);
      const before = this.#find(kind, asker, id);
      await this.#checkNotFixed(refOf(before));
      const draft = drafts[kind].change(this.#drafting(), before, patch);
      for (const after of recordsIn(draft)) {
        if (keyOf(refOf(after)) !== keyOf(refOf(before)))
          throw invalid('', `the ${kind} cannot get another name: make another one, and remove this`);
      }
      const plan = await this.#plan(draft, [], asker);
      return { plan, result: refOf(before) };
    });
    return await this.#view(this.#there(ref));
  }

  /** With all that is its own. `everything`: also an organization that is not empty. */
  async remove(kind: RecordKind, asker: Asker, id: string, everything: boolean): Promise<void> {
    const { directory, changes } = this.#options;
    await changes.run(doer(directory, asker), async () => {
      checkHolds(asker);
      const one = this.#find(kind, asker, id);
      const remove = this.#withItsOwn(one);
      for (const ref of remove) await this.#checkNotFixed(ref);
      const users = remove.map((ref) =>
        ref.kind === 'user' ? this.#options.directory.records.get('user', ref.id) : null,
      );
      checkOperatorsAmong(users, () => this.#isOperator(asker));
      if (kind === 'organization') this.#checkOrganizationGoes(refOf(one), asker, remove.length - 1, everything);
      if (kind === 'user' && refOf(one).id === `${asker.organizationId}-${asker.userId}`)
        throw new AppError('conflict', 'You cannot remove yourself: let another administrator do it.');
      if (kind === 'trunk') this.#checkTrunkUnused(refOf(one).id);
      const settings = operatorsWithout(changes, remove);
      return { plan: { remove, origin: 'api', settings } satisfies Plan, result: undefined };
    });
  }

  async #plan(draft: Drafted, remove: readonly RecordRef[], asker: Asker): Promise<Plan> {
    const { hasher, directory } = this.#options;
    const put = recordsIn(draft);
    checkAmong(directory.records, put, remove);
    this.#checkRoles(put, asker);
    const users = await Promise.all(
      draft.put.users.map(async (user) => {
        const given = draft.passwords.find(({ userId, organizationId }) => {
          return userId === user.id && organizationId === user.organizationId;
        });
        if (given === undefined) return user;
        return { ...user, passwordHash: given.password === null ? null : await hasher.hash(given.password) };
      }),
    );
    const none = draft.passwords.filter(({ password }) => password === null);
    return { put: { ...draft.put, users }, remove, passwords: none, origin: 'api' };
  }

  /** Nobody but operators makes an operator or changes one, and nobody stops being either by mistake. */
  #checkRoles(put: readonly AnyRecord[], asker: Asker): void {
    const { records } = this.#options.directory;
    for (const { kind, record } of put) {
      if (kind !== 'user') continue;
      const before = records.user(record.organizationId, record.id);
      checkOperatorsAmong([before, record], () => this.#isOperator(asker));
      const isSelf = String(record.organizationId) === asker.organizationId && record.id === asker.userId;
      const lost = (['administrator', 'operator'] as const).find(
        (role) => (role === 'administrator' || before?.roles.includes(role)) && !record.roles.includes(role),
      );
      if (isSelf && lost !== undefined)
        throw new AppError('conflict', `You cannot take the role ${lost} from yourself.`);
    }
  }

  #drafting() {
    const { directory, realm, hasher, random } = this.#options;
    return { records: directory.records, realm, hasher, random };
  }

  #isOperator(asker: Asker): boolean {
    return isOperator(this.#options.directory, this.#options.changes, asker);
  }

  #checkKind(kind: RecordKind, asker: Asker): void {
    if (kind === 'trunk' && !this.#isOperator(asker)) throw onlyOperators();
  }

  /** In which one it is to be. */
  #organizationFor(kind: RecordKind, asker: Asker, given: Given): number {
    if (kind === 'trunk') return 0;
    if (kind === 'organization') {
      if (!this.#isOperator(asker)) throw onlyOperators();
      return 0;
    }
    const named = textOf(given, 'organization') ?? asker.organizationId;
    const organization = /^[0-9]{1,10}$/.test(named)
      ? this.#options.directory.records.organization(Number(named))
      : null;
    if (organization === null || (named !== asker.organizationId && !this.#isOperator(asker)))
      throw invalid('organization', `expected the id of an organization you administer, found "${named.slice(0, 80)}"`);
    return organization.id;
  }

  /** What is somebody else's is not there. */
  #find(kind: RecordKind, asker: Asker, id: string): AnyRecord {
    this.#checkKind(kind, asker);
    const { records } = this.#options.directory;
    const places = kind === 'user' ? 2 : kind === 'extension' ? 2 : kind === 'conference' ? 3 : 1;
    const whole = places > 1 && id.split('-').length === places - 1 ? `${asker.organizationId}-${id}` : id;
    const record = records.get(kind, whole);
    const one = record === null ? null : ({ kind, record } as AnyRecord);
    if (one === null || !this.#isFor(one, asker)) throw nothingThere(kind, id);
    return one;
  }

  #isFor(one: AnyRecord, asker: Asker): boolean {
    const organization = organizationIdOf(one);
    return organization === null || String(organization) === asker.organizationId || this.#isOperator(asker);
  }

  /** What has just been made or changed, also where whoever asked may do no more: the first operator was made. */
  #there({ kind, id }: RecordRef): AnyRecord {
    const record = this.#options.directory.records.get(kind, id);
    if (record === null) throw nothingThere(kind, id);
    return { kind, record } as AnyRecord;
  }

  #withItsOwn(one: AnyRecord): RecordRef[] {
    const { records } = this.#options.directory;
    const own: RecordRef[] = [refOf(one)];
    const add = (kind: RecordKind, mine: Iterable<AnyRecord['record']>) => {
      for (const record of mine) own.push(...this.#withItsOwn({ kind, record } as AnyRecord));
    };
    if (one.kind === 'organization') {
      const { id } = one.record;
      add(
        'user',
        [...records.all('user')].filter(({ organizationId }) => organizationId === id),
      );
      add(
        'extension',
        [...records.all('extension')].filter(({ organizationId }) => organizationId === id),
      );
      add(
        'app',
        [...records.all('app')].filter(({ organizationId }) => organizationId === id),
      );
    }
    if (one.kind === 'user') {
      const { organizationId, id } = one.record;
      add('extension', records.extensionsOfUser(organizationId, id));
      add(
        'app',
        [...records.all('app')].filter((app) => app.organizationId === organizationId && app.user === id),
      );
    }
    if (one.kind === 'extension') add('conference', records.conferencesOf(one.record.id));
    return [...new Map(own.map((ref) => [keyOf(ref), ref])).values()];
  }

  #checkOrganizationGoes({ id }: RecordRef, asker: Asker, others: number, everything: boolean): void {
    if (!this.#isOperator(asker)) throw onlyOperators();
    if (id === asker.organizationId) throw new AppError('conflict', 'You cannot remove your own organization.');
    if (others > 0 && !everything)
      throw new AppError(
        'conflict',
        `The organization is not empty: ${others} records would go with it. Ask again with ?everything=true.`,
        { records: others },
      );
  }

  #checkTrunkUnused(name: string): void {
    const rules = this.#options.directory.records.keptDialPlan.filter(({ trunk }) => trunk === name).length;
    if (rules === 0) return;
    const message =
      rules === 1
        ? '1 row of the dial plan leads to this trunk: change it first.'
        : `${rules} rows of the dial plan lead to this trunk: change them first.`;
    throw new AppError('conflict', message, { dialRules: rules });
  }

  /** A second organization takes nothing from those who make it. */
  #keepOperators(asker: Asker): Record<string, string> {
    const { directory } = this.#options;
    const [, second] = directory.records.all('organization');
    const named = [...directory.records.all('user')].some(({ roles }) => roles.includes('operator'));
    if (named || second !== undefined) return {};
    return { [operatorsSetting]: JSON.stringify(asker.organizationId) };
  }

  async #checkNotFixed(ref: RecordRef): Promise<void> {
    const place = await this.#options.contents().placeOf(ref);
    if (place !== null) throw fixedByFile(`The ${ref.kind} ${ref.id}`, place);
  }

  async #view(one: AnyRecord): Promise<object> {
    const { contents, directory } = this.#options;
    const fixedBy = await contents().placeOf(refOf(one));
    return viewOf(one, fixedBy, (user) => directory.hasPassword(user));
  }
}

function nothingThere(kind: RecordKind, id: string): AppError {
  return new AppError('notFound', `There is no ${kind} ${id.slice(0, 80)}.`);
}

/** Only the file changes what it fixes. */
export function fixedByFile(what: string, { file, line }: FilePlace): AppError {
  const where = line === null ? file : `${file}:${line}`;
  const message = `${what} is fixed by ${where}: change it there, and reload.`;
  return new AppError('fixedByFile', message, { file, ...(line === null ? {} : { line }) }, 409);
}

export function doer(directory: Directory, asker: Asker): Doer {
  const { organizationId, userId, from, requestId, operation } = asker;
  const login = directory.user(organizationId, userId)?.login ?? null;
  const by = { kind: 'administrator', organizationId, userId, login, from, requestId } as const;
  return operation === undefined ? by : { ...by, operation: operation.id };
}
