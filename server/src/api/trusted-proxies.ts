import { BlockList } from 'node:net';
import { ipVersion, withoutMapping } from '../base/ip-address.ts';

/** Whether an address is one of these, or in one of these networks (`10.0.0.0/8`); none of it is malformed. */
export function addressesIn(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    const family = familyOf(address);
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (address) => {
    const plain = withoutMapping(address.split('%', 1)[0]!);
    return ipVersion(plain) !== 0 && list.check(plain, familyOf(plain));
  };
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return ipVersion(address) === 6 ? 'ipv6' : 'ipv4';
}
