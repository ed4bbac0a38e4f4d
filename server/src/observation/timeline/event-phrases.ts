import type { CallEvent } from '../../call/model/events.ts';
import { nameOf } from '../why/explain.ts';

/** Something that happened, for programs: what it is, and what belongs to it. */
export interface Phrase {
  readonly code: string;
  readonly [detail: string]: string | number;
}

/** One event as what it says, one after the other; who it is about is told beside it. */
export function phrasesOf(event: CallEvent, nameOfConnection: (id: string) => string): Phrase[] {
  switch (event.type) {
    case 'originated':
      return beginning(event.data);
    case 'delivered':
      return [{ code: event.data.early === true ? 'ringsAndIsHeard' : 'rings' }];
    case 'established':
      return [{ code: event.cause === 'joined' || event.data.connection !== undefined ? 'comesIn' : 'answers' }];
    case 'failed': {
      const { refusal } = event.data;
      const status = refusal === undefined ? {} : { status: refusal.status };
      return [{ code: 'notReached', cause: event.cause, ...status }];
    }
    case 'held':
      return [{ code: 'holds' }];
    case 'retrieved':
      return [{ code: 'isBackFromHold' }];
    case 'conferenced': {
      const who = event.data.connections.map(({ device }) => nameOf(device));
      return [{ code: 'comeFromAnotherCall', who: who.join(', '), count: who.length }];
    }
    case 'transferred':
      return [{ code: 'goesOnInAnotherCall' }];
    case 'diverted': {
      const { by, to } = event.data;
      return by === undefined ? [{ code: 'isSentOn', to }] : [{ code: 'isForwarded', who: nameOf(by), to }];
    }
    case 'connectionCleared':
      return [event.cause === 'normal' ? { code: 'leaves' } : { code: 'leavesFor', cause: event.cause }];
    case 'callCleared':
      return [event.cause === 'normal' ? { code: 'isOver' } : { code: 'isOverFor', cause: event.cause }];
    case 'digitsGenerated': {
      const { by, count } = event.data;
      return [{ code: by === 'device' ? 'pressesKeys' : 'keysAreSent', count }];
    }
    case 'dataChanged':
      return changes(event.data);
    case 'recordingStarted':
      return [{ code: 'recordingBegins' }];
    case 'recordingStopped':
      return [event.cause === 'normal' ? { code: 'recordingEnds' } : { code: 'recordingEndsFor', cause: event.cause }];
    case 'entryRefused':
      return [{ code: 'isNotLetIn', why: event.data.why }];
    case 'messageSent':
      return [
        event.data.to === null ? { code: 'writesToAll' } : { code: 'writesTo', who: nameOfConnection(event.data.to) },
      ];
    case 'pinsGuessed':
      return [{ code: 'pinsAreGuessed', count: event.data.failures }];
    case 'talking': {
      const names = (ids: readonly string[]) => ids.map(nameOfConnection).join(', ');
      const { started, stopped } = event.data;
      return [
        ...(started.length > 0 ? [{ code: 'talks', who: names(started) }] : []),
        ...(stopped.length > 0 ? [{ code: 'stopsTalking', who: names(stopped) }] : []),
      ];
    }
  }
}

type DataOf<Type extends CallEvent['type']> = Extract<CallEvent, { readonly type: Type }>['data'];

function beginning({ call, connections, destination }: DataOf<'originated'>): Phrase[] {
  const who = connections.flatMap(({ device, direction, redirections = [] }): Phrase[] => {
    if (direction === 'incoming') return [{ code: 'calls', who: nameOf(device) }];
    const by = redirections.map(
      (one): Phrase => (one.by === null ? { code: 'sentOnByUnknown' } : { code: 'sentOnBy', who: nameOf(one.by) }),
    );
    return [{ code: 'isDialled', who: nameOf(device) }, ...by];
  });
  return [
    ...(call === undefined ? [] : [{ code: `${call.kind}Begins` }]),
    ...who,
    ...(destination === undefined ? [] : [{ code: 'isToBeDialled', who: nameOf(destination.device) }]),
  ];
}

function changes(change: DataOf<'dataChanged'>): Phrase[] {
  const said: Phrase[] = [];
  const add = (code: string, details: Omit<Phrase, 'code'> = {}) => said.push({ code, ...details });
  if (change.muted !== undefined) add(change.muted ? 'isMuted' : 'isUnmuted');
  if (change.muted === undefined && change.mutedBy === 'moderator') add('isMutedByModeratorToo');
  if (change.handRaised !== undefined) add(change.handRaised ? 'raisesHand' : 'lowersHand');
  if (change.recordingLabel?.name !== undefined) add('recordingIsCalled', { name: change.recordingLabel.name });
  if (change.deaf !== undefined) add(change.deaf ? 'hearsNobody' : 'hearsAgain');
  if (change.role !== undefined) add('hasRole', { role: change.role });
  if (change.locked !== undefined) add(change.locked ? 'isLocked' : 'isUnlocked');
  if (change.waiting !== undefined) add(change.waiting ? 'waitsForModerator' : 'waitsNoLonger');
  if (change.recordingPaused !== undefined) add(change.recordingPaused ? 'recordingPauses' : 'recordingGoesOn');
  if (change.heldThere !== undefined && change.legHere === undefined) add('phoneHoldsToo');
  if (change.parked !== undefined) add(change.parked === null ? 'isParkedNoMore' : 'isParked');
  if (change.policy !== undefined) add('settingsChange');
  if (change.set !== undefined || change.removed !== undefined) {
    const keys = [...Object.keys(change.set ?? {}), ...(change.removed ?? [])];
    add('dataChanges', { keys: keys.slice(0, 5).join(', ') });
  }
  return said.length === 0 ? [{ code: 'changes' }] : said;
}
