import type { Words } from './console-call.en.ts';

type Details = Parameters<Words['why']>[1];

const seconds = (ms: unknown): string => {
  const all = Math.round(Number(ms ?? 0) / 1000);
  return all < 90
    ? `${all} s`
    : all < 5400
      ? `${Math.round(all / 60)} min`
      : `${(all / 3600).toFixed(1).replace('.', ',')} h`;
};
const percent = (share: unknown): string => `${Math.round(Number(share ?? 0) * 100)} %`;
const said = (status: unknown, text: unknown): string => `${status}${text == null || text === '' ? '' : ` (${text})`}`;

const why: Readonly<Record<string, (of: Details) => string>> = {
  wrongPin: ({ who, conference, tries }) =>
    `${who} hat für Konferenz ${conference} ${tries}-mal eine falsche PIN eingegeben und kam nicht hinein.`,
  lockedOut: ({ who, conference }) => `${who} ist nach zu vielen falschen PINs für Konferenz ${conference} gesperrt.`,
  unknownConference: ({ who }) => `${who} hat keine Nummer einer Konferenz eingegeben, die es gibt.`,
  conferenceClosed: ({ who, conference }) =>
    `Konferenz ${conference} war nach Plan geschlossen, als ${who} hineinwollte.`,
  conferenceFull: ({ who, conference }) => `Konferenz ${conference} war voll, als ${who} hineinwollte.`,
  conferenceLocked: ({ who, conference }) => `Konferenz ${conference} war abgeschlossen, als ${who} hineinwollte.`,
  entryUnavailable: ({ who, conference }) =>
    `Der Server konnte ${who} nicht in Konferenz ${conference} lassen: sie endete gerade, oder es ließ sich nicht speichern.`,
  gaveUpAsked: ({ who }) => `${who} legte auf, während nach Nummer oder PIN gefragt wurde.`,
  nothingEntered: ({ who }) => `${who} gab weder Nummer noch PIN rechtzeitig ein.`,
  busy: ({ who }) => `${who} war besetzt.`,
  doNotDisturb: ({ who }) => `${who} hat „Bitte nicht stören“ gesetzt, darum klingelte das Telefon nicht.`,
  noAnswer: ({ who, ms }) => `${who} ging nach ${seconds(ms)} nicht ans Telefon.`,
  rejected: ({ who }) => `${who} hat den Anruf abgelehnt.`,
  notRegistered: ({ who }) => `Für ${who} ist kein Telefon angemeldet.`,
  banned: ({ who, source }) =>
    `Für ${who} ist kein Telefon angemeldet: die Anmeldung von ${source} ist nach falschen Passwörtern gesperrt.`,
  forwardedNowhere: ({ who }) => `Anrufe an ${who} werden dorthin umgeleitet, wo niemand erreichbar ist.`,
  codec: ({ who, status, text }) => `${who} und der Server haben keinen gemeinsamen Codec: ${said(status, text)}.`,
  phoneFailed: ({ who, status, text }) => `Das Telefon von ${who} lehnte ab: ${said(status, text)}.`,
  noCapacity: ({ who }) => `Für ${who} war kein Platz: kein Port für den Ton oder kein Medienprozess.`,
  trunkDown: ({ who, trunk }) => `Keine Adresse des Trunks ${trunk} war erreichbar; ${who} wurde nicht angerufen.`,
  carrierSilent: ({ who, trunk, ms }) =>
    `Der Anbieter am Trunk ${trunk} hat ${seconds(ms)} lang nichts zum Anruf bei ${who} gesagt: weder dass es klingelt noch dass niemand zu erreichen ist.`,
  carrierUnknown: ({ who, trunk, status }) =>
    `Der Anbieter am Trunk ${trunk} kennt die Nummer von ${who} nicht (${status}).`,
  carrierForbids: ({ who, trunk, status, text }) =>
    `Der Anbieter am Trunk ${trunk} erlaubt den Anruf an ${who} nicht: ${said(status, text)}.`,
  carrierLogin: ({ trunk, status }) => `Der Anbieter am Trunk ${trunk} nahm unser Passwort nicht an (${status}).`,
  carrierFailed: ({ who, trunk, status, text }) =>
    `Der Anbieter am Trunk ${trunk} konnte den Anruf an ${who} nicht vermitteln: ${said(status, text)}.`,
  dialPlan: ({ number }) => `Keine Regel des Wählplans erlaubt ${number}.`,
  denied: ({ number, rule }) => `Die Regel ${rule} der gesperrten Nummern verbietet ${number}.`,
  notAllowed: ({ number }) => `Die Liste der erlaubten Nummern enthält ${number} nicht.`,
  budget: ({ number, bound, limit }) =>
    `Das Kontingent war verbraucht: ${bound} ${bound === 1 ? 'Anruf' : 'Anrufe'} ${limit === 'perMinute' ? 'in der Minute' : 'zugleich'}; ${number} wurde nicht angerufen.`,
  wrongPassword: ({ who, number }) =>
    `${who} hat nicht das richtige Passwort angegeben, deshalb wurde der Anruf an ${number} nicht angenommen.`,
  unknownNumber: ({ who, number }) =>
    `${number} führt für ${who} nirgendwohin: es ist keine Nebenstelle, Konferenz oder öffentliche Nummer, und keine Regel des Wählplans nimmt sie an.`,
  tooManyCalls: ({ who, number }) =>
    `Der Anruf von ${who} an ${number} kam, als schon so viele Anrufe in der Sekunde begannen, wie limits.callsPerSecond zulässt.`,
  inviteRefused: ({ status, text }) => `Das INVITE wurde abgelehnt: ${said(status, text)}.`,
  callerGaveUp: ({ who, ms }) => `${who} gab nach ${seconds(ms)} auf, ehe jemand abnahm.`,
  removed: ({ who }) => `${who} wurde von der Moderation oder Verwaltung entfernt.`,
  moderatorsLeft: ({ who }) => `Die letzte Moderation ging; damit endete die Konferenz für ${who}.`,
  durationLimit: ({ who, ms }) => `Der Anruf von ${who} erreichte die längste erlaubte Dauer: ${seconds(ms)}.`,
  phoneSilent: ({ who }) => `Das Telefon von ${who} antwortete nicht mehr: Netz oder Telefon waren weg.`,
  soundLost: ({ who, ms }) =>
    `Vom Telefon von ${who} war ${seconds(ms)} nichts zu hören; der Server beendete den Anruf.`,
  mediaProcess: ({ who }) => `Der Medienprozess mit dem Ton von ${who} starb.`,
  mediaFailed: ({ who }) => `Der Ton von ${who} kam nicht zustande oder brach ab.`,
  networkLost: ({ who }) => `Die Verbindung zum Telefon von ${who} brach ab.`,
  restarted: ({ who }) => `Der Server wurde abgeschossen oder verlor den Strom, während ${who} im Anruf war.`,
  shutdown: ({ who }) => `Der Server wurde beendet, während ${who} im Anruf war.`,
  oneWay: ({ who, ms }) =>
    `Ton nur in einer Richtung: in ${seconds(ms)} kam kein Paket von ${who}. Eine Firewall, NAT oder eine falsche Adresse im SDP hält es ab.`,
  loss: ({ who, share, ms }) =>
    `${percent(share)} der Pakete von ${who} gingen über ${seconds(ms)} verloren: das Netz dort ist überlastet oder schwach.`,
  jitter: ({ who, jitterMs }) =>
    `Pakete von ${who} kamen bis zu ${Math.round(Number(jitterMs))} ms ungleichmäßig: das Netz dort ist überlastet oder schwach.`,
};

type Phrase = Parameters<Words['event']>[0][number];
type Causes = Parameters<Words['event']>[1];

const keys = (count: unknown): string => (count === 1 ? 'eine Taste' : `${count} Tasten`);
const roles = { participant: 'Teilnehmer', moderator: 'Moderation', supervisor: 'Aufsicht' };
const entry: Readonly<Record<string, string>> = {
  unknownNumber: 'die Nummer gibt es nicht',
  wrongPin: 'falsche PIN',
  lockedOut: 'nach falschen PINs gesperrt',
  closed: 'geschlossen',
  full: 'voll',
  locked: 'abgeschlossen',
  unavailable: 'gerade nicht möglich',
};

const events: Readonly<Record<string, (of: Phrase, cause: string) => string>> = {
  callBegins: () => 'ein Anruf beginnt',
  accessBegins: () => 'ein Anruf beginnt, der nach einer Konferenz fragt',
  conferenceBegins: () => 'eine Konferenz beginnt',
  calls: ({ who }) => `${who} ruft an`,
  isDialled: ({ who }) => `${who} wird gewählt`,
  sentOnBy: ({ who }) => `weitergeleitet von ${who}`,
  sentOnByUnknown: () => 'weitergeleitet von jemandem, der unbekannt ist',
  isToBeDialled: ({ who }) => `${who} soll gewählt werden`,
  rings: () => 'klingelt',
  ringsAndIsHeard: () => 'klingelt und ist schon zu hören',
  comesIn: () => 'kommt herein',
  answers: () => 'nimmt ab',
  notReached: ({ status }, cause) => `nicht erreicht: ${cause}${status === undefined ? '' : ` (${status})`}`,
  holds: () => 'hält',
  isBackFromHold: () => 'hält nicht mehr',
  comeFromAnotherCall: ({ who, count }) => `${who} ${count === 1 ? 'kommt' : 'kommen'} aus einem anderen Anruf herein`,
  goesOnInAnotherCall: () => 'geht in einem anderen Anruf weiter',
  isSentOn: ({ to }) => `wird an ${to} weitergeleitet`,
  isForwarded: ({ who, to }) => `${who} wird an ${to} umgeleitet`,
  leaves: () => 'geht',
  leavesFor: (_, cause) => `geht: ${cause}`,
  isOver: () => 'der Anruf ist zu Ende',
  isOverFor: (_, cause) => `der Anruf ist zu Ende: ${cause}`,
  pressesKeys: ({ count }) => `drückt ${keys(count)}`,
  keysAreSent: ({ count }) => `${keys(count)} ${count === 1 ? 'wird' : 'werden'} gesendet`,
  recordingBegins: () => 'die Aufnahme beginnt',
  recordingEnds: () => 'die Aufnahme endet',
  recordingEndsFor: (_, cause) => `die Aufnahme endet: ${cause}`,
  recordingPauses: () => 'die Aufnahme pausiert',
  recordingGoesOn: () => 'die Aufnahme geht weiter',
  recordingIsCalled: ({ name }) => `die Aufnahme heißt ${name}`,
  isNotLetIn: ({ why: reason }) => `wird nicht eingelassen: ${entry[reason ?? ''] ?? reason}`,
  writesToAll: () => 'schreibt allen',
  writesTo: ({ who }) => `schreibt an ${who}`,
  pinsAreGuessed: ({ count }) => `PINs werden geraten: ${count} falsche`,
  talks: ({ who }) => `${who} spricht`,
  stopsTalking: ({ who }) => `${who} spricht nicht mehr`,
  isMuted: () => 'ist stumm',
  isUnmuted: () => 'ist nicht mehr stumm',
  isMutedByModeratorToo: () => 'ist auch von der Moderation stumm geschaltet',
  raisesHand: () => 'hebt die Hand',
  lowersHand: () => 'nimmt die Hand herunter',
  hearsNobody: () => 'hört niemanden',
  hearsAgain: () => 'hört wieder',
  hasRole: ({ role }) => `hat jetzt die Rolle ${roles[role as keyof typeof roles] ?? role}`,
  isLocked: () => 'die Konferenz ist abgeschlossen',
  isUnlocked: () => 'die Konferenz ist wieder offen',
  waitsForModerator: () => 'wartet auf die Moderation',
  waitsNoLonger: () => 'wartet nicht mehr',
  phoneHoldsToo: () => 'das Telefon selbst hält auch',
  isParked: () => 'ist geparkt',
  isParkedNoMore: () => 'ist nicht mehr geparkt',
  settingsChange: () => 'die Einstellungen der Konferenz ändern sich',
  dataChanges: ({ keys: names }) => `Daten ändern sich: ${names}`,
  changes: () => 'ändert sich',
  refusedBefore: () => 'wurde abgelehnt, ehe ein Anruf daraus wurde',
};

/** Null where one of it has no words here. */
function event(says: readonly Phrase[], causes: Causes): string | null {
  const said = says.map((phrase) => {
    const { cause = '', code } = phrase;
    return events[code]?.(phrase, causes[cause] ?? `${cause}`);
  });
  return said.length === 0 || said.includes(undefined) ? null : said.join(', ');
}

export const de: Words = {
  calls: 'Anrufe',
  live: 'Laufende Konferenzen',
  title: 'Anruf',
  back: '← Alle Anrufe',
  notFound: 'Diesen Anruf gibt es nicht.',
  notFoundHint: 'Sein Protokoll kann entfernt sein: retention.log sagt, wie lange Anrufe aufgehoben werden.',
  failed: 'Der Anruf konnte nicht gelesen werden.',
  running: 'Läuft',
  runningNow: 'Läuft gerade',
  runningList: 'Laufende Anrufe, als Tabelle',
  since: 'Seit',
  ended: (cause) => (cause === '' ? 'Beendet' : `Beendet: ${cause}`),
  lasted: (s) => seconds(s * 1000),
  people: (count) => (count === 1 ? '1 Teilnehmer' : `${count} Teilnehmer`),
  conference: (name, number) => (name === '' ? `Konferenz ${number}` : `${name} (${number})`),
  refusedCall: 'Ein abgelehnter Anruf',
  refusedCalls: 'Abgelehnt, bevor ein Anruf daraus wurde',
  refusedList: 'Abgelehnte Anrufe, als Tabelle',
  noRefusedCalls: 'Nichts wurde abgelehnt',
  noRefusedCallsHint:
    'Falsche Passwörter, Nummern, die nirgendwohin führen, Listen und Budgets stehen hier, jeweils mit dem Grund.',
  refusedFrom: 'Von',
  refusedNumber: 'Gewählt',
  refusedWhy: 'Warum',
  whyTitle: 'Was schiefging',
  whyKinds: { refused: 'Abgelehnt', failed: 'Fehlgeschlagen', dropped: 'Abgebrochen', quality: 'Ton' },
  why: (code, of) => why[code]?.(of) ?? null,
  event,
  eventNumber: (seq) => `Ereignis ${seq}`,
  timeline: 'Zeitachse',
  timelineLabel: (lanes, events) =>
    `Zeitachse mit ${lanes} Teilnehmern und ${events} Ereignissen. Pfeiltasten bewegen den Zeiger, Plus und Minus vergrößern.`,
  zoomIn: 'Vergrößern',
  zoomOut: 'Verkleinern',
  whole: 'Ganzer Anruf',
  findParticipant: 'Nur Teilnehmer zeigen, deren Name oder Nummer enthält',
  tooMany: (shown, all) => `Gezeichnet sind die ersten ${shown} von ${all} Teilnehmern; grenzen Sie sie oben ein.`,
  legend: {
    present: 'im Anruf',
    talking: 'spricht',
    hold: 'gehalten',
    muted: 'stumm',
    ringing: 'klingelt',
    level: 'Pegel',
    loss: 'verlorene Pakete',
    jitter: 'Jitter ab 30 ms',
    mos: 'schlecht zu verstehen (MOS unter 3,6)',
    digits: 'Tasten gedrückt',
  },
  recording: 'Aufnahme',
  details: 'Am Zeiger',
  events: 'Ereignisse',
  messages: 'SIP-Nachrichten',
  participants: 'Teilnehmer',
  sound: ({ jitterMs, level, loss, mos }) =>
    [
      ...(level === null ? [] : [`${Math.round(level)} dB`.replace('-', '−')]),
      `${(loss * 100).toFixed(loss > 0 && loss < 0.1 ? 1 : 0).replace('.', ',')} % verloren`,
      `Jitter ${Math.round(jitterMs)} ms`,
      ...(mos === null ? [] : [`MOS ${mos.toFixed(1).replace('.', ',')}`]),
    ].join(' · '),
  withTalking: 'Auch wer zu sprechen beginnt und aufhört',
  noEvents: 'Keine Ereignisse.',
  noMessages: 'Von diesem Anruf sind keine SIP-Nachrichten aufgehoben.',
  earlier: 'Früher',
  later: 'Später',
  range: (from, to, all) => `${from} bis ${to} von ${all}`,
  roles,
  message: 'SIP-Nachricht',
  messageGone: 'Diese Nachricht ist nicht mehr aufgehoben.',
  searchNumber: 'Nummer oder Name',
  searchCause: 'Warum es endete',
  searchFrom: 'Von',
  searchTo: 'Bis',
  search: 'Suchen',
  anyCause: 'Jeder Grund',
  when: 'Wann',
  who: 'Wer',
  how: 'Wie es endete',
  length: 'Dauer',
  parties: 'Teilnehmer',
  more: 'Ältere',
  noCalls: 'Keine Anrufe gefunden',
  noCallsYetHint: 'Jeder steht hier, sobald er beendet ist, und wie er endete: Probieren Sie einen aus der Sandbox.',
  noCallsHint: 'Eine andere Nummer, ein anderer Grund oder mehr Zeit findet vielleicht mehr.',
  openById: 'Einen Anruf nach Kennung öffnen',
  openByIdHint: 'Von einem Anruf, einer Verbindung, einem Bein, oder die Call-ID eines SIP-INVITE.',
  open: 'Öffnen',
  noLive: 'Keine Konferenz läuft',
  noLiveHint: 'Sobald sich jemand einwählt, steht sie hier.',
  locked: 'Abgeschlossen',
  waiting: 'Wartet auf Moderation',
  recorded: 'Wird aufgenommen',
  talking: 'spricht',
  mute: 'Stumm schalten',
  unmute: 'Ton an',
  remove: 'Entfernen',
  lock: 'Abschließen',
  unlock: 'Aufschließen',
  record: 'Aufnehmen',
  stopRecording: 'Aufnahme beenden',
  end: 'Konferenz beenden',
  endSure: 'Die Konferenz für alle beenden?',
  removeSure: (name) => `${name} aus der Konferenz entfernen?`,
  refused: 'Der Server hat das abgelehnt.',
  otherCalls: 'Andere Anrufe',
  oldestCalls: (count) => `Die ältesten ${count}.`,
  showOthers: (count) => `${count} weitere zeigen`,
  callsRunning: (count) => (count === 1 ? '1 Konferenz' : `${count} Konferenzen`),
};
