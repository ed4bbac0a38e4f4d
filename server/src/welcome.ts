import type { HostPort } from './base/host-port.ts';
import type { SandboxLogins } from './directory/sandbox-organization.ts';

export interface WhereToLook {
  /** E.g. `http://127.0.0.1:8080`. */
  readonly http: string;
  readonly sip: HostPort;
  readonly domain: string;
  readonly dataFolder: string;
  /** Only at the start that made them. */
  readonly logins: SandboxLogins | null;
  /** The sandbox organization is there, but its logins were shown at an earlier start. */
  readonly sandboxBefore: boolean;
}

export function formatHostPort({ address, port }: HostPort): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** What people read when the server is ready; the last line is for scripts. */
export function welcome({ http, sip, domain, dataFolder, logins, sandboxBefore }: WhereToLook): string[] {
  const address = formatHostPort(sip);
  return [
    '',
    `  Health    ${http}/healthz`,
    `  Metrics   ${http}/metrics`,
    `  Calls     ${http}/admin/v1/calls (an administrator's login)`,
    `  SIP       ${address} (UDP and TCP), domain ${domain}`,
    `  Data      ${dataFolder}`,
    '',
    ...(logins === null ? [] : sandbox(logins, address)),
    ...(sandboxBefore ? ['  The logins of the sandbox organization were shown at its first start.', reset, ''] : []),
    `partyline ready http=${http} sip=${address}`,
  ];
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
