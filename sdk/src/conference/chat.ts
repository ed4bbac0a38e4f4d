import { DataSet } from '../base.ts';
import { emit, withEvents } from '../listeners.ts';
import { chatEvents } from '../names.ts';
import { SdkPromise } from '../promise.ts';
import type { Conference } from './conference.ts';
import { ChatMessageStatus } from './conference-enums.ts';
import { noCall } from './conference-refusals.ts';
import { ConferenceParticipant, type Participant } from './participant.ts';

export class ChatMessage {
  status: string = ChatMessageStatus.CONFIRMED;
  readonly #content: string;
  readonly #sender: Participant | undefined;
  readonly #recipient: Participant | undefined;
  readonly #private: boolean;
  _id = '';
  _time = new Date();

  constructor(messageContent = '', sender?: Participant, recipient?: Participant, isPrivate = false) {
    this.#content = messageContent;
    this.#sender = sender;
    this.#recipient = recipient;
    this.#private = isPrivate;
  }

  getId(): string {
    return this._id;
  }

  /** Text, never markup: show it as such. */
  getMessageContent(): string {
    return this.#content;
  }

  getSender(): Participant | undefined {
    return this.#sender;
  }

  getRecipient(): Participant | undefined {
    return this.#recipient;
  }

  getTime(): Date {
    return this._time;
  }

  isPrivate(): boolean {
    return this.#private;
  }

  setStatus(status: string): void {
    this.status = status;
  }
}

/** As the server tells it: docs/protocols/webrtc.md. */
export interface WrittenMessage {
  readonly id: string;
  readonly from: string;
  /** Who writes may have left since. */
  readonly name?: string;
  /** null: to all. */
  readonly to: string | null;
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** What is written in a conference. Who writes is told its own message too. */
export class Chat {
  readonly #conference: Conference | null;
  readonly #all = new DataSet<ChatMessage>();
  readonly #public = new DataSet<ChatMessage>();
  readonly #private = new DataSet<ChatMessage>();

  constructor(conference: Conference | null = null) {
    this.#conference = conference;
  }

  getAllMessages(): DataSet<ChatMessage> {
    return this.#all;
  }

  getAllPublicMessages(): DataSet<ChatMessage> {
    return this.#public;
  }

  getAllPrivateMessages(): DataSet<ChatMessage> {
    return this.#private;
  }

  sendPublicMessage(message: string): SdkPromise {
    return this.#send(message, null);
  }

  /** In either order: documentation and applications differ. */
  sendPrivateMessage(one: string | Participant, other: string | Participant): SdkPromise {
    const [message, participant] = typeof one === 'string' ? [one, other] : [other, one];
    const to = participant instanceof ConferenceParticipant ? participant.getParticipantId() : '';
    return this.#send(String(message), to);
  }

  #send(text: string, to: string | null): SdkPromise {
    return this.#conference?._ask('chat', { text: String(text), to }) ?? SdkPromise.rejected(noCall());
  }

  /** What was written before one came: told once. */
  _earlier(written: WrittenMessage, somebody: (id: string) => Participant | undefined): void {
    if (!this.#all.some((message) => message._id === written.id)) this._wrote(written, somebody);
  }

  /** As the server tells it; `somebody` knows who has an id, if they are there. */
  _wrote(
    { id, from, name = '', to, text, at }: WrittenMessage,
    somebody: (id: string) => Participant | undefined,
  ): void {
    const who = (participantId: string, displayName: string) => {
      const known = somebody(participantId);
      if (known !== undefined) return known;
      const gone = new ConferenceParticipant(this.#conference);
      gone._describe({ id: participantId, name: displayName });
      return gone;
    };
    const message = new ChatMessage(text, who(from, name), to === null ? undefined : who(to, ''), to !== null);
    message._id = id;
    message._time = new Date(at);
    this.#all._add(message);
    (message.isPrivate() ? this.#private : this.#public)._add(message);
    emit(this, 'ChatMessageReceivedCallback', this, message);
  }

  _online(online: boolean): void {
    emit(this, online ? 'ChatServiceAvailableCallback' : 'ChatServiceUnavailableCallback', this);
  }
}
withEvents(Chat, chatEvents);
