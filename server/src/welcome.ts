import { exampleInvitation } from './api/dialects/unified-api/example.ts';
import type { HostPort } from './base/host-port.ts';
import type { SandboxLogins } from './directory/sandbox-organization.ts';

export interface WhereToLook {
  /** E.g. `http://127.0.0.1:8080`. */
  readonly http: string;
  readonly sip: HostPort;
  /** The address that phones are given in place of that of `sip`, which may be every address of the machine. */
  readonly sipShown?: string;
  readonly domain: string;
  readonly dataFolder: string;
  /** Only at the start that made them. */
  readonly logins: SandboxLogins | null;
  /** What the configuration file gave, once for people to see that it was read; null: there is no file. */
  readonly configured?: Configured | null;
  /** The sandbox organization is there, but its logins were shown at an earlier start. */
  readonly sandboxBefore: boolean;
  /** What can be dialled at the carrier in the box; none: it does not run. */
  readonly sandboxNumbers?: readonly { readonly number: string; readonly does: string }[];
}

export interface Configured {
  readonly file: string;
  readonly users: number;
  readonly phones: number;
  readonly conferences: number;
  readonly trunks: number;
  readonly dialRules: number;
}

export function formatHostPort({ address, port }: HostPort): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** What people read when the server is ready; the last line is for scripts. */
export function welcome(where: WhereToLook): string[] {
  const { http, sip, domain, dataFolder, logins, sandboxBefore, sandboxNumbers = [], configured = null } = where;
  const address = formatHostPort(sip);
  const phones = formatHostPort(forPhones(where));
  return [
    '',
    `  Try       ${http}/`,
    `  Meet      ${http}/meet`,
    `  Agents    ${http}/agent`,
    `  Console   ${http}/console`,
    `  API       ${http}/docs`,
    `  Health    ${http}/healthz`,
    `  Metrics   ${http}/metrics`,
    `  Calls     ${http}/admin/v1/calls (an administrator's login)`,
    `  SIP       ${phones} (UDP and TCP), domain ${domain}`,
    `  Data      ${dataFolder}`,
    ...(configured === null ? [] : [`  Config    ${inWords(configured)}`]),
    '',
    ...(sandboxNumbers.length === 0 ? [] : numbers(sandboxNumbers, http)),
    ...(logins === null ? [] : [...sandbox(logins, phones), ...nextSteps(logins, where)]),
    ...(sandboxBefore ? ['  The logins of the sandbox organization were shown at its first start.', reset, ''] : []),
    `partyline ready http=${http} sip=${address}`,
  ];
}

function forPhones({ sip, sipShown = sip.address }: WhereToLook): HostPort {
  return { address: sipShown, port: sip.port };
}

/** `partyline.yaml: 3 users, 2 phones, 1 conference, no trunk, no row of the dial plan` */
function inWords({ file, users, phones, conferences, trunks, dialRules }: Configured): string {
  const counted = (count: number, one: string, many = `${one}s`) =>
    count === 0 ? `no ${one}` : `${count} ${count === 1 ? one : many}`;
  return `${file}: ${[
    counted(users, 'user'),
    counted(phones, 'phone'),
    counted(conferences, 'conference'),
    counted(trunks, 'trunk'),
    counted(dialRules, 'row of the dial plan', 'rows of the dial plan'),
  ].join(', ')}`;
}

const reset =
  '  To start over with new ones: stop the server, remove the data folder (all in it is lost), and start again.';

function sandbox(logins: SandboxLogins, address: string): string[] {
  const phones = logins.phones.map(({ number, sipPassword }) => `    user ${number}   password ${sipPassword}`);
  const conferences = logins.conferences.map(({ dial, name, participantPin, moderatorPin }) => {
    const pins = participantPin === null ? 'no PIN' : `PIN ${participantPin}, moderator ${moderatorPin}`;
    return `    ${dial.padEnd(8)} ${name} (${pins})`;
  });
  return [
    '  This is the first start: a sandbox organization was made for you. Its logins are shown this once.',
    reset,
    '',
    `  Administrator   login ${logins.login}   password ${logins.password}`,
    '',
    `  Phones: any SIP softphone, server ${address}`,
    ...phones,
    '',
    '  Conferences: dial',
    ...conferences,
    '',
    `  App   key ${logins.app.key}   secret ${logins.app.secret}`,
    '',
  ];
}

function numbers(list: readonly { readonly number: string; readonly does: string }[], http: string): string[] {
  const width = Math.max(...list.map(({ number }) => number.length));
  return [
    '  Calls to the telephone network go to a carrier in the box. Its numbers, and what they do:',
    ...list.map(({ number, does }) => `    ${number.padEnd(width)}   ${does}`),
    `    They are shown at ${http}/sandbox too.`,
    '',
  ];
}

/** Any number without a behaviour of its own answers and speaks; this is the one of the documentation's example. */
const invitee = '3235742879';

/** What to do first, and what that shows. */
function nextSteps(logins: SandboxLogins, where: WhereToLook): string[] {
  const { http, sandboxNumbers = [] } = where;
  const open = logins.conferences.find(({ participantPin }) => participantPin === null);
  const [phone] = logins.phones;
  const [conference] = logins.conferences;
  return [
    '  Four next steps',
    `    1. Open ${http}/meet/${conference?.meetingId ?? ''} in a browser and enter PIN ${conference?.moderatorPin ?? ''}: you are in a conference, as its`,
    `       moderator. Let a friend open it too${sandboxNumbers.length === 0 ? '' : ', or press "Invite a number"'}.`,
    `    2. Register a softphone as ${phone?.number ?? ''} at ${formatHostPort(forPhones(where))} and dial ${open?.dial ?? ''}: so is your phone, in another one.`,
    ...(sandboxNumbers.length === 0
      ? [`    3. Get a token for the app at ${http}/docs and list the calls that run.`]
      : firstInvitation(logins, http)),
    `    4. Try every request at ${http}/docs; write your own partyline.yaml: docs/configuration.md.`,
    '',
  ];
}

function firstInvitation({ app, conferences }: SandboxLogins, http: string): string[] {
  const [conference] = conferences;
  if (conference === undefined) return [];
  const [extension = '', number = ''] = conference.dial.split('*');
  const { url, body } = exampleInvitation({ http, extension, number, pin: conference.participantPin, invitee });
  return [
    `    3. Invite somebody into ${conference.name}: dial ${conference.dial} to hear it, then paste into a shell`,
    `    TOKEN=$(curl -s ${http}/oauth/token.php -d grant_type=client_credentials -d client_id=${app.key} \\`,
    `      -d client_secret=${app.secret} | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`,
    `    curl "${url}" -H "Authorization: Bearer $TOKEN" \\`,
    `      -H 'Content-Type: application/json' -d '${body}'`,
    '       More of it: examples/invite-by-phone.',
  ];
}
