import type { Words } from './common.en.ts';
import { pageWords, useWordsOf } from './page-words.ts';

export type { Words } from './common.en.ts';

export const commonWords = pageWords<Words>({
  en: () => import('./common.en.ts').then(({ en }) => en),
  de: () => import('./common.de.ts').then(({ de }) => de),
});

export const useCommonWords = () => useWordsOf(commonWords);
