import type { Call } from '../../../../call/model/call.ts';
import type { Cause } from '../../../../call/model/cause.ts';
import { chargedOf } from '../../../../call/model/charged.ts';
import type { Connection } from '../../../../call/model/connection.ts';
import { isCaller, isIn, isOf } from '../seat.ts';
import type { Story } from './stories.ts';

/** Something that a user has begun and that came to nothing. */
export interface Failure {
  readonly extensionId: string;
  readonly message: string;
}

const reasons: Partial<Readonly<Record<Cause, string>>> = {
  busy: 'it is busy',
  noAnswer: 'there is no answer',
  destNotObtainable: 'there is nobody at this number',
  callRejected: 'it was rejected',
  unauthorized: 'it is not allowed',
  resourcesNotAvailable: 'there is no room for it',
  mediaFailure: 'there is no sound in common',
  networkNotObtainable: 'the network cannot be reached',
};

/** Of one step: phones that could not be reached, told to those who had them dialled. */
export function failuresIn(stories: ReadonlyMap<string, Story>): readonly Failure[] {
  const failures: Failure[] = [];
  for (const { before, after, events } of stories.values()) {
    for (const { event } of events) {
      if (event.type !== 'failed' || before === null) continue;
      const connection = before.connections.get(event.connectionId ?? '');
      const extensionId = connection === undefined ? null : whoBegan(before, connection);
      if (extensionId === null || connection === undefined || ringsOn(after, connection)) continue;
      const why = reasons[event.cause] ?? 'it failed';
      failures.push({ extensionId, message: `Device '${connection.device.number}' was not reached: ${why}.` });
    }
  }
  return failures;
}

/** The extension on whose behalf it was dialled; null: nobody's who would be told. */
function whoBegan(call: Call, connection: Connection): string | null {
  const { device, role, redirectedBy } = connection;
  // Who has sent a call on has left it.
  if (redirectedBy !== null) return redirectedBy;
  const own = device.kind === 'extension' ? device.extensionId : null;
  // Supervisors are called because they have asked for it.
  if (role === 'supervisor') return own;
  const began = chargedOf(call, connection);
  if (began === null || (began === own && !isCaller({ call, connection }))) return null;
  return isIn(call, began) || (call.from !== null && isOf(connection, call.from)) ? began : null;
}

/** Another of the phones that ring for the same party. */
function ringsOn(call: Call, { hunt }: Connection): boolean {
  if (hunt === null || call.ended) return false;
  return [...call.connections.values()].some((one) => one.hunt === hunt && one.answeredAt === null);
}
