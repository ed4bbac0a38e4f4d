import type { Call, CallRef } from '../../../call/model/call.ts';
import type { CallRuntime } from '../../../call/runtime/runtime.ts';
import { bringCall } from '../../../call/services/bring-call.ts';
import { CommandRefused } from './command-refused.ts';
import type { PhoneLines } from './phone/phone-lines.ts';

interface BringParts {
  readonly runtime: CallRuntime;
  readonly lines: Pick<PhoneLines, 'find'>;
}

/**
 * Who is in a conference takes a call of its phone into it. `phone`: where that signed in (`/phone/<phone>`), which
 * nobody else knows. Throws CommandRefused or AppError.
 */
export async function bring(
  { runtime, lines }: BringParts,
  conference: Call,
  into: CallRef,
  { phone, call }: { readonly phone: string; readonly call: string },
): Promise<void> {
  const line = lines.find(phone);
  const known = line?.phone.calls.some(({ id }) => id === call) === true;
  const from = known ? runtime.refOfLeg(call) : null;
  if (line === null || from === null) throw new CommandRefused('notFound', 'There is no such call of that phone.');
  // Legs of one organization alone can be in a room of it.
  if (line.extension.organizationId !== conference.organizationId) {
    throw new CommandRefused('notAllowed', 'This call is not of the organization of the conference.');
  }
  await runtime.do(bringCall, { into, from });
}
