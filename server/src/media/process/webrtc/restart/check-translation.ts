import type { HostPort } from '../../../../base/host-port.ts';
import { addressBytes, withoutMapping } from '../../../../base/ip-address.ts';
import { type IceSide, nameOf } from '../ice-names.ts';
import {
  attributeOf,
  attributes,
  type StunAttribute,
  type StunMessage,
  stunCookie,
  writeStun,
} from '../stun-message.ts';

/*
 * Checks of one ICE session as those of another (RFC 8445 §7): name and proof become the other's, transaction and all
 * other attributes stay.
 */

/** The greatest there is (RFC 8445 §5.1.2): this pair before all others. */
const best = Buffer.from([0x7f, 0xff, 0xff, 0xff]);

/** Whether this is a request of `asks` to `asked`, by its name; whether it is proven is another question. */
export function isNamed(request: StunMessage, asked: IceSide, asks: IceSide): boolean {
  return attributeOf(request, attributes.username)?.equals(Buffer.from(nameOf(asked, asks))) ?? false;
}

/** A request of `asks` to `asked`; `preferred`: the pair by which it comes is the one to be used. */
export function requestAs(request: StunMessage, asked: IceSide, asks: IceSide, preferred: boolean): Buffer {
  const name = Buffer.from(nameOf(asked, asks));
  const changed = (attribute: StunAttribute) => {
    const { type } = attribute;
    if (type === attributes.username) return { type, value: name };
    return preferred && type === attributes.priority ? { type, value: best } : attribute;
  };
  return writeStun(request.type, request.transaction, request.attributes.map(changed), asked.pwd);
}

/** An answer by `asked`, to who is `seen` at this address. An error may be one without proof, and stays so. */
export function responseAs(response: StunMessage, asked: IceSide, seen: HostPort): Buffer {
  const { type, transaction, signed } = response;
  const changed = (attribute: StunAttribute) =>
    attribute.type === attributes.xorMappedAddress
      ? { type: attribute.type, value: mappedAddress(seen, transaction) }
      : attribute;
  return writeStun(type, transaction, response.attributes.map(changed), signed === null ? null : asked.pwd);
}

/**
 * XOR-MAPPED-ADDRESS (RFC 8489 §14.2): port and address, crossed with the cookie and, as far as that is long enough,
 * the transaction.
 *
 *    |0 0 0 0 0 0 0 0|    family     |            port               |
 *    |               address (32 bits or 128 bits)                   |
 */
export function mappedAddress({ address, port }: HostPort, transaction: Uint8Array): Buffer {
  const plain = addressBytes(withoutMapping(address));
  const mask = Buffer.alloc(16);
  mask.writeUInt32BE(stunCookie, 0);
  mask.set(transaction, 4);
  const value = Buffer.alloc(4 + plain.length);
  value[1] = plain.length === 4 ? 1 : 2;
  value.writeUInt16BE(port ^ (stunCookie >>> 16), 2);
  for (const [at, byte] of plain.entries()) value[4 + at] = byte ^ mask[at]!;
  return value;
}
