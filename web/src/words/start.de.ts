import type { Words } from './start.en.ts';

export const de: Words = {
  title: 'Eine Konferenz, mehrere Türen',
  lead: 'Menschen am Telefon, im Browser und am Platz eines Callcenters sprechen in derselben Konferenz.',
  ready: 'Der Server läuft.',
};
