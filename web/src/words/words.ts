import { createContext, useContext } from 'react';
import { de } from './de.ts';
import { en, type Words } from './en.ts';

export type Language = 'en' | 'de';

export const languages: Readonly<Record<Language, Words>> = { en, de };

const WordsContext = createContext<Words>(en);

export const WordsProvider = WordsContext.Provider;

export function useWords(): Words {
  return useContext(WordsContext);
}

export function isLanguage(text: string | null): text is Language {
  return text !== null && Object.hasOwn(languages, text);
}

/** As chosen before, or as the browser is set. */
export function firstLanguage(chosen: string | null, preferred: readonly string[]): Language {
  if (isLanguage(chosen)) return chosen;
  for (const tag of preferred) {
    const language = tag.slice(0, 2).toLowerCase();
    if (isLanguage(language)) return language;
  }
  return 'en';
}
