import type { Random } from '../base/random.ts';
import { Secret } from '../base/secret.ts';
import { spokenPins, spokenToken } from '../base/spoken-secret.ts';
import { type ProvisionedConference, type ProvisionedOrganization, usualWebhookFormat } from './records.ts';

/** What is shown once, at the start that made it. Passwords are kept as hashes only. */
export interface SandboxLogins {
  readonly login: string;
  readonly password: string;
  readonly phones: readonly { readonly number: string; readonly sipPassword: string }[];
  readonly conferences: readonly {
    readonly dial: string;
    readonly meetingId: string;
    readonly name: string;
    readonly participantPin: string | null;
    readonly moderatorPin: string | null;
  }[];
  readonly app: { readonly key: string; readonly secret: string };
}

/** As people expect; the lock-out makes them enough. */
const pinDigits = 4;

const identity = { id: 3, name: 'Sandbox' } as const;

/**
 * The agent that visitors of the start page are: nobody is told its secrets, so that only the server can sign in as it.
 */
export const demoAgent = {
  organizationId: String(identity.id),
  userId: 13,
  login: 'demo@example.test',
  appKey: 'start-page',
  phone: '15003',
  /** Of the conference, which has no PIN. */
  conference: { extension: '212', number: '1', meetingId: '2121', name: 'Start page' },
} as const;

/** Whether this is the organization that a first start made, and not one from a file. */
export function isSandbox({ id, name }: { readonly id: number; readonly name: string }): boolean {
  return id === identity.id && name === identity.name;
}

/**
 * The organization a first start makes when the configuration names none: one user with every role, three phones, a
 * conference extension with a conference with PINs and an open one, and a callback extension; and the agent of the
 * start page. Same shape and numbers as the example in docs/configuration.md; every secret is fresh.
 */
export function sandboxOrganization(random: Random): { organization: ProvisionedOrganization; logins: SandboxLogins } {
  const numbers = ['15000', '15001', '15002'];
  const phones = numbers.map((number) => ({ number, sipPassword: spokenToken(random) }));
  const [participantPin, moderatorPin] = spokenPins(random, pinDigits);
  const password = spokenToken(random);
  const app = { key: 'demo-app', secret: spokenToken(random) };
  const login = 'admin@example.test';
  const organization: ProvisionedOrganization = {
    ...identity,
    prefix: '0003',
    users: [
      {
        id: 12,
        login,
        password: new Secret(password),
        firstName: 'Sandy',
        lastName: 'Box',
        roles: ['agent', 'supervisor', 'administrator', 'operator'],
        features: ['api-voice', 'api-voice-recording', 'api-supervisor-monitoring'],
        extensions: [
          ...phones.map(({ number, sipPassword }, at) => ({
            type: 'terminal' as const,
            number,
            callerId: { name: `Phone ${at + 1}`, number },
            publicNumbers: [],
            sipPassword: new Secret(sipPassword),
            sipDigest: 'MD5' as const,
          })),
          {
            type: 'conference',
            number: '211',
            callerId: { name: 'Conferences', number: '211' },
            publicNumbers: ['3235550100'],
            conferences: [
              conference('3', 'Weekly', new Secret(participantPin), new Secret(moderatorPin)),
              conference('4', 'Open', null, null),
            ],
          },
          { type: 'callback', number: '300', callerId: { name: 'Callback', number: '300' }, publicNumbers: [] },
        ],
      },
      demoUser(random),
    ],
    apps: [
      {
        key: app.key,
        secret: new Secret(app.secret),
        user: 12,
        trusted: true,
        enabled: true,
        redirectUris: [],
        webhookFormat: usualWebhookFormat,
        webhookSecret: null,
      },
      {
        key: demoAgent.appKey,
        secret: new Secret(spokenToken(random)),
        user: demoAgent.userId,
        trusted: true,
        enabled: true,
        redirectUris: [],
        webhookFormat: usualWebhookFormat,
        webhookSecret: null,
      },
    ],
  };
  const logins: SandboxLogins = {
    login,
    password,
    phones,
    conferences: [
      { dial: '211*3', meetingId: '2113', name: 'Weekly', participantPin, moderatorPin },
      { dial: '211*4', meetingId: '2114', name: 'Open', participantPin: null, moderatorPin: null },
    ],
    app,
  };
  return { organization, logins };
}

function demoUser(random: Random): ProvisionedOrganization['users'][number] {
  const { userId, login, phone, conference: shown } = demoAgent;
  const { extension, number, name } = shown;
  return {
    id: userId,
    login,
    password: new Secret(spokenToken(random)),
    firstName: 'Demo',
    lastName: 'Agent',
    roles: ['agent'],
    features: ['api-voice'],
    extensions: [
      {
        type: 'terminal',
        number: phone,
        callerId: { name: 'Demo agent', number: phone },
        publicNumbers: [],
        sipPassword: new Secret(spokenToken(random)),
        sipDigest: 'MD5',
      },
      {
        type: 'conference',
        number: extension,
        callerId: { name: 'Start page', number: extension },
        publicNumbers: [],
        conferences: [
          { ...conference(number, name, null, null), meetingId: shown.meetingId, roomSize: 20, record: 'never' },
        ],
      },
    ],
  };
}

function conference(
  number: string,
  name: string,
  participant: Secret | null,
  moderator: Secret | null,
): ProvisionedConference {
  return {
    number,
    meetingId: `211${number}`,
    name,
    participantPin: participant,
    moderatorPin: moderator,
    roomSize: 50,
    schedule: 'anytime',
    // Somebody who tries it out wants to hear what was recorded.
    record: 'choice',
    musicWhileAlone: true,
    waitForModerator: false,
    closeWhenModeratorsLeave: false,
    announceCount: true,
    entryTone: true,
    recordTone: false,
  };
}
