import type { AgentCall } from '../../line/agent/agent-api.ts';

/** Who the others are; empty: nobody knows. */
export function callName({ ani, dnis, participants }: AgentCall): string {
  return participants.map(({ phoneNumber }) => phoneNumber).join(', ') || ani || dnis;
}
