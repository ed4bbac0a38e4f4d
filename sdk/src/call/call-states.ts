import { CallStates } from './call-enums.ts';

const live: readonly string[] = [CallStates.ESTABLISHED, CallStates.HOLDING, CallStates.HELD, CallStates.UNHOLDING];
const endings: readonly string[] = ['CallFailedCallback', 'CallEndedCallback'];
const over: readonly string[] = [CallStates.ENDING, CallStates.ENDED, CallStates.FAILED];

/** The others can be spoken with, or could without the hold. */
export function isLive(state: string): boolean {
  return live.includes(state);
}

export function isOver(state: string): boolean {
  return over.includes(state);
}

/** Whether that callback is told of a call that is over: no other is. */
export function isEnding(callback: string): boolean {
  return endings.includes(callback);
}
