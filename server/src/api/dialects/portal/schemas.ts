import type { PortalCode } from './errors.ts';

/** What the routes of the portal take and answer, for OpenAPI: it describes, and refuses nothing. */

const text = { type: 'string' } as const;
const maybeText = { type: ['string', 'null'] } as const;
const object = (properties: object, description = 'OK') => ({ description, type: 'object', properties });
const error = (description: string, errorCode: PortalCode, errorMsg: string) => ({
  ...object(
    { error: { type: 'array', items: { type: 'object', properties: { errorCode: text, errorMsg: text } } } },
    description,
  ),
  examples: [{ error: [{ errorCode, errorMsg }] }],
});
const tags = ['portal'];
const open = { tags, security: [] as { readonly [label: string]: readonly string[] }[] };

export const conferenceTokenSchema = {
  ...open,
  summary: 'A token to join a conference with',
  description:
    'May be asked from a page of any origin. The token is good for five minutes and can be used once. Without a passcode, a conference that has one asks for it when it is joined. `Authorization: UPToken …` of the owner makes a moderator.',
  body: {
    type: 'object',
    required: ['conferenceId'],
    properties: {
      conferenceId: { ...text, description: 'The meeting ID' },
      userName: { ...text, description: 'What the others see' },
      presentationOnly: { type: 'boolean' },
      passcode: { ...maybeText, description: "The participants' PIN, or the moderators'" },
      moderatorPin: maybeText,
      oneTimePin: maybeText,
      sessionId: maybeText,
      participantMode: { type: 'string', enum: ['AUDIO_VIDEO_WITH_PRESENTATION', 'AUDIO_WITH_PRESENTATION'] },
    },
  },
  response: {
    200: object({
      token: text,
      conferenceId: text,
      meetingName: text,
      meetingType: { type: 'string', enum: ['AUDIO_ONLY'] },
      oneTimeToken: text,
      bridgeNumber: maybeText,
      serviceGatewayUrl: text,
      uccpUrl: text,
    }),
    400: error(
      '`ERC_MISSING_REQUEST_PARAM`, `ERC_JC_INCORRECT_INPUT` (a wrong passcode), `ERC_MEETING_NOT_STARTED_YET`',
      'ERC_MISSING_REQUEST_PARAM',
      'conferenceId is missing.',
    ),
    401: error(
      '`ERC_AUTH_TOKEN_INVALID`, `ERC_AUTH_TOKEN_EXPIRED`',
      'ERC_AUTH_TOKEN_INVALID',
      'This token was not issued by this portal.',
    ),
    404: error('`ERC_JC_INCORRECT_INPUT`: no such meeting', 'ERC_JC_INCORRECT_INPUT', 'There is no meeting 999.'),
    429: error(
      '`ERC_AUTH_ACCESS_DENIED`: too many tokens, or too many wrong passcodes, with `Retry-After`',
      'ERC_AUTH_ACCESS_DENIED',
      'Too many wrong passcodes; try again later.',
    ),
  },
};

export const loginSchema = {
  ...open,
  summary: 'Log in, or see that a login is good',
  description:
    'Login and password in the body, or as `Authorization: UnifiedPortal base64(login:password)`; or `Authorization: UPToken …`.',
  body: { type: 'object', properties: { login: text, password: text, organizationAlias: maybeText } },
  response: {
    200: object({
      token: text,
      encryptedPassword: maybeText,
      expirationTime: { type: 'integer', description: 'ms since the epoch' },
      loginId: text,
      oauth2Authentication: { type: 'boolean' },
    }),
    401: error('`ERC_AUTH_USER_NAME`: login or password is wrong', 'ERC_AUTH_USER_NAME', 'Login or password is wrong.'),
  },
};

export const logoutSchema = {
  ...open,
  summary: 'Log out: the token of `Authorization: UPToken …` is good for nothing any more',
  response: { 200: object({ success: { type: 'boolean' } }) },
};

export function discoverySchema(shown: boolean): object {
  if (!shown) return { hide: true };
  return {
    ...open,
    summary: 'What there is, and where',
    response: { 200: object({ resources: { type: 'object' }, tenantAlias: text }) },
  };
}

export const sessionSchema = {
  ...open,
  summary: 'A session id',
  response: { 200: object({ sessionId: text }) },
};

export const tenantAliasSchema = {
  ...open,
  summary: 'Which tenant a meeting is of',
  querystring: { type: 'object', properties: { vrNumber: { ...text, description: 'The meeting ID' } } },
  response: {
    200: object({ alias: text, tenantAlias: text }),
    404: error('`ERC_JC_INCORRECT_INPUT`: no such meeting', 'ERC_JC_INCORRECT_INPUT', 'There is no meeting 999.'),
  },
};

export const meetingsSchema = {
  ...open,
  summary: "Search one's own meetings",
  description:
    "With `Authorization: UPToken …`. By time: those that take place between `startTime` and `endTime`, or after the one, or before the other; who repeats does with each of its dates, and one without a schedule takes place at any time. A time is `2026-01-05T09:00` (of each meeting's own zone), with a zone behind it, or milliseconds since 1970.",
  querystring: {
    type: 'object',
    properties: {
      number: text,
      conferenceId: text,
      subject: text,
      textToSearch: text,
      status: { type: 'string', enum: ['STARTED', 'SCHEDULED'] },
      startTime: text,
      endTime: text,
      detailed: { type: 'boolean', description: 'With the addresses to come in by' },
      offset: text,
      count: text,
    },
  },
  response: {
    200: object({ conferences: { type: 'array', items: { type: 'object' } }, total: { type: 'integer' } }),
    400: error(
      '`ERC_JC_INCORRECT_INPUT`: a time or number that cannot be read',
      'ERC_JC_INCORRECT_INPUT',
      'endTime must not be before startTime.',
    ),
    401: error('`ERC_AUTH_ACCESS_DENIED`: nobody is logged in', 'ERC_AUTH_ACCESS_DENIED', 'Log in to see meetings.'),
  },
};
