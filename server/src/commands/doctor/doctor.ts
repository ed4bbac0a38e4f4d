import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { Config } from '../../config/config.ts';
import { ConfigError } from '../../config/config-error.ts';
import { loadConfig, parseConfig } from '../../config/load-config.ts';
import { type Command, type CommandContext, exitCodes, readArguments } from '../command.ts';
import { isAnswering } from './answering.ts';
import { disk } from './disk.ts';
import { type Check, type Finding, note, problem } from './finding.ts';
import { kernel } from './kernel.ts';
import { network } from './network.ts';
import { ports } from './ports.ts';
import { limits, program } from './program.ts';
import { timeOfDay } from './time-of-day.ts';
import { upgrade } from './upgrade.ts';

const help = `Usage: partyline doctor [--config FILE] [--json]

Looks at this machine with the eyes of the server, and says what will not work and why: Node.js, ports, file limits,
clock, disk, io_uring, IPv6, NAT and certificates; and what an upgrade will do to the data folder. Nothing is changed.

  --config FILE   the configuration; PARTYLINE_CONFIG, else partyline.yaml, else defaults
  --json          an array of { grade, about, what, next }

  partyline doctor --config /etc/partyline.yaml

Exit codes: 0 nothing stands in the way (there may be warnings)   1 something will not work   64 wrong use
`;

const checks: readonly Check[] = [program, limits, ports, timeOfDay, disk, kernel, network, upgrade];

async function run({ args, env, folder, clock, say }: CommandContext): Promise<number> {
  const { values } = readArguments('doctor', args, { config: { type: 'string' }, json: { type: 'boolean' } });
  const { config, findings } = configuration(values.config, env, folder);
  const running = await isAnswering(config.http);
  const patient = { config, clock, running };
  for (const check of checks) findings.push(...(await check(patient)));
  if (values.json === true) say(JSON.stringify(findings, null, 2));
  else for (const line of inWords(findings)) say(line);
  return findings.some(({ grade }) => grade === 'problem') ? exitCodes.no : exitCodes.done;
}

/** A mistake in it is one finding; what else there is is then looked for with the defaults. */
function configuration(
  named: string | undefined,
  env: CommandContext['env'],
  folder: string,
): { config: Config; findings: Finding[] } {
  const args = named === undefined ? [] : ['--config', named];
  const cores = availableParallelism();
  const about = 'configuration';
  try {
    const config = loadConfig({ args, env, folder, cores });
    const what = config.file === null ? 'there is no file: defaults' : `${config.file}: no mistake`;
    return { config, findings: [note(about, what)] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const dataFolder = resolve(folder, env['PARTYLINE_DATA'] || 'data');
    const config = parseConfig('', '', dataFolder, cores, null);
    return { config, findings: [problem(about, error.message, 'correct it; what follows is for the defaults')] };
  }
}

const marks = { ok: 'ok', note: 'note', warning: 'WARNING', problem: 'PROBLEM' } as const;

function inWords(findings: readonly Finding[]): string[] {
  const width = Math.max(...findings.map(({ about }) => about.length));
  const lines = findings.flatMap(({ grade, about, what, next }) => [
    `${marks[grade].padEnd(8)} ${about.padEnd(width)}  ${what}`,
    ...(next === undefined ? [] : [`${' '.repeat(9 + width)}  → ${next}`]),
  ]);
  const count = (grade: Finding['grade']) => findings.filter((one) => one.grade === grade).length;
  const counted = (number: number, word: string) => `${number} ${word}${number === 1 ? '' : 's'}`;
  return [...lines, '', `${counted(count('problem'), 'problem')}, ${counted(count('warning'), 'warning')}`];
}

export const doctor: Command = { help, run };
