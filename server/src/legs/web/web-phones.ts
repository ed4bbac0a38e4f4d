import { AppError } from '../../base/app-error.ts';
import type { PhoneRegistration, Way } from '../leg-kind.ts';
import type { BrowserPhoneEntry } from './browser-phone.ts';
import { WebPhone, type WebPhoneParts } from './web-phone.ts';

/** Of one extension; the one that came first goes when another comes. */
const mostOfExtension = 5;
const mostInAll = 10_000;

/** Browsers that are phones of extensions: all that are there ring together, and with the phones by SIP. */
export class WebPhones {
  readonly #parts: WebPhoneParts;
  /** By extension, the one that came last first. */
  readonly #phones = new Map<string, WebPhone[]>();
  #count = 0;

  constructor(parts: WebPhoneParts) {
    this.#parts = parts;
  }

  register(entry: BrowserPhoneEntry): WebPhone {
    const others = this.#phones.get(entry.extensionId) ?? [];
    if (others.length >= mostOfExtension) {
      const oldest = others.at(-1)!;
      oldest.end();
      oldest.entry.displaced();
    } else if (this.#count >= mostInAll) {
      throw new AppError('unavailable', 'Too many browsers are registered as phones already.');
    }
    const phone = new WebPhone(this.#parts, entry, () => this.#remove(phone));
    this.#phones.set(entry.extensionId, [phone, ...(this.#phones.get(entry.extensionId) ?? [])]);
    this.#count++;
    return phone;
  }

  ways(aor: string): readonly Way[] {
    if (this.#count === 0) return [];
    const extensionId = this.#parts.directory.callerOfAor(aor)?.extensionId ?? '';
    return this.#reachable(extensionId).map((phone) => ({
      profile: 'dtls',
      spoken: true,
      dial: (legId, order, owner) => phone.ring(legId, order, owner),
    }));
  }

  registrations(extensionId: string): PhoneRegistration[] {
    return this.#reachable(extensionId).map(({ entry: { agent, expiresAt } }) => ({ agent, contact: '', expiresAt }));
  }

  close(): void {
    for (const phone of [...this.#phones.values()].flat()) phone.end();
  }

  #reachable(extensionId: string): WebPhone[] {
    return (this.#phones.get(extensionId) ?? []).filter((phone) => phone.reachable && phone.entry.allowed());
  }

  #remove(phone: WebPhone): void {
    const { extensionId } = phone.entry;
    const left = (this.#phones.get(extensionId) ?? []).filter((one) => one !== phone);
    if (left.length === 0) this.#phones.delete(extensionId);
    else this.#phones.set(extensionId, left);
    this.#count--;
  }
}
