import assert from 'node:assert/strict';
import type { Call } from '../model/call.ts';
import type { Connection } from '../model/connection.ts';
import type { SpyPorts } from './spy-ports.ts';

/*
 * The sound matrix, twice: as the media has it from all that it was told, and as people expect it from the state of
 * their calls, in other words than the plan of the call model has. For calls of kind `call` without early media.
 */

/** By leg what it hears: other legs in order of their names, `music` or `ringback`; who hears nothing is not in it. */
export type Hearing = ReadonlyMap<string, string>;

/** What the commands add up to, for the legs of these calls: one that hung up itself is told nothing more. */
export function hearingOf(ports: SpyPorts, calls: readonly Call[]): Hearing {
  const legs = new Set(calls.flatMap(({ connections }) => [...connections.values()].map(({ legId }) => legId)));
  const hearing = new Map<string, string>();
  for (const [legId, callId] of ports.roomOfLeg) {
    const me = ports.leg(legId);
    if (me.held === 'music') hearing.set(legId, 'music');
    if (me.held !== null || me.deaf) continue;
    const others = [...(ports.rooms.get(callId)?.legs ?? [])].filter((other) => {
      const { held, muted, heardBy } = ports.leg(other);
      return other !== legId && held === null && !muted && (heardBy === null || heardBy === legId);
    });
    if (others.length > 0) hearing.set(legId, others.sort().join());
  }
  for (const [legId, { ringback }] of ports.legs) if (ringback && legs.has(legId)) hearing.set(legId, 'ringback');
  return hearing;
}

/**
 * Those who talk in one call hear each other, but for who is muted; who is alone while others have put it on hold hears
 * music, who waits for an answer hears the ringing; who holds hears nothing; supervisors hear those who talk, and are
 * heard by whom they coach alone. What waits for an answer is no company, so its ringing is all that is looked at.
 */
export function hearingIn(calls: readonly Call[]): Hearing {
  const hearing = new Map<string, string>();
  for (const call of calls) {
    assert.equal(call.kind, 'call');
    const here = [...call.connections.values()].filter(({ state }) => state === 'connected');
    const parties = here.filter(isParty);
    const [alone] = parties;
    if (parties.length === 1 && alone !== undefined) {
      const reached = [...call.connections.values()].filter((one) => isParty(one) && one.answeredAt !== null);
      const rings = [...call.connections.values()].some((one) => isParty(one) && one.state === 'alerting');
      if (reached.length > 1) hearing.set(alone.legId, 'music');
      else if (rings) hearing.set(alone.legId, 'ringback');
    }
    // Before anybody has been reached a supervisor listens to nobody yet.
    if (hearing.get(alone?.legId ?? '') === 'music' || !call.room) continue;
    for (const me of here) {
      const others = here.filter((one) => one !== me && !one.muted && (isParty(one) || one.coach === me.id));
      if (others.length > 0 && !me.deaf)
        hearing.set(
          me.legId,
          others
            .map(({ legId }) => legId)
            .sort()
            .join(),
        );
    }
  }
  return hearing;
}

const isParty = ({ role }: Connection) => role !== 'supervisor';
