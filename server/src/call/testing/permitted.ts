import type { Call, CallRef } from '../model/call.ts';
import type { Connection } from '../model/connection.ts';
import {
  type PairedService,
  type PermittedService,
  pairedServices,
  permits,
  permitsWith,
  permittedServices,
} from '../services/permitted.ts';
import { isSamePhone } from '../services/same-phone.ts';

export const namesOfPermitted = Object.keys(permittedServices) as PermittedService[];
const namesOfPaired = Object.keys(pairedServices) as PairedService[];

/** Of services for two calls: the connections with which it is permitted. */
export type Permitted = Readonly<Record<PermittedService, boolean> & Record<PairedService, readonly CallRef[]>>;

/** All that is permitted to this connection; `others`: the other calls in which its phone is. */
export function permitted(call: Call, connection: Connection, others: readonly Call[] = []): Permitted {
  const answers = namesOfPermitted.map((name) => [name, permits(name, call, connection, others)] as const);
  const partners = partnersOf(connection, others);
  const withOther = namesOfPaired.map((name) => {
    const accepted = partners.filter((other) => permitsWith(name, call, connection, other, others));
    return [name, accepted] as const;
  });
  return Object.fromEntries([...answers, ...withOther]) as unknown as Permitted;
}

/** The connections of the same phone in its other calls. */
function partnersOf(connection: Connection, others: readonly Call[]): CallRef[] {
  const found: CallRef[] = [];
  for (const call of others) {
    for (const one of call.connections.values()) {
      if (one.id !== connection.id && isSamePhone(one, connection))
        found.push({ callId: call.id, connectionId: one.id });
    }
  }
  return found;
}
