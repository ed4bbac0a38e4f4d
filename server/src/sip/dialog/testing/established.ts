import type { SipUserAgent } from '../../user-agent.ts';
import type { InviteSession } from '../invite.ts';
import type { RawPeer } from './raw-peer.ts';
import { Laboratory, TestCall, TestCallee } from './two-agents.ts';

export interface Pair {
  readonly lab: Laboratory;
  readonly caller: SipUserAgent;
  readonly call: TestCall;
  readonly callee: TestCallee;
  readonly near: InviteSession;
  readonly far: InviteSession;
}

export function established(seed: number, options: { delayMs?: number } = {}): Pair {
  const lab = new Laboratory({ seed, ...options });
  const caller = lab.agent('10.0.0.1');
  const callee = new TestCallee(lab.agent('10.0.0.2'));
  const call = new TestCall().start(caller, 'sip:b@10.0.0.2');
  lab.clock.advance(300);
  lab.seen.length = 0;
  return { lab, caller, call, callee, near: call.session!, far: callee.sessions[0]! };
}

export const sdp = { body: 'offer', headers: { 'Content-Type': 'application/sdp' } };

/** Sets up a call by hand; gives the callee's tag. */
export function establish(lab: Laboratory, peer: RawPeer, callId: string): string {
  const toTag = peer.ask('INVITE', { callId, cseq: 1, ...sdp }).message.toTag!;
  peer.send('ACK', { callId, cseq: 1, toTag });
  lab.clock.advance(5);
  return toTag;
}
