import { isIPv4, isIPv6 } from 'node:net';
import { addressBytes } from '../../base/ip-address.ts';
import type { TracedMessage } from './entry.ts';

/** LINKTYPE_RAW: packets begin with their IPv4 or IPv6 header. */
const linkType = 101;
const udp = 17;
const hops = 64;
const longestPayload = 65_507;

/**
 * A capture file (libpcap 2.4) of these messages as UDP datagrams, whatever they came by, so that every tool reads them
 * as SIP; between the addresses and ports that they went between.
 */
export function* pcapOf(messages: Iterable<TracedMessage>): Generator<Buffer> {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(0x4_0000, 16);
  head.writeUInt32LE(linkType, 20);
  yield head;
  for (const message of messages) {
    const packet = packetOf(message);
    const record = Buffer.alloc(16);
    record.writeUInt32LE(Math.floor(message.at / 1000), 0);
    record.writeUInt32LE(Math.floor((message.at % 1000) * 1000), 4);
    record.writeUInt32LE(packet.length, 8);
    record.writeUInt32LE(packet.length, 12);
    yield record;
    yield packet;
  }
}

function packetOf({ direction, local, remote, text }: TracedMessage): Buffer {
  const [from, to] = direction === 'out' ? [local, remote] : [remote, local];
  const payload = Buffer.from(text.slice(0, longestPayload), 'latin1');
  const datagram = Buffer.alloc(8 + payload.length);
  datagram.writeUInt16BE(from.port, 0);
  datagram.writeUInt16BE(to.port, 2);
  datagram.writeUInt16BE(datagram.length, 4);
  payload.copy(datagram, 8);
  const six = isIPv6(from.address) || isIPv6(to.address);
  const [source, target] = [from.address, to.address].map((address) => bytesOf(address, six)) as [Buffer, Buffer];
  const pseudo = Buffer.alloc(4);
  pseudo.writeUInt16BE(datagram.length, 0);
  pseudo.writeUInt16BE(udp, 2);
  // RFC 768: all ones where it comes to nothing.
  datagram.writeUInt16BE(checksum([source, target, pseudo, datagram]) || 0xffff, 6);
  if (six) {
    const ip = Buffer.alloc(8);
    ip[0] = 0x60;
    ip.writeUInt16BE(datagram.length, 4);
    ip[6] = udp;
    ip[7] = hops;
    return Buffer.concat([ip, source, target, datagram]);
  }
  const ip = Buffer.alloc(12);
  ip[0] = 0x45;
  ip.writeUInt16BE(20 + datagram.length, 2);
  ip[8] = hops;
  ip[9] = udp;
  ip.writeUInt16BE(checksum([ip, source, target]), 10);
  return Buffer.concat([ip, source, target, datagram]);
}

/** RFC 1071. */
function checksum(parts: readonly Buffer[]): number {
  let sum = 0;
  for (const part of parts) {
    for (let at = 0; at < part.length; at += 2) sum += (part[at]! << 8) | (part[at + 1] ?? 0);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x1_0000);
  return ~sum & 0xffff;
}

/** What is no address (a name that was never looked up) becomes 0. */
function bytesOf(address: string, six: boolean): Buffer {
  if (six && isIPv6(address)) return addressBytes(address);
  const four = isIPv4(address) ? addressBytes(address) : Buffer.alloc(4);
  if (!six) return four;
  const bytes = Buffer.alloc(16);
  bytes.writeUInt16BE(0xffff, 10);
  four.copy(bytes, 12);
  return bytes;
}
