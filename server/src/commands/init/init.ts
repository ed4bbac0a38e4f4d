import { networkInterfaces } from 'node:os';
import { resolve } from 'node:path';
import type { Random } from '../../base/random.ts';
import { ConfigError } from '../../config/config-error.ts';
import { parseConfig } from '../../config/load-config.ts';
import { type Command, type CommandContext, CommandError, exitCodes, readArguments } from '../command.ts';
import { isThere } from '../is-there.ts';
import { mustBeWritable, notWritten } from '../not-written.ts';
import { writePrivateFile } from '../private-file.ts';
import { ask, type Question } from './ask.ts';
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
  const own = ownAddresses();
  const asked = questions.map((question) =>
    alsoTaken(question, (text) => parseConfig(file, text, folder, 1), random, own),
  );
  const answers = (await ask(asked, values, { unattended: values.yes === true, note })) as unknown as Answers;
  const made = firstConfiguration(answers, random, own);
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
  const named = /^[\w./-]+$/.test(file) ? file : `'${file.replaceAll("'", "'\\''")}'`;
  say(`Next: partyline check ${named} && partyline start --config ${named}`);
  return exitCodes.done;
}

/** What only the reader of the file finds wrong with an answer is said with the question, in its words. */
function alsoTaken(
  question: Question,
  read: (text: string) => unknown,
  random: Random,
  own: ReadonlySet<string>,
): Question {
  const usual = Object.fromEntries(questions.map(({ key, fallback }) => [key, fallback])) as unknown as Answers;
  const refused = (answer: string): string | null => {
    try {
      read(firstConfiguration({ ...usual, [question.key]: answer }, random, own).text);
      return null;
    } catch (error) {
      if (error instanceof ConfigError) return error.expected.replace(/^expected /, '');
      throw error;
    }
  };
  return { ...question, wrong: (answer) => question.wrong(answer) ?? refused(answer) };
}

function isThereAlready(file: string): CommandError {
  return new CommandError(exitCodes.no, `${file} is there already`, 'name another file, or add --force');
}

function ownAddresses(): ReadonlySet<string> {
  return new Set(Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address)));
}

export const init: Command = { help, run };
