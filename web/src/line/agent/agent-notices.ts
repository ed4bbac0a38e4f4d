import { AckExtension, CometD, type Message } from 'cometd';
import type { AgentNotice } from './desk.ts';

/** connecting → live ⇄ lost (it is being mended); signedOut: nobody is any more. */
export type NoticesState = 'connecting' | 'live' | 'lost' | 'signedOut';

interface Listener {
  readonly onNotice: (notice: AgentNotice) => void;
  readonly onState: (state: NoticesState) => void;
}

/** What happens; and that something else may be asked of a call that goes on as it was. */
const channels = ['/v2/me/*', '/v2/me/calls/capabilities'];

type Extended = Message & { ext?: { number?: string; replay?: string } };

/**
 * The notifications of a session, by the official CometD client, until `close`. What was missed while the connection
 * was away is told again, in order and once.
 */
export class AgentNotices {
  readonly #cometd = new CometD();
  readonly #listener: Listener;
  /** Channels that are to be subscribed to with the next connect. */
  readonly #missing = new Set<string>();
  #last: string | null = null;
  #state: NoticesState = 'connecting';
  #closed = false;

  constructor(listener: Listener, headers: Readonly<Record<string, string>>) {
    this.#listener = listener;
    const cometd = this.#cometd;
    cometd.configure({
      url: new URL('/api/v2/notifications', window.location.href).href,
      requestHeaders: headers,
      logLevel: 'warn',
      maxBackoff: 4000,
      // It would be made of a script of its own, which the content security policy does not allow.
      useWorkerScheduler: false,
    });
    // For what a connection that breaks takes along; a replay is for another session.
    cometd.registerExtension('ack', new AckExtension());
    cometd.registerExtension('replay', {
      incoming: (message: Extended) => {
        if (message.ext?.number !== undefined) this.#last = message.ext.number;
        return message;
      },
      outgoing: (message: Extended) => {
        if (message.channel === '/meta/subscribe' && this.#last !== null) {
          message.ext = { ...message.ext, replay: this.#last };
        }
        return message;
      },
    });
    cometd.addListener('/meta/handshake', (message) => {
      this.#missing.clear();
      if (message.successful !== true) this.#failed(message);
      else for (const channel of channels) this.#subscribe(channel);
    });
    cometd.addListener('/meta/connect', (message) => {
      if (message.successful !== true) {
        this.#failed(message);
        return;
      }
      this.#become('live');
      for (const channel of [...this.#missing]) this.#subscribe(channel);
    });
    cometd.handshake();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cometd.disconnect();
  }

  /**
   * Where the connection breaks before the answer, the client takes it for refused, and the session goes on without: it
   * is asked for again.
   */
  #subscribe(channel: string): void {
    this.#missing.delete(channel);
    if (this.#closed) return;
    this.#cometd.subscribe(
      channel,
      (told) => this.#told(told as Extended),
      (reply) => {
        if (reply.successful !== true) this.#missing.add(channel);
        // What happened before is to be read.
        else if (this.#state === 'live' && !this.#closed) this.#listener.onState('live');
      },
    );
  }

  #told(message: Extended): void {
    if (this.#closed) return;
    const number = message.ext?.number ?? '';
    this.#listener.onNotice({ number, channel: message.channel, at: Date.now(), data: message.data });
  }

  #failed(message: Message): void {
    const failure = (message as { failure?: { httpCode?: number } }).failure;
    this.#become(failure?.httpCode === 403 ? 'signedOut' : 'lost');
  }

  #become(state: NoticesState): void {
    if (this.#closed || this.#state === state) return;
    this.#state = state;
    this.#listener.onState(state);
  }
}
