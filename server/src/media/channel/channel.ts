import type { Socket } from 'node:net';
import type { Answer, Ask, CommandName } from './commands.ts';
import { encodeFrame, FrameReader } from './frame.ts';
import { CommandError, type CommandErrorCode, type Notifications } from './protocol.ts';

/** A peer that reads nothing while this much waits for it is given up. */
const longestBacklog = 64 * 1024 * 1024;

/** What travels: a request, its answer or its failure, or a notification. */
interface Message {
  readonly id?: number;
  readonly command?: string;
  readonly ask?: unknown;
  readonly answer?: unknown;
  readonly error?: { readonly code: CommandErrorCode; readonly message: string };
  readonly notification?: string;
  readonly data?: unknown;
}

interface Pending {
  resolve(answer: unknown): void;
  reject(error: CommandError): void;
}

export interface ChannelHandlers {
  /** Performs a command; throws or rejects with a CommandError to refuse it. */
  onCommand?(command: string, ask: unknown): unknown;
  onNotification?(name: string, data: unknown): void;
  /** Once, after every pending request was rejected. */
  onClose?(): void;
}

/**
 * Request, answer and notification over one stream socket. Frames written in one turn of the event loop leave in one
 * write. Notifications are handed over after the continuations of answers that came before them, so that nobody hears
 * of a leg before they know that it was opened.
 */
export class Channel {
  readonly #socket: Socket;
  readonly #handlers: ChannelHandlers;
  readonly #reader = new FrameReader();
  readonly #pending = new Map<number, Pending>();
  #nextId = 1;
  #outgoing: Buffer[] = [];
  #heard: { name: string; data: unknown }[] = [];
  #closed = false;

  constructor(socket: Socket, handlers: ChannelHandlers) {
    this.#socket = socket;
    this.#handlers = handlers;
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('error', () => this.close());
    socket.on('close', () => this.close());
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Rejects with the peer's CommandError, or `failed` when the channel closes first. */
  request<Name extends CommandName>(command: Name, ask: Ask<Name>): Promise<Answer<Name>> {
    if (this.#closed) return Promise.reject(new CommandError('failed', 'the channel is closed'));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve: resolve as (answer: unknown) => void, reject });
      this.#send({ id, command, ask });
    });
  }

  notify<Name extends keyof Notifications>(name: Name, data: Notifications[Name]): void {
    this.#send({ notification: name, data });
  }

  /** Rejects what is pending. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#flush();
    this.#closed = true;
    this.#socket.destroySoon();
    for (const pending of this.#pending.values()) {
      pending.reject(new CommandError('failed', 'the channel closed'));
    }
    this.#pending.clear();
    this.#handlers.onClose?.();
  }

  #send(message: Message): void {
    if (this.#closed) return;
    if (this.#outgoing.length === 0) setImmediate(() => this.#flush());
    this.#outgoing.push(encodeFrame(message));
  }

  #flush(): void {
    const frames = this.#outgoing;
    if (this.#closed || frames.length === 0) return;
    this.#outgoing = [];
    this.#socket.write(frames.length === 1 ? frames[0]! : Buffer.concat(frames));
    if (this.#socket.writableLength > longestBacklog) this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    const values = this.#reader.read(chunk);
    if (values === null) {
      this.#socket.destroy();
      return;
    }
    for (const value of values) {
      if (typeof value === 'object' && value !== null) this.#take(value as Message);
    }
  }

  #take(message: Message): void {
    if (message.notification !== undefined) {
      if (this.#heard.length === 0) setImmediate(() => this.#tell());
      this.#heard.push({ name: message.notification, data: message.data });
    } else if (message.command !== undefined) {
      void this.#perform(message.id ?? 0, message.command, message.ask);
    } else if (message.id !== undefined) {
      const pending = this.#pending.get(message.id);
      this.#pending.delete(message.id);
      if (message.error === undefined) pending?.resolve(message.answer);
      else pending?.reject(new CommandError(message.error.code, message.error.message));
    }
  }

  #tell(): void {
    const heard = this.#heard;
    this.#heard = [];
    for (const { name, data } of heard) this.#handlers.onNotification?.(name, data);
  }

  async #perform(id: number, command: string, ask: unknown): Promise<void> {
    try {
      const answer = await this.#handlers.onCommand?.(command, ask);
      this.#send({ id, answer: answer ?? {} });
    } catch (thrown) {
      const code = thrown instanceof CommandError ? thrown.code : 'failed';
      this.#send({ id, error: { code, message: thrown instanceof Error ? thrown.message : String(thrown) } });
    }
  }
}
