#!/usr/bin/env node
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { type Invitation, type PhoneCall, RequestFailed, UnifiedApi } from './unified-api.ts';
import { type Administrator, whyOf } from './why.ts';

/**
 * Invites somebody into a conference, tells what becomes of the call, and hangs up at Ctrl-C or when the time is over.
 */

const usage = `Usage: node invite.ts [OPTIONS] NUMBER

  NUMBER              whom to call: a public number, or an extension such as 15000
  --extension NUMBER  the conference extension (211)
  --conference NUMBER number of the conference (3); "" lets the invited person be asked
  --pin PIN           PIN of the conference; without it the invited person is asked
  --caller-id TEXT    what their phone shows, e.g. "Weekly <3235550100>"
  --wait SECONDS      how long their phone rings (25)
  --seconds SECONDS   hang up so long after they answered; without it the call lasts until somebody hangs up

Environment: PARTYLINE_URL (http://127.0.0.1:8080), PARTYLINE_APP_KEY (demo-app), PARTYLINE_APP_SECRET (required),
  PARTYLINE_ADMIN (LOGIN:PASSWORD of an administrator, who is also told what was said by SIP when a call fails).
Exit code: 0 they answered, 1 they did not or the server refused, 2 wrong use.
`;

const exitCodes = { answered: 0, notAnswered: 1, wrongUse: 2 } as const;
const pollMs = 500;
const usualUrl = 'http://127.0.0.1:8080';

/** `status` of a call's view. */
const statuses = ['unknown', 'off hook', 'trying', 'ringing', 'the other side is ringing', 'on the call'] as const;
const onTheCall = 5;

class WrongUse extends Error {}

interface Task {
  readonly invitation: Invitation;
  /** Null: until somebody hangs up. */
  readonly seconds: number | null;
}

function taskOf(args: readonly string[]): Task {
  const text = { type: 'string' } as const;
  const options = {
    extension: text,
    conference: text,
    pin: text,
    'caller-id': text,
    wait: text,
    seconds: text,
    help: { type: 'boolean', short: 'h' },
  } as const;
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  if (values.help === true) throw new WrongUse('');
  const [destination, ...more] = positionals;
  if (destination === undefined || more.length > 0) throw new WrongUse('expected one number to call');
  const conference = values.conference ?? '3';
  return {
    invitation: {
      extension: values.extension ?? '211',
      destination,
      conference: conference === '' ? null : conference,
      pin: values.pin ?? null,
      callerId: values['caller-id'] ?? null,
      waitForPickupSeconds: secondsOf('--wait', values.wait ?? '25'),
    },
    seconds: values.seconds === undefined ? null : secondsOf('--seconds', values.seconds),
  };
}

function secondsOf(option: string, value: string): number {
  if (!/^[0-9]{1,6}$/.test(value) || Number(value) === 0) throw new WrongUse(`${option} expects a number of seconds`);
  return Number(value);
}

/** Asks why, where somebody may: gives what is told of a call or a refused request, and '' for nothing. */
type Why = (id: string | null) => Promise<string>;

function whyFrom(env: NodeJS.ProcessEnv): Why {
  const given = env['PARTYLINE_ADMIN'] ?? '';
  const at = given.indexOf(':');
  if (given === '') return async () => '';
  if (at < 1) throw new WrongUse('PARTYLINE_ADMIN is not LOGIN:PASSWORD');
  const administrator: Administrator = { login: given.slice(0, at), password: given.slice(at + 1) };
  const url = env['PARTYLINE_URL'] || usualUrl;
  return async (id) => {
    // Worth another request, but not a failure of its own.
    const words = id === null ? null : await whyOf(url, administrator, id).catch(() => null);
    return words === null ? '' : ` (${words})`;
  };
}

function apiOf(env: NodeJS.ProcessEnv): UnifiedApi {
  const secret = env['PARTYLINE_APP_SECRET'] ?? '';
  if (secret === '')
    throw new WrongUse(
      'PARTYLINE_APP_SECRET is not set: the server shows it at its first start ("App  key … secret …")',
    );
  const url = env['PARTYLINE_URL'] || usualUrl;
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new WrongUse('PARTYLINE_URL is not an http:// or https:// address');
  return new UnifiedApi({ url, key: env['PARTYLINE_APP_KEY'] || 'demo-app', secret });
}

/** Until the call is over. Resolves to whether it was answered. */
async function follow(
  api: UnifiedApi,
  call: PhoneCall,
  seconds: number | null,
  interrupted: AbortSignal,
  why: Why,
): Promise<boolean> {
  let shown = '';
  let answeredAt: number | null = null;
  for (;;) {
    const now = await api.status(call);
    if (now === null) break;
    const status = Number(now.phoneCallView?.[0]?.status ?? 0);
    const text = statuses[status] ?? `status ${status}`;
    if (text !== shown) say(text);
    shown = text;
    if (status === onTheCall || now.answered !== undefined) answeredAt ??= performance.now();
    const over = seconds !== null && answeredAt !== null && performance.now() - answeredAt >= seconds * 1000;
    if (over || interrupted.aborted) {
      say((await api.hangUp(call)) ? 'hung up' : 'had ended already');
      return answeredAt !== null;
    }
    await wait(pollMs, null, { signal: interrupted }).catch(() => undefined);
  }
  if (answeredAt === null) {
    // Why is worth another request, but not a failure of its own.
    const reason = await api.outcome(call).catch(() => null);
    say(`ended without an answer${reason === null ? '' : `: ${reason}`}${await why(call.id)}`);
  } else say(`ended${await why(call.id)}`);
  return answeredAt !== null;
}

function say(what: string): void {
  console.log(`${new Date().toISOString().slice(11, 23)}  ${what}`);
}

async function main(): Promise<number> {
  const { invitation, seconds } = taskOf(process.argv.slice(2));
  const api = apiOf(process.env);
  const why = whyFrom(process.env);
  const interruption = new AbortController();
  // From before the call exists: a Ctrl-C in between must not leave a phone ringing. The second one ends at once.
  process.once('SIGINT', () => interruption.abort());
  process.once('SIGTERM', () => interruption.abort());
  const call = await api.invite(invitation);
  say(`call ${call.id}: ${invitation.destination} into ${call.extension}`);
  const answered = await follow(api, call, seconds, interruption.signal, why);
  return answered ? exitCodes.answered : exitCodes.notAnswered;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (error instanceof RequestFailed) {
    const status = error.status === null ? '' : `HTTP ${error.status} `;
    console.error(`${status}${error.code}: ${error.message}${await whyFrom(process.env)(error.requestId)}`);
    process.exitCode = exitCodes.notAnswered;
  } else {
    const known = error instanceof WrongUse || (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS');
    if (known !== true) throw error;
    const { message } = error as Error;
    console.error(message === '' ? usage : `${message}\n\n${usage}`);
    process.exitCode = exitCodes.wrongUse;
  }
}
