import { BlockList } from 'node:net';
import { groupsOf, ipVersion } from '../../base/ip-address.ts';

/*
 * What is no address of the public internet (IANA special-purpose registries), and one that is but leads to the host of
 * a virtual machine: what asks there may be told secrets of the own network.
 */
const closed = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8], // this network; often taken for loopback
  ['10.0.0.0', 8],
  ['100.64.0.0', 10], // carrier-grade NAT, and metadata at 100.100.100.200
  ['127.0.0.0', 8],
  ['168.63.129.16', 32], // host of a virtual machine
  ['169.254.0.0', 16], // link-local, and metadata at 169.254.169.254
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4], // and broadcast
] as const) {
  closed.addSubnet(network, bits, 'ipv4');
}

/**
 * Of IPv6 only what is given out globally is open (RFC 4291 §2.4), less the parts of it that are for something else.
 */
const global = new BlockList();
global.addSubnet('2000::', 3, 'ipv6');
for (const [network, bits] of [
  ['2001::', 23], // IETF protocol assignments: Teredo, benchmarking, ORCHID
  ['2001:db8::', 32],
  ['3fff::', 20],
] as const) {
  closed.addSubnet(network, bits, 'ipv6');
}

/**
 * Whether an IP address is one of the public internet: also when it stands inside of an IPv6 address that leads to it.
 */
export function isPublicAddress(address: string): boolean {
  const version = ipVersion(address);
  if (version === 4) return !closed.check(address, 'ipv4');
  // A zone (fe80::1%eth0) is of a link.
  if (version === 0 || address.includes('%')) return false;
  const groups = groupsOf(address);
  const inside = embedded(groups);
  if (inside !== null) return isPublicAddress(inside);
  return global.check(address, 'ipv6') && !closed.check(address, 'ipv6');
}

/**
 * What whoever connects to a public address comes to, in one way of writing: the IPv4 address inside, if there is one.
 */
export function reachedBy(address: string): string {
  if (ipVersion(address) !== 6 || address.includes('%')) return address;
  const groups = groupsOf(address);
  return embedded(groups) ?? groups.map((group) => group.toString(16)).join(':');
}

/** The IPv4 address behind an IPv6 one: mapped, translated (NAT64, RFC 6052) or 6to4; null: there is none. */
function embedded(groups: readonly number[]): string | null {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = groups;
  const zeros = a === 0 && b === 0 && c === 0 && d === 0;
  if (zeros && e === 0 && f === 0xffff) return dotted(g, h);
  if (zeros && e === 0xffff && f === 0) return dotted(g, h);
  if (a === 0x64 && b === 0xff9b && c === 0 && d === 0 && e === 0 && f === 0) return dotted(g, h);
  if (a === 0x2002) return dotted(b, c);
  return null;
}

function dotted(high: number, low: number): string {
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}
