/**
 * `partyline-sandbox [COMMAND ARGUMENTS]`: for tests in any language. Starts a sandbox and runs the command with what
 * it needs in the environment; ends with its exit code. Without a command it prints that as JSON and runs until it is
 * told to end.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { startSandbox } from './index.ts';

const help = `Usage: partyline-sandbox [COMMAND ARGUMENTS...]

Starts a Partyline on free ports with an organization to play with, runs COMMAND, and ends with its exit code. The
command finds in its environment: PARTYLINE_URL, PARTYLINE_SIP, PARTYLINE_LOGIN, PARTYLINE_PASSWORD, PARTYLINE_APP_KEY,
PARTYLINE_APP_SECRET, and all logins as JSON in PARTYLINE_LOGINS. Without COMMAND these are printed as JSON, and it runs
until Ctrl-C.

  npx partyline-sandbox sh test.sh
`;

const [first, ...rest] = process.argv.slice(2);
const args = first === '--' ? rest : process.argv.slice(2);
if (args[0] === '--help' || args[0] === '-h') {
  process.stdout.write(help);
} else {
  const sandbox = await startSandbox();
  const { administrator, app } = sandbox.logins;
  const told = {
    PARTYLINE_URL: sandbox.url,
    PARTYLINE_SIP: sandbox.sip,
    PARTYLINE_LOGIN: administrator.login,
    PARTYLINE_PASSWORD: administrator.password,
    PARTYLINE_APP_KEY: app.key,
    PARTYLINE_APP_SECRET: app.secret,
    PARTYLINE_LOGINS: JSON.stringify(sandbox.logins),
  };
  process.exitCode = args.length === 0 ? await untilTold(told) : await run(args, told);
  await sandbox.close();
}

async function untilTold(told: Record<string, string>): Promise<number> {
  process.stdout.write(
    `${JSON.stringify({ ...told, PARTYLINE_LOGINS: JSON.parse(told['PARTYLINE_LOGINS'] ?? '{}') })}\n`,
  );
  const alive = setInterval(() => {}, 60_000);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  clearInterval(alive);
  return 0;
}

function run([program = '', ...behind]: readonly string[], told: Record<string, string>): Promise<number> {
  const child = spawn(program, behind, { stdio: 'inherit', env: { ...process.env, ...told } });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => {
    child.once('error', (error) => {
      process.stderr.write(`partyline-sandbox: cannot run ${program}: ${error.message}\n`);
      resolve(127);
    });
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}
