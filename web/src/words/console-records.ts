import type { Words } from './console-records.en.ts';
import { pageWords, useWordsOf } from './page-words.ts';

export type { Words } from './console-records.en.ts';

export const recordWords = pageWords<Words>({
  en: () => import('./console-records.en.ts').then(({ en }) => en),
  de: () => import('./console-records.de.ts').then(({ de }) => de),
});

export const useRecordWords = () => useWordsOf(recordWords);
