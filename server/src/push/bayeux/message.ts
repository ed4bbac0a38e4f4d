/*
 * Bayeux 1.0 messages: a batch is a JSON array of objects; one object alone is taken as a batch of one.
 *
 *   client → server  { channel, id, clientId, … }     /meta/handshake, connect, subscribe, unsubscribe,
 *                                                     disconnect; anything else: publish
 *   server → client  { channel, id, successful, … }   a reply, which repeats channel and id
 *                    { channel, data }                an event
 */

/** What a client may ask for, as far as it is understood. All of it is the client's word. */
export interface ClientMessage {
  readonly channel: string;
  /** Repeated as it came: clients compare. */
  readonly id: string | number | undefined;
  readonly clientId: string;
  readonly subscriptions: readonly string[];
  readonly supportedConnectionTypes: readonly string[];
  /** `advice.timeout`: 0 asks for an answer at once. */
  readonly timeout: number | null;
  /** `ext.ack`: of a handshake whether acknowledgements are wanted, of a connect the last batch that came. */
  readonly ack: unknown;
  readonly ext: Readonly<Record<string, unknown>>;
  /** It cannot be understood: what there is of channel and id is for the reply. */
  readonly malformed?: true;
}

export type ServerMessage = Readonly<Record<string, unknown>> & { readonly channel: string };

/** Messages, or events, each as JSON, in one text. */
export function arrayOf(messages: readonly string[]): string {
  return messages.length === 1 ? `[${messages[0]}]` : `[${messages.join(',')}]`;
}

/** Messages of one request or frame; a client sends a handful. */
const mostMessages = 64;
const mostSubscriptions = 64;
const longestChannel = 256;
const longestId = 64;

/**
 * The messages of a batch, those that cannot be understood among them: each has a reply of its own. Null when it is
 * none, is too long, or none of them can be understood or names a channel: there is nobody to reply to.
 */
export function readBatch(body: unknown): ClientMessage[] | null {
  const list = Array.isArray(body) ? body : [body];
  if (list.length === 0 || list.length > mostMessages) return null;
  const messages = list.map((one) => readMessage(one) ?? malformed(one));
  return messages.every(({ malformed, channel }) => malformed === true && channel === noChannel) ? null : messages;
}

/** Where a reply goes to what names no channel, as clients call it among themselves. */
const noChannel = '/meta/unsuccessful';

function malformed(given: unknown): ClientMessage {
  const { channel, id, subscription } = record(given);
  return {
    channel: isChannel(channel) ? channel : noChannel,
    id: isId(id) ? id : undefined,
    clientId: '',
    subscriptions: texts([subscription]),
    supportedConnectionTypes: [],
    timeout: null,
    ack: undefined,
    ext: {},
    malformed: true,
  };
}

function readMessage(given: unknown): ClientMessage | null {
  const { channel, id, clientId, subscription, supportedConnectionTypes, advice, ext } = record(given);
  if (!isChannel(channel)) return null;
  if (id !== undefined && !isId(id)) return null;
  const subscriptions = Array.isArray(subscription) ? subscription : subscription === undefined ? [] : [subscription];
  if (subscriptions.length > mostSubscriptions || !subscriptions.every(isChannel)) return null;
  const { timeout } = record(advice);
  return {
    channel,
    id,
    clientId: typeof clientId === 'string' && clientId.length <= longestId ? clientId : '',
    subscriptions,
    supportedConnectionTypes: texts(supportedConnectionTypes),
    timeout: typeof timeout === 'number' ? timeout : null,
    ack: record(ext)['ack'],
    ext: record(ext),
  };
}

function isId(given: unknown): given is string | number {
  return (typeof given === 'string' || typeof given === 'number') && String(given).length <= longestId;
}

/** `/a/b`, patterns included. */
function isChannel(given: unknown): given is string {
  return typeof given === 'string' && given.length > 1 && given.length <= longestChannel && given.startsWith('/');
}

function texts(given: unknown): string[] {
  return Array.isArray(given) ? given.filter((one): one is string => typeof one === 'string').slice(0, 16) : [];
}

function record(given: unknown): Readonly<Record<string, unknown>> {
  return typeof given === 'object' && given !== null && !Array.isArray(given) ? (given as Record<string, unknown>) : {};
}
