import { type Clock, steadyClock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { Secret } from '../base/secret.ts';
import type { Slices } from '../base/slices.ts';
import type { Role } from '../call/model/connection.ts';
import type { CallerId } from '../call/model/device.ts';
import type { Admission, AdmissionRequest, Caller, DirectoryPort, Route } from '../call/ports.ts';
import { admit, admitAgain } from './admission.ts';
import { parseDialString, publicForm } from './dial-string.ts';
import { DirectoryIndex } from './directory-index.ts';
import {
  type AppView,
  accountOf,
  type ConferenceView,
  type ExtensionView,
  type MeetingView,
  type OrganizationView,
  type UserView,
} from './directory-views.ts';
import { type PinAlarm, type PinAlarmPlace, PinLockout } from './lockout.ts';
import { LoginCheck } from './login.ts';
import { meetingView } from './meeting-view.ts';
import { PasswordHasher } from './password.ts';
import { type EndedLogins, type NewPassword, Passwords } from './passwords.ts';
import type { WrittenPassword } from './provision.ts';
import {
  type DigestAlgorithm,
  type DirectoryChange,
  type DirectoryRecords,
  type ExtensionRecord,
  eachOf,
  keyOf,
  type LockoutRecord,
  noRecords,
  refOf,
  type Trunk,
  type UserRecord,
  type UserRole,
} from './records.ts';
import { accountFor, deviceOf, isInside, route, terminalDevice } from './routing.ts';
import { sandboxTrunk } from './sandbox-trunk.ts';
import type { SipAccount } from './sip-account.ts';
import { SipAccounts } from './sip-accounts.ts';

export interface DirectoryOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly records: DirectoryRecords;
  /** Host part of addresses-of-record and realm of digest authentication: `sip.domain`. */
  readonly domain: string;
  readonly pinAttempts: number;
  readonly pinLockoutMs: number;
  /** Wrong PINs of an earlier run, and where to keep those of this one. */
  readonly lockouts?: readonly LockoutRecord[];
  readonly onLockout?: (record: LockoutRecord) => void;
  readonly hasher?: PasswordHasher;
  /** Passwords from the configuration that have no hash yet: they count until `replace`. */
  readonly written?: readonly WrittenPassword[];
}

/** What is looked at, not changed. */
export type DirectoryRecordsView = Omit<DirectoryIndex, 'apply' | 'prepare' | 'useSandbox'>;

/** Who logged in to an HTTP interface. */
export interface LoggedIn {
  readonly organizationId: string;
  readonly userId: number;
  readonly login: string;
  readonly roles: readonly UserRole[];
  readonly features: readonly string[];
}

/** Organizations, users, extensions, conferences, trunks and dial plan, in memory; answers at once. */
export class Directory implements DirectoryPort {
  readonly #clock: Clock;
  readonly #domain: string;
  readonly #lockout: PinLockout;
  readonly #passwords: Passwords;
  readonly #index: DirectoryIndex;
  readonly #accounts: SipAccounts;
  /** Told of each number outside that somebody from inside dialled and no row of the dial plan allows. */
  onDialRefused: (dialled: {
    readonly organizationId: string;
    readonly account: string | null;
    readonly number: string;
  }) => void = () => {};

  constructor(options: DirectoryOptions) {
    this.#clock = options.clock;
    this.#domain = options.domain;
    this.#index = new DirectoryIndex(options.records);
    this.#accounts = new SipAccounts(this.#index, options.domain);
    this.#lockout = new PinLockout({
      clock: steadyClock(options.clock),
      attempts: options.pinAttempts,
      lockoutMs: options.pinLockoutMs,
      ...(options.lockouts === undefined ? {} : { kept: options.lockouts }),
      ...(options.onLockout === undefined ? {} : { onChange: options.onLockout }),
    });
    const check = new LoginCheck(options.clock, options.random, options.hasher ?? new PasswordHasher(options));
    this.#passwords = new Passwords(check, options.written ?? []);
  }

  /**
   * The one way in which anything changes while running: all of it holds from here on, for everybody who asks. Wrong
   * PINs stay counted, and what does not change stays the same object. `passwords`: those that have no hash yet; null:
   * the user has none any more.
   */
  apply(change: DirectoryChange, passwords: readonly NewPassword[] = []): void {
    const over = [...this.#passwords.endedBy(change, passwords, this.#index)].filter((one) => one !== null);
    this.#index.apply(change);
    this.#passwords.take(over, passwords);
    for (const user of over) this.#passwords.end(user);
  }

  /**
   * The same of very much: in slices, in which others are answered by what was, and then at once by all that is.
   * Nothing else may change the directory until it resolves.
   */
  async applyInSlices(change: DirectoryChange, passwords: readonly NewPassword[], slices: Slices): Promise<void> {
    const users = await slices.map(this.#passwords.endedBy(change, passwords, this.#index), (one) => one);
    const over = users.filter((one) => one !== null);
    const take = await this.#index.prepare(change, slices);
    take();
    this.#passwords.take(over, passwords);
    await slices.each(over, (user) => this.#passwords.end(user));
  }

  /** From here on there is this and nothing else. */
  replace(records: DirectoryRecords): void {
    const kept = new Set(eachOf(records).map((one) => keyOf(refOf(one))));
    this.apply({ put: records, remove: this.#index.refs().filter((ref) => !kept.has(keyOf(ref))) });
  }

  /** A password that was only written has its hash now: nothing changes for those who log in. */
  hashed({ organizationId, userId }: Pick<WrittenPassword, 'organizationId' | 'userId'>, passwordHash: string): void {
    const user = this.#index.user(organizationId, userId);
    if (user === null) return;
    this.#index.apply({ put: { ...noRecords, users: [{ ...user, passwordHash }] }, remove: [] });
    this.#passwords.hashed({ organizationId, userId });
  }

  /** The records themselves, for who changes them. */
  get records(): DirectoryRecordsView {
    return this.#index;
  }

  /**
   * From here on a trunk `sandbox` leads to the carrier in the box at `uri`, whatever changes; where there is no dial
   * plan, all international and national numbers lead there.
   */
  useSandboxTrunk(uri: string): void {
    this.#index.useSandbox(sandboxTrunk(uri));
  }

  /** From here on so many wrong PINs lock a caller out, for so long. */
  limitPins(attempts: number, lockoutMs: number): void {
    this.#lockout.limit(attempts, lockoutMs);
  }

  /**
   * Changes with login, password and roles of a user: who keeps a login keeps this with it, and compares. Null: there
   * is no such user.
   */
  loginMark(organizationId: string, userId: number): string | null {
    const user = this.#index.user(organizationId, userId);
    return user && JSON.stringify([this.#passwords.markOf(organizationId, userId), user.login, user.roles]);
  }

  /** Whether the user can log in. */
  hasPassword(user: UserRecord): boolean {
    return user.passwordHash !== null || this.#passwords.isWritten(user);
  }

  /** Whether this is the user's password, which has no hash yet. */
  isWritten(user: UserRecord, password: Secret): boolean {
    return user.passwordHash === null && this.#passwords.isWritten(user, password);
  }

  /** Told of each user whose logins are over: the password has changed, or the user is gone. */
  onLoginsEnded(told: (user: EndedLogins) => void): void {
    this.#passwords.onEnd(told);
  }

  route(dialled: string, caller: Caller): Route {
    const found = route(this.#index, dialled, caller, (id) => this.#aor(id));
    if (found.kind === 'refused' && found.status === 403 && isInside(caller)) {
      this.onDialRefused({
        organizationId: caller.organizationId,
        account: accountFor(this.#index, caller),
        number: dialled,
      });
    }
    return found;
  }

  admit(request: AdmissionRequest): Admission {
    return admit(this.#index, this.#lockout, request, this.#clock.now());
  }

  /**
   * Of somebody whose role in this conference was established a moment ago: `admitted`, `closed`, or `unknownNumber`
   * when it is gone.
   */
  admitAgain(conferenceId: string, role: Role): Admission {
    return admitAgain(this.#index, conferenceId, role, this.#clock.now());
  }

  get trunks(): readonly Trunk[] {
    return this.#index.trunks;
  }

  /** As `SipAccounts` says. */
  credentials(username: string): SipAccount | null {
    return this.#accounts.find(username);
  }

  /** As `SipAccounts` says. */
  mayBeAccount(username: string): boolean {
    return this.#accounts.mayBe(username);
  }

  /** What accounts demand, the strongest first. */
  get digestAlgorithms(): readonly DigestAlgorithm[] {
    return this.#index.digestAlgorithms;
  }

  /** Told when PINs are guessed: whose conference it is, and its numbers; nulls for all conferences. */
  set onPinAlarm(told: (alarm: PinAlarm, conference: PinAlarmPlace | null) => void) {
    this.#lockout.onAlarm = (alarm) => {
      const conference = alarm.conferenceId === null ? null : this.#index.conferenceById(alarm.conferenceId);
      const extension = conference === null ? null : this.#index.extension(conference.extensionId);
      if (conference === null || extension === null) told(alarm, null);
      else {
        const organizationId = String(extension.organizationId);
        told(alarm, {
          conferenceId: conference.id,
          organizationId,
          extension: extension.number,
          conference: conference.number,
        });
      }
    };
  }

  /**
   * Whether this is the number of an extension of any organization: short, extended or public, however it is separated.
   */
  hasNumber(number: string): boolean {
    const parts = parseDialString(number.normalize('NFKC'))?.parts;
    if (parts === undefined || parts.length > 2) return false;
    const [first = '', second] = parts;
    if (second !== undefined) {
      const organization = this.#index.organizationByPrefix(first);
      return organization !== null && this.#index.extensionIn(organization.id, second) !== null;
    }
    if (this.#index.extensionsByNumber(publicForm(first)).length > 0) return true;
    return this.#index.extensionByPublicNumber(first) !== null;
  }

  /**
   * The one address-of-record under which this extension may register; null when `user` (of the To header) is
   * another's. The short and the extended number lead to the same, so it does not matter which of them a phone uses.
   */
  aorOf(extensionId: string, user: string | null): string | null {
    const extension = this.#index.extension(extensionId);
    if (extension === null || extension.type !== 'terminal') return null;
    const own = user === extension.number || user === this.#index.extendedNumber(extension);
    return own ? this.#aor(extensionId) : null;
  }

  /** The caller that these credentials are; null when the extension is gone. */
  callerOf(extensionId: string): Extract<Caller, { kind: 'extension' }> | null {
    const extension = this.#index.extension(extensionId);
    return extension === null || extension.type !== 'terminal' ? null : terminalDevice(extension);
  }

  /** The extension that registers under this address-of-record; null when there is none. */
  callerOfAor(aor: string): Extract<Caller, { kind: 'extension' }> | null {
    const [prefix = '', number = ''] = aor.slice(0, aor.lastIndexOf('@')).split('*');
    const organization = this.#index.organizationByPrefix(prefix);
    const extension = organization === null ? null : this.#index.extensionIn(organization.id, number);
    return extension === null ? null : this.callerOf(extension.id);
  }

  /** As `SipAccounts` says, of whoever registers under this address-of-record; null: nobody may. */
  registrationMark(aor: string): string | null {
    const extensionId = this.callerOfAor(aor)?.extensionId ?? '';
    return aor === this.#aor(extensionId) ? this.#accounts.markOf(extensionId) : null;
  }

  /** What called phones are shown. */
  callerIdOf(extensionId: string): CallerId | null {
    return this.#index.extension(extensionId)?.callerId ?? null;
  }

  /**
   * Null when login and password do not match; an unknown login takes as long. `from`: the address of whoever asks.
   * Throws AppError tooManyRequests in a flood from there, or from many.
   */
  async verifyLogin(login: string, password: Secret, from: string): Promise<LoggedIn | null> {
    const user = this.#index.userByLogin(login);
    const known = user && this.loginMark(String(user.organizationId), user.id);
    if (!(await this.#passwords.matches(user, password, from)) || user === null || user.login === null) return null;
    const { organizationId, id, roles, features } = user;
    // Meanwhile the password may have become another one, and the user another or nobody.
    if (this.loginMark(String(organizationId), id) !== known) return this.verifyLogin(login, password, from);
    return { organizationId: String(organizationId), userId: id, login: user.login, roles, features };
  }

  organization(id: string): OrganizationView | null {
    const organization = this.#index.organization(Number(id));
    if (organization === null || String(organization.id) !== id) return null;
    return { id, name: organization.name, prefix: organization.prefix };
  }

  user(organizationId: string, userId: number): UserView | null {
    const user = this.#index.user(organizationId, userId);
    if (user === null) return null;
    const { id, login, firstName, lastName, roles, features } = user;
    return { organizationId, id, login, firstName, lastName, roles, features, account: accountOf(organizationId, id) };
  }

  /** By its short (`211`) or extended number (`0003*211`), of this organization only. */
  extensionOf(organizationId: string, number: string): ExtensionView | null {
    const prefix = this.organization(organizationId)?.prefix;
    if (prefix === undefined) return null;
    const short = number.startsWith(`${prefix}*`) ? number.slice(prefix.length + 1) : number;
    const extension = this.#index.extensionIn(Number(organizationId), short);
    return extension === null ? null : this.#extensionView(extension);
  }

  extensionById(id: string): ExtensionView | null {
    const extension = this.#index.extension(id);
    return extension === null ? null : this.#extensionView(extension);
  }

  extensionsOfUser(organizationId: string, userId: number): ExtensionView[] {
    return this.#index.extensionsOfUser(organizationId, userId).map((extension) => this.#extensionView(extension));
  }

  /** One after the other, of all users. */
  *extensionsOf(organizationId: string): Iterable<ExtensionView> {
    for (const extension of this.#index.extensionsOf(organizationId)) yield this.#extensionView(extension);
  }

  conferencesOf(extensionId: string): ConferenceView[] {
    return this.#index.conferencesOf(extensionId).map(({ id, number, name, participantPin, moderatorPin }) => ({
      id,
      number,
      name,
      hasPins: participantPin !== null || moderatorPin !== null,
    }));
  }

  /** The conference that a browser means by this; null: none. */
  meeting(meetingId: string): MeetingView | null {
    const conference = this.#index.conferenceByMeetingId(meetingId);
    const extension = conference === null ? null : this.#index.extension(conference.extensionId);
    return conference === null || extension === null ? null : meetingView(conference, extension);
  }

  /** Of all conference extensions of the user. */
  meetingsOf(organizationId: string, userId: number): MeetingView[] {
    return this.#index
      .extensionsOfUser(organizationId, userId)
      .flatMap((extension) =>
        this.#index.conferencesOf(extension.id).map((conference) => meetingView(conference, extension)),
      );
  }

  app(key: string): AppView | null {
    return this.#index.app(key);
  }

  appsOf(organizationId: string): readonly AppView[] {
    return this.#index.appsOf(organizationId);
  }

  #extensionView(extension: ExtensionRecord): ExtensionView {
    const { id, organizationId, userId, number, type, callerId, publicNumbers } = extension;
    return {
      id,
      organizationId: String(organizationId),
      userId,
      number,
      extendedNumber: this.#index.extendedNumber(extension),
      type,
      callerId,
      publicNumbers,
      device: deviceOf(extension),
      aor: type === 'terminal' ? this.#aor(id) : null,
    };
  }

  #aor(extensionId: string): string {
    const extension = this.#index.extension(extensionId);
    return extension === null ? '' : `${this.#index.extendedNumber(extension)}@${this.#domain}`;
  }
}
