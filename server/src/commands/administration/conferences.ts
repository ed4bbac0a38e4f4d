import { type Command, type CommandContext, checkTaken, exitCodes, readArguments, UsageError } from '../command.ts';
import { conferencePins } from '../conference-pins.ts';
import { Administrator, connectionHelp, connectionOptions } from './administrator.ts';
import { onlyOne } from './only-one.ts';
import { table } from './table.ts';

const help = `Usage: partyline conferences [list | live | add CONFERENCE | pins CONFERENCE | remove CONFERENCE] [OPTIONS]

The conferences of a running server; a change holds at once, and nobody is thrown out by one. CONFERENCE is what is
dialled: the number of an extension for conferences, a *, and the conference's own (211*3), with the organization before
it (3-211*3) where several have it. What the configuration file names is changed there.

  live               who is in one now
  add CONFERENCE     --name TEXT; PINs are made here unless --open
  pins CONFERENCE    gives it new PINs
  remove CONFERENCE  who is in it stays until the end

${connectionHelp}
  --json           as JSON

  partyline conferences add 211*7 --name 'Design review'

Exit codes: 0 done   1 the server refused: the line says why   64 wrong use   69 no server answers
`;

interface ConferenceShown {
  readonly id: string;
  readonly organization: number;
  readonly extension: string;
  readonly number: string;
  readonly name: string;
  readonly self: string;
  readonly meetingId: string;
  readonly participantPin: string | null;
  readonly moderatorPin: string | null;
  readonly fixedBy: { readonly file: string; readonly line: number | null } | null;
}

interface LiveShown {
  readonly conference: { readonly name: string; readonly extension: string; readonly number: string };
  readonly connections: readonly {
    readonly state: string;
    readonly role: string;
    readonly muted: boolean;
    readonly device: { readonly name?: string | null; readonly number: string };
  }[];
}

const options = {
  ...connectionOptions,
  json: { type: 'boolean' },
  name: { type: 'string' },
  open: { type: 'boolean' },
} as const;
const takes = { list: [], live: [], add: ['name', 'open'], pins: [], remove: [] } as const;

async function run(context: CommandContext): Promise<number> {
  const { values, positionals } = readArguments('conferences', context.args, options, { most: 2 });
  const [verb = 'list', which] = positionals;
  const does = Object.hasOwn(verbs, verb) ? verbs[verb as keyof typeof verbs] : undefined;
  if (does === undefined) throw new UsageError('conferences', `"${verb}" is none of list, live, add, pins, remove`);
  const alone = verb === 'list' || verb === 'live';
  if ((which === undefined) !== alone) {
    throw new UsageError('conferences', alone ? `"${which}" is too much` : `${verb} needs to know which`);
  }
  const [, organization, extension = '', number = ''] = /^(?:(\d+)-)?(\d+)\*(\d+)$/.exec(which ?? '') ?? [];
  if (!alone && number === '') throw new UsageError('conferences', 'a conference is EXTENSION*NUMBER, such as 211*3');
  if (verb === 'add' && organization !== undefined)
    throw new UsageError('conferences', 'a conference is added to your own organization: leave that out');
  checkTaken('conferences', verb, values, takes);
  const server = Administrator.of(values, context);
  const told = await does({ server, context, values, organization, extension, number });
  if (values.json === true) context.say(JSON.stringify(told.data, null, 2));
  else for (const line of told.lines) context.say(line);
  return exitCodes.done;
}

interface Asked {
  readonly server: Administrator;
  readonly context: CommandContext;
  readonly values: { name?: string | undefined; open?: boolean | undefined };
  readonly organization: string | undefined;
  readonly extension: string;
  readonly number: string;
}

interface Told {
  readonly data: unknown;
  readonly lines: readonly string[];
}

const verbs: Readonly<Record<'list' | 'live' | 'add' | 'pins' | 'remove', (asked: Asked) => Promise<Told>>> = {
  async list({ server }) {
    const all = await server.all<ConferenceShown>('/admin/v1/conferences');
    const several = new Set(all.map(({ organization }) => organization)).size > 1;
    const rows = all.map((one) => [
      several ? wholeNumber(one) : `${one.extension}*${one.number}`,
      one.name,
      one.participantPin ?? '-',
      one.moderatorPin ?? '-',
      `/meet/${one.meetingId}`,
      one.fixedBy === null ? '' : `${one.fixedBy.file}:${one.fixedBy.line ?? '?'}`,
    ]);
    const heading = [several ? 'conference' : 'dial', 'name', 'PIN', 'moderator', 'browser', 'fixed by'];
    return { data: all, lines: table([heading, ...rows]) };
  },

  async live({ server }) {
    const { conferences } = await server.ask<{ conferences: LiveShown[] }>('GET', '/admin/v1/conferences/live');
    const lines = conferences.flatMap(({ conference, connections }) => [
      `${conference.extension}*${conference.number}  ${conference.name}`,
      ...connections.map(
        ({ device, role, state, muted }) =>
          `  ${device.name || device.number}  ${role}  ${state}${muted ? '  muted' : ''}`,
      ),
    ]);
    return { data: conferences, lines: lines.length === 0 ? ['nobody is in a conference'] : lines };
  },

  async add({ server, context, values: { name, open }, extension, number }) {
    const pins = open === true ? {} : conferencePins(context.random);
    const body = { extension, number, ...(name === undefined ? {} : { name }), ...pins };
    const made = await server.ask<ConferenceShown>('POST', '/admin/v1/conferences', body);
    return { data: made, lines: shown(made) };
  },

  async pins(asked) {
    const { server, context } = asked;
    const changed = await server.ask<ConferenceShown>('PATCH', await pathOf(asked), conferencePins(context.random));
    return { data: changed, lines: shown(changed) };
  },

  async remove(asked) {
    const { server, extension, number } = asked;
    await server.ask('DELETE', await pathOf(asked));
    return { data: { extension, number }, lines: [`conference ${extension}*${number} is removed`] };
  },
};

/** Each organization has numbers of its own. */
function wholeNumber({ organization, extension, number }: ConferenceShown): string {
  return `${organization}-${extension}*${number}`;
}

/** Of one that is not there the server says so. */
async function pathOf({ server, organization, extension, number }: Asked): Promise<string> {
  const all = await server.all<ConferenceShown>('/admin/v1/conferences');
  const found = all.filter(
    (one) =>
      one.extension === extension &&
      one.number === number &&
      (organization === undefined || String(one.organization) === organization),
  );
  const one = onlyOne('conferences', `${extension}*${number}`, found, (each) => [wholeNumber(each), each.name]);
  const whole = organization === undefined ? `${extension}-${number}` : `${organization}-${extension}-${number}`;
  return one?.self ?? `/admin/v1/conferences/${whole}`;
}

function shown({ extension, number, name, meetingId, participantPin, moderatorPin }: ConferenceShown): string[] {
  const pins = participantPin === null ? 'no PIN' : `PIN ${participantPin}   moderator ${moderatorPin}`;
  return [`${name}   dial ${extension}*${number}   ${pins}   in a browser /meet/${meetingId}`];
}

export const conferences: Command = { help, run };
