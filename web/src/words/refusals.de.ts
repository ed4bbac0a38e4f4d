/** What the server says of a request that it refuses, as pages can get to see it. */
const german: Readonly<Record<string, string>> = {
  'Nothing can be tried here without a login.': 'Ohne Anmeldung gibt es hier nichts auszuprobieren.',
  'Too many visitors at once; try again in a minute.':
    'Zu viele Besucher auf einmal; versuchen Sie es in einer Minute.',
  'A conference cannot be called here: have the other party dial it.':
    'Eine Konferenz lässt sich hier nicht anrufen: Lassen Sie die andere Seite sie wählen.',
  'A device cannot call itself.': 'Ein Telefon kann sich nicht selbst anrufen.',
  'A device cannot monitor itself.': 'Ein Telefon beaufsichtigt sich nicht selbst.',
  'Missing or invalid Csrf token': 'Diese Seite ist veraltet. Laden Sie sie neu.',
  'Nothing can be stored now. Try again later.': 'Gerade lässt sich nichts speichern. Versuchen Sie es später.',
  'Pages of this origin are not allowed here.': 'Seiten von dieser Adresse dürfen hier nichts ändern.',
  'Somebody else brought this participant in.': 'Diesen Teilnehmer hat jemand anderes dazugeholt.',
  'Something went wrong here.': 'Auf dem Server ist etwas schiefgegangen.',
  'Something went wrong here; the log has the request id.':
    'Auf dem Server ist etwas schiefgegangen; in seinem Protokoll steht mehr.',
  'The PIN of the conference is wrong.': 'Die PIN der Konferenz stimmt nicht.',
  'The conference is not open at this time.': 'Die Konferenz findet jetzt nicht statt.',
  'The conference needs its number and its PIN: 211*3*PIN.':
    'Die Konferenz verlangt ihre Nummer und ihre PIN: 211*3*PIN.',
  'The device is in a call: put that on hold, or end it, first.':
    'Das Telefon ist in einem Gespräch: Halten oder beenden Sie es zuerst.',
  'The device is in this conference already: retrieve it.':
    'Das Telefon ist schon in dieser Konferenz: Holen Sie sie zurück.',
  'The server takes no requests now.': 'Der Server nimmt gerade nichts an.',
  'The user has no device.': 'Dieser Benutzer hat kein Telefon.',
  'There is no such call.': 'Diesen Anruf gibt es nicht mehr.',
  'There is no such conference.': 'Diese Konferenz gibt es nicht.',
  'There is no such device.': 'Dieses Telefon gibt es nicht.',
  'There is no such number.': 'Diese Nummer gibt es nicht.',
  'There is no such participant.': 'Dieser Teilnehmer ist nicht mehr da.',
  'There is no such user.': 'Diesen Benutzer gibt es nicht.',
  'This call may not be transferred to a public number.':
    'Dieser Anruf darf nicht an eine öffentliche Nummer übergeben werden.',
  'This number is not allowed to be called.': 'Diese Nummer darf nicht angerufen werden.',
  'Too many wrong PINs were given. Try again later.': 'Zu viele falsche PINs. Versuchen Sie es später.',
  'In a conference a party is transferred at once: ask without waiting for the answer.':
    'Eine Konferenz verlässt man sofort.',
  'A digit lasts 40 to 6000 ms.': 'Eine Ziffer dauert 40 bis 6000 ms.',
  'A phone cannot be forwarded to itself.': 'Ein Telefon wird nicht zu sich selbst umgeleitet.',
  'A supervisor cannot make a consultation call.': 'Eine Aufsicht hält keine Rückfrage.',
  'A call to a supervisor cannot be sent to another device.': 'Eine Aufsicht wird für sich angerufen.',
  'A supervisor cannot transfer a call, or be transferred.': 'Eine Aufsicht ist kein Teilnehmer.',
  'A call to a supervisor cannot be picked up at another phone.': 'Den Anruf einer Aufsicht nimmt niemand anderes an.',
  'At a phone in use only a call of two can begin.':
    'An einem benutzten Telefon kann nur ein Gespräch zu zweit beginnen.',
  'Attached data must be JSON.': 'Daten am Anruf müssen JSON sein.',
  'Calls are forwarded to a number: 1 to 40 of 0-9, *, #, +.':
    'Umgeleitet wird zu einer Nummer: 1 bis 40 Zeichen aus 0-9, *, #, +.',
  'Calls can be forwarded to phones and to numbers of the dial plan.':
    'Umgeleitet wird zu Telefonen und zu Nummern des Wählplans.',
  'Digits are 1 to 64 of 0-9, *, #, A-D.': 'Ziffern sind 1 bis 64 Zeichen aus 0-9, *, #, A-D.',
  'In a call of two the party that asks leaves: name no other to be transferred.':
    'In einem Gespräch zu zweit wird die andere Seite übergeben.',
  'Nobody has answered the original call yet.': 'Im ersten Anruf hat sich noch niemand gemeldet.',
  'Nobody has answered this call yet.': 'In diesem Anruf hat sich noch niemand gemeldet.',
  'Nobody hears this party yet.': 'Diesen Teilnehmer hört noch niemand.',
  'A device cannot be supervised by its own user.': 'Niemand beaufsichtigt das eigene Telefon.',
  'Nothing can be merged into this call.': 'Mit diesem Anruf lässt sich keiner verbinden.',
  'Nothing was dialled.': 'Es wurde nichts gewählt.',
  'Only a call of two can be limited in time.': 'Nur ein Gespräch zu zweit lässt sich befristen.',
  'Only a call of two can be merged into another.': 'Nur ein Gespräch zu zweit lässt sich mit einem anderen verbinden.',
  'Name the party to coach in mode coach, and in no other.': 'Zum Vorsagen gehört jemand, dem vorgesagt wird.',
  'Only mode coach takes a party to coach.': 'Nur wer vorsagt, hat jemanden dafür.',
  'A call can be brought only into a conference by somebody who is in it.':
    'Ein Anruf lässt sich nur in eine Konferenz holen, in der man selbst ist.',
  'Only one of two who talk can park the other.': 'Parken kann nur einer von zweien, die miteinander sprechen.',
  'Only somebody who has answered can be coached.': 'Vorsagen kann man nur jemandem, der sich gemeldet hat.',
  'Only a participant of a conference can become its moderator.':
    'Die Moderation kann nur übernehmen, wer an der Konferenz teilnimmt.',
  'The call takes no more parties.': 'Der Anruf nimmt niemanden mehr auf.',
  'The call takes no more supervisors.': 'Der Anruf nimmt keine Aufsicht mehr auf.',
  'The conference is full.': 'Die Konferenz ist voll.',
  'The conference is locked.': 'Die Konferenz ist abgeschlossen.',
  'The dial plan does not lead to this number.': 'Der Wählplan führt nicht zu dieser Nummer.',
  'The event log is not available.': 'Gerade lässt sich nichts speichern. Versuchen Sie es später.',
  'The party that is consulted has not answered yet.': 'Wer rückgefragt wird, hat sich noch nicht gemeldet.',
  'The server takes no new calls.': 'Der Server nimmt gerade keine Anrufe an.',
  'There is no such connection in this call.': 'Dieser Teilnehmer ist nicht mehr da.',
  'There is nobody to transfer yet.': 'Es ist noch niemand da, der übergeben werden könnte.',
  'With fewer than two others in the call there is nobody to listen to.':
    'Dann wäre niemand mehr da, dem man zuhören könnte.',
  'These are not two calls of one phone.': 'Das sind nicht zwei Anrufe eines Telefons.',
  'This agent has not logged on.': 'Dieser Agent ist nicht angemeldet.',
  'This call is no conference.': 'Dieser Anruf ist keine Konferenz.',
  'This call is not parked.': 'Dieser Anruf ist nicht geparkt.',
  'This call is not recorded.': 'Dieser Anruf wird nicht aufgenommen.',
  'This conference is always recorded.': 'Diese Konferenz wird immer aufgenommen.',
  'This conference is never recorded.': 'Diese Konferenz wird nie aufgenommen.',
  'This party is transferring the call already.': 'Dieser Teilnehmer hat seinen Anruf schon weitergegeben.',
  'This phone has not answered yet.': 'Dieses Telefon hat sich noch nicht gemeldet.',
  'The phone itself has put its call on hold: retrieve it at the phone first.':
    'Dieses Telefon hält das Gespräch selbst und muss es zuerst zurückholen.',
  'This phone cannot be made to answer: its user has to answer it.': 'An diesem Telefon muss selbst abgenommen werden.',
  'This phone rings to begin a call of its own: that cannot be sent to another device.':
    'Dieses Telefon klingelt für den Anruf, den es beginnen soll.',
  'This phone is in another call: put that on hold first, or swap the two.':
    'Dieses Telefon ist in einem anderen Gespräch: Halten Sie es zuerst, oder makeln Sie.',
  'This phone is in another call: put that on hold first.':
    'Dieses Telefon ist in einem anderen Gespräch: Halten Sie es zuerst.',
  'This phone is in no call at which another could wait.':
    'Dieses Telefon ist in keinem Gespräch, bei dem ein anderes warten könnte.',
  'This phone is in no call beside which it could begin another.':
    'Dieses Telefon ist in keinem Gespräch, neben dem es ein anderes beginnen könnte.',
  'These are not an active and a held call of one phone.':
    'Das sind nicht ein aktiver und ein gehaltener Anruf desselben Telefons.',
  'This device is being asked already.': 'Dieses Telefon wird schon befragt.',
  'This device is in the call already.': 'Dieses Telefon ist schon in diesem Anruf.',
  'This is not a consultation that can be completed.': 'Das ist keine Rückfrage, die sich abschließen lässt.',
  'This number is being called already.': 'Diese Nummer wird schon angerufen.',
  'Who is monitored is not in the call any more.': 'Wer beaufsichtigt wird, ist nicht mehr in diesem Anruf.',
  'This phone is in this call already.': 'Dieses Telefon ist schon in diesem Anruf.',
  'This phone is in this conference already.': 'Dieses Telefon ist schon in dieser Konferenz.',
  'This phone is in too many calls.': 'Dieses Telefon ist in zu vielen Anrufen.',
  'Too many phones are to ring at once.': 'So viele Telefone können nicht zugleich klingeln.',
  'Too many phones ring for this call.': 'Für diesen Anruf klingeln schon zu viele Telefone.',
  'Too many phones ring for this party.': 'Für diesen Teilnehmer klingeln schon zu viele Telefone.',
  'Too much data is attached.': 'Am Anruf hängen zu viele Daten.',
};

/** Why somebody who was dialled is not there. */
const reasons: Readonly<Record<string, string>> = {
  'it is busy': 'besetzt',
  'there is no answer': 'niemand nimmt ab',
  'there is nobody at this number': 'unter dieser Nummer ist niemand',
  'it was rejected': 'abgelehnt',
  'it is not allowed': 'nicht erlaubt',
  'there is no room for it': 'kein Platz für noch einen Anruf',
  'there is no sound in common': 'kein gemeinsamer Ton',
  'the network cannot be reached': 'das Netz ist nicht erreichbar',
  'it failed': 'der Anruf kam nicht zustande',
};

const withNames: readonly (readonly [RegExp, (name: string, why: string) => string])[] = [
  [
    /^Device '(.{1,64})' was not reached: ([a-z ]{1,40})\.$/,
    (number, why) => `${number} wurde nicht erreicht: ${reasons[why] ?? why}.`,
  ],
  [/^Device '(.{1,64})' is not registered\.$/, (number) => `Für ${number} ist kein Telefon angemeldet.`],
  [
    /^(\w{1,64}) is not possible (?:now|while the call is \w+)\.$/,
    () => 'Das ist bei diesem Anruf gerade nicht möglich.',
  ],
  [/^The feature ([\w-]{1,64}) is required\.$/, (feature) => `Dafür fehlt Ihnen das Recht ${feature}.`],
];

/** As the server said it where it is nothing of that. */
export function refusalInGerman(text: string): string {
  if (Object.hasOwn(german, text)) return german[text] ?? text;
  for (const [form, inGerman] of withNames) {
    const [, name, why = ''] = form.exec(text) ?? [];
    if (name !== undefined) return inGerman(name, why);
  }
  return text;
}
