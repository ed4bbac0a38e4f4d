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
const optionalNumber = { type: ['integer', 'null'] } as const;

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
  webhooks: {
    description: 'How the app wants to be told',
    type: 'object',
    properties: {
      callFlow: text,
      callStatus: text,
      hangupStatus: text,
      secret: { ...optionalText, description: 'Not shown: `hasSecret`' },
      hasSecret: flag,
    },
  },
} as const;
const trunk = {
  name: { ...text, examples: ['carrier'] },
  uri: { description: 'A SIP address, or several that are tried in this order', examples: ['sip:127.0.0.1:5080'] },
  inbound: {
    description: 'What the carrier proves itself with',
    type: ['object', 'null'],
    properties: { username: text, password: { ...text, description: 'Not shown: `hasPassword`' }, hasPassword: flag },
  },
  addresses: texts,
  username: optionalText,
  register: flag,
  registerExpires: { ...text, examples: ['5m'] },
  options: { ...text, examples: ['30s', 'off'] },
  prack: { enum: ['supported', 'required', 'off'] },
  failover: { ...text, examples: ['4s'] },
} as const;

const rule = {
  match: { ...text, description: 'A regular expression of what was dialled', examples: ['^\\+?[0-9]{7,15}$'] },
  trunk: text,
  strip: number,
  prepend: text,
  position: { ...number, description: 'From 1; by default the last' },
} as const;
const limits = {
  pinAttempts: number,
  pinLockout: { ...text, examples: ['15m'] },
  dialOutPerMinute: number,
  dialOutConcurrent: number,
  dialOutPerUserPerMinute: optionalNumber,
  dialOutPerUserConcurrent: optionalNumber,
  dialOutPerConferencePerMinute: optionalNumber,
  dialOutPerConferenceConcurrent: optionalNumber,
  dialOutAllow: texts,
  dialOutDeny: texts,
  callsPerSecond: number,
  silence: { ...text, examples: ['off', '30m'] },
} as const;
/** What may be given with a record, and is changed at a collection of its own later. */
const within = (path: string) => ({
  description: `As in the file; changed at /admin/v1/${path}`,
  type: 'array',
  items: { type: 'object' },
});

const object = (properties: object, required: readonly string[] = []) => ({ type: 'object', properties, required });
const shown = (description: string, properties: object) => ({ description, type: 'object', properties });

export const collections: readonly Described[] = [
  {
    kind: 'organization',
    path: 'organizations',
    summary: { one: 'an organization', many: 'organizations' },
    body: object({ id: number, ...organization, users: within('users'), apps: within('apps') }),
    view: shown('The organization.', { id: number, ...organization, ...always }),
  },
  {
    kind: 'user',
    path: 'users',
    summary: { one: 'a user', many: 'users' },
    body: object({ ...belongs, id: number, ...user, password: optionalText, extensions: within('extensions') }),
    view: shown('The user.', { ...belongs, id: number, ...user, hasPassword: flag, ...always }),
  },
  {
    kind: 'extension',
    path: 'extensions',
    summary: { one: 'an extension', many: 'extensions' },
    body: object(
      {
        ...belongs,
        user: number,
        number: text,
        ...extension,
        sipPassword: optionalText,
        conferences: within('conferences'),
      },
      ['user', 'number'],
    ),
    view: shown('The extension.', {
      ...belongs,
      id: text,
      user: number,
      number: text,
      ...extension,
      hasSipPassword: flag,
      ...always,
    }),
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
    view: shown('The app.', {
      ...belongs,
      key: text,
      hasSecret: flag,
      secret: { ...text, description: 'In the answer alone that it was made in' },
      ...app,
      liveTokens: number,
      tokens: { type: 'array', items: { type: 'object' } },
      ...always,
    }),
  },
  {
    kind: 'trunk',
    path: 'trunks',
    summary: { one: 'a trunk', many: 'trunks' },
    body: object({ ...trunk, password: optionalText }, ['name', 'uri']),
    view: shown('The trunk.', { ...trunk, hasPassword: flag, ...always }),
  },
];

/** Of PATCH: what a record is part of does not change, and what is part of it is changed elsewhere. */
const notChanged: ReadonlySet<string> = new Set(['organization', 'users', 'apps', 'extensions', 'conferences']);

export function patchOf({ kind, body }: Described): object {
  const { properties } = body as { properties: Readonly<Record<string, object>> };
  const kept = Object.entries(properties).filter(
    ([key]) => !notChanged.has(key) && !(kind === 'conference' && key === 'extension'),
  );
  return {
    ...object(Object.fromEntries(kept)),
    description: 'JSON merge patch (RFC 7396): what is not named stays, null: as by default.',
  };
}

export const dialRule = {
  body: object(rule, ['match', 'trunk']),
  patch: { ...object(rule), description: 'JSON merge patch (RFC 7396).' },
  view: shown('The row; `position` from 1.', { id: number, ...rule, ...always }),
};
export const limitsAll = {
  patch: { ...object(limits), description: 'Keys of `limits` as in the file; null: as by default.' },
  view: shown('The limits that hold; `fixedKeys`: those that the file fixes.', {
    ...limits,
    fixedKeys: { type: 'object', additionalProperties: fixedBy },
    ...always,
  }),
};

export const requestKey = {
  type: 'object',
  properties: {
    'Idempotency-Key': {
      ...text,
      minLength: 1,
      maxLength: 255,
      description: 'Of one change: repeated with it, it is done once, and the answer is the first one',
    },
  },
} as const;

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
          message: 'The user 3-12 is fixed by partyline.yaml:12: change it there, and reload.',
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
