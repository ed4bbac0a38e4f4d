import { filterOps } from './collection.ts';

/* What all collections and errors look like, for the description of the interface (OpenAPI). Nothing is refused by it: see plugin.ts. */

export const errorAnswer = <Description extends string>(description: Description) =>
  ({
    description,
    type: 'object',
    required: ['error'],
    properties: {
      error: {
        type: 'object',
        required: ['code', 'message'],
        properties: { code: { type: 'string' }, message: { type: 'string' } },
      },
    },
  }) as const;

/** Of every request. */
export const errorAnswers = {
  400: errorAnswer('Something in the request is missing or invalid: `code` says what.'),
  401: errorAnswer('`access_denied`: there is no access token, or it is good no more.'),
  '4XX': errorAnswer('The request is refused.'),
  '5XX': errorAnswer('Not done, and not because of the request.'),
} as const;

/** Of a request that calls somebody, or changes a call. */
export const callErrorAnswers = {
  ...errorAnswers,
  403: errorAnswer('`destination_not_allowed`: the number is not allowed to be called from here.'),
  409: errorAnswer(
    'Not as things stand: a limit, a full, locked or closed conference, the state of the call, no phone (`pc_unreachable`).',
  ),
} as const;

/** Of a request that may be repeated under its key. */
export const reusedKeyAnswer = errorAnswer('`idempotency_key_reused`: the key was used for another request.');

const text = (description: string) => ({ type: 'string', description }) as const;
const numeric = (description: string) => ({ type: ['integer', 'string'], description }) as const;

/** The standard parameters of every collection. */
export const collectionParameters = (filterBy: readonly string[]) =>
  ({
    count: numeric('Entries on a page, 1 to 5000. Default 20.'),
    startIndex: numeric('Where the page begins, 0 to 5000. Default 0.'),
    filterBy: { type: 'string', enum: filterBy },
    filterOp: { type: 'string', enum: [...filterOps], description: 'Default contains.' },
    filterValue: text('For inArray: joined by commas.'),
    fields: text('Only these fields in the answer, joined by commas.'),
    sortOrder: { type: 'string', enum: ['asc', 'desc', 'ascending', 'descending'] },
  }) as const;

/** One page of a collection. */
export const collectionAnswer = <Entry extends object>(description: string, entry: Entry) =>
  ({
    description,
    type: 'object',
    properties: {
      entry: { type: 'array', items: entry },
      startIndex: { type: 'integer' },
      totalResults: { type: 'integer' },
      itemsPerPage: { type: 'integer' },
      filtered: { type: 'boolean' },
      sorted: { type: 'boolean' },
      paging: { type: 'object', properties: { next: { type: 'string' }, prev: { type: 'string' } } },
    },
  }) as const;
