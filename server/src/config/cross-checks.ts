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
      throw this.#document.errorAt(
        steps,
        `expected ${this.#what} of its own, found "${value}" again (first at ${first})`,
      );
    }
    this.#seen.set(String(value), formatPath(steps));
  }

  whereIs(value: string): string | null {
    return this.#seen.get(value) ?? null;
  }
}

function checkOrganizations(document: ConfigDocument, organizations: readonly ProvisionedOrganization[]): void {
  const ids = new Uniqueness(document, 'an id');
  const prefixes = new Uniqueness(document, 'a prefix');
  const logins = new Uniqueness(document, 'a login');
  const appKeys = new Uniqueness(document, 'a key');
  const shared = {
    publicNumbers: new Uniqueness(document, 'a public number'),
    meetingIds: new Uniqueness(document, 'a meetingId (by default the extension followed by the number)'),
  };
  organizations.forEach((organization, at) => {
    ids.add(organization.id, ['organizations', at, 'id']);
    prefixes.add(organization.prefix, ['organizations', at, 'prefix']);
  });
  organizations.forEach((organization, at) => {
    const here = ['organizations', at];
    const userIds = new Uniqueness(document, 'an id');
    const numbers = new Uniqueness(document, 'an extension number');
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
          const expected = `expected a number that is no organization's prefix, found "${extension.number}" (${prefix})`;
          throw document.errorAt([...extensionSteps, 'number'], expected);
        }
        checkExtension(document, extension, extensionSteps, shared);
      });
    });
    organization.apps.forEach((app, appAt) => {
      appKeys.add(app.key, [...here, 'apps', appAt, 'key']);
      if (!organization.users.some((user) => user.id === app.user)) {
        const expected = `expected the id of a user of this organization, found ${app.user}`;
        throw document.errorAt([...here, 'apps', appAt, 'user'], expected);
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
  const numbers = new Uniqueness(document, 'a conference number');
  extension.conferences.forEach((conference, at) => {
    numbers.add(conference.number, [...steps, 'conferences', at, 'number']);
    shared.meetingIds.add(conference.meetingId, [...steps, 'conferences', at, 'meetingId']);
  });
}

/** Name of the trunk to the carrier in the box, which is made when the server starts. */
const sandboxTrunk = 'sandbox';

function checkTrunks(document: ConfigDocument, config: Config): void {
  const names = new Uniqueness(document, 'a name');
  const usernames = new Uniqueness(document, 'a username');
  const phones = phoneUsernames(config.organizations ?? []);
  config.trunks?.forEach((trunk, at) => {
    const here = ['trunks', at];
    names.add(trunk.name, [...here, 'name']);
    if (trunk.name === sandboxTrunk && config.sandbox === 'on') {
      throw document.errorAt(
        [...here, 'name'],
        `expected another name than that of the carrier in the box (sandbox: on)`,
      );
    }
    if (trunk.register && (trunk.username === null || trunk.password === null)) {
      throw document.errorAt([...here, 'register'], 'expected username and password beside it');
    }
    if (trunk.inbound === null) return;
    const { username } = trunk.inbound;
    usernames.add(username, [...here, 'inbound', 'username']);
    // Who logs in with this name must be one of the two.
    if (phones.has(username)) {
      const expected = `expected a username that is not that of a phone, found "${username}"`;
      throw document.errorAt([...here, 'inbound', 'username'], expected);
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
    const expected = `expected the name of a trunk (${names.length === 0 ? 'there are none' : names.join(', ')})`;
    throw document.errorAt(['dialPlan', at, 'trunk'], `${expected}, found "${rule.trunk}"`);
  });
}

function checkPorts(document: ConfigDocument, config: Config): void {
  const { rtpPorts, webrtcPort } = config.media;
  const udp: [number | null, PathStep[]][] = [
    [config.sip.port, ['sip', 'port']],
    [webrtcPort, ['media', 'webrtcPort']],
  ];
  for (const [port, steps] of udp) {
    if (port === null || port < rtpPorts.from || port > rtpPorts.to) continue;
    const expected = `expected a port outside media.rtpPorts (${rtpPorts.from}-${rtpPorts.to}), found ${port}`;
    throw document.errorAt(steps, expected);
  }
  if (config.sip.tlsPort !== null && config.sip.tls === null) {
    throw document.errorAt(['sip', 'tlsPort'], 'expected sip.tls: { cert, key } beside it');
  }
  if (config.sip.tlsPort !== null && config.sip.tlsPort === config.sip.port) {
    throw document.errorAt(['sip', 'tlsPort'], `expected another port than sip.port (${config.sip.port})`);
  }
}
