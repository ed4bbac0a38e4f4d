import { pageWords, useWordsOf } from './page-words.ts';
import type { Words } from './sandbox.en.ts';

export const sandboxWords = pageWords<Words>({
  en: () => import('./sandbox.en.ts').then(({ en }) => en),
  de: () => import('./sandbox.de.ts').then(({ de }) => de),
});

export const useSandboxWords = () => useWordsOf(sandboxWords);
