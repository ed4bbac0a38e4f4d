import type { Words } from './meet.en.ts';
import { pageWords, useWordsOf } from './page-words.ts';

export type { Words } from './meet.en.ts';

export const meetWords = pageWords<Words>({
  en: () => import('./meet.en.ts').then(({ en }) => en),
  de: () => import('./meet.de.ts').then(({ de }) => de),
});

export const useWords = () => useWordsOf(meetWords);
