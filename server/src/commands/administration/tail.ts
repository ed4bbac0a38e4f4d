import { MessageChannel } from 'node:worker_threads';
import type { Clock } from '../../base/clock.ts';
import {
  type Command,
  type CommandContext,
  CommandError,
  exitCodes,
  readArguments,
  UsageError,
  wholeNumber,
} from '../command.ts';
import { Administrator, connectionHelp, connectionOptions } from './administrator.ts';
import { knownEvents } from './known-events.ts';

const help = `Usage: partyline tail [OPTIONS]

What happens at a running server, as it happens: one line an event, until Ctrl-C. It goes on where it was after the
server was away for a while.

  --call ID        of this call alone; may be repeated
  --type TYPE      only these events (established, failed, connectionCleared …); may be repeated
  --grep TEXT      only lines with this text, such as a number
  --after N        begin behind this position of the log, however long ago; else with what happens now
  --count N        end after so many
  --json           one JSON object a line, as /admin/v1/stream has it

${connectionHelp}

  partyline tail --type failed --type entryRefused
  partyline tail --json --count 1 --type established

Exit codes: 0 ended as asked   1 the server refused: the line says why   64 wrong use   69 no server answers
`;

const options = {
  ...connectionOptions,
  call: { type: 'string', multiple: true },
  type: { type: 'string', multiple: true },
  grep: { type: 'string' },
  after: { type: 'string' },
  count: { type: 'string' },
  json: { type: 'boolean' },
} as const;

/** Between two tries to reach a server that was there before. */
const againMs = 1000;
const mostTries = 120;
const longestMessage = 1 << 20;

async function run(context: CommandContext): Promise<number> {
  const { args, clock, note } = context;
  const { values } = readArguments('tail', args, options);
  const most = values.count === undefined ? null : wholeNumber('tail', 'count', values.count, 1, 1_000_000_000);
  const after = values.after === undefined ? null : wholeNumber('tail', 'after', values.after, 0, 1e15);
  for (const type of values.type ?? []) {
    if ((knownEvents as readonly string[]).includes(type)) continue;
    const known = knownEvents.join(', ');
    throw new UsageError('tail', `--type: nothing that happens is called "${type.slice(0, 40)}"; there is ${known}`);
  }
  const server = Administrator.of(values, context);
  const calls = values.call ?? [];
  for (const id of calls) {
    if (!/^[0-9a-f]{20}$/.test(id))
      throw new UsageError('tail', `--call is the id of a call, as each line has it, not "${id.slice(0, 40)}"`);
  }
  const path = `/admin/v1/stream?kinds=event${calls.length > 0 ? `&calls=${calls.map(encodeURIComponent).join(',')}` : ''}`;
  const ending = new AbortController();
  context.onEnd(() => ending.abort());
  let position = after === null ? null : String(after);
  let shown = 0;
  const take = (event: EventShown): void => {
    if (values.type !== undefined && !values.type.includes(event.type)) return;
    const line = values.json === true ? JSON.stringify(event) : inWords(event);
    if (values.grep !== undefined && !line.includes(values.grep)) return;
    context.say(line);
    shown++;
    if (shown === most) ending.abort();
  };
  let tries = 0;
  let wasThere = false;
  while (!ending.signal.aborted) {
    try {
      const headers: Record<string, string> = position === null ? {} : { 'last-event-id': position };
      const stream = await server.stream(path, headers, ending.signal);
      [wasThere, tries] = [true, 0];
      await read(
        stream,
        ending.signal,
        (id) => {
          position = id;
        },
        take,
      );
      note('the server ended the stream; trying again');
    } catch (error) {
      if (ending.signal.aborted) break;
      // One that was never there, or that does not want us, is not waited for.
      const refused = error instanceof CommandError && error.exitCode !== exitCodes.unreachable;
      if (!wasThere || refused || ++tries > mostTries) throw error;
    }
    if (!ending.signal.aborted) await pause(clock, againMs);
  }
  return exitCodes.done;
}

/** Timers keep no process alive, and nothing else does while the server is away. */
function pause(clock: Clock, ms: number): Promise<void> {
  const alive = new MessageChannel();
  alive.port1.on('message', () => undefined);
  return new Promise((resolve) => {
    clock.setTimer(ms, () => {
      alive.port1.close();
      resolve();
    });
  });
}

interface EventShown {
  readonly at: string;
  readonly type: string;
  readonly stream: { readonly kind: string; readonly id: string };
  readonly callId?: string;
  readonly cause?: string;
  readonly text?: string;
  readonly data?: unknown;
}

/** Server-Sent Events: blocks of lines with an empty one between (HTML Living Standard §9.2). */
async function read(
  stream: ReadableStream<Uint8Array>,
  signal: AbortSignal,
  at: (id: string) => void,
  take: (event: EventShown) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of stream) {
    rest += decoder.decode(bytes, { stream: true });
    const blocks = rest.split('\n\n');
    rest = blocks.pop() ?? '';
    if (rest.length > longestMessage) {
      throw new CommandError(exitCodes.no, 'the server sends what is no event stream', 'is --url that of Partyline?');
    }
    for (const block of blocks) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
      const data = field('event') === 'event' ? field('data') : undefined;
      if (data !== undefined) take(JSON.parse(data) as EventShown);
      const id = field('id');
      if (id !== undefined) at(id);
      if (signal.aborted) return;
    }
  }
}

function inWords({ at, type, stream, callId, cause, text, data }: EventShown): string {
  const what = callId ?? `${stream.kind} ${stream.id}`;
  const why = cause === undefined || cause === 'normal' ? '' : ` (${cause})`;
  const words = text ?? (stream.kind === 'call' ? '' : dataInWords(data));
  return `${at}  ${what}  ${type}${why}${words === '' ? '' : `  ${words}`}`;
}

/** Of a change: what, which of its fields, who and from where. Of others: what there is to show in a line. */
function dataInWords(data: unknown): string {
  const shown: string[] = [];
  for (const [key, value] of Object.entries((data ?? {}) as Record<string, unknown>)) {
    if (value === null || key === 'id') continue;
    if (key === 'what') shown.push(`${value} ${(data as { id?: unknown }).id ?? ''}`.trim());
    else if (key === 'by') shown.push(byInWords(value as ChangedBy));
    else if (key === 'fields') shown.push(Object.keys(value as object).join(', '));
    else if (typeof value !== 'object') shown.push(`${key} ${value}`);
  }
  return shown.join('  ');
}

interface ChangedBy {
  readonly kind: string;
  readonly login: string | null;
  readonly from: string | null;
}

function byInWords({ kind, login, from }: ChangedBy): string {
  return `by ${login ?? (kind === 'file' ? 'the configuration' : kind)}${from === null ? '' : ` from ${from}`}`;
}

export const tail: Command = { help, run };
