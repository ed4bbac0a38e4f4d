import { createHash } from 'node:crypto';
import { parseDialString } from './dial-string.ts';
import type { DirectoryIndex } from './directory-index.ts';
import type { Trunk } from './records.ts';
import { ha1Of, type SipAccount } from './sip-account.ts';

const accountForm = /^[0-9]{1,15}(?:\*[0-9]{1,15})?$/;

/** Who may log in by SIP digest: phones, and carriers that prove themselves. */
export class SipAccounts {
  readonly #index: DirectoryIndex;
  readonly #domain: string;
  /** Made once, so that a name that is there takes no longer than one that is not. */
  readonly #carrierHa1 = new WeakMap<Trunk, SipAccount['ha1']>();

  constructor(index: DirectoryIndex, domain: string) {
    this.#index = index;
    this.#domain = domain;
  }

  /**
   * The SIP account of a username: `0003*211`, or `211` where one organization alone has a phone with that number;
   * otherwise that of the carrier of a trunk, whose extensionId is `trunk:<name>`. Null when there is none, or when its
   * password was hashed for another domain.
   */
  find(username: string): SipAccount | null {
    return this.#phone(username) ?? this.#carrier(username);
  }

  /**
   * Whether an account could have this username: digits, or `0003*211`; where a carrier proves itself, whose name its
   * owner chose, anything. It is the same for all that look alike, so that it tells nobody which there are.
   */
  mayBe(username: string): boolean {
    return accountForm.test(username) || this.#index.carriersProve;
  }

  /**
   * Changes with the extension and with its password: who keeps a registration keeps this with it, and compares. Null:
   * no phone registers for it.
   */
  markOf(extensionId: string): string | null {
    const sip = this.#index.extension(extensionId)?.sip ?? null;
    return sip === null ? null : createHash('sha256').update(`${extensionId} ${sip.short.md5}`).digest('base64');
  }

  #carrier(username: string): SipAccount | null {
    const trunk = this.#index.trunkByUsername(username);
    if (trunk === null || trunk.inbound === null) return null;
    const ha1 = this.#carrierHa1.get(trunk) ?? ha1Of(username, this.#domain, trunk.inbound.password);
    this.#carrierHa1.set(trunk, ha1);
    return { username, extensionId: `trunk:${trunk.name}`, ha1, algorithm: 'MD5' };
  }

  #phone(username: string): SipAccount | null {
    const parts = parseDialString(username)?.parts;
    // A username is compared as it is: separators that may be dialled have no place in it.
    if (parts === undefined || parts.join('*') !== username || parts.length > 2) return null;
    const [first = '', second] = parts;
    const candidates =
      second === undefined
        ? this.#index.extensionsByNumber(first)
        : this.#index
            .extensionsByNumber(second)
            .filter((extension) => this.#index.extendedNumber(extension) === username);
    const phones = candidates.filter((extension) => extension.sip !== null);
    const [phone] = phones;
    if (phones.length !== 1 || phone === undefined || phone.sip === null || phone.sip.realm !== this.#domain)
      return null;
    const ha1 = second === undefined ? phone.sip.short : phone.sip.extended;
    return { username, extensionId: phone.id, ha1, algorithm: phone.sip.algorithm };
  }
}
