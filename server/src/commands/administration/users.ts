import { spokenToken } from '../../base/spoken-secret.ts';
import {
  type Command,
  type CommandContext,
  CommandError,
  checkTaken,
  exitCodes,
  readArguments,
  UsageError,
} from '../command.ts';
import { Administrator, connectionHelp, connectionOptions } from './administrator.ts';
import { onlyOne } from './only-one.ts';
import { table } from './table.ts';

const help = `Usage: partyline users [list | add LOGIN | password USER | remove USER] [OPTIONS]

Who may log in, at a running server; a change holds at once. USER is a login or an id, with the organization before it
(3-12) where several have users. Passwords are made here, and shown once. What the configuration file names is changed
there.

  add LOGIN        --name 'FIRST LAST', --role ROLE (agent, supervisor, administrator; may be repeated; agent unless
                   told), --phone NUMBER (an extension with a phone; may be repeated)
  password USER    gives the user a new password
  remove USER      and the extensions, conferences and apps of the user

${connectionHelp}
  --json           as JSON

  partyline users add joe@example.test --name 'Joe Roe' --phone 15010

Exit codes: 0 done   1 the server refused: the line says why   64 wrong use   69 no server answers
`;

interface UserShown {
  readonly id: number;
  readonly organization: number;
  readonly login: string | null;
  readonly firstName: string;
  readonly lastName: string;
  readonly roles: readonly string[];
  readonly self: string;
  readonly fixedBy: { readonly file: string; readonly line: number | null } | null;
}

const options = {
  ...connectionOptions,
  json: { type: 'boolean' },
  name: { type: 'string' },
  role: { type: 'string', multiple: true },
  phone: { type: 'string', multiple: true },
} as const;

const takes = { list: [], add: ['name', 'role', 'phone'], password: [], remove: [] } as const;

async function run(context: CommandContext): Promise<number> {
  const { values, positionals } = readArguments('users', context.args, options, { most: 2 });
  const [verb = 'list', who] = positionals;
  const does = Object.hasOwn(verbs, verb) ? verbs[verb as keyof typeof verbs] : undefined;
  if (does === undefined) throw new UsageError('users', `"${verb}" is none of list, add, password, remove`);
  if ((who === undefined) !== (verb === 'list')) {
    throw new UsageError('users', verb === 'list' ? `"${who}" is too much` : `${verb} needs to know who`);
  }
  checkTaken('users', verb, values, takes);
  const told = await does({ server: Administrator.of(values, context), context, values, who: who ?? '' });
  if (values.json === true) context.say(JSON.stringify(told.data, null, 2));
  else for (const line of told.lines) context.say(line);
  return exitCodes.done;
}

interface Asked {
  readonly server: Administrator;
  readonly context: CommandContext;
  readonly values: { name?: string | undefined; role?: string[] | undefined; phone?: string[] | undefined };
  readonly who: string;
}

interface Told {
  readonly data: unknown;
  readonly lines: readonly string[];
}

const verbs: Readonly<Record<'list' | 'add' | 'password' | 'remove', (asked: Asked) => Promise<Told>>> = {
  async list({ server }) {
    const users = await server.all<UserShown>('/admin/v1/users');
    const several = new Set(users.map(({ organization }) => organization)).size > 1;
    const rows = users.map((user) => [
      several ? wholeId(user) : String(user.id),
      user.login ?? '-',
      `${user.firstName} ${user.lastName}`.trim(),
      user.roles.join(', '),
      user.fixedBy === null ? '' : `${user.fixedBy.file}:${user.fixedBy.line ?? '?'}`,
    ]);
    return { data: users, lines: table([['id', 'login', 'name', 'roles', 'fixed by'], ...rows]) };
  },

  async add({ server, context: { random }, values: { name = '', role = ['agent'], phone = [] }, who }) {
    const [firstName = '', ...rest] = name.split(' ');
    const password = spokenToken(random);
    const phones = phone.map((number) => ({ number, sipPassword: spokenToken(random) }));
    const user = await server.ask<UserShown>('POST', '/admin/v1/users', {
      login: who,
      password,
      firstName,
      lastName: rest.join(' '),
      roles: role,
      extensions: phones.map((one) => ({ ...one, type: 'terminal' })),
    });
    const lines = [
      `user ${user.id}   login ${who}   password ${password}`,
      ...phones.map(({ number, sipPassword }) => `phone ${number}   password ${sipPassword}`),
    ];
    return { data: { ...user, password, phones }, lines };
  },

  async password({ server, context: { random }, who }) {
    const user = await find(server, who);
    const password = spokenToken(random);
    await server.ask('PATCH', `/admin/v1/users/${wholeId(user)}`, { password });
    return { data: { id: user.id, password }, lines: [`user ${user.id}   login ${user.login}   password ${password}`] };
  },

  async remove({ server, who }) {
    const user = await find(server, who);
    await server.ask('DELETE', `/admin/v1/users/${wholeId(user)}`);
    return { data: { id: user.id }, lines: [`user ${user.id} (${user.login ?? 'without a login'}) is removed`] };
  },
};

/** Each organization numbers its users by itself. */
function wholeId({ organization, id }: Pick<UserShown, 'organization' | 'id'>): string {
  return `${organization}-${id}`;
}

async function find(server: Administrator, who: string): Promise<UserShown> {
  const users = await server.all<UserShown>('/admin/v1/users');
  const named = users.find(({ login }) => login === who);
  const found = named === undefined ? users.filter((one) => String(one.id) === who || wholeId(one) === who) : [named];
  const user = onlyOne('users', who, found, (one) => [wholeId(one), one.login ?? 'without a login']);
  if (user === undefined) throw new CommandError(exitCodes.no, `there is no user ${who}`, 'partyline users lists them');
  return user;
}

export const users: Command = { help, run };
