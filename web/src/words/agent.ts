import type { Words } from './agent.en.ts';
import { pageWords, useWordsOf } from './page-words.ts';

export type { Words } from './agent.en.ts';

export const agentWords = pageWords<Words>({
  en: () => import('./agent.en.ts').then(({ en }) => en),
  de: () => import('./agent.de.ts').then(({ de }) => de),
});

export const useAgentWords = () => useWordsOf(agentWords);
