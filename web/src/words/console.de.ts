import type { Words } from './console.en.ts';

export const de: Words = {
  title: 'Konsole',
  signInLead: 'Jede Konferenz, während sie läuft, und warum ein Anruf scheiterte. Für Administratoren.',
  sections: 'Bereiche',
  overview: 'Überblick',
  live: 'Laufende Konferenzen',
  calls: 'Anrufe',
  unknownPage: 'Diese Seite gibt es hier nicht.',
  overviewEmpty: 'Noch nichts zu zeigen',
  overviewEmptyHint: 'Was gerade läuft, erscheint hier.',
};
