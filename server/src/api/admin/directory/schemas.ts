export type CollectionName = 'organization' | 'user' | 'extension' | 'conference' | 'app' | 'trunk';

/** What is known of each collection for /docs: the keys are those of the file (docs/configuration.md). */
export interface Described {
  readonly kind: CollectionName;
  readonly path: string;
  readonly summary: { readonly one: string; readonly many: string };
  readonly body: object;
  readonly view: object;
}

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const optionalText = { type: ['string', 'null'] } as const;
const texts = { type: 'array', items: text } as const;
const number = { type: 'integer' } as const;

const fixedBy = {
  description: 'Where the file fixes it: then it is changed there alone. Null: it is changed here.',
  type: ['object', 'null'],
  properties: { file: text, line: { type: ['integer', 'null'] } },
} as const;
const always = { self: { ...text, description: 'Its own address' }, fixedBy } as const;
const belongs = { organization: { ...number, description: 'By default the own one', examples: [3] } } as const;

const schedule = {
  description: '`anytime`, or when it is open',
  examples: ['anytime', { start: '2026-01-05T09:00', duration: '1h', timeZone: 'Europe/Berlin', repeat: 'weekly' }],
} as const;

const organization = { name: text, prefix: { ...text, examples: ['0004'] } } as const;
const user = {
  login: { ...optionalText, examples: ['joe@example.test'] },
  firstName: text,
  lastName: text,
  roles: { type: 'array', items: { enum: ['agent', 'supervisor', 'administrator', 'operator'] } },
  features: texts,
} as const;
const extension = {
  type: { enum: ['terminal', 'conference', 'callback'] },
  callerId: { ...text, examples: ['Joe <15005>'] },
  publicNumbers: texts,
  sipDigest: { enum: ['MD5', 'SHA-256'] },
} as const;
const conference = {
  number: { ...text, examples: ['5'] },
  meetingId: text,
  name: text,
  participantPin: optionalText,
  moderatorPin: optionalText,
  roomSize: number,
  schedule,
  record: { enum: ['never', 'choice', 'always'] },
  musicWhileAlone: flag,
  waitForModerator: flag,
  closeWhenModeratorsLeave: flag,
  announceCount: flag,
  entryTone: flag,
  recordTone: flag,
} as const;
const app = {
  user: { ...number, description: 'Id of the user it acts for', examples: [12] },
  trusted: flag,
  enabled: flag,
  redirectUris: texts,
} as const;
const trunk = {
  name: { ...text, examples: ['carrier'] },
  uri: { description: 'A SIP address, or several that are tried in this order', examples: ['sip:127.0.0.1:5080'] },
  addresses: texts,
  username: optionalText,
  register: flag,
  registerExpires: { ...text, examples: ['5m'] },
  options: { ...text, examples: ['30s', 'off'] },
  prack: { enum: ['supported', 'required', 'off'] },
  failover: { ...text, examples: ['4s'] },
} as const;

const object = (properties: object, required: readonly string[] = []) => ({ type: 'object', properties, required });
const shown = (description: string, properties: object) => ({ description, type: 'object', properties });

export const collections: readonly Described[] = [
  {
    kind: 'organization',
    path: 'organizations',
    summary: { one: 'an organization', many: 'organizations' },
    body: object({ id: number, ...organization }),
    view: shown('The organization.', { id: number, ...organization, ...always }),
  },
  {
    kind: 'user',
    path: 'users',
    summary: { one: 'a user', many: 'users' },
    body: object({ ...belongs, id: number, ...user, password: optionalText }),
    view: shown('The user.', { ...belongs, id: number, ...user, hasPassword: flag, ...always }),
  },
  {
    kind: 'extension',
    path: 'extensions',
    summary: { one: 'an extension', many: 'extensions' },
    body: object({ ...belongs, user: number, number: text, ...extension, sipPassword: optionalText }, [
      'user',
      'number',
    ]),
    view: shown('The extension.', { ...belongs, id: text, user: number, number: text, ...extension, ...always }),
  },
  {
    kind: 'conference',
    path: 'conferences',
    summary: { one: 'a conference', many: 'conferences' },
    body: object({ ...belongs, extension: text, ...conference }, ['extension', 'number']),
    view: shown('The conference, with its PINs.', { ...belongs, id: text, extension: text, ...conference, ...always }),
  },
  {
    kind: 'app',
    path: 'apps',
    summary: { one: 'an app', many: 'apps, and what was handed out to them' },
    body: object(
      { ...belongs, key: text, secret: { ...text, description: 'Made, and shown once, if left out' }, ...app },
      ['key', 'user'],
    ),
    view: shown('The app.', { ...belongs, key: text, ...app, ...always }),
  },
  {
    kind: 'trunk',
    path: 'trunks',
    summary: { one: 'a trunk', many: 'trunks' },
    body: object({ ...trunk, password: optionalText }, ['name', 'uri']),
    view: shown('The trunk.', { ...trunk, hasPassword: flag, ...always }),
  },
];

export const idPath = {
  type: 'object',
  required: ['id'],
  properties: {
    id: { type: 'string', maxLength: 200, description: 'Its id; without its organization: of the own one' },
  },
} as const;

export function listQuery(kind: CollectionName): object {
  const filters = {
    organization: kind === 'organization' || kind === 'trunk' ? {} : { organization: text },
    user: ['extension', 'conference', 'app'].includes(kind) ? { user: text } : {},
    extension: ['extension', 'conference'].includes(kind) ? { extension: text } : {},
  };
  const limit = { type: 'integer', minimum: 1, maximum: 500, default: 100 };
  return object({ ...filters.organization, ...filters.user, ...filters.extension, limit, after: text });
}

export const errorAnswers = {
  409: {
    description: '`fixedByFile` (with `file` and `line`), `conflict`: it does not go with what there is.',
    type: 'object',
    properties: {
      error: {
        type: 'object',
        properties: { code: text, message: text, details: { type: 'object', additionalProperties: true } },
      },
      requestId: text,
    },
    examples: [
      {
        error: {
          code: 'fixedByFile',
          message: 'The user 3:12 is fixed by partyline.yaml:12: change it there, and reload.',
          details: { file: 'partyline.yaml', line: 12 },
        },
        requestId: '2dd1af5c9f3b0c7e41aa',
      },
    ],
  },
} as const;

export const reloadAnswer = {
  description:
    'What has changed; keys that count from the next start on; what is stored but no longer in the file; and what had been changed over HTTP and is as the file says now.',
  type: 'object',
  properties: {
    changed: {
      type: 'array',
      items: object({ what: text, id: text, change: { enum: ['created', 'changed', 'removed'] } }),
    },
    needsRestart: texts,
    left: { type: 'array', items: object({ what: text, id: text }) },
    overwritten: { type: 'array', items: object({ what: text, id: text }) },
  },
} as const;
