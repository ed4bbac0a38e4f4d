/** What a sentence is filled in with. */
export type Details = Readonly<Record<string, string | number | null>>;

type Sentence = (details: Details) => string;
type Value = Details[string] | undefined;

const seconds = (ms: Value): string => {
  const all = Math.round(Number(ms ?? 0) / 1000);
  return all < 90 ? `${all} s` : `${Math.round(all / 60)} min`;
};
const percent = (share: Value): string => `${Math.round(Number(share ?? 0) * 100)} %`;
const times = (count: Value): string => (count === 1 ? 'once' : `${count} times`);
const said = ({ status, text }: { readonly status: Value; readonly text: Value }): string =>
  `${status}${text === null || text === undefined || text === '' ? '' : ` (${text})`}`;

/** One for each thing that can go wrong: `who` is always there, the rest as the sentence needs it. */
export const sentences = {
  // A conference let nobody in.
  wrongPin: ({ who, conference, tries }: Details) =>
    `${who} gave a wrong PIN for conference ${conference} ${times(tries ?? 1)} and did not get in.`,
  lockedOut: ({ who, conference, until }: Details) =>
    `${who} is locked out of conference ${conference} after too many wrong PINs${until === null ? '' : `, until ${until}`}.`,
  unknownConference: ({ who }: Details) => `${who} gave no number of a conference that there is.`,
  conferenceClosed: ({ who, conference }: Details) =>
    `Conference ${conference} was closed by its schedule when ${who} asked for it.`,
  conferenceFull: ({ who, conference }: Details) => `Conference ${conference} was full when ${who} asked for it.`,
  conferenceLocked: ({ who, conference }: Details) =>
    `Conference ${conference} was locked by a moderator when ${who} asked for it.`,
  entryUnavailable: ({ who, conference }: Details) =>
    `The server could not let ${who} into conference ${conference}: it was ending, or could not store it.`,
  gaveUpAsked: ({ who }: Details) => `${who} hung up while being asked for the number or PIN of a conference.`,
  nothingEntered: ({ who }: Details) => `${who} entered neither number nor PIN in time.`,

  // A phone was not reached.
  busy: ({ who, status }: Details) => `${who} was busy${status === null ? '' : ` (${status})`}.`,
  doNotDisturb: ({ who }: Details) => `${who} has do-not-disturb set, so its phone was not rung.`,
  noAnswer: ({ who, ms, rang }: Details) =>
    rang === 1 ? `${who} rang for ${seconds(ms)} and did not answer.` : `${who} did not answer within ${seconds(ms)}.`,
  rejected: ({ who, status }: Details) => `${who} refused the call${status === null ? '' : ` (${status})`}.`,
  notRegistered: ({ who }: Details) => `No phone is registered for ${who}.`,
  banned: ({ who, source }: Details) =>
    `No phone is registered for ${who}: its login is banned at ${source} after wrong passwords.`,
  forwardedNowhere: ({ who }: Details) => `Calls to ${who} are forwarded to where nobody can be reached.`,
  codec: ({ who, status, text }: Details) =>
    `${who} and this server have no codec or way of sound in common: ${said({ status, text })}.`,
  phoneFailed: ({ who, status, text }: Details) => `The phone of ${who} refused with ${said({ status, text })}.`,
  noCapacity: ({ who }: Details) =>
    `There was no room for ${who}: no port for its sound, or no media process to take it.`,

  // Over a trunk.
  trunkDown: ({ who, trunk }: Details) => `No address of trunk ${trunk} could be reached, so ${who} was not called.`,
  carrierSilent: ({ who, trunk, ms }: Details) =>
    `The carrier on trunk ${trunk} said nothing about the call to ${who} for ${seconds(ms)}: neither that it rings nor that it cannot be reached.`,
  carrierUnknown: ({ who, trunk, status }: Details) =>
    `The carrier on trunk ${trunk} knows no such number as ${who} (${status}).`,
  carrierForbids: ({ who, trunk, status, text }: Details) =>
    `The carrier on trunk ${trunk} does not allow the call to ${who}: ${said({ status, text })}.`,
  carrierLogin: ({ who, trunk, status }: Details) =>
    `The carrier on trunk ${trunk} did not take our user name and password (${status}), so ${who} was not called.`,
  carrierFailed: ({ who, trunk, status, text }: Details) =>
    `The carrier on trunk ${trunk} could not put the call to ${who} through: ${said({ status, text })}.`,

  // Refused before there was a call.
  dialPlan: ({ number }: Details) => `No rule of the dial plan allows ${number}.`,
  denied: ({ number, rule }: Details) => `Rule ${rule} of the list of numbers that are denied forbids ${number}.`,
  notAllowed: ({ number }: Details) => `The list of numbers that are allowed does not have ${number}.`,
  budget: ({ number, whose, limit, bound }: Details) =>
    `The limit of ${whose} was used up: ${bound} ${bound === 1 ? 'call' : 'calls'} ${limit === 'perMinute' ? 'a minute' : 'at once'}, so ${number} was not called.`,
  wrongPassword: ({ who, number }: Details) =>
    `${who} did not give the right password, so the call to ${number} was not taken.`,
  unknownNumber: ({ who, number }: Details) =>
    `${number} leads nowhere for ${who}: it is no extension, conference or public number, and no rule of the dial plan takes it.`,
  tooManyCalls: ({ who, number }: Details) =>
    `The call of ${who} to ${number} came when as many calls a second were being made as limits.callsPerSecond allows.`,
  inviteRefused: ({ status, text }: Details) => `The INVITE was refused: ${said({ status, text })}.`,

  // It was there, and dropped.
  callerGaveUp: ({ who, ms }: Details) => `${who} gave up after ${seconds(ms)}, before anybody answered.`,
  removed: ({ who }: Details) => `${who} was put out by a moderator or an administrator.`,
  moderatorsLeft: ({ who }: Details) => `The last moderator left, and that ended the conference for ${who}.`,
  durationLimit: ({ who, ms }: Details) => `The call of ${who} reached the longest it may last: ${seconds(ms)}.`,
  phoneSilent: ({ who }: Details) => `The phone of ${who} no longer answered: its network or the phone was gone.`,
  soundLost: ({ who, ms }: Details) =>
    `Nothing was heard from the phone of ${who} for ${seconds(ms)}, so the server ended it.`,
  mediaProcess: ({ who }: Details) => `The media process with the sound of ${who} died.`,
  mediaFailed: ({ who }: Details) => `The sound of ${who} could not be set up or went away.`,
  networkLost: ({ who }: Details) => `The connection to the phone of ${who} broke.`,
  restarted: ({ who }: Details) => `The server was killed or lost power while ${who} was in the call.`,
  shutdown: ({ who }: Details) => `The server was shut down while ${who} was in the call.`,

  // It was there, and did not sound well.
  oneWay: ({ who, ms }: Details) =>
    `One-way sound: in ${seconds(ms)} not one packet came from ${who}. A firewall, NAT or a wrong address in its SDP keeps it away.`,
  loss: ({ who, share, ms }: Details) =>
    `${percent(share)} of the packets from ${who} were lost over ${seconds(ms)}: its network is congested or weak.`,
  jitter: ({ who, jitterMs }: Details) =>
    `Packets from ${who} came up to ${Math.round(Number(jitterMs))} ms unevenly: its network is congested or weak.`,
} as const satisfies Readonly<Record<string, Sentence>>;
