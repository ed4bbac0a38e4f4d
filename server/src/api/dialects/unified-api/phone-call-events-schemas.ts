import { collectionAnswer, collectionParameters, errorAnswers as errors } from './collection-schemas.ts';

const tags = ['phoneCallEvents'];

const params = {
  type: 'object',
  properties: {
    userId: { type: 'string', description: '@me, @viewer, @owner or the id of a user' },
    extension: { type: 'string', description: 'Number of a terminal or conference extension, short or extended' },
    type: { type: 'string', enum: ['0', '1', '2', '3', '4'], description: 'Type of the event' },
    id: { type: 'string', description: 'Id of the event' },
  },
} as const;

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

/** How the routes of phone call events are described (OpenAPI). Nothing is refused because of them. */
export const schemas = {
  create: {
    summary: 'Have a URL told what happens to an extension',
    tags,
    params,
    body: { type: 'object', required: ['type', 'method', 'url'], properties: settings },
    response: { 200: phoneCallEvent, ...errors },
  },
  list: {
    summary: 'Which URLs are told what',
    tags,
    params,
    querystring: { type: 'object', properties: collectionParameters(filterBy) },
    response: { 200: collectionAnswer('A page, by url', phoneCallEvent), ...errors },
  },
  update: {
    summary: 'Change what is told, or where',
    tags,
    params,
    body: { type: 'object', properties: settings },
    response: { 200: phoneCallEvent, ...errors },
  },
  remove: {
    summary: 'Tell no more',
    tags,
    params,
    response: {
      200: { type: 'array', description: 'Those that were there', items: phoneCallEvent },
      204: { type: 'null', description: 'There was none' },
      ...errors,
    },
  },
} as const;
