import type { Words } from './nowhere.en.ts';

export const de: Words = {
  title: 'Unter dieser Adresse ist nichts',
  lead: 'Vielleicht ist die Adresse vertippt, oder was hier war, ist umgezogen. Dem Server fehlt nichts.',
  asked: 'Gefragt war',
  ways: 'Hier geht es weiter',
  toStart: 'Startseite: drei Türen zum Ausprobieren',
  toMeeting: 'An einer Besprechung teilnehmen',
  toAgent: 'Arbeitsplatz',
  toConsole: 'Konsole für Administratoren',
  toDocs: 'Schnittstellen lesen und ausprobieren',
  toGuide: 'Das Handbuch (Englisch)',
};
