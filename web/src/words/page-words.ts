import { type Context, createContext, useContext } from 'react';
import { isolating } from './isolated.ts';
import type { Language } from './language.ts';

/** Words of a page: a file for each language, loaded when that language is shown. */
export interface PageWords<W> {
  readonly load: Readonly<Record<Language, () => Promise<W>>>;
  readonly context: Context<W | null>;
}

export function pageWords<W>(load: PageWords<W>['load']): PageWords<W> {
  return {
    load: { en: async () => isolating(await load.en()), de: async () => isolating(await load.de()) },
    context: createContext<W | null>(null),
  };
}

/** The words in the language that is shown. */
export function useWordsOf<W>({ context }: PageWords<W>): W {
  const words = useContext(context);
  if (words === null) throw new Error('These words are not loaded for this page.');
  return words;
}
