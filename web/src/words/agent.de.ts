import type { Words } from './agent.en.ts';

export const de: Words = {
  title: 'Arbeitsplatz',
  signInLead: 'Anrufe annehmen, rückfragen und beide zu einer Konferenz verbinden.',
};
