import type { CallRuntime } from '../../../call/runtime/runtime.ts';
import { isSeen, type Line, type Seat } from './seat.ts';

/**
 * Where a user sits now: the running calls of one of its extensions, the oldest first. The call model takes them for
 * one phone: also what it has begun by itself, on legs of its own. What has not rung yet is not shown, but counts.
 */
export function seatsOf(
  runtime: Pick<CallRuntime, 'connectionsOf' | 'call'>,
  user: Seat['user'],
  extensionId: string,
): readonly Seat[] {
  const lines: Line[] = [];
  for (const { callId, connectionId } of runtime.connectionsOf(extensionId)) {
    const call = runtime.call(callId);
    const connection = call?.connections.get(connectionId);
    if (call !== null && connection !== undefined) lines.push({ call, connection });
  }
  return lines.filter(isSeen).map((line) => ({
    ...line,
    user,
    extensionId,
    lines: lines.filter((other) => other.call.id !== line.call.id),
  }));
}
