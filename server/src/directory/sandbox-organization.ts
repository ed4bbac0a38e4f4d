import type { Random } from '../base/random.ts';
import { Secret } from '../base/secret.ts';
import { spokenPin, spokenToken } from '../base/spoken-secret.ts';
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

/** Whether this is the organization that a first start made, and not one from a file. */
export function isSandbox({ id, name }: { readonly id: number; readonly name: string }): boolean {
  return id === identity.id && name === identity.name;
}

/**
 * The organization a first start makes when the configuration names none: one user with every role, three phones, a
 * conference extension with a conference with PINs and an open one, and a callback extension. Same shape and numbers as
 * the example in docs/configuration.md; every secret is fresh.
 */
export function sandboxOrganization(random: Random): { organization: ProvisionedOrganization; logins: SandboxLogins } {
  const numbers = ['15000', '15001', '15002'];
  const phones = numbers.map((number) => ({ number, sipPassword: spokenToken(random) }));
  const participantPin = spokenPin(random, pinDigits);
  let moderatorPin = spokenPin(random, pinDigits);
  while (moderatorPin === participantPin) moderatorPin = spokenPin(random, pinDigits);
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
        roles: ['agent', 'supervisor', 'administrator'],
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
