import { attributes, bindingRequest, bindingSuccess, isProven, readStun, writeStun } from './stun-message.ts';

/*
 * STUN as far as asking a peer whether it is there needs it.
 */

/** Of a peer-reflexive candidate of the first component (RFC 8445 §5.1.2.1); that way is known to it already. */
const priority = Buffer.from([110, 0xff, 0xff, 255]);
/** The greatest tie-breaker never has the peer change its role (RFC 8445 §7.3.1.1). */
const tieBreaker = Buffer.alloc(8, 0xff);

/** A check of consent (RFC 7675 §5.1) of the side that is controlled; `password`: the peer's. */
export function consentCheck(transaction: Uint8Array, username: string, password: string): Buffer {
  const check = [
    { type: attributes.username, value: Buffer.from(username) },
    { type: attributes.priority, value: priority },
    { type: attributes.controlled, value: tieBreaker },
  ];
  return writeStun(bindingRequest, transaction, check, password);
}

/** Whether it is the answer of somebody who knows the password. Never throws. */
export function isProvenAnswer(bytes: Buffer, password: string): boolean {
  const message = readStun(bytes);
  return message !== null && message.type === bindingSuccess && isProven(message, password);
}
