import { createHmac, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

/**
 * STUN as far as asking a peer whether it is there needs it (RFC 8489 §5, §14):
 *
 *     0                   1                   2                   3
 *    |0 0|     message type          |      length of attributes     |
 *    |                         magic cookie                          |
 *    |                 transaction (96 bits)                         |
 *    |        attribute type         |            length             | value, filled up to 4 bytes …
 */
export const stunCookie = 0x2112_a442;
export const bindingSuccess = 0x0101;
export const transactionLength = 12;

const bindingRequest = 0x0001;
const headerLength = 20;
const attribute = {
  username: 0x0006,
  integrity: 0x0008,
  priority: 0x0024,
  fingerprint: 0x8028,
  controlled: 0x8029,
} as const;
const integrityLength = 24;
const fingerprintLength = 8;
const fingerprintMask = 0x5354_554e;
/** Of a peer-reflexive candidate of the first component (RFC 8445 §5.1.2.1); that way is known to it already. */
const priority = (110 << 24) | (0xffff << 8) | 255;

/**
 * A check of consent (RFC 7675 §5.1) of the side that is controlled; `password`: the peer's. The greatest tie-breaker
 * never has the peer change its role (RFC 8445 §7.3.1.1).
 */
export function consentCheck(transaction: Uint8Array, username: string, password: string): Buffer {
  const name = Buffer.from(username);
  const nameEnd = headerLength + 4 + Math.ceil(name.length / 4) * 4;
  const integrityAt = nameEnd + 8 + 12;
  const message = Buffer.alloc(integrityAt + integrityLength + fingerprintLength);
  message.writeUInt16BE(bindingRequest, 0);
  message.writeUInt32BE(stunCookie, 4);
  message.set(transaction, 8);
  begin(message, headerLength, attribute.username, name.length);
  message.set(name, headerLength + 4);
  begin(message, nameEnd, attribute.priority, 4);
  message.writeInt32BE(priority, nameEnd + 4);
  begin(message, nameEnd + 8, attribute.controlled, 8);
  message.fill(0xff, nameEnd + 12, integrityAt);
  begin(message, integrityAt, attribute.integrity, integrityLength - 4);
  message.set(integrityOf(message, integrityAt, password), integrityAt + 4);
  message.writeUInt16BE(message.length - headerLength, 2);
  const fingerprintAt = integrityAt + integrityLength;
  begin(message, fingerprintAt, attribute.fingerprint, 4);
  message.writeUInt32BE((crc32(message.subarray(0, fingerprintAt)) ^ fingerprintMask) >>> 0, fingerprintAt + 4);
  return message;
}

/** Whether it is the answer of somebody who knows the password. Never throws. */
export function isProvenAnswer(message: Buffer, password: string): boolean {
  if (message.length < headerLength || message.readUInt16BE(0) !== bindingSuccess) return false;
  for (let at = headerLength; at + 4 <= message.length; ) {
    const length = message.readUInt16BE(at + 2);
    if (message.readUInt16BE(at) === attribute.integrity) {
      if (length !== integrityLength - 4 || at + integrityLength > message.length) return false;
      const given = message.subarray(at + 4, at + integrityLength);
      return timingSafeEqual(integrityOf(Buffer.from(message), at, password), given);
    }
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return false;
}

/** Of what comes before `at`, with the length that ends with it. Writes that into the message. */
function integrityOf(message: Buffer, at: number, password: string): Buffer {
  message.writeUInt16BE(at + integrityLength - headerLength, 2);
  return createHmac('sha1', password).update(message.subarray(0, at)).digest();
}

function begin(message: Buffer, at: number, type: number, length: number): void {
  message.writeUInt16BE(type, at);
  message.writeUInt16BE(length, at + 2);
}
