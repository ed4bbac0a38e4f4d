import type { Words } from './sandbox.en.ts';
import { sandboxDoesInGerman } from './sandbox-numbers.de.ts';

export const de: Words = {
  title: 'Nummern der Sandbox',
  lead: 'Die Sandbox ist ein Telefonnetz in diesem Rechner: echtes SIP und RTP, nirgends ein Konto, und niemand draußen kann angerufen werden. Wählen Sie diese Nummern von einem Telefon, oder laden Sie eine in eine Konferenz ein.',
  runsAt: 'Es läuft unter',
  off: 'Das eingebaute Telefonnetz läuft hier nicht',
  offHint:
    'Eine Leitung ist eingerichtet, oder die Sandbox ist aus. Mit `sandbox: on` in der Konfigurationsdatei läuft sie neben Leitungen.',
  failed: 'Der Server hat nicht gesagt, welche Nummern es gibt.',
  number: 'Nummer',
  does: 'Was sie tut',
  digits:
    'n steht für eine Ziffer; +, 1 oder +1 davor ändern nichts; bei jeder anderen Nummer meldet sich jemand, der spricht.',
  sandboxDoes: sandboxDoesInGerman,
  invite: 'Eine in eine Konferenz einladen',
  request: 'Die Anfrage',
  tokenFrom:
    'TOKEN kommt von POST /oauth/token.php mit Schlüssel und Geheimnis einer App; der erste Start hat eine gezeigt.',
  tryIt: 'Eine von der Startseite anrufen',
  guide: 'Mehr zur Sandbox im Handbuch (Englisch)',
};
