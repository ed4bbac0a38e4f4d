/**
 * The commands besides `start`: `node main.ts NAME ARGUMENTS`, started by scripts/partyline.mjs. Each is a short
 * program that asks a running server, or looks at its files.
 */
import { systemClock } from '../base/clock.ts';
import { systemRandom } from '../base/random.ts';
import { type Command, CommandError, exitCodes } from './command.ts';
import { commands } from './commands.ts';

const [name = '', ...args] = process.argv.slice(2);
/** Of a terminal, two come for one Ctrl-C: its own and the launcher's. */
const sameAskMs = 300;

let end: () => void = () => process.exit(exitCodes.no);
let asked = Number.NEGATIVE_INFINITY;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    const now = systemClock.monotonic();
    if (now - asked < sameAskMs) return;
    // Who asks twice does not want to wait.
    if (Number.isFinite(asked)) process.exit(exitCodes.no);
    asked = now;
    end();
  });
}
// Whoever reads what we print may be gone (`| head`).
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => process.exit(exitCodes.done));

process.exitCode = await run();

async function run(): Promise<number> {
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) {
    process.stderr.write(`partyline: there is no command "${name}"; partyline --help lists them\n`);
    return exitCodes.usage;
  }
  const command: Command = await load();
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(command.help);
    return exitCodes.done;
  }
  try {
    return await command.run({
      args,
      env: process.env,
      folder: process.cwd(),
      clock: systemClock,
      random: systemRandom,
      say: (line) => void process.stdout.write(`${line}\n`),
      note: (line) => void process.stderr.write(`${line}\n`),
      onEnd: (its) => {
        end = its;
      },
    });
  } catch (error) {
    return explain(error as Error);
  }
}

async function explain(error: Error): Promise<number> {
  const { ConfigError } = await import('../config/config-error.ts');
  const { StoreError } = await import('../store/store-error.ts');
  const code =
    error instanceof CommandError
      ? error.exitCode
      : error instanceof ConfigError
        ? exitCodes.configuration
        : error instanceof StoreError
          ? exitCodes.dataFolder
          : exitCodes.internal;
  const said = error instanceof StoreError ? error.forPeople : error.message;
  const line = code === exitCodes.internal ? `an internal error, please report it: ${error.stack}` : said;
  process.stderr.write(`partyline: ${line}\n`);
  return code;
}
