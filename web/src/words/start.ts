import { pageWords, useWordsOf } from './page-words.ts';
import type { Words } from './start.en.ts';

export type { Words } from './start.en.ts';

export const startWords = pageWords<Words>({
  en: () => import('./start.en.ts').then(({ en }) => en),
  de: () => import('./start.de.ts').then(({ de }) => de),
});

export const useStartWords = () => useWordsOf(startWords);
