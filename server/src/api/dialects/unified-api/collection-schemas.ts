import { filterOps } from './collection.ts';

/* What all collections and errors look like, for the description of the interface (OpenAPI). Nothing is refused by it: see plugin.ts. */

export const errorAnswer = {
  description: 'What is wrong.',
  type: 'object',
  properties: {
    error: { type: 'object', properties: { code: { type: 'string' }, message: { type: 'string' } } },
  },
} as const;

export const errorAnswers = { '4XX': errorAnswer, '5XX': errorAnswer } as const;

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
    sortOrder: { type: 'string', enum: ['ascending', 'descending'] },
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
