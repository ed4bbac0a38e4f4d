import { withoutPlus } from '../../../base/same-number.ts';
import type { Call } from '../../../call/model/call.ts';
import type { CallData } from '../../../call/model/call-data.ts';
import type { Device } from '../../../call/model/device.ts';
import { type CallOperation, capabilitiesOf } from './capabilities.ts';
import { feature } from './features.ts';
import { callIdOf, connIdOf, deviceIdOf } from './ids.ts';
import { callAddress } from './links.ts';
import {
  type CallState,
  dialledIn,
  isListenedTo,
  isMutedSupervised,
  isSupervisor,
  type Line,
  othersIn,
  parentOf,
  type Seat,
  shownIdOf,
  stateOf,
  supervisedBy,
} from './seat.ts';

/** Another party, as a client shows it and names it in requests. */
export interface ParticipantJson {
  readonly e164Number: string;
  readonly formattedPhoneNumber: string;
  readonly phoneNumber: string;
  readonly digits: string;
}

/** A call as its user sees it: in answers and in notifications alike, fields in the documented order. */
export interface CallJson {
  readonly id: string;
  readonly state: CallState;
  readonly callUuid: string;
  readonly connId: string;
  readonly deviceUri: string;
  readonly participants: readonly ParticipantJson[];
  /** Who calls from outside. */
  readonly ani?: string;
  readonly dnis: string;
  readonly callType: 'Internal' | 'Inbound' | 'Outbound' | 'Consult';
  readonly capabilities: readonly CallOperation[];
  /** Only where there is some. */
  readonly userData?: CallData;
  /** Of the call that this one was made in to ask somebody: for who asks. */
  readonly parentCallUri?: string;
  /** Seconds for this party, held ones included. */
  readonly duration: string;
  readonly mute: 'On' | 'Off';
  /** For users who may record. */
  readonly recordingState?: 'Stopped' | 'Recording' | 'Paused';
  readonly supervisorListeningIn: boolean;
  readonly monitoredUserMuted: boolean;
  readonly monitoring: boolean;
  readonly uri: string;
  readonly path: string;
  readonly parentCallPath?: string;
}

/** `base`: scheme, host and root of the links. `now`: ms since the epoch. */
export function callView(seat: Seat, base: string, now: number): CallJson {
  return view(seat, base, now, stateOf(seat), capabilitiesOf(seat));
}

/** The call as its user saw it last, `before` it ended for that user at `at`: nothing can be asked of it any more. */
export function releasedView(before: Seat, base: string, at: number): CallJson {
  return view(before, base, at, 'Released', []);
}

function view(
  seat: Seat,
  base: string,
  now: number,
  state: CallState,
  capabilities: readonly CallOperation[],
): CallJson {
  const { call, connection, user } = seat;
  const data = call.recorded ? { ...call.data, ...recordingData(call) } : call.data;
  const shownId = shownIdOf(seat);
  const id = callIdOf(shownId);
  const parent = parentOf(seat);
  const asked = parent?.asks === true ? callAddress(base, callIdOf(parent.callId)) : null;
  const { uri, path } = callAddress(base, id);
  const startedAt = connection.original?.startedAt ?? connection.startedAt;
  const ani = callTypeOf(seat) === 'Inbound' ? callerIn(seat)?.number : undefined;
  return {
    id,
    state,
    callUuid: id,
    connId: connIdOf(shownId),
    deviceUri: `${base}/devices/${deviceIdOf(seat.extensionId)}`,
    participants: othersIn(seat).map(participantOf),
    ...(ani === undefined ? {} : { ani }),
    dnis: dialledIn(seat)?.number ?? '',
    callType: callTypeOf(seat),
    capabilities,
    ...(Object.keys(data).length === 0 ? {} : { userData: data }),
    ...(asked === null ? {} : { parentCallUri: asked.uri }),
    duration: String(Math.max(0, Math.floor((now - startedAt) / 1000))),
    mute: connection.muted ? 'On' : 'Off',
    ...(user.features.includes(feature.recording) ? { recordingState: recordingOf(call) } : {}),
    supervisorListeningIn: isListenedTo(seat),
    monitoredUserMuted: isMonitoredMuted(seat),
    monitoring: isSupervisor(seat),
    uri,
    path,
    ...(asked === null ? {} : { parentCallPath: asked.path }),
  };
}

/** Numbers of the house are as they are dialled; only a global number has the form of E.164. */
function participantOf({ kind, number }: Device): ParticipantJson {
  const isGlobal = kind === 'external' && number.startsWith('+');
  return {
    e164Number: isGlobal ? number : '',
    formattedPhoneNumber: number,
    phoneNumber: number,
    digits: withoutPlus(number),
  };
}

/** It stays what it was, whoever comes and goes. */
function callTypeOf(line: Line): CallJson['callType'] {
  if (parentOf(line) !== null) return 'Consult';
  if (callerIn(line)?.kind === 'external') return 'Inbound';
  return dialledIn(line)?.kind === 'external' ? 'Outbound' : 'Internal';
}

/** Who called, where that is fixed. */
function callerIn({ call, connection }: Line): Device | null {
  if (connection.original !== null) return connection.original.from;
  return call.kind === 'call' ? call.from : null;
}

function recordingOf({ recordingId, recordingPaused }: Call): 'Stopped' | 'Recording' | 'Paused' {
  if (recordingId === null) return 'Stopped';
  return recordingPaused ? 'Paused' : 'Recording';
}

const recorderStates = { Stopped: 'OFF', Recording: 'ON', Paused: 'PAUSED' } as const;

/** What clients find attached to a call that is recorded, or was: in what state that is, and its name while it is. */
function recordingData(call: Call): CallData {
  const name = call.recordingId === null ? {} : { GSIP_REC_FN: call.recordingId };
  return { GSIP_RECORD: recorderStates[recordingOf(call)], ...name };
}

/** The party that is supervised is muted: for its supervisor, and for itself. */
function isMonitoredMuted({ call, connection }: Line): boolean {
  if (isSupervisor({ connection })) return supervisedBy({ call, connection })?.muted === true;
  return isMutedSupervised({ call, connection });
}
