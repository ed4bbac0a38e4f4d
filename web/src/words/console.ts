import type { Words } from './console.en.ts';
import { pageWords, useWordsOf } from './page-words.ts';

export type { Words } from './console.en.ts';

export const consoleWords = pageWords<Words>({
  en: () => import('./console.en.ts').then(({ en }) => en),
  de: () => import('./console.de.ts').then(({ de }) => de),
});

export const useConsoleWords = () => useWordsOf(consoleWords);
