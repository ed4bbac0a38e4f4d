import type { Words } from './nowhere.en.ts';
import { pageWords, useWordsOf } from './page-words.ts';

export const nowhereWords = pageWords<Words>({
  en: () => import('./nowhere.en.ts').then(({ en }) => en),
  de: () => import('./nowhere.de.ts').then(({ de }) => de),
});

export const useNowhereWords = () => useWordsOf(nowhereWords);
