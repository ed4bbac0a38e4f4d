/** What the numbers of the carrier in the box do; in English the server says it. */
const does: Readonly<Record<string, string>> = {
  '2025550100': 'meldet sich sofort und sagt nichts; kostet fast nichts (für Last)',
  '2025550101':
    'klingelt eine Sekunde, meldet sich, spricht, piept dann alle paar Sekunden; ebenso jede Nummer, die hier nicht steht',
  '2025550102': 'meldet sich sofort, sagt nichts und legt nach einer Sekunde auf (für Last)',
  '202555011n': 'meldet sich nach n Sekunden und spricht dann (0: sofort)',
  '202555012n': 'meldet sich und legt nach n Sekunden auf (0: sofort)',
  '2025550130': 'ist besetzt (486)',
  '2025550131': 'klingelt, und niemand meldet sich',
  '2025550132': 'klingelt, lehnt dann ab (603)',
  '2025550133': 'gibt es nicht (404)',
  '2025550134': 'ist nicht zu erreichen: das Netz ist überlastet (503)',
  '2025550135': 'leitet um (302) zu 2025550101',
  '2025550136': 'antwortet gar nicht, wie aus einem toten Netz',
  '2025550140': 'Anrufbeantworter: spricht, piept, hört zu, bis es still ist, legt auf',
  '2025550141': 'Echo: sendet zurück, was es hört',
  '2025550142': 'eigener Klingelton: ist 3 Sekunden zu hören, bevor es sich meldet (183 mit SDP)',
  '2025550143': 'Ansage vor der Antwort, dann abgelehnt (404)',
  '2025550144': 'will seine vorläufige Antwort bestätigt haben (PRACK), meldet sich dann',
  '2025550145': 'spricht über ein schlechtes Netz: 5 % der Pakete gehen verloren, alle kommen bis zu 60 ms spät',
  '2025550146': 'meldet sich und ist nach 5 Sekunden wortlos weg (kein BYE, keine Antworten, keine Pakete)',
  '2025550147': 'spricht über ein unruhiges Netz: Pakete kommen bis zu 300 ms spät, in anderer Reihenfolge',
  '555018n…':
    'meldet sich und gibt über die Tasten ein: Die erste Ziffer sagt, wie lang die Konferenznummer ist; dann folgen diese Nummer und die PIN. 555018132233 gibt 3# und 2233# ein, 55501802233 nur 2233#',
  '555019n…': 'dasselbe, gibt aber vor der richtigen PIN eine falsche ein',
};

export function sandboxDoesInGerman(number: string): string | null {
  return does[number] ?? null;
}
