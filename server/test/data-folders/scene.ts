import { clearConnection } from '../../src/call/services/clear-connection.ts';
import { receiveCall } from '../../src/call/services/receive-call.ts';
import { conferenceDevice, extension, RuntimeFixture } from '../../src/call/testing/runtime-fixture.ts';

/** What a data folder is known by: of which call which is, and how far webhooks have told the log. */
export interface Known {
  readonly ids: { readonly over: string; readonly talks: string; readonly inside: string; readonly rings: string };
  /** Position in the log. */
  readonly read: number;
  /** How many events there are. */
  readonly events: number;
  /** What the delivery is called that was made and not yet taken. */
  readonly waiting: string;
}

/** The extensions whose webhooks are subscribed, to all types. */
export const subscribed = ['x100', 'x101', 'x102', 'x211'] as const;
export const types = [0, 1, 2, 3, 4] as const;

/** Some calls: one is over, one talks, one rings, one goes from the dialogue before a conference into it. */
export async function someCalls() {
  const fixture = new RuntimeFixture();
  const later = () => fixture.clock.advanceAsync(1000);
  const over = await fixture.talking('A');
  await later();
  await fixture.runtime.do(clearConnection, { callId: over.callId, connectionId: over.caller });
  await later();
  const talks = await fixture.dialled('B');
  const access = { kind: 'access', organizationId: 'org', from: extension('102'), to: conferenceDevice } as const;
  await fixture.runtime.do(receiveCall, { ...access, legId: 'C' });
  await later();
  const read = await fixture.store.lastPosition();
  fixture.runtime.report(talks.calledLeg, { type: 'answered' });
  await later();
  const inside = await fixture.enter('C');
  await later();
  const rings = await fixture.dialled('D');
  await fixture.settle();
  const [talksId, ringsId] = [talks.ref.callId, rings.ref.callId];
  return { fixture, read, ids: { over: over.callId, talks: talksId, inside: inside.callId, rings: ringsId } };
}
