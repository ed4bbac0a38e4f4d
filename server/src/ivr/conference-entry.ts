import { Secret } from '../base/secret.ts';

/*
 * The dialogue with a caller who dialled a conference extension: ask for what is unknown, check it, let in or say why
 * not. It knows words and digits only; checking, playing and timing are effects that `legs/reception` performs.
 *
 *   verifying  what is known so far is being checked          → asking, entering, goodbye;
 *              what is pressed meanwhile answers the next question, should there be one
 *   asking     a prompt plays or the caller is typing          → verifying, goodbye
 *   entering   admitted; the model is putting the caller in    → done, goodbye
 *   goodbye    the reason is being said                        → done
 *   done       nothing more happens
 */

export type EntryPhase = 'verifying' | 'asking' | 'entering' | 'goodbye' | 'done';

/** Why a caller was turned away, in the words of the call model's causes. */
export type EntryCause =
  | 'unauthorized'
  | 'destNotObtainable'
  | 'conferenceFull'
  | 'locked'
  | 'timeout'
  | 'systemFailure';

/** What checking the number and the PIN, or entering, came to. */
export type EntryVerdict =
  | 'admitted'
  | 'numberNeeded'
  | 'pinNeeded'
  | 'unknownNumber'
  | 'wrongPin'
  | 'lockedOut'
  | 'full'
  | 'locked'
  | 'closed'
  | 'unavailable';

export interface EntryState {
  readonly phase: EntryPhase;
  readonly asked: 'number' | 'pin';
  /** What was typed since the last `#`, while verifying all keys since then; it may be a PIN. */
  readonly typed: Secret;
  readonly number: string | null;
  readonly pin: Secret | null;
  readonly wrongNumbers: number;
  readonly wrongPins: number;
  /** Times that nothing was entered; any answer starts the count anew. */
  readonly silences: number;
  readonly cause: EntryCause | null;
}

export type EntryInput =
  | { readonly type: 'digit'; readonly digit: string }
  /** The timer ran out. */
  | { readonly type: 'timeout' }
  /** What `play` asked for was played to its end, or could not be. */
  | { readonly type: 'promptFinished' }
  | { readonly type: 'verdict'; readonly verdict: EntryVerdict }
  /** The caller is in the conference. */
  | { readonly type: 'entered' };

export type EntryEffect =
  | { readonly type: 'play'; readonly prompts: readonly string[] }
  | { readonly type: 'stopPlay' }
  /** Replaces a running timer. */
  | { readonly type: 'timer'; readonly ms: number }
  | { readonly type: 'noTimer' }
  /** Answer with a `verdict`. */
  | { readonly type: 'verify'; readonly number: string | null; readonly pin: Secret | null }
  /** Put the caller in; answer with `entered` or a `verdict`. */
  | { readonly type: 'enter' }
  | { readonly type: 'hangUp'; readonly cause: EntryCause };

export interface EntryStep {
  readonly state: EntryState;
  readonly effects: readonly EntryEffect[];
}

/** How often a number or a PIN may be wrong, or nothing be entered. */
export const entryAttempts = 3;
/** From the end of the prompt to the first digit. */
const firstDigitMs = 10_000;
/** Between digits; what is there then counts as if `#` had been pressed. */
const nextDigitMs = 5_000;
/** No prompt is longer; guards against a player that never reports its end. */
const longestPromptMs = 30_000;
const maxDigits = 20;

const nothing = new Secret('');

/** The dialogue's start: what was dialled with the extension is checked first. */
export function startEntry(number: string | null, pin: Secret | null): EntryStep {
  const state: EntryState = {
    phase: 'verifying',
    asked: 'number',
    typed: nothing,
    number,
    pin,
    wrongNumbers: 0,
    wrongPins: 0,
    silences: 0,
    cause: null,
  };
  return { state, effects: [{ type: 'verify', number, pin }] };
}

/** The table: one function per phase. Inputs that mean nothing in a phase change nothing. */
export function stepEntry(state: EntryState, input: EntryInput): EntryStep {
  return table[state.phase](state, input);
}

const table: Record<EntryPhase, (state: EntryState, input: EntryInput) => EntryStep> = {
  verifying: (state, input) => {
    if (input.type === 'digit') return keepForLater(state, input.digit);
    return input.type === 'verdict' ? verdicts[input.verdict](state) : stay(state);
  },

  asking: (state, input) => {
    switch (input.type) {
      case 'digit':
        return digit(state, input.digit);
      case 'timeout':
        return state.typed.reveal() === '' ? silence(state) : submit(state);
      case 'promptFinished':
        return state.typed.reveal() === '' ? stay(state, { type: 'timer', ms: firstDigitMs }) : stay(state);
      default:
        return stay(state);
    }
  },

  entering: (state, input) => {
    if (input.type === 'entered') return { state: { ...state, phase: 'done' }, effects: [] };
    return input.type === 'verdict' ? verdicts[input.verdict](state) : stay(state);
  },

  goodbye: (state, input) => {
    if (input.type !== 'promptFinished' && input.type !== 'timeout') return stay(state);
    const cause = state.cause ?? 'systemFailure';
    return { state: { ...state, phase: 'done' }, effects: [{ type: 'noTimer' }, { type: 'hangUp', cause }] };
  },

  done: (state) => stay(state),
};

const verdicts: Record<EntryVerdict, (state: EntryState) => EntryStep> = {
  admitted: (state) => ({ state: { ...state, phase: 'entering', pin: null }, effects: [{ type: 'enter' }] }),
  numberNeeded: (state) => goOn({ ...state, number: null }, 'number'),
  pinNeeded: (state) => goOn({ ...state, pin: null }, 'pin'),
  unknownNumber: (state) => {
    const next = { ...state, number: null, wrongNumbers: state.wrongNumbers + 1 };
    if (next.wrongNumbers >= entryAttempts) return goodbye(next, 'destNotObtainable', ['wrong-number']);
    return ask(next, 'number', ['wrong-number']);
  },
  wrongPin: (state) => {
    const next = { ...state, pin: null, wrongPins: state.wrongPins + 1 };
    if (next.wrongPins >= entryAttempts) return goodbye(next, 'unauthorized', ['wrong-pin']);
    return ask(next, 'pin', ['wrong-pin']);
  },
  lockedOut: (state) => goodbye(state, 'unauthorized', ['locked-out']),
  full: (state) => goodbye(state, 'conferenceFull', ['conference-full']),
  locked: (state) => goodbye(state, 'locked', ['conference-locked']),
  closed: (state) => goodbye(state, 'destNotObtainable', ['conference-closed']),
  unavailable: (state) => goodbye(state, 'systemFailure', ['conference-unavailable']),
};

function stay(state: EntryState, ...effects: EntryEffect[]): EntryStep {
  return { state, effects };
}

function ask(state: EntryState, asked: 'number' | 'pin', first: readonly string[]): EntryStep {
  return {
    state: { ...state, phase: 'asking', asked, typed: nothing },
    effects: [
      { type: 'play', prompts: [...first, asked === 'number' ? 'enter-number' : 'enter-pin'] },
      { type: 'timer', ms: longestPromptMs },
    ],
  };
}

/** Some know what comes next and do not wait for the question. */
function keepForLater(state: EntryState, key: string): EntryStep {
  const typed = state.typed.reveal();
  return typed.length > maxDigits ? stay(state) : stay({ ...state, typed: new Secret(typed + key) });
}

/**
 * Asks, unless keys were pressed already: then as if they were pressed now. What followed a wrong answer answers
 * nothing.
 */
function goOn(state: EntryState, asked: 'number' | 'pin'): EntryStep {
  const keys = state.typed.reveal();
  if (keys === '') return ask(state, asked, []);
  let step: EntryStep = { state: { ...state, phase: 'asking', asked, typed: nothing }, effects: [] };
  for (const key of keys) {
    const { state: next, effects } = stepEntry(step.state, { type: 'digit', digit: key });
    step = { state: next, effects: [...step.effects, ...effects] };
  }
  // Keys that mean nothing answer nothing.
  return step.effects.length === 0 ? ask(state, asked, []) : step;
}

/**
 * The first digit silences the prompt; `*` takes back what was typed; `#` ends it, an empty PIN (there may be none)
 * too.
 */
function digit(state: EntryState, key: string): EntryStep {
  if (key === '#') return state.typed.reveal() === '' && state.asked === 'number' ? silence(state) : submit(state);
  const typed = key === '*' ? '' : /^\d$/.test(key) ? state.typed.reveal() + key : null;
  if (typed === null) return stay(state);
  const next = { ...state, typed: typed === '' ? nothing : new Secret(typed) };
  if (typed.length >= maxDigits) return submit(next);
  return stay(next, { type: 'stopPlay' }, { type: 'timer', ms: typed === '' ? firstDigitMs : nextDigitMs });
}

function submit(state: EntryState): EntryStep {
  const number = state.asked === 'number' ? state.typed.reveal() : state.number;
  const pin = state.asked === 'pin' ? state.typed : state.pin;
  return {
    state: { ...state, phase: 'verifying', typed: nothing, number, pin, silences: 0 },
    effects: [{ type: 'stopPlay' }, { type: 'noTimer' }, { type: 'verify', number, pin }],
  };
}

function silence(state: EntryState): EntryStep {
  const next = { ...state, silences: state.silences + 1 };
  if (next.silences >= entryAttempts) return goodbye(next, 'timeout', ['nothing-entered']);
  return ask(next, state.asked, ['nothing-entered']);
}

function goodbye(state: EntryState, cause: EntryCause, reason: readonly string[]): EntryStep {
  return {
    state: { ...state, phase: 'goodbye', typed: nothing, pin: null, cause },
    effects: [
      { type: 'play', prompts: [...reason, 'goodbye'] },
      { type: 'timer', ms: longestPromptMs },
    ],
  };
}
