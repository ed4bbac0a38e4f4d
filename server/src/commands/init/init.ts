import { networkInterfaces } from 'node:os';
import { resolve } from 'node:path';
import { parseConfig } from '../../config/load-config.ts';
import { type Command, type CommandContext, CommandError, exitCodes, readArguments } from '../command.ts';
import { isThere } from '../is-there.ts';
import { mustBeWritable, notWritten } from '../not-written.ts';
import { writePrivateFile } from '../private-file.ts';
import { ask } from './ask.ts';
import { type Answers, firstConfiguration } from './first-configuration.ts';
import { questions } from './questions.ts';

const help = `Usage: partyline init [FILE] [OPTIONS]

Asks five questions and writes a configuration with fresh passwords and PINs, readable by its owner alone (0600).
FILE is partyline.yaml unless it is named. What an option answers is not asked.

  --name TEXT      name of the organization
  --login TEXT     login of its administrator
  --host ADDRESS   where phones and browsers reach this machine; 127.0.0.1: nobody else does
  --phones N       phones to make, 1 to 50
  --carrier URI    SIP address of the carrier, or none: then the carrier in the box stands in for one
  --yes            take the default for whatever is not answered, without asking
  --force          write over a file that is there

  partyline init
  partyline init /etc/partyline.yaml --yes --host 192.168.1.10 --login me@example.test

Exit codes: 0 written   1 the file is there, or cannot be written   64 wrong use
`;

async function run(context: CommandContext): Promise<number> {
  const { args, folder, random, say, note } = context;
  const { values, positionals } = readArguments(
    'init',
    args,
    {
      name: { type: 'string' },
      login: { type: 'string' },
      host: { type: 'string' },
      phones: { type: 'string' },
      carrier: { type: 'string' },
      yes: { type: 'boolean' },
      force: { type: 'boolean' },
    },
    { most: 1 },
  );
  const file = positionals[0] ?? 'partyline.yaml';
  const path = resolve(folder, file);
  // Said before anybody is asked anything.
  if (values.force !== true && isThere(path, exitCodes.no)) throw isThereAlready(file);
  mustBeWritable(file, path, exitCodes.no);
  const answers = (await ask(questions, values, { unattended: values.yes === true, note })) as unknown as Answers;
  const made = firstConfiguration(answers, random, ownAddresses());
  // What we write is what the server takes: a mistake here is ours, and better found now.
  parseConfig(file, made.text, folder, 1);
  try {
    writePrivateFile(path, made.text, { replace: values.force === true });
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EEXIST'
      ? isThereAlready(file)
      : notWritten(exitCodes.no, file, error);
  }
  say(`${file} is written. In it:`);
  for (const line of made.summary) say(`  ${line}`);
  say(`Next: partyline check ${file} && partyline start --config ${file}`);
  return exitCodes.done;
}

function isThereAlready(file: string): CommandError {
  return new CommandError(exitCodes.no, `${file} is there already`, 'name another file, or add --force');
}

function ownAddresses(): ReadonlySet<string> {
  return new Set(Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address)));
}

export const init: Command = { help, run };
