import type { Words } from './console-call.en.ts';
import { pageWords, useWordsOf } from './page-words.ts';

export type { Words } from './console-call.en.ts';

export const callWords = pageWords<Words>({
  en: () => import('./console-call.en.ts').then(({ en }) => en),
  de: () => import('./console-call.de.ts').then(({ de }) => de),
});

export const useCallWords = () => useWordsOf(callWords);
