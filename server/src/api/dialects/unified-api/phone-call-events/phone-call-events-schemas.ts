import {
  collectionAnswer,
  collectionParameters,
  errorAnswer,
  errorAnswers as errors,
} from '../collections/collection-schemas.ts';

const tags = ['phoneCallEvents'];

const ofExtension = {
  userId: { type: 'string', description: '@me, @viewer, @owner or the id of a user', examples: ['@me'] },
  extension: {
    type: 'string',
    description: 'Number of a terminal or conference extension, short or extended',
    examples: ['211'],
  },
} as const;
const ofType = {
  ...ofExtension,
  type: { type: 'string', enum: ['0', '1', '2', '3', '4'], description: 'Type of the event', examples: ['2'] },
} as const;
const ofOne = { ...ofType, id: { type: 'string', description: 'Id of the event' } } as const;
const all = { type: 'object', properties: ofExtension } as const;
const some = { type: 'object', properties: ofType } as const;
const one = { type: 'object', properties: ofOne } as const;

const settings = {
  type: {
    type: 'string',
    enum: ['0', '1', '2', '3', '4'],
    description: '0 Dial-In, 1 Dial-Out, 2 Hangup, 3 Answer of an incoming call, 4 Answer of an outgoing call',
  },
  method: { type: 'string', enum: ['0', '1'], description: '0 GET with a query, 1 POST of a form' },
  url: { type: 'string', description: 'Where the event is told, http or https' },
  status: { type: 'string', enum: ['0', '1'], description: '0 disabled, 1 enabled (default)' },
  note: { type: 'string' },
} as const;

const phoneCallEvent = {
  type: 'object',
  properties: {
    ...settings,
    id: { type: 'string' },
    modified: { type: 'string', format: 'date-time' },
    links: { type: 'object', properties: { self: { type: 'string' } } },
  },
} as const;

const filterBy = ['id', 'type', 'url', 'method', 'status', 'note', 'modified'];

const list = (summary: string, params: object) => ({
  summary,
  tags,
  params,
  querystring: { type: 'object', properties: collectionParameters(filterBy, 'url') },
  response: { 200: collectionAnswer('A page, by url', phoneCallEvent), ...errors },
});

const remove = (summary: string, params: object) => ({
  summary,
  tags,
  params,
  response: {
    200: { type: 'array', description: 'Those that were there', items: phoneCallEvent },
    204: { type: 'null', description: 'There was none' },
    ...errors,
  },
});

/** How the routes of phone call events are described (OpenAPI). Nothing is refused because of them. */
export const schemas = {
  create: {
    summary: 'Have a URL told what happens to an extension',
    tags,
    params: all,
    body: {
      type: 'object',
      required: ['type', 'method', 'url'],
      properties: settings,
      examples: [
        { type: '2', method: '1', url: 'https://app.example.test/calls', status: '0', note: 'Tried at /docs' },
      ],
    },
    response: {
      200: phoneCallEvent,
      ...errors,
      409: errorAnswer(
        '`limit_exceeded`: the extension has too many; `request_conflict`: the id of the request is in use.',
        { error: { code: 'limit_exceeded', message: 'The extension has too many phone call events.' } },
        'request_conflict',
      ),
    },
  },
  listAll: list('Which URLs are told what', all),
  listType: list('Which URLs are told of one type of event', some),
  listOne: list('Which URL is told of one event', one),
  update: {
    summary: 'Change what is told, or where',
    tags,
    params: one,
    body: { type: 'object', properties: settings, examples: [{ status: '0' }] },
    response: { 200: phoneCallEvent, ...errors },
  },
  removeAll: remove('Tell no more of an extension', all),
  removeType: remove('Tell no more of one type of event', some),
  removeOne: remove('Tell one URL no more', one),
} as const;
