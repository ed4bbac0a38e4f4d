import type { ProvisionedExtension, ProvisionedOrganization } from '../directory/records.ts';
import type { Config } from './config.ts';
import { type ConfigDocument, formatPath, type PathStep } from './value.ts';

/** What only the whole file can show: duplicates, names that lead nowhere, ports that collide. Throws ConfigError. */
export function checkAcross(document: ConfigDocument, config: Config): void {
  checkPorts(document, config);
  checkOrganizations(document, config.organizations ?? []);
  checkTrunks(document, config);
  checkDialPlan(document, config);
}

/** The same mistake in the same words, wherever something is written. */
export function takenText(what: string, value: string | number, where: string): string {
  return `expected ${what} of its own, found "${value}" again (${where})`;
}

/** What has to be of its own, in words. */
export const ofItsOwn = {
  id: 'an id',
  prefix: 'a prefix',
  login: 'a login',
  appKey: 'a key',
  extensionNumber: 'an extension number',
  publicNumber: 'a public number',
  meetingId: 'a meetingId (by default the extension followed by the number)',
  conferenceNumber: 'a conference number',
  trunkName: 'a name',
  trunkUsername: 'a username',
} as const;

export const expectedTexts = {
  noPrefix: (number: string, prefix: string) =>
    `expected a number that is no organization's prefix, found "${number}" (${prefix})`,
  user: (id: number) => `expected the id of a user of this organization, found ${id}`,
  noPhone: (username: string) => `expected a username that is not that of a phone, found "${username}"`,
  noCarrier: (username: string) => `expected a number that no carrier logs in with, found "${username}"`,
  credentials: 'expected username and password beside it',
  trunk: (names: readonly string[], found: string) =>
    `expected the name of a trunk (${names.length === 0 ? 'there are none' : names.join(', ')}), found "${found}"`,
  notTheSandbox: 'expected another name than that of the carrier in the box (sandbox: on)',
} as const;

/** Remembers where each value was first seen; a second time is an error at the second place that names the first. */
class Uniqueness {
  readonly #document: ConfigDocument;
  readonly #what: string;
  readonly #seen = new Map<string, string>();

  constructor(document: ConfigDocument, what: string) {
    this.#document = document;
    this.#what = what;
  }

  add(value: string | number, steps: readonly PathStep[]): void {
    const first = this.#seen.get(String(value));
    if (first !== undefined) {
      throw this.#document.errorAt(steps, takenText(this.#what, value, `first at ${first}`));
    }
    this.#seen.set(String(value), formatPath(steps));
  }

  whereIs(value: string): string | null {
    return this.#seen.get(value) ?? null;
  }
}

function checkOrganizations(document: ConfigDocument, organizations: readonly ProvisionedOrganization[]): void {
  const ids = new Uniqueness(document, ofItsOwn.id);
  const prefixes = new Uniqueness(document, ofItsOwn.prefix);
  const logins = new Uniqueness(document, ofItsOwn.login);
  const appKeys = new Uniqueness(document, ofItsOwn.appKey);
  const shared = {
    publicNumbers: new Uniqueness(document, ofItsOwn.publicNumber),
    meetingIds: new Uniqueness(document, ofItsOwn.meetingId),
  };
  organizations.forEach((organization, at) => {
    ids.add(organization.id, ['organizations', at, 'id']);
    prefixes.add(organization.prefix, ['organizations', at, 'prefix']);
  });
  organizations.forEach((organization, at) => {
    const here = ['organizations', at];
    const userIds = new Uniqueness(document, ofItsOwn.id);
    const numbers = new Uniqueness(document, ofItsOwn.extensionNumber);
    organization.users.forEach((user, userAt) => {
      const steps = [...here, 'users', userAt];
      userIds.add(user.id, [...steps, 'id']);
      if (user.login !== null) logins.add(user.login.toLowerCase(), [...steps, 'login']);
      user.extensions.forEach((extension, extensionAt) => {
        const extensionSteps = [...steps, 'extensions', extensionAt];
        numbers.add(extension.number, [...extensionSteps, 'number']);
        // `0003*211` must not mean two things.
        const prefix = prefixes.whereIs(extension.number);
        if (prefix !== null) {
          const expected = expectedTexts.noPrefix(extension.number, prefix);
          throw document.errorAt([...extensionSteps, 'number'], expected);
        }
        checkExtension(document, extension, extensionSteps, shared);
      });
    });
    organization.apps.forEach((app, appAt) => {
      appKeys.add(app.key, [...here, 'apps', appAt, 'key']);
      if (!organization.users.some((user) => user.id === app.user)) {
        throw document.errorAt([...here, 'apps', appAt, 'user'], expectedTexts.user(app.user));
      }
    });
  });
}

function checkExtension(
  document: ConfigDocument,
  extension: ProvisionedExtension,
  steps: readonly PathStep[],
  shared: { publicNumbers: Uniqueness; meetingIds: Uniqueness },
): void {
  extension.publicNumbers.forEach((number, at) => {
    shared.publicNumbers.add(number, [...steps, 'publicNumbers', at]);
  });
  if (extension.type !== 'conference') return;
  const numbers = new Uniqueness(document, ofItsOwn.conferenceNumber);
  extension.conferences.forEach((conference, at) => {
    numbers.add(conference.number, [...steps, 'conferences', at, 'number']);
    shared.meetingIds.add(conference.meetingId, [...steps, 'conferences', at, 'meetingId']);
  });
}

/** Name of the trunk to the carrier in the box, which is made when the server starts. */
const sandboxTrunk = 'sandbox';

function checkTrunks(document: ConfigDocument, config: Config): void {
  const names = new Uniqueness(document, ofItsOwn.trunkName);
  const usernames = new Uniqueness(document, ofItsOwn.trunkUsername);
  const phones = phoneUsernames(config.organizations ?? []);
  config.trunks?.forEach((trunk, at) => {
    const here = ['trunks', at];
    names.add(trunk.name, [...here, 'name']);
    if (trunk.name === sandboxTrunk && config.sandbox === 'on') {
      throw document.errorAt([...here, 'name'], expectedTexts.notTheSandbox);
    }
    if (trunk.register && (trunk.username === null || trunk.password === null)) {
      throw document.errorAt([...here, 'register'], expectedTexts.credentials);
    }
    if (trunk.inbound === null) return;
    const { username } = trunk.inbound;
    usernames.add(username, [...here, 'inbound', 'username']);
    // Who logs in with this name must be one of the two.
    if (phones.has(username)) {
      throw document.errorAt([...here, 'inbound', 'username'], expectedTexts.noPhone(username));
    }
  });
}

function phoneUsernames(organizations: readonly ProvisionedOrganization[]): Set<string> {
  const usernames = new Set<string>();
  for (const { prefix, users } of organizations) {
    for (const { number } of users.flatMap((user) => user.extensions)) usernames.add(number).add(`${prefix}*${number}`);
  }
  return usernames;
}

function checkDialPlan(document: ConfigDocument, config: Config): void {
  const names = (config.trunks ?? []).map(({ name }) => name);
  if (config.sandbox === 'on' || (config.sandbox === 'auto' && names.length === 0)) names.push(sandboxTrunk);
  config.dialPlan?.forEach((rule, at) => {
    if (names.includes(rule.trunk)) return;
    throw document.errorAt(['dialPlan', at, 'trunk'], expectedTexts.trunk(names, rule.trunk));
  });
}

function checkPorts(document: ConfigDocument, config: Config): void {
  const { rtpPorts, webrtcPort, processes } = config.media;
  const udp: [number, number, PathStep[]][] = [
    [config.sip.port, 1, ['sip', 'port']],
    [webrtcPort, processes, ['media', 'webrtcPort']],
  ];
  for (const [from, count, steps] of udp) {
    const to = from + count - 1;
    const found = count === 1 ? `${from}` : `${from}-${to}, one for each of media.processes`;
    const outside = to < rtpPorts.from || from > rtpPorts.to;
    if (outside && to <= 65_535) continue;
    const expected = outside ? 'ports up to 65535' : `a port outside media.rtpPorts (${rtpPorts.from}-${rtpPorts.to})`;
    throw document.errorAt(steps, `expected ${expected}, found ${found}`);
  }
  if (config.sip.tlsPort !== null && config.sip.tls === null) {
    throw document.errorAt(['sip', 'tlsPort'], 'expected sip.tls: { cert, key } beside it');
  }
  checkApart(document, config);
}

/** Two servers at one address and port; 0 is any free one. TCP and UDP are apart, SIP has both. */
function checkApart(document: ConfigDocument, config: Config): void {
  const { http, sip, media } = config;
  const at = (host: string, port: number, path: PathStep[]) => ({ host, port, path });
  const sipPort = at(sip.host, sip.port, ['sip', 'port']);
  const tlsPort = at(sip.host, sip.tlsPort ?? 0, ['sip', 'tlsPort']);
  const webrtcPorts = Array.from({ length: media.processes }, (_, process) =>
    at(media.host, media.webrtcPort + process, ['media', 'webrtcPort']),
  );
  for (const group of [
    [sipPort, tlsPort, at(http.host, http.port, ['http', 'port'])],
    [sipPort, ...webrtcPorts],
  ]) {
    for (const [index, later] of group.entries()) {
      const first = group.slice(0, index).find(({ port, host }) => port === later.port && host === later.host);
      if (later.port === 0 || first === undefined) continue;
      throw document.errorAt(later.path, `expected another port than ${formatPath(first.path)} (${first.port})`);
    }
  }
}
