import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call, Dial } from '../model/call.ts';
import type { Connection } from '../model/connection.ts';
import type { Device } from '../model/device.ts';
import { alternateCall } from '../services/alternate-call.ts';
import { answerCall } from '../services/answer-call.ts';
import { associateData } from '../services/associate-data.ts';
import { changeRole } from '../services/change-role.ts';
import { clearCall } from '../services/clear-call.ts';
import { clearConnection } from '../services/clear-connection.ts';
import { conferenceCall } from '../services/conference-call.ts';
import { consultationCall } from '../services/consultation-call.ts';
import { deflectCall } from '../services/deflect-call.ts';
import { holdCall } from '../services/hold-call.ts';
import { joinCall } from '../services/join-call.ts';
import { parkCall } from '../services/park-call.ts';
import { pauseRecording } from '../services/pause-recording.ts';
import type { PermittedService } from '../services/permitted.ts';
import { pickUpCall } from '../services/pick-up-call.ts';
import { receiveCall } from '../services/receive-call.ts';
import { rejectCall } from '../services/reject-call.ts';
import { retrieveCall } from '../services/retrieve-call.ts';
import { isSamePhone } from '../services/same-phone.ts';
import { setMute } from '../services/set-mute.ts';
import { singleStepConference } from '../services/single-step-conference.ts';
import { singleStepTransfer } from '../services/single-step-transfer.ts';
import { startRecording } from '../services/start-recording.ts';
import { stopRecording } from '../services/stop-recording.ts';
import { transferCall } from '../services/transfer-call.ts';
import { type Claim, PermittedBefore } from '../testing/permitted-before.ts';
import { ask, extension } from '../testing/runtime-fixture.ts';
import { after, check, keyOf, type Move, nothing, reported, serve, type World, walk } from '../testing/world.ts';

/*
 * Three agents and two parties from outside, and every order of all that they can do, up to a depth: everybody
 * consults, is consulted, deflects, rejects, holds by the interface or by the phone, merges, transfers, hangs up either
 * way. Agents whose phone is in use get further calls at that leg. Who is who makes no difference, so states that
 * differ in that alone are one. With CALL_WALK_DEPTH=6 five minutes of CPU and 3.5 GB of memory were not enough, so
 * five it is.
 */
const depth = Number(process.env['CALL_WALK_DEPTH'] ?? 5);
const agents = ['1', '2', '3'];
const outside = ['8', '9'];
const ringing = { callerId: { name: '', number: '0' }, timeoutMs: 60_000 } as const;

const target = (number: string) => ({ kind: 'terminal', aor: number }) as const;
const phone = (number: string) => ({ device: extension(number), target: target(number), ...ringing });
const numberOf = ({ number }: Device) => number;
const isAgent = ({ device }: Connection) => agents.includes(numberOf(device));

type Claiming = Move & { readonly claim?: Claim };

interface Phone {
  readonly legId: string;
  readonly answered: boolean;
  /** Its legs. */
  readonly count: number;
}

/** The leg of each phone that is in use: its first one. */
function legsOf(world: World): Map<string, Phone> {
  const legs = new Map<string, Phone>();
  const all = new Set<string>();
  for (const call of world.calls) {
    for (const { device, legId, answeredAt } of call.connections.values()) {
      const known = legs.get(numberOf(device));
      const count = (known?.count ?? 0) + (all.has(legId) ? 0 : 1);
      all.add(legId);
      const first = known === undefined || (known.legId === legId && !known.answered);
      legs.set(numberOf(device), { ...(first ? { legId, answered: answeredAt !== null } : known), count });
    }
  }
  return legs;
}

type Dialling = (number: string) => readonly (Dial & { readonly device: Device })[];

function* movesOf(world: World): Iterable<Claiming> {
  const legs = legsOf(world);
  /** How a call comes to that phone; [] when it is not answered yet: then it takes no other. */
  const dialling: Dialling = (number) => {
    const leg = legs.get(number);
    if (leg === undefined) return [phone(number)];
    return leg.answered ? [{ ...phone(number), atLeg: leg.legId }] : [];
  };
  for (const caller of outside.filter((number) => !legs.has(number)).slice(0, 1)) {
    for (const agent of agents) {
      const used = legs.get(agent);
      // A phone in use gets a second INVITE, or the call waits at its leg.
      const ways = used?.answered === true && used.count < 2 ? [...dialling(agent), phone(agent)] : dialling(agent);
      for (const { device: to, ...dial } of ways) {
        const who = { kind: 'call', organizationId: 'org', legId: caller, from: extension(caller), to } as const;
        const way = used !== undefined && !('atLeg' in dial) ? ' anew' : '';
        yield { ...serve(`${caller} calls ${agent}${way}`, receiveCall, { ...who, ...dial }), comes: caller };
      }
    }
  }
  for (const call of world.calls) {
    for (const connection of call.connections.values()) yield* ofConnection(world, call, connection, dialling);
  }
  for (const legId of world.legs) {
    yield reported(legId, { type: 'cleared', cause: 'normal' });
    yield reported(legId, { type: 'heldByPeer' });
    yield reported(legId, { type: 'retrievedByPeer' });
  }
}

function* ofConnection(world: World, call: Call, connection: Connection, dialling: Dialling): Iterable<Claiming> {
  const ref = { callId: call.id, connectionId: connection.id };
  const { state, direction, legId, legHere } = connection;
  if (direction === 'outgoing' && (state === 'initiated' || state === 'alerting') && legHere) {
    yield reported(legId, { type: 'delivered' });
    yield reported(legId, { type: 'answered' });
    yield reported(legId, { type: 'failed', cause: 'busy' });
  }
  // Parties from outside have their phones, and no interface.
  if (!isAgent(connection)) return;
  const who = numberOf(connection.device);
  const asking = (service: PermittedService, move: Move): Claiming => ({ ...move, claim: { ref, service } });
  yield asking('clearConnection', serve(`${who} clears`, clearConnection, ref));
  yield asking('clearCall', serve(`${who} clears all`, clearCall, ref));
  yield asking('holdCall', serve(`${who} holds`, holdCall, ref));
  yield asking('retrieveCall', serve(`${who} retrieves`, retrieveCall, ref));
  yield asking('answerCall', serve(`${who} answers`, answerCall, ref));
  yield asking('rejectCall', serve(`${who} rejects`, rejectCall, ref));
  const there = new Set([...call.connections.values()].map(({ device }) => numberOf(device)));
  for (const number of [...agents, ...outside].filter((one) => !there.has(one))) {
    for (const dial of dialling(number)) {
      const to = { ...ref, ...dial };
      yield asking('consultationCall', serve(`${who} consults ${number}`, consultationCall, to));
      if (!agents.includes(number)) continue;
      const into = { ...dial, into: { callId: call.id }, role: 'participant' } as const;
      yield asking('singleStepConference', serve(`${who} invites ${number}`, singleStepConference, into));
      yield asking('singleStepTransfer', serve(`${who} sends them to ${number}`, singleStepTransfer, to));
      yield asking('deflectCall', serve(`${who} deflects to ${number}`, deflectCall, to));
    }
  }
  for (const other of world.calls) {
    for (const one of other.connections.values()) {
      if (other.id === call.id || !isSamePhone(one, connection)) continue;
      const at = { callId: other.id, connectionId: one.id };
      const pair = (move: Move, service: 'alternateCall' | 'conferenceCall' | 'transferCall'): Claiming => ({
        ...move,
        claim: { ref, service, other: at },
      });
      yield pair(serve(`${who} swaps`, alternateCall, { active: ref, held: at }), 'alternateCall');
      yield pair(serve(`${who} merges`, conferenceCall, { original: ref, consult: at }), 'conferenceCall');
      yield pair(serve(`${who} hands over`, transferCall, { original: ref, consult: at }), 'transferCall');
    }
  }
}

/** What changes nothing of who talks to whom: it is tried, and not gone on from. */
function* asides(call: Call, connection: Connection): Iterable<Required<Claiming>> {
  const ref = { callId: call.id, connectionId: connection.id };
  const returnTo = phone(numberOf(connection.device));
  const moves = {
    mute: serve('mute', setMute, { ...ref, muted: true }),
    unmute: serve('unmute', setMute, { ...ref, muted: false }),
    parkCall: serve('park', parkCall, { ...ref, maxMs: 60_000, returnTo }),
    pickUpCall: serve('pick up', pickUpCall, { ...ref, ...phone('7') }),
    associateData: serve('attach', associateData, { callId: call.id, set: { key: 'value' } }),
    startRecording: serve('record', startRecording, ref),
    pauseRecording: serve('pause recording', pauseRecording, { ...ref, paused: true }),
    resumeRecording: serve('resume recording', pauseRecording, { ...ref, paused: false }),
    stopRecording: serve('record no more', stopRecording, ref),
    listen: serve('listen', changeRole, { ...ref, mode: 'listen' }),
    barge: serve('barge', changeRole, { ...ref, mode: 'barge' }),
    joinCall: serve('join', joinCall, { ...ref, ...phone('7'), mode: 'listen' }),
  } satisfies Partial<Record<PermittedService, Move>>;
  for (const [service, move] of Object.entries(moves)) {
    yield { ...move, claim: { ref, service: service as PermittedService } } as Required<Claiming>;
  }
}

/** Agents, and outside parties, by their order of appearance. */
function symmetric(world: World): string {
  const names = new Map<string, string>();
  const devices = new Map<string, string>();
  const counts = { agent: 0, outside: 0 };
  for (const call of world.calls) {
    for (const { legId, device } of call.connections.values()) {
      const number = numberOf(device);
      const kind = agents.includes(number) ? 'agent' : 'outside';
      if (!devices.has(number)) devices.set(number, `${kind}${counts[kind]++}`);
      if (!names.has(legId)) names.set(legId, `${devices.get(number)} ${names.size}`);
    }
  }
  return keyOf(world, (legId) => names.get(legId) ?? legId);
}

test(`three agents, two parties from outside, all that ${depth} moves after a first call can do`, (t) => {
  const { device: to, ...dial } = phone('1');
  const start = after(nothing, {
    name: 'begins',
    comes: '8',
    step: (draft) => {
      const who = { kind: 'call', organizationId: 'org', legId: '8', from: extension('8'), to } as const;
      ask(receiveCall, draft, { ...who, ...dial });
    },
  })!;
  const rings = [...start.legs].find((legId) => legId !== '8')!;
  const talks = after(start, reported(rings, { type: 'answered' }))!;
  const permitted = new PermittedBefore();
  let claims = 0;
  const compare = (world: World, { name, claim }: Claiming, done: boolean, path: readonly string[]) => {
    if (claim === undefined) return;
    claims += 1;
    if (permitted.is(world, claim) !== done) assert.fail(`${[...path, name].join(' > ')}: is permitted: ${!done}`);
  };
  const { states, steps } = walk(
    [
      { world: start, path: ['rings'] },
      { world: talks, path: ['talks'] },
    ],
    {
      depth,
      moves: movesOf,
      key: symmetric,
      check(world, path) {
        check(world, path);
        for (const call of world.calls) {
          for (const connection of [...call.connections.values()].filter(isAgent)) {
            for (const move of asides(call, connection)) {
              // Of calls that differ in names only it is asked once.
              if (permitted.isKnown(world, move.claim)) break;
              compare(world, move, after(world, move) !== null, path);
            }
          }
        }
      },
      tried: compare,
    },
  );
  t.diagnostic(`${states} states, ${steps} steps; ${claims} of them compared with what is said to be permitted`);
  t.diagnostic(`${permitted.asked} of these differ in more than names`);
  assert.ok(states > 1000);
});
