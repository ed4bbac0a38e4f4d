import type { HostPort } from './base/host-port.ts';
import type { SandboxLogins } from './directory/sandbox-organization.ts';

export interface WhereToLook {
  /** E.g. `http://127.0.0.1:8080`. */
  readonly http: string;
  readonly sip: HostPort;
  readonly domain: string;
  /** Only at the start that made them. */
  readonly logins: SandboxLogins | null;
}

export function formatHostPort({ address, port }: HostPort): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** What people read when the server is ready; the last line is for scripts. */
export function welcome({ http, sip, domain, logins }: WhereToLook): string[] {
  const address = formatHostPort(sip);
  return [
    '',
    `  Health    ${http}/healthz`,
    `  Metrics   ${http}/metrics`,
    `  Calls     ${http}/admin/v1/calls (an administrator's login)`,
    `  SIP       ${address} (UDP and TCP), domain ${domain}`,
    '',
    ...(logins === null ? [] : sandbox(logins, address)),
    `partyline ready http=${http} sip=${address}`,
  ];
}

function sandbox(logins: SandboxLogins, address: string): string[] {
  const phones = logins.phones.map(({ number, sipPassword }) => `    user ${number}   password ${sipPassword}`);
  const conferences = logins.conferences.map(({ dial, name, participantPin, moderatorPin }) => {
    const pins = participantPin === null ? 'no PIN' : `PIN ${participantPin}, moderator ${moderatorPin}`;
    return `    ${dial.padEnd(8)} ${name} (${pins})`;
  });
  return [
    '  This is the first start: a sandbox organization was made for you. Its logins are shown this once.',
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
