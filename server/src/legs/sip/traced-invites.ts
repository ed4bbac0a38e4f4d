import { served } from '../../base/tracing.ts';
import type { IncomingInvite } from '../../sip/user-agent.ts';

/**
 * One span for each call that comes in, from its INVITE to our final response; what follows of it belongs to it. A
 * trace of its own: what a caller writes into headers is not believed. What was dialled is not in it, for that may end
 * in a PIN.
 */
export function traceInvite(invite: IncomingInvite, action: () => void): void {
  const span = served('INVITE', {}, { 'rpc.system': 'sip', 'network.transport': invite.flow.kind });
  invite.onSaid = (status) => {
    if (status < 200) span.note(String(status));
    else span.end({ 'sip.response.status_code': status }, status < 300 ? null : String(status));
  };
  span.within(action);
}
