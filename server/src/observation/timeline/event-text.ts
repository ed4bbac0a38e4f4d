import type { CallEvent } from '../../call/model/events.ts';
import { nameOf } from '../why/explain.ts';

const kinds = { call: 'a call', access: 'a call that asks for a conference', conference: 'a conference' } as const;

/** One event in a few words; who it is about is told beside it. */
export function eventText(event: CallEvent, nameOfConnection: (id: string) => string): string {
  switch (event.type) {
    case 'originated': {
      const { call, connections, destination } = event.data;
      const who = connections.map(({ device, direction, redirections = [] }) => {
        if (direction === 'incoming') return `${nameOf(device)} calls`;
        const by = redirections.map((one) => (one.by === null ? 'somebody unknown' : nameOf(one.by)));
        return `${nameOf(device)} is dialled${by.length === 0 ? '' : `, sent on by ${by.join(', then ')}`}`;
      });
      const begun = call === undefined ? [] : [`${kinds[call.kind]} begins`];
      const next = destination === undefined ? [] : [`${nameOf(destination.device)} is to be dialled`];
      return [...begun, ...who, ...next].join(', ');
    }
    case 'delivered':
      return event.data.early === true ? 'rings, and is heard already' : 'rings';
    case 'established':
      return event.cause === 'joined' || event.data.connection !== undefined ? 'comes in' : 'answers';
    case 'failed': {
      const { refusal } = event.data;
      return `could not be reached: ${event.cause}${refusal === undefined ? '' : ` (${refusal.status})`}`;
    }
    case 'held':
      return 'holds';
    case 'retrieved':
      return 'is back from hold';
    case 'conferenced': {
      const who = event.data.connections.map(({ device }) => nameOf(device));
      return `${who.join(', ')} ${who.length === 1 ? 'comes' : 'come'} in from another call`;
    }
    case 'transferred':
      return 'goes on in another call';
    case 'diverted':
      return event.data.by === undefined
        ? `is sent on to ${event.data.to}`
        : `${nameOf(event.data.by)} is forwarded to ${event.data.to}`;
    case 'connectionCleared':
      return event.cause === 'normal' ? 'leaves' : `leaves: ${event.cause}`;
    case 'callCleared':
      return event.cause === 'normal' ? 'the call is over' : `the call is over: ${event.cause}`;
    case 'digitsGenerated': {
      const { count, by } = event.data;
      const keys = count === 1 ? 'a key' : `${count} keys`;
      return by === 'device' ? `presses ${keys}` : `${keys} are sent`;
    }
    case 'dataChanged':
      return changeText(event.data);
    case 'recordingStarted':
      return 'recording begins';
    case 'recordingStopped':
      return event.cause === 'normal' ? 'recording ends' : `recording ends: ${event.cause}`;
    case 'entryRefused':
      return `is not let in: ${event.data.why}`;
    case 'messageSent':
      return event.data.to === null ? 'writes to all' : `writes to ${nameOfConnection(event.data.to)}`;
    case 'pinsGuessed':
      return `PINs are being guessed: ${event.data.failures} wrong ones`;
    case 'talking': {
      const names = (ids: readonly string[]) => ids.map(nameOfConnection).join(', ');
      const { started, stopped } = event.data;
      const parts = [
        ...(started.length > 0 ? [`${names(started)} talks`] : []),
        ...(stopped.length > 0 ? [`${names(stopped)} stops`] : []),
      ];
      return parts.join('; ');
    }
  }
}

type Change = Extract<CallEvent, { readonly type: 'dataChanged' }>['data'];

function changeText(change: Change): string {
  const texts: string[] = [];
  if (change.muted !== undefined) texts.push(change.muted ? 'is muted' : 'is no longer muted');
  if (change.muted === undefined && change.mutedBy === 'moderator') texts.push('is muted by a moderator too');
  if (change.handRaised !== undefined) texts.push(change.handRaised ? 'raises a hand' : 'lowers the hand');
  if (change.recordingLabel?.name !== undefined) texts.push(`the recording is called ${change.recordingLabel.name}`);
  if (change.deaf !== undefined) texts.push(change.deaf ? 'hears nobody' : 'hears again');
  if (change.role !== undefined) texts.push(`is ${change.role} now`);
  if (change.locked !== undefined)
    texts.push(change.locked ? 'the conference is locked' : 'the conference is open again');
  if (change.waiting !== undefined) texts.push(change.waiting ? 'waits for a moderator' : 'no longer waits');
  if (change.recordingPaused !== undefined)
    texts.push(change.recordingPaused ? 'recording pauses' : 'recording goes on');
  if (change.heldThere !== undefined && change.legHere === undefined) texts.push('its phone holds too');
  if (change.parked !== undefined) texts.push(change.parked === null ? 'is parked no more' : 'is parked');
  if (change.policy !== undefined) texts.push('the settings of the conference change');
  if (change.set !== undefined || change.removed !== undefined) {
    const keys = [...Object.keys(change.set ?? {}), ...(change.removed ?? [])];
    texts.push(`data changes: ${keys.slice(0, 5).join(', ')}`);
  }
  return texts.length === 0 ? 'changes' : texts.join(', ');
}
