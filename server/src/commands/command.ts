import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';

/** What docs/operations.md promises of every command. */
export const exitCodes = {
  done: 0,
  /** It was done, and the answer is no: a problem was found, a call was not answered. */
  no: 1,
  configuration: 2,
  dataFolder: 4,
  usage: 64,
  unreachable: 69,
  internal: 70,
} as const;

/** What a command has of the process it runs in. */
export interface CommandContext {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Relative paths start here. */
  readonly folder: string;
  readonly clock: Clock;
  readonly random: Random;
  /** A line for people, or for programs with --json. */
  say(line: string): void;
  /** What goes on meanwhile, apart from the answer. */
  note(line: string): void;
  /** What to do when somebody asks it to end (Ctrl-C, SIGTERM). The last one counts. */
  onEnd(end: () => void): void;
}

export interface Command {
  /** All that --help says, with an example. */
  readonly help: string;
  /** Resolves to the exit code. Throws CommandError, ConfigError or StoreError for what the user must change. */
  run(context: CommandContext): Promise<number>;
}

/** What went wrong, in one line that ends with what to do next. */
export class CommandError extends Error {
  readonly exitCode: number;

  /** `next` is null where `what` says it itself, such as the words of a server. */
  constructor(exitCode: number, what: string, next: string | null) {
    super(next === null ? what : `${what}; ${next}`);
    this.name = 'CommandError';
    this.exitCode = exitCode;
  }
}

/** Wrong use: the line ends with where to read how it is used. */
export class UsageError extends CommandError {
  constructor(command: string, message: string) {
    super(exitCodes.usage, message, `partyline ${command} --help says what it takes`);
    this.name = 'UsageError';
  }
}

/** Options and what stands besides them, of which there are `least` to `most`. Throws UsageError. */
export function readArguments<Options extends ParseArgsOptionsConfig>(
  command: string,
  args: readonly string[],
  options: Options,
  { least = 0, most = 0 }: { least?: number; most?: number } = {},
) {
  const read = () => {
    try {
      return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
    } catch (error) {
      throw new UsageError(command, (error as Error).message.split(/[.\n]/)[0]!);
    }
  };
  const { values, positionals } = read();
  if (positionals.length < least) throw new UsageError(command, 'something is missing behind the command');
  if (positionals.length > most) throw new UsageError(command, `"${positionals[most]}" is too much`);
  return { values, positionals };
}

/** A whole number of `from` to `to`. Throws UsageError. */
export function wholeNumber(command: string, option: string, text: string, from: number, to: number): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= from && number <= to) return number;
  throw new UsageError(command, `--${option} is a whole number from ${from} to ${to}, not "${text.slice(0, 40)}"`);
}

/** `takes`: the options of each verb. One that is another verb's would be passed over unsaid. Throws UsageError. */
export function checkTaken(
  command: string,
  verb: string,
  values: object,
  takes: Readonly<Record<string, readonly string[]>>,
): void {
  const others = Object.values(takes).flat();
  const given = Object.keys(values).find((option) => others.includes(option) && takes[verb]?.includes(option) !== true);
  if (given !== undefined) throw new UsageError(command, `${verb} takes no --${given}`);
}
