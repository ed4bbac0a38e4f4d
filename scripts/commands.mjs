// What `partyline --help` says. What each command says with --help is with the command, in server/src/commands/.

const summaries = {
  start: 'run the server',
  check: 'say whether a configuration file is right, and where it is not',
  init: 'write a configuration: five questions, or options for scripts',
  backup: 'copy the data folder into one file, also while the server runs',
  restore: 'put a backup in place',
  doctor: 'look for what will not work on this machine, and say why',
  call: 'a telephone for the command line: call a number, play, record, press keys',
  tail: 'what happens at a running server, as it happens',
  users: 'who may log in at a running server: list, add, new password, remove',
  conferences: 'the conferences of a running server: list, who is in one, add, new PINs, remove',
};

export const commandNames = Object.keys(summaries);

const width = Math.max(...commandNames.map((name) => name.length)) + 2;
const lines = Object.entries(summaries).map(([name, summary]) => `  ${name.padEnd(width)}${summary}`);

const start = `Usage: partyline start [--config FILE]

Runs the server until it is told to end (SIGTERM, Ctrl-C). The configuration is --config FILE, else PARTYLINE_CONFIG, else
partyline.yaml in the current folder, else defaults with an organization to play with. PARTYLINE_DATA names the data folder.

  partyline start --config /etc/partyline.yaml

Exit codes: 0 ended as asked   2 configuration mistake   3 port in use   4 data folder not usable   64 wrong use
  70 internal error
`;

const all = `Usage: partyline COMMAND [ARGUMENTS]

${lines.join('\n')}

  partyline COMMAND --help   what a command takes, with an example
  partyline --version

The data folder is PARTYLINE_DATA, else data/; the configuration PARTYLINE_CONFIG, else partyline.yaml if it is there.

Exit codes: 0 done   1 the answer is no   2 configuration mistake   3 port in use   4 data folder not usable
  64 wrong use of the command   69 the server cannot be reached   70 internal error
`;

/** Of all commands, or of `start`. */
export function usage(command) {
  return command === 'start' ? start : all;
}
