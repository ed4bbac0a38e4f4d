import { createHmac, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

/**
 * STUN messages as ICE has them (RFC 8489 §5, §14; RFC 8445 §7), with integrity by a password (short-term):
 *
 *     0                   1                   2                   3
 *    |0 0|     message type          |      length of attributes     |
 *    |                         magic cookie                          |
 *    |                 transaction (96 bits)                         |
 *    |        attribute type         |            length             | value, filled up to 4 bytes …
 */
export const stunCookie = 0x2112_a442;
export const transactionLength = 12;
export const bindingRequest = 0x0001;
export const bindingSuccess = 0x0101;
export const bindingError = 0x0111;

export const attributes = {
  username: 0x0006,
  xorMappedAddress: 0x0020,
  priority: 0x0024,
  useCandidate: 0x0025,
  controlled: 0x8029,
} as const;

export interface StunAttribute {
  readonly type: number;
  readonly value: Buffer;
}

/** Views of the bytes that were read: good as long as those are. */
export interface StunMessage {
  readonly type: number;
  readonly transaction: Buffer;
  /** All before MESSAGE-INTEGRITY, in their order; what comes behind it means nothing (RFC 8489 §14.5). */
  readonly attributes: readonly StunAttribute[];
  /** What is signed, and by what; null: it is not. */
  readonly signed: { readonly head: Buffer; readonly integrity: Buffer } | null;
}

const headerLength = 20;
const integrity = 0x0008;
const fingerprint = 0x8028;
const hashLength = 20;
const integrityLength = 4 + hashLength;
const fingerprintLength = 8;
const fingerprintMask = 0x5354_554e;
/** More than any check has; some carry a part of the handshake. */
const mostAttributes = 32;
const longest = 4096;

/** Null: it is none, or malformed. Never throws. */
export function readStun(bytes: Buffer): StunMessage | null {
  if (bytes.length < headerLength || bytes.length > longest || bytes.length % 4 !== 0 || bytes[0]! >= 0x40) return null;
  if (bytes.readUInt32BE(4) !== stunCookie || bytes.readUInt16BE(2) !== bytes.length - headerLength) return null;
  const read: StunAttribute[] = [];
  let signed: StunMessage['signed'] = null;
  for (let at = headerLength; at < bytes.length; ) {
    const type = bytes.readUInt16BE(at);
    const length = bytes.readUInt16BE(at + 2);
    const value = bytes.subarray(at + 4, at + 4 + length);
    if (value.length < length || read.length === mostAttributes) return null;
    if (type === integrity) {
      if (length !== hashLength) return null;
      signed = { head: bytes.subarray(0, at), integrity: value };
    }
    if (type === integrity || type === fingerprint) break;
    read.push({ type, value });
    at += 4 + filled(length);
  }
  return { type: bytes.readUInt16BE(0), transaction: bytes.subarray(8, headerLength), attributes: read, signed };
}

/** Whether somebody who knows the password has written it. */
export function isProven({ signed }: StunMessage, password: string): boolean {
  if (signed === null) return false;
  return timingSafeEqual(hashOf(Buffer.from(signed.head), password), signed.integrity);
}

/** The value of its first attribute of this type. */
export function attributeOf(message: StunMessage, type: number): Buffer | null {
  return message.attributes.find((one) => one.type === type)?.value ?? null;
}

/** With MESSAGE-INTEGRITY, where there is a password, and FINGERPRINT. */
export function writeStun(
  type: number,
  transaction: Uint8Array,
  written: readonly StunAttribute[],
  password: string | null,
): Buffer {
  const end = written.reduce((sum, { value }) => sum + 4 + filled(value.length), headerLength);
  const fingerprintAt = end + (password === null ? 0 : integrityLength);
  const message = Buffer.alloc(fingerprintAt + fingerprintLength);
  message.writeUInt16BE(type, 0);
  message.writeUInt32BE(stunCookie, 4);
  message.set(transaction, 8);
  let at = headerLength;
  for (const { type, value } of written) {
    begin(message, at, type, value.length);
    message.set(value, at + 4);
    at += 4 + filled(value.length);
  }
  if (password !== null) {
    begin(message, end, integrity, hashLength);
    message.set(hashOf(message.subarray(0, end), password), end + 4);
  }
  message.writeUInt16BE(message.length - headerLength, 2);
  begin(message, fingerprintAt, fingerprint, 4);
  message.writeUInt32BE((crc32(message.subarray(0, fingerprintAt)) ^ fingerprintMask) >>> 0, fingerprintAt + 4);
  return message;
}

/** Of a message up to its MESSAGE-INTEGRITY, with the length that ends with that. Writes the length into it. */
function hashOf(head: Buffer, password: string): Buffer {
  head.writeUInt16BE(head.length + integrityLength - headerLength, 2);
  return createHmac('sha1', password).update(head).digest();
}

function begin(message: Buffer, at: number, type: number, length: number): void {
  message.writeUInt16BE(type, at);
  message.writeUInt16BE(length, at + 2);
}

function filled(length: number): number {
  return Math.ceil(length / 4) * 4;
}
