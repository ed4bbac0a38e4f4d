import assert from 'node:assert/strict';
import type { HostPort } from '../../base/host-port.ts';
import { trunkTo } from '../../directory/records.ts';
import { type PhoneDialog, ReferringPhone } from './referring-phone.ts';
import { domain, type ExchangeOptions, until, VirtualExchange } from './virtual-exchange.ts';
import type { VirtualPhone } from './virtual-phone.ts';

export const at = ({ address, port }: HostPort) => `sip:${address}:${port}`;

export interface TransferStage {
  readonly exchange: VirtualExchange;
  /** 15000. */
  readonly desk: ReferringPhone;
  /** 15001. */
  readonly bob: VirtualPhone;
  /** At the other end of the trunk. */
  readonly carrier: VirtualPhone;
  /** The desk phone calls out, and is answered. */
  readonly outside: () => Promise<PhoneDialog>;
  readonly numbers: () => string[];
  readonly parties: (...numbers: string[]) => Promise<void>;
}

/** A desk phone, another, and a carrier, on a server of their own; afterwards nothing is left. */
export async function staged(
  run: (stage: TransferStage) => Promise<void>,
  options: ExchangeOptions = {},
): Promise<void> {
  const exchange = await VirtualExchange.open(options);
  const desk = await ReferringPhone.open(exchange.sip, '15000');
  try {
    const bob = await exchange.phone(900);
    const carrier = await exchange.phone(1400);
    exchange.directory.trunks.push(trunkTo('carrier', at(carrier.sip), { optionsMs: null }));
    exchange.register(bob, '15001');
    exchange.register(desk, '15000');
    const numbers = () => {
      const all = exchange.runtime.snapshot().flatMap((call) => [...call.connections.values()]);
      return all.map(({ device, state }) => `${device.number} ${state}`);
    };
    await run({
      ...{ exchange, desk, bob, carrier, numbers },
      outside: async () => {
        const dialog = await desk.call('0700123');
        assert.equal(dialog.status, 200);
        await until('the call to stand', () => numbers().join() === '15000 connected,700123 connected');
        return dialog;
      },
      parties: async (...expected) => {
        await until(
          () => `${expected}; there are ${numbers()}`,
          () => numbers().sort().join() === expected.toSorted().join(),
        );
      },
    });
    for (const { session } of [bob, carrier]) session?.bye();
    await exchange.nothingIsLeft();
    await until('nothing to be told any more', () => exchange.agent.counters().referrals === 0);
  } finally {
    desk.close();
    await exchange.close();
  }
}

export const to = (number: string) => `<sip:${number}@${domain}>`;
