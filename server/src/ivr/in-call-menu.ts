/*
 * The digits of somebody who is in a conference, gathered into commands.
 *
 *   idle        nothing pressed                              → gathering, idle
 *   gathering   a code has begun or could still go on        → idle (command, unknown, or the pause is over)
 *
 * A code that is the beginning of a longer one the caller may use (`*1` of `*11`) waits for the pause; otherwise it
 * acts at once.
 */

export type MenuCommand =
  | 'menu'
  | 'toggleMute'
  | 'lock'
  | 'unlock'
  | 'muteOthers'
  | 'unmuteOthers'
  | 'removeLast'
  | 'removeOthers'
  | 'invite'
  | 'record';

export type MenuRole = 'participant' | 'moderator';

export interface MenuRow {
  readonly code: string;
  readonly command: MenuCommand;
  /** Who may use it; everybody in the conference when `participant`. */
  readonly role: MenuRole;
  /** Digits follow the code, up to `#`. */
  readonly argument?: true;
}

/** All codes there are. */
export const menuRows: readonly MenuRow[] = [
  { code: '#', command: 'menu', role: 'participant' },
  { code: '*1', command: 'toggleMute', role: 'participant' },
  { code: '*21', command: 'lock', role: 'moderator' },
  { code: '*20', command: 'unlock', role: 'moderator' },
  { code: '*11', command: 'muteOthers', role: 'moderator' },
  { code: '*10', command: 'unmuteOthers', role: 'moderator' },
  { code: '*31', command: 'removeLast', role: 'moderator' },
  { code: '*30', command: 'removeOthers', role: 'moderator' },
  { code: '*8', command: 'invite', role: 'moderator', argument: true },
  { code: '*0', command: 'record', role: 'moderator' },
];

/** The commands that something stands behind today; codes of the others are unknown. */
export const availableCommands: ReadonlySet<MenuCommand> = new Set(['menu', 'toggleMute', 'record']);

export interface MenuState {
  readonly typed: string;
}

export type MenuInput = { readonly type: 'digit'; readonly digit: string } | { readonly type: 'timeout' };

export interface MenuStep {
  readonly state: MenuState;
  readonly command: { readonly name: MenuCommand; readonly argument: string } | null;
  /** Milliseconds until a `timeout` input is due; null when none is. */
  readonly waitMs: number | null;
}

export const menuIdle: MenuState = { typed: '' };
/** How long after a key the next one still belongs to it. */
const menuPauseMs = 2_000;
const maxArgument = 20;

/** The rows that this role may use, of the commands available. */
export function menuFor(
  role: MenuRole,
  available: ReadonlySet<MenuCommand> = availableCommands,
  rows: readonly MenuRow[] = menuRows,
): readonly MenuRow[] {
  return rows.filter((row) => available.has(row.command) && (row.role === 'participant' || role === 'moderator'));
}

export function stepMenu(rows: readonly MenuRow[], state: MenuState, input: MenuInput): MenuStep {
  if (input.type === 'timeout') {
    const row = rows.find((candidate) => candidate.code === state.typed && candidate.argument === undefined);
    return row === undefined ? idle() : act(row, '');
  }
  const typed = state.typed + input.digit;
  const taking = rows.find((row) => row.argument && state.typed.startsWith(row.code));
  if (taking !== undefined) {
    if (input.digit === '#') return act(taking, state.typed.slice(taking.code.length));
    return typed.length > taking.code.length + maxArgument ? idle() : gather(typed);
  }
  if (rows.some((row) => row.code.startsWith(typed) && (row.code !== typed || row.argument))) return gather(typed);
  const row = rows.find((candidate) => candidate.code === typed);
  if (row !== undefined) return act(row, '');
  if (state.typed === '') return idle();
  // The code begun was none; what it meant so far acts, and the key may begin another: `*1` `*1` typed fast mutes and
  // unmutes.
  const begun = rows.find((candidate) => candidate.code === state.typed && candidate.argument === undefined);
  const fresh = stepMenu(rows, menuIdle, input);
  return begun === undefined || fresh.command !== null
    ? fresh
    : { ...fresh, command: { name: begun.command, argument: '' } };
}

function gather(typed: string): MenuStep {
  return { state: { typed }, command: null, waitMs: menuPauseMs };
}

function act(row: MenuRow, argument: string): MenuStep {
  return { state: menuIdle, command: { name: row.command, argument }, waitMs: null };
}

function idle(): MenuStep {
  return { state: menuIdle, command: null, waitMs: null };
}
