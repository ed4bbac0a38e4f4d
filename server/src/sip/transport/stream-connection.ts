import type { Socket } from 'node:net';
import { AppError } from '../../base/app-error.ts';
import type { HostPort } from '../../base/host-port.ts';
import { type FramerLimits, StreamFramer } from '../message/stream-framer.ts';
import type { Flow, TransportKind, WireTap } from './flow.ts';
import type { TransportCounters } from './receive.ts';

const pong = Buffer.from('\r\n');

export interface StreamLimits {
  /** Bytes waiting for a peer that does not read; more ends the connection. */
  writeBytes: number;
  connectMs: number;
  /** From the first byte of a message to its last. */
  messageMs: number;
  /** Without any message since it was opened by the peer. */
  silentMs: number;
  /** Without a byte in either direction. */
  idleMs: number;
}

export interface StreamEvents {
  onMessage(bytes: Buffer, flow: StreamConnection): void;
  onPing(flow: StreamConnection): void;
  /** The stream is beyond repair; the connection ends after what is sent now. */
  onBroken(status: number, head: Buffer, flow: StreamConnection): void;
  onClosed(flow: StreamConnection, reason: string): void;
}

/** What connections of one kind share. */
export interface StreamContext {
  readonly kind: TransportKind;
  readonly limits: StreamLimits & { readonly framer: FramerLimits };
  readonly events: StreamEvents;
  readonly counters: TransportCounters;
  readonly tap?: WireTap | undefined;
  /** Begins to connect. */
  connect(remote: HostPort): Socket;
}

/** One connection, accepted or opened by us when the first bytes are sent. */
export class StreamConnection implements Flow {
  readonly kind: TransportKind;
  readonly reliable = true;
  readonly id: string;
  readonly local: HostPort;
  readonly remote: HostPort;
  readonly #context: StreamContext;
  readonly #framer: StreamFramer;
  #socket: Socket | null;
  #connected: boolean;
  #closed = false;
  #reason = 'closed by the peer';
  /** Times on the layer's monotonic clock, moved on by its sweep. */
  #now: number;
  #activeAt: number;
  #since: number;
  #messageSince = -1;
  #messages = 0;
  readonly #accepted: boolean;

  constructor(
    context: StreamContext,
    id: string,
    local: HostPort,
    remote: HostPort,
    now: number,
    accepted: Socket | null,
  ) {
    const { events, limits } = context;
    this.#context = context;
    this.kind = context.kind;
    this.id = id;
    this.local = local;
    this.remote = remote;
    this.#now = now;
    this.#activeAt = now;
    this.#since = now;
    this.#accepted = accepted !== null;
    this.#connected = this.#accepted;
    this.#socket = accepted;
    this.#framer = new StreamFramer(limits.framer, {
      onMessage: (bytes) => {
        this.#messages++;
        this.#messageSince = -1;
        events.onMessage(bytes, this);
      },
      onPing: () => {
        events.onPing(this);
        this.#write(pong);
      },
      onBroken: (status, head) => {
        events.onBroken(status, head, this);
        this.#finish('the stream could not be cut into messages');
      },
    });
    if (accepted !== null) this.#listen(accepted);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Sends, connecting first if need be. */
  send(bytes: Buffer, onError?: (error: Error) => void): void {
    this.#context.counters.messagesOut++;
    this.#context.tap?.sent(bytes, this);
    this.#write(bytes, onError);
  }

  #write(bytes: Buffer, onError?: (error: Error) => void): void {
    if (this.#closed) {
      if (onError !== undefined)
        queueMicrotask(() => onError(new AppError('unavailable', 'The connection is closed.')));
      return;
    }
    if (this.#socket === null) {
      this.#socket = this.#context.connect(this.remote);
      this.#since = this.#now;
      this.#socket.once('connect', () => {
        this.#connected = true;
      });
      this.#listen(this.#socket);
    }
    const socket = this.#socket;
    if (socket.writableLength + bytes.length > this.#context.limits.writeBytes) {
      if (onError !== undefined) queueMicrotask(() => onError(new AppError('unavailable', 'The peer does not read.')));
      this.close('the peer does not read');
      return;
    }
    this.#activeAt = this.#now;
    if (onError === undefined) socket.write(bytes);
    else socket.write(bytes, (error) => error && onError(error));
  }

  /** Ends what has waited too long; called every second or so with the monotonic time. */
  sweep(now: number): void {
    this.#now = now;
    if (this.#closed) return;
    const { connectMs, messageMs, silentMs, idleMs } = this.#context.limits;
    if (!this.#framer.midMessage) this.#messageSince = -1;
    else if (this.#messageSince === -1) this.#messageSince = now;
    if (this.#socket === null) {
      if (now - this.#since > silentMs) this.close('never used');
    } else if (!this.#connected) {
      if (now - this.#since > connectMs) this.close('no connection in time');
    } else if (this.#messageSince !== -1 && now - this.#messageSince > messageMs) this.close('a message took too long');
    else if (this.#accepted && this.#messages === 0 && now - this.#since > silentMs) this.close('nothing was said');
    else if (now - this.#activeAt > idleMs) this.close('idle');
  }

  /** Ends the connection at once. */
  close(reason: string): void {
    if (this.#closed) return;
    this.#reason = reason;
    if (this.#socket === null) this.#ended();
    else this.#socket.destroy();
    this.#closed = true;
    this.#framer.stop();
  }

  /** Ends the connection after what is already written. */
  #finish(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#reason = reason;
    this.#framer.stop();
    this.#socket?.destroySoon();
  }

  #listen(socket: Socket): void {
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    socket.on('data', (chunk) => {
      this.#activeAt = this.#now;
      this.#framer.push(chunk);
    });
    socket.on('error', (error) => {
      this.#reason = error.message;
    });
    socket.on('end', () => socket.destroySoon());
    socket.on('close', () => this.#ended());
  }

  #ended(): void {
    this.#closed = true;
    this.#framer.stop();
    this.#socket = null;
    this.#context.events.onClosed(this, this.#reason);
  }
}
