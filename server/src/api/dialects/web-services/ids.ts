/*
 * The identifiers of this interface. All of them follow from what they name, so they are the same after a restart and
 * cost no table: a client may keep them.
 */

const callIdBits = 80n;
const callIdMask = (1n << callIdBits) - 1n;
/**
 * Odd, so that it can be multiplied by without loss: makes the second half of an id, which nobody has to read, look
 * like the first.
 */
const spread = 0x9e37_79b9_7f4a_7c15_f39dn;
const characters = 16;
const callIdForm = /^[0-9A-V]{32}$/;

/**
 * `01RCC3N118B1V0SL8O7GK2LAES000009`: 32 digits to the base of 32. The first half is the call's own id, the second half
 * proves it.
 */
export function callIdOf(id: string): string {
  const value = BigInt(`0x${id}`);
  return base32(value) + base32((value * spread) & callIdMask);
}

/** The call's own id, in whatever case it was written; null for what was never given out. */
export function callOfId(text: string): string | null {
  const given = text.toUpperCase();
  if (!callIdForm.test(given)) return null;
  let value = 0n;
  for (const character of given.slice(0, characters)) value = value * 32n + BigInt(Number.parseInt(character, 32));
  const id = value.toString(16).padStart(20, '0');
  return callIdOf(id) === given ? id : null;
}

function base32(value: bigint): string {
  return value.toString(32).toUpperCase().padStart(characters, '0');
}

/** `007102719818000b`: 16 hex digits. */
export function connIdOf(id: string): string {
  return id.slice(0, 16);
}

const extensionIdForm = /^([0-9]{1,10})-([0-9]{1,15})$/;
/** Version 8 (RFC 9562 §5.8): its digits are the issuer's to choose. */
const uuidForm = /^([0-9a-f]{8})-([0-9a-f]{4})-8([0-9a-f]{3})-a([0-9a-f]{3})-([0-9a-f]{12})$/;

/** `1a15000f-ffff-8fff-afff-ffffffffffff`: a UUID in which the digits of organization and number stand as they are. */
export function deviceIdOf(extensionId: string): string {
  return uuidOf(extensionId.replace('-', 'a'));
}

/** The extension's id; null for what is no device's. */
export function extensionOfDevice(text: string): string | null {
  const match = uuidForm.exec(text.toLowerCase());
  if (match === null) return null;
  const id = match.slice(1).join('').replace(/f+$/, '').replace('a', '-');
  return extensionIdForm.test(id) ? id : null;
}

/** The contact centre is the organization. */
export function contactCenterIdOf(organizationId: string): string {
  return uuidOf(`c${organizationId}`);
}

/** Where all devices are: this server. */
export const voiceEnvironmentId = uuidOf('e1');

function uuidOf(digits: string): string {
  const all = digits.padEnd(30, 'f');
  const [a, b, c, d, e] = [all.slice(0, 8), all.slice(8, 12), all.slice(12, 15), all.slice(15, 18), all.slice(18, 30)];
  return `${a}-${b}-8${c}-a${d}-${e}`;
}

const userIdForm = /^([0-9]{1,15})a([0-9]{1,15})f*$/;

/** 32 hex digits, in which those of organization and user stand as they are. */
export function userIdOf(organizationId: string, userId: number): string {
  return `${organizationId}a${userId}`.padEnd(32, 'f');
}

/** Null for what is no user's. */
export function userOfId(text: string): { readonly organizationId: string; readonly userId: number } | null {
  const match = text.length === 32 ? userIdForm.exec(text.toLowerCase()) : null;
  return match === null ? null : { organizationId: match[1]!, userId: Number(match[2]) };
}
