import { isIP } from 'node:net';
import type { Random } from '../../base/random.ts';
import { spokenToken } from '../../base/spoken-secret.ts';
import { conferencePins } from '../conference-pins.ts';

export interface Answers {
  readonly name: string;
  readonly login: string;
  readonly host: string;
  /** A whole number. */
  readonly phones: string;
  /** A SIP URI, or `none`. */
  readonly carrier: string;
}

/** The text of a configuration, and what people want to know of it. `own`: the addresses of this machine. */
export function firstConfiguration(
  { name, login, host, phones, carrier }: Answers,
  random: Random,
  own: ReadonlySet<string>,
): { readonly text: string; readonly summary: readonly string[] } {
  const password = spokenToken(random);
  const { participantPin, moderatorPin } = conferencePins(random);
  const numbers = Array.from({ length: Number(phones) }, (_, at) => String(101 + at));
  const accounts = numbers.map((number) => ({ number, password: spokenToken(random) }));
  const quoted = JSON.stringify;
  const phoneLines = accounts.map(
    ({ number, password: sip }) =>
      `          - { number: "${number}", type: terminal, callerId: "Phone ${number} <${number}>", sipPassword: ${sip} }`,
  );
  const whole = `# All keys and their defaults: docs/configuration.md. After a change: partyline check
${addresses(host, own).join('\n')}
organizations:
  - id: 1
    name: ${quoted(name)}
    prefix: "0001"
    users:
      - id: 1
        login: ${quoted(login)}
        password: ${password}
        roles: [agent, supervisor, administrator]
        extensions:
${phoneLines.join('\n')}
          - number: "200"
            type: conference
            callerId: "Conference <200>"
            conferences:
              - { number: 1, name: Weekly, participantPin: "${participantPin}", moderatorPin: "${moderatorPin}" }
${carrierLines(carrier).join('\n')}
`;
  return {
    text: whole,
    summary: [
      `administrator   login ${login}   password ${password}`,
      ...accounts.map(({ number, password: sip }) => `phone ${number}       password ${sip}`),
      `conference      dial 200*1   PIN ${participantPin}   moderator ${moderatorPin}   in a browser /meet/2001`,
      carrier === 'none' ? 'no carrier: the carrier in the box stands in' : `carrier         ${carrier}`,
    ],
  };
}

/** Who listens where, and what others are told. */
function addresses(host: string, own: ReadonlySet<string>): string[] {
  const loopback = host === '127.0.0.1' || host === '::1' || host === 'localhost';
  if (loopback || own.has(host)) {
    return [
      `http:  { host: "${host}", port: 8080 }`,
      `sip:   { host: "${host}", port: 5060, domain: "${host}" }`,
      `media: { host: "${host}" }`,
    ];
  }
  // A name, or the address of a router in front: listen everywhere, and tell phones where to send.
  const everywhere = isIP(host) === 6 ? '::' : '0.0.0.0';
  return [
    `http:  { host: "${everywhere}", port: 8080 }`,
    `sip:   { host: "${everywhere}", port: 5060, domain: "${host}" }`,
    `media: { host: "${everywhere}", advertise: "${host}" }`,
  ];
}

function carrierLines(carrier: string): string[] {
  if (carrier === 'none') return ['# trunks: none, so numbers outside are those of the carrier in the box'];
  return [
    'trunks:',
    `  - { name: carrier, uri: ${JSON.stringify(carrier)} }   # username, password, register: where it asks for them`,
    'dialPlan:',
    '  - { match: "^\\\\+?[0-9]{7,15}$", trunk: carrier }',
  ];
}
