import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load-config.ts';
import { checkOnThisMachine } from '../config/on-this-machine.ts';
import { type Command, type CommandContext, CommandError, exitCodes, readArguments, UsageError } from './command.ts';
import { isThere } from './is-there.ts';

const help = `Usage: partyline check [FILE] [--here]

Reads a configuration as the server does, and says what is in it, or in one line where the first mistake is and what was
expected there. Nothing is started or changed. Without FILE: the one that \`partyline start\` would take.

  --here   also what only this machine can tell: that hosts are its own addresses, and that TLS files fit together

  partyline check /etc/partyline.yaml && systemctl reload partyline

Exit codes: 0 no mistake   2 a mistake, or no such file   64 wrong use
`;

async function run({ args, env, folder, say }: CommandContext): Promise<number> {
  const { values, positionals } = readArguments('check', args, { here: { type: 'boolean' } }, { most: 1 });
  const [file] = positionals;
  if (file !== undefined && /\.test\.[jt]s$/.test(file)) {
    throw new UsageError('check', `${file} is a test, run by: npm run check -- ${file}`);
  }
  if (file !== undefined && !isThere(resolve(folder, file), exitCodes.configuration)) {
    const next = 'name the configuration file, or have one made by partyline init';
    throw new CommandError(exitCodes.configuration, `there is no ${file}`, next);
  }
  const config = loadConfig({
    args: file === undefined ? [] : ['--config', file],
    env,
    folder,
    cores: availableParallelism(),
  });
  if (values.here === true) await checkOnThisMachine(config);
  say(`${config.file ?? 'There is no partyline.yaml: the defaults'}: no mistake`);
  for (const line of contents(config)) say(`  ${line}`);
  return exitCodes.done;
}

/** What was read, for who wonders whether it was the right file. */
function contents({ organizations, trunks, dialPlan, http, sip }: Config): string[] {
  const users = organizations?.flatMap((one) => one.users) ?? [];
  const extensions = users.flatMap((user) => user.extensions);
  const conferences = extensions.flatMap((one) => (one.type === 'conference' ? one.conferences : []));
  const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
  const kept = 'not named here, so what is stored stays';
  return [
    `HTTP at ${http.host} port ${http.port}${http.tls === null ? '' : ' (TLS)'}, SIP at ${sip.host} port ${sip.port}`,
    organizations === null
      ? `organizations: ${kept}`
      : [
          counted(organizations.length, 'organization'),
          counted(users.length, 'user'),
          counted(extensions.filter(({ type }) => type === 'terminal').length, 'phone'),
          counted(conferences.length, 'conference'),
        ].join(', '),
    trunks === null ? `trunks: ${kept}` : counted(trunks.length, 'trunk'),
    dialPlan === null ? `dial plan: ${kept}` : `${counted(dialPlan.length, 'row')} of the dial plan`,
  ];
}

export const checkFile: Command = { help, run };
