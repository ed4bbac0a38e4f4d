import { CallStates } from './call-enums.ts';

const live: readonly string[] = [CallStates.ESTABLISHED, CallStates.HOLDING, CallStates.HELD, CallStates.UNHOLDING];
const over: readonly string[] = [CallStates.ENDING, CallStates.ENDED, CallStates.FAILED];

/** The others can be spoken with, or could without the hold. */
export function isLive(state: string): boolean {
  return live.includes(state);
}

export function isOver(state: string): boolean {
  return over.includes(state);
}
