import { type UnifiedApiErrorCode, unifiedApiErrors } from '../errors.ts';
import { filterOps } from './collection.ts';

/*
 * What all collections and errors look like, for the description of the interface (OpenAPI). Nothing is refused by it:
 * see plugin.ts.
 */

/** What an error of this code looks like; `more`: what the server adds to its message. */
const errorExample = (code: UnifiedApiErrorCode, more = '') => {
  const { message } = unifiedApiErrors[code];
  return { error: { code: code as string, message: `${message}${more}` } };
};

/** With real examples: the codes of the table, or whole bodies. */
export const errorAnswer = (description: string, ...examples: readonly (UnifiedApiErrorCode | object)[]) =>
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
    'x-examples': Object.fromEntries(
      examples.map((one) => {
        const value = typeof one === 'string' ? errorExample(one as UnifiedApiErrorCode) : one;
        return [(value as ReturnType<typeof errorExample>).error.code, { value }];
      }),
    ),
  }) as const;

/** Of every request. */
export const errorAnswers = {
  400: errorAnswer(
    'Something in the request is missing or invalid: `code` says what.',
    'user_invalid',
    'extension_invalid',
    'request_invalid',
  ),
  401: errorAnswer(
    '`access_denied`: there is no access token, or it is good no more.',
    errorExample('access_denied', ' Get an access token at POST http://127.0.0.1:8080/oauth/token.php.'),
  ),
  '4XX': errorAnswer('The request is refused.', 'request_too_large', 'too_many_requests'),
  '5XX': errorAnswer(
    'Not done, and not because of the request.',
    'request_not_implemented',
    'service_unavailable',
    'internal_server_error',
  ),
} as const;

/** Of a request that calls somebody, or changes a call. */
export const callErrorAnswers = {
  ...errorAnswers,
  400: errorAnswer(
    'Something in the request is missing or invalid: `code` says what.',
    'pc_source_invalid',
    'pc_destination_invalid',
    'pc_number_invalid',
    'pc_pin_invalid',
    'pc_phonecall_invalid',
    'extension_invalid',
  ),
  403: errorAnswer(
    '`destination_not_allowed`: the number is not allowed to be called from here.',
    'destination_not_allowed',
  ),
  409: errorAnswer(
    'Not as things stand: a limit, a full, locked or closed conference, the state of the call, no phone (`pc_unreachable`).',
    'limit_exceeded',
    'conference_full',
    'pc_state_invalid',
    'pc_unreachable',
    'pc_recording_invalid',
  ),
} as const;

/** Of a request that may be repeated under its key. */
export const reusedKeyAnswer = errorAnswer('`idempotency_key_reused`: the key was used for another request.', {
  error: {
    code: 'idempotency_key_reused',
    message: 'This Idempotency-Key was used for another request. Use a new key for a new request.',
  },
});

const text = (description: string) => ({ type: 'string', description }) as const;
const numeric = (description: string) => ({ type: ['integer', 'string'], description }) as const;

/** The standard parameters of every collection. */
export const collectionParameters = (filterBy: readonly string[], sortedBy: string) =>
  ({
    count: numeric('Entries on a page, 1 to 5000. Default 20.'),
    startIndex: numeric('Where the page begins, 0 to 5000. Default 0.'),
    filterBy: { type: 'string', enum: filterBy },
    filterOp: { type: 'string', enum: [...filterOps], description: 'Default contains.' },
    filterValue: text('For inArray: joined by commas.'),
    fields: text('Only these fields in the answer, joined by commas.'),
    sortOrder: { type: 'string', enum: ['asc', 'desc', 'ascending', 'descending'] },
    sortBy: { type: 'string', enum: [sortedBy] },
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
