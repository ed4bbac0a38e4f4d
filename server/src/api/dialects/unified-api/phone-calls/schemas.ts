import {
  callErrorAnswers,
  collectionAnswer,
  collectionParameters,
  errorAnswers as errors,
} from '../collections/collection-schemas.ts';
import { actionNames } from './update/update.ts';
import { phoneCallFields } from './view.ts';

/*
 * What the routes take and answer, for the description of the interface (OpenAPI). Nothing is refused by it: see
 * plugin.ts. Values that are filled in to be tried are those of the sandbox organization and its carrier, and succeed
 * there as they are.
 */

const text = (description: string, example?: string) =>
  ({ type: 'string', description, ...(example === undefined ? {} : { examples: [example] }) }) as const;
const numeric = (description: string, example?: string) =>
  ({ type: ['integer', 'string'], description, ...(example === undefined ? {} : { examples: [example] }) }) as const;
const numbers = (description: string, example: string) =>
  ({
    description: `${description} An array, or one number alone.`,
    type: ['array', 'string'],
    items: { type: 'string' },
    examples: [[example]],
  }) as const;

const userId = text(
  '`@me` or `@viewer`: the user of the token. `@owner`: who owns the extension. Or the id of a user.',
  '@me',
);
const extension = text(
  'Number of an extension, short (`211`) or extended (`0003*211`); `@self`: all of the user.',
  '211',
);
const allOfUser = { ...extension, examples: ['@self'] } as const;
const phoneCallId = text('Id of the phone call, as the request that made it was answered.');
const fields = text(`Only these fields in the answer, joined by commas: ${phoneCallFields.join(', ')}.`);
const waitForPickup = numeric('Seconds to wait until the phone is picked up; then the call is cancelled. Default 25.');
const callDuration = numeric('Seconds the call lasts at most.');

const links = { type: 'object', properties: { self: text('Address of this phone call.') } } as const;

const view = {
  type: 'object',
  description: 'The phone call from the perspective of one extension.',
  properties: {
    id: text('`phoneCallViewId` of updates.', '00'),
    extension: text('Whose perspective it is.'),
    answered: text('When it was answered.'),
    status: text('0 unknown, 1 off hook, 2 trying, 3 ringing, 4 the other side is ringing, 5 on call.', '5'),
    callerId: text('What the called phone is shown.', 'John Doe <4242425>'),
    source: { type: 'array', items: { type: 'string' } },
    destination: { type: 'array', items: { type: 'string' } },
    flow: text('2 local, 4 outgoing public, 8 incoming public.', '4'),
    ringing: text('When it began to ring.'),
    recording: text('Since when it is recorded.'),
    parked: text('When it was parked.'),
    parkedPos: text('Where it is parked.'),
    parkedBy: text('Who parked it.'),
    onHold: text('When it was put on hold.'),
    holder: text('1: this side holds.'),
  },
} as const;

const phoneCall = {
  type: 'object',
  properties: {
    id: phoneCallId,
    extension: text('The extension that is charged.', '211'),
    ownerId: text('Id of the organization.'),
    ownerName: text('Name of the organization.'),
    answered: text('When the phone call was answered.', '2012-06-27T14:08:55Z'),
    published: text('When it entered the system.', '2012-06-27T14:08:50Z'),
    nonce: text('As given by the request that made it.'),
    phoneCallView: { type: 'array', items: view },
    links,
  },
} as const;

const created = {
  description: 'What was made, or hung up.',
  type: 'array',
  items: { type: 'object', properties: { id: phoneCallId, extension, links, link: links } },
} as const;

const collection = collectionAnswer('The phone calls that run now.', phoneCall);

const object = <Properties extends object>(properties: Properties, required: readonly string[] = []) =>
  ({ type: 'object', properties, required }) as const;

const callerId = text(
  'Name and number shown to the called phone. Default: the caller id of the extension.',
  'John Doe <4242425>',
);

const payload = (example: object, source: object, destination: object, more: object = {}) => ({
  ...object({
    extension: text('Who is charged. Where it is missing, the source.', '211'),
    nonce: text('Kept with the phone call and shown with it.'),
    phoneCallView: { type: 'array', items: object({ source, destination, callerId, ...more }) },
  }),
  examples: [example],
});

/** A request as it is filled in: who is charged, who is called first, and then. */
const exampleOf = (extension: string, source: string, destination: string) => ({
  extension,
  phoneCallView: [{ source: [source], destination: [destination], callerId: 'John Doe <4242425>' }],
});

const tags = ['phoneCalls'];

export const conferenceInviteSchema = {
  tags,
  summary: 'Invite somebody to a conference by phone',
  description:
    'Calls a public or local number and, once it answers, connects it to a scheduled conference. With number and PIN the invited party is in it at once; without them it is asked.',
  params: object({ userId }),
  querystring: object({
    waitForPickup,
    number: numeric('Number of the scheduled conference. Missing: the invited party is asked.', '4'),
    pin: text('PIN of the scheduled conference, where it has one. Missing: the invited party is asked.'),
    fields,
  }),
  body: payload(
    exampleOf('211', '211', '3235742879'),
    numbers('The conference extension.', '211'),
    numbers('Who is invited.', '3235742879'),
  ),
  response: { 200: created, ...callErrorAnswers },
} as const;

export const simpleSchema = {
  tags,
  summary: 'Connect two phones',
  description: 'Rings the sources; the first that picks up is connected to the destination.',
  params: object({ userId }),
  querystring: object({
    waitForPickup,
    callDuration,
    allowPublicTransfer: { type: 'boolean', description: 'It may be transferred to public numbers. Default false.' },
    video: { type: 'boolean', description: 'Accepted; calls have sound only.' },
    fields,
  }),
  body: payload(
    exampleOf('15000', '3235742879', '3235742880'),
    numbers('Extensions or public numbers.', '15000'),
    numbers('An extension or a public number.', '15001'),
    { callerDestination: text('Name and number shown to the destination.') },
  ),
  response: { 200: created, ...callErrorAnswers },
} as const;

export const callbackSchema = {
  tags,
  summary: 'Connect two public numbers',
  description: 'Calls one public number and, once it answers, the other. A callback extension is charged.',
  params: object({ userId }),
  querystring: object({ waitForPickup, callDuration, fields }),
  body: payload(
    exampleOf('300', '3235742879', '3235742880'),
    numbers('A public number.', '3235742879'),
    numbers('A public number.', '3235742880'),
  ),
  response: { 200: created, ...callErrorAnswers },
} as const;

const list = (params: object, summary: string) =>
  ({
    tags,
    summary,
    description: 'One that has ended is no longer there: an empty collection.',
    params: object(params),
    querystring: object(collectionParameters(['id', 'published'], 'published')),
    response: { 200: collection, ...errors },
  }) as const;

export const listSchema = list({ userId, extension }, 'The phone calls of an extension that run now');
export const getSchema = list({ userId, extension, phoneCallId }, 'One phone call, while it runs');

const action = object(
  {
    action: { type: 'string', enum: actionNames },
    phoneCallViewId: text('The view that is meant.', '00'),
    sendCallTo: text('Who is called: an extension; for Transfer a public number too.', '15001'),
    transferFromNumber: text('Transfer: number of the party that leaves.'),
    transferNumber: text('Transfer: number of the party that is transferred.'),
    callerId: text('Name and number shown to the phone that is called.'),
    waitForPickup,
    maxInParking: numeric('Park: seconds, 10 to 3600, default 180.'),
    private: numeric('Whisper: 1 = without hearing the call.'),
    format: text('StartRecording: wav.'),
  },
  ['action'],
);

const update = (params: object, example: object, summary: string) =>
  ({
    tags,
    summary,
    params: object(params),
    body: { ...action, examples: [example] },
    response: {
      200: { ...phoneCall, description: 'The phone call as it is now; for Park an array.' },
      204: { type: 'null', description: 'There was nothing to change.' },
      ...callErrorAnswers,
    },
  }) as const;

export const updateSchema = update(
  { userId, extension, phoneCallId },
  { action: 'StartRecording', phoneCallViewId: '00' },
  'Transfer, park, hold, record or join a phone call',
);
export const updateAllSchema = update(
  { userId, extension: allOfUser },
  { action: 'OnHold' },
  'Hold or retrieve all phone calls of an extension',
);

const remove = (params: object, summary: string) =>
  ({
    tags,
    summary,
    params: object(params),
    querystring: object({ phoneNumber: text('Only those with a party of this number.'), fields }),
    response: { 200: created, 204: { type: 'null', description: 'There was nothing to hang up.' }, ...errors },
  }) as const;

export const removeSchema = remove({ userId, extension, phoneCallId }, 'Hang up a phone call');
export const removeAllSchema = remove({ userId, extension }, 'Hang up all phone calls of an extension');
