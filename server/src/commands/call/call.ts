import { resolve } from 'node:path';
import { AppError } from '../../base/app-error.ts';
import { Secret } from '../../base/secret.ts';
import { parseDuration } from '../../config/duration.ts';
import { type SandboxCall, SandboxCarrier } from '../../sandbox/index.ts';
import { type Command, type CommandContext, exitCodes, readArguments, UsageError } from '../command.ts';
import { mustBeWritable, notWritten } from '../not-written.ts';
import { writePrivateFile } from '../private-file.ts';
import { HeardSound } from './heard-sound.ts';
import { type Line, lineOf } from './line.ts';
import { whyNot } from './not-answered.ts';
import { samplesOf } from './played-sound.ts';

const help = `Usage: partyline call NUMBER [OPTIONS]

A telephone for the command line: calls a number of a server, or a whole SIP URI, and says what becomes of it. Without
an account it is a guest, who may call conferences only. It hangs up when what it plays is over, at the end of --for,
with Ctrl-C, or when the other side does.

  --as NUMBER       call as this extension; the password is --password, else PARTYLINE_SIP_PASSWORD, else the one that
                    the configuration has for it
  --password TEXT   better in PARTYLINE_SIP_PASSWORD: what is typed here others can see
  --server HOST     or HOST:PORT, where SIP is spoken; else as the configuration says
  --play WHAT       a WAV file, or a tone as a number of hertz
  --record FILE     what is heard, as a WAV file, readable by its owner alone (0600)
  --press KEYS      after the answer; a comma waits a second
  --for TIME        hang up this long after the answer (10s, 2m)
  --ring-for TIME   give up when nobody has answered; 30s
  --json            one JSON object a line: { at, what, … }

  partyline call 211*4 --play question.wav --record answer.wav
  partyline call 15001 --as 15000 --for 10s
  partyline call 211 --press '3#,2233#' --for 20s

Exit codes: 0 it was answered   1 it was not: the line says why   2 configuration mistake   64 wrong use
  69 the server has no address
`;

const options = {
  as: { type: 'string' },
  password: { type: 'string' },
  server: { type: 'string' },
  play: { type: 'string' },
  record: { type: 'string' },
  press: { type: 'string' },
  for: { type: 'string' },
  'ring-for': { type: 'string' },
  json: { type: 'boolean' },
} as const;

async function run(context: CommandContext): Promise<number> {
  const { args, folder } = context;
  const { values, positionals } = readArguments('call', args, options, { most: 1 });
  const [number] = positionals;
  if (number === undefined || number === '') throw new UsageError('call', 'the number to call is missing');
  const played = values.play === undefined ? null : samplesOf(values.play, folder);
  if (values.press !== undefined && !/^[0-9*#A-D,]{1,100}$/i.test(values.press)) {
    throw new UsageError('call', '--press takes 0 to 9, *, #, A to D and commas');
  }
  const forMs = time('for', values.for);
  const ringMs = time('ring-for', values['ring-for']);
  const record = values.record === undefined ? null : { file: resolve(folder, values.record), heard: new HeardSound() };
  if (record !== null) mustBeWritable(record.file, record.file, exitCodes.no);
  const line = await lineOf(values, context);
  const phone = await SandboxCarrier.start({ server: line.server, bind: line.bind, behaviours: false });
  try {
    const call = dial(phone, number, line, ringMs);
    call.onHeard = record === null ? null : (pcm, timestamp) => record.heard.hear(pcm, timestamp);
    const asGuest = line.account === null;
    const wanted = { context, played, forMs, press: values.press, json: values.json === true, asGuest };
    const answered = await follow(call, wanted);
    if (record !== null && answered) save(record.file, record.heard);
    return answered ? exitCodes.done : exitCodes.no;
  } finally {
    await phone.close();
  }
}

function time(option: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const ms = parseDuration(text);
  if (ms === null || ms === 0) throw new UsageError('call', `--${option} is a time with its unit, such as 10s or 2m`);
  return ms;
}

function dial(phone: SandboxCarrier, number: string, { account }: Line, ringMs: number | null): SandboxCall {
  try {
    return phone.dial(number, {
      from: account?.username ?? 'guest',
      ...(account === null ? {} : { credentials: { ...account, password: new Secret(account.password) } }),
      ...(ringMs === null ? {} : { timeoutMs: ringMs }),
    });
  } catch (error) {
    if (error instanceof AppError) throw new UsageError('call', error.message);
    throw error;
  }
}

interface Wanted {
  readonly context: CommandContext;
  readonly played: Int16Array | number | null;
  readonly forMs: number | null;
  readonly press: string | undefined;
  readonly json: boolean;
  readonly asGuest: boolean;
}

/** From the first ring to the end; says what happens. Whether it was answered. */
async function follow(call: SandboxCall, { context, played, forMs, press, json, asGuest }: Wanted): Promise<boolean> {
  const { clock, say } = context;
  const tell = (what: string, more: Record<string, unknown> = {}) => {
    const at = new Date(clock.now()).toISOString();
    if (json) say(JSON.stringify({ at, what, ...more }));
    else say([what, ...Object.entries(more).map(([key, value]) => `${key} ${value}`)].join('  '));
  };
  const hold = (ms: number, done: () => void) => void clock.setTimer(ms, done);
  const pause = (ms: number) => new Promise<void>((done) => hold(ms, done));
  context.onEnd(() => call.hangUp());
  tell('calling', { number: call.dialled });
  const answered = await call.answered.then(
    () => true,
    () => false,
  );
  const began = clock.monotonic();
  if (answered) {
    tell('answered');
    const sound = played === null ? null : call.play(played);
    if (press !== undefined) await pressAll(call, press, pause);
    if (forMs !== null) hold(forMs, () => call.hangUp());
    // A tone has no end: then it is the other side's, or --for's.
    else if (sound !== null && typeof played !== 'number') void sound.then(() => call.hangUp());
  }
  const end = await call.ended;
  const { sent, received, lost } = call.packets;
  const why = {
    by: end.by,
    ...(end.status === null ? {} : { status: end.status }),
    ...(end.reason ? { reason: end.reason } : {}),
  };
  if (answered)
    tell('ended', { ...why, seconds: Math.round((clock.monotonic() - began) / 100) / 10, sent, received, lost });
  else {
    const { means, next } = whyNot(end, { asGuest, rang: call.rang });
    tell('not answered', json ? { ...why, means, next } : why);
    if (!json) say(`${means}; ${next}`);
  }
  return answered;
}

async function pressAll(call: SandboxCall, keys: string, pause: (ms: number) => Promise<void>): Promise<void> {
  for (const [at, part] of keys.split(',').entries()) {
    if (at > 0) await pause(1000);
    if (part !== '' && call.state === 'connected') await call.press(part);
  }
}

function save(file: string, heard: HeardSound): void {
  try {
    writePrivateFile(file, heard.wav(), { replace: true });
  } catch (error) {
    throw notWritten(exitCodes.no, file, error);
  }
}

export const call: Command = { help, run };
