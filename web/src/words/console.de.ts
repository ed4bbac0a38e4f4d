import type { Words } from './console.en.ts';

export const de: Words = {
  title: 'Konsole',
  signInLead: 'Jede Konferenz, während sie läuft, und warum ein Anruf scheiterte. Für Administratoren.',
  sections: 'Bereiche',
  overview: 'Überblick',
  live: 'Laufende Konferenzen',
  calls: 'Anrufe',
  directory: 'Verzeichnis',
  security: 'Telefone und Sperren',
  webhooks: 'Webhooks',
  recordings: 'Aufnahmen',
  unknownPage: 'Diese Seite gibt es hier nicht.',
  overviewFailed: 'Nicht alles davon war zu erfahren.',
  participants: 'Teilnehmer',
  registeredPhones: 'Angemeldete Telefone',
  bansNow: 'Sperren',
  people: (count) => (count === 1 ? '1 Teilnehmer' : `${count} Teilnehmer`),
  nobodyTalks: 'Keine Konferenz läuft',
  nobodyTalksHint: 'Eine Konferenz anwählen oder über die Besprechungsseite beitreten.',
  lastCalls: 'Zuletzt beendete Gespräche',
  noCallsYet: 'Noch ist kein Gespräch beendet',
};
