import type { InviteTarget } from '../dialog/invite.ts';
import { flowToTarget } from '../dialog/next-hop.ts';
import { acceptedTypes, newTag, type UserAgentCore } from '../dialog/user-agent-core.ts';
import { formatUri } from '../message/uri.ts';
import { sendSingle } from './single-request.ts';

/**
 * OPTIONS to somebody we have no dialog with (RFC 3261 §11.1): the final status, or null when there was none in time.
 */
export function askOptions(core: UserAgentCore, target: InviteTarget, timeoutMs: number): Promise<number | null> {
  const flow = flowToTarget(core, target);
  if (flow === null) return Promise.resolve(null);
  const contact = core.contact(flow, target.uri);
  const identity = {
    callId: core.random.bytes(16).toString('hex'),
    from: `${contact};tag=${newTag(core.random)}`,
    to: `<${formatUri(target.uri)}>`,
  };
  return new Promise((resolve) => {
    const limit = core.clock.setTimer(timeoutMs, () => resolve(null));
    const headers: [string, string][] = [['Accept', acceptedTypes]];
    sendSingle(
      core,
      { method: 'OPTIONS', target, flow, identity, cseq: 1, contact, headers, authorization: null },
      (status, response) => {
        limit.cancel();
        resolve(response === null ? null : status);
      },
    );
  });
}
