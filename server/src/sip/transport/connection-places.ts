import { SharedPlaces } from '../../base/shared-places.ts';
import type { Flow } from './flow.ts';

export interface ConnectionPlaces {
  /** In all. */
  connections: number;
  /** From one address (IPv6: /64), proven or not. */
  connectionsPerAddress: number;
  /** Of those who have not proven themselves, from one address, and from one IPv6 /48. */
  strangersPerAddress: number;
  strangersPerNetwork: number;
}

export const defaultConnectionPlaces: ConnectionPlaces = {
  connections: 10_000,
  connectionsPerAddress: 4_000,
  strangersPerAddress: 512,
  strangersPerNetwork: 1_024,
};

interface Place extends Flow {
  close(reason: string): void;
}

/**
 * Who may hold how many of the connections that peers open: strangers give way to newcomers. Those of phones and
 * carriers that have proven themselves, and those that we opened, stay.
 */
export class ConnectionTable extends SharedPlaces<Place> {
  constructor(limits: ConnectionPlaces, isProven: (flow: Flow) => boolean) {
    const { connections, connectionsPerAddress, strangersPerAddress, strangersPerNetwork } = limits;
    super(
      {
        most: connections,
        perSource: connectionsPerAddress,
        yieldingPerSource: strangersPerAddress,
        yieldingPerNetwork: strangersPerNetwork,
      },
      {
        addressOf: ({ remote }) => remote.address,
        standing: (place) => (isProven(place) ? 'stays' : 'yields'),
        end: (place) => place.close('others need the place'),
      },
    );
  }
}
