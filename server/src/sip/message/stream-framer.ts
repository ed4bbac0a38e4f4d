import { parseDigits, trimEnd } from './chars.ts';
import { headerKey } from './header-names.ts';

export interface FramerLimits {
  /** Bytes of start line and headers. */
  head: number;
  body: number;
}

export interface FramerEvents {
  /** One whole message. The bytes are the message's own. */
  onMessage(bytes: Buffer): void;
  /** The peer sent CR LF CR LF between messages and wants CR LF back (RFC 5626 §4.4.1). */
  onPing(): void;
  /**
   * The stream cannot be cut into messages any more; close it. `head` holds what of the message was there, so that it
   * can be answered.
   */
  onBroken(status: number, head: Buffer): void;
}

const emptyLine = Buffer.from('\r\n\r\n');
const nothing: Buffer = Buffer.alloc(0);

/**
 * Cuts a byte stream into messages by Content-Length, which a stream needs (RFC 3261 §18.3, §20.14). Line breaks
 * between messages are keep-alives (RFC 5626 §3.5.1). However small the pieces, it takes linear time: the search for
 * the end of a head goes on where it stopped, and the pieces of a body are joined once.
 */
export class StreamFramer {
  readonly #limits: FramerLimits;
  readonly #events: FramerEvents;
  /** A head that is not complete: so many bytes of it are here, and searched. */
  #head = nothing;
  #filled = 0;
  /** The pieces of a message whose head is complete and whose body is not; empty otherwise. */
  #pieces: Buffer[] = [];
  #missing = 0;
  #breaks = 0;
  #stopped = false;

  constructor(limits: FramerLimits, events: FramerEvents) {
    this.#limits = limits;
    this.#events = events;
  }

  /** Whether a message has begun and not ended. */
  get midMessage(): boolean {
    return this.#missing > 0 || this.#filled > 0;
  }

  /** Drops what is held and whatever still comes. */
  stop(): void {
    this.#stopped = true;
    this.#forgetHead();
    this.#pieces = [];
    this.#missing = 0;
  }

  push(chunk: Buffer): void {
    let rest = chunk;
    let pinged = false;
    while (rest.length > 0 && !this.#stopped) {
      if (this.#missing > 0) {
        rest = this.#takeBody(rest);
      } else if (this.#filled > 0) {
        rest = this.#takeHead(this.#headWith(rest));
      } else {
        const start = this.#skipBreaks(rest);
        if (this.#breaks >= 2) {
          // One answer a chunk, however many line breaks a peer pours in.
          if (!pinged) this.#events.onPing();
          pinged = true;
          this.#breaks &= 1;
        }
        if (start === rest.length || this.#stopped) return;
        this.#breaks = 0;
        rest = this.#takeHead(rest.subarray(start));
      }
    }
  }

  /** How many bytes of line breaks `bytes` begins with; counts them. */
  #skipBreaks(bytes: Buffer): number {
    let at = 0;
    while (at < bytes.length && (bytes[at] === 0x0d || bytes[at] === 0x0a)) {
      if (bytes[at] === 0x0a) this.#breaks++;
      at++;
    }
    return at;
  }

  /** `bytes` begins with a message; gives back what follows its head and as much of its body as is there. */
  #takeHead(bytes: Buffer): Buffer {
    const end = bytes.indexOf(emptyLine, Math.max(0, this.#filled - 3));
    if ((end === -1 ? bytes.length : end) > this.#limits.head) return this.#break(513, bytes);
    if (end === -1) {
      if (this.#filled === 0) this.#head = bytes;
      this.#filled = bytes.length;
      return nothing;
    }
    this.#forgetHead();
    const body = contentLength(bytes.toString('latin1', 0, end));
    const start = end + 4;
    if (body === null) return this.#break(400, bytes.subarray(0, start));
    if (body > this.#limits.body) return this.#break(413, bytes.subarray(0, start));
    if (bytes.length < start + body) {
      this.#pieces.push(bytes);
      this.#missing = start + body - bytes.length;
      return nothing;
    }
    this.#events.onMessage(bytes.subarray(0, start + body));
    return bytes.subarray(start + body);
  }

  /**
   * All there is of the head. Its room doubles when there is no more of it, so that a head that comes byte by byte is
   * not copied with each of them.
   */
  #headWith(rest: Buffer): Buffer {
    const length = this.#filled + rest.length;
    if (length > this.#head.length) {
      const room = Buffer.allocUnsafe(Math.max(2 * this.#head.length, length));
      this.#head.copy(room, 0, 0, this.#filled);
      this.#head = room;
    }
    rest.copy(this.#head, this.#filled);
    return this.#head.subarray(0, length);
  }

  #forgetHead(): void {
    this.#head = nothing;
    this.#filled = 0;
  }

  #takeBody(chunk: Buffer): Buffer {
    const piece = chunk.subarray(0, this.#missing);
    this.#pieces.push(piece);
    this.#missing -= piece.length;
    if (this.#missing === 0) {
      const message = Buffer.concat(this.#pieces);
      this.#pieces = [];
      this.#events.onMessage(message);
    }
    return chunk.subarray(piece.length);
  }

  #break(status: number, head: Buffer): Buffer {
    this.stop();
    this.#events.onBroken(status, head);
    return nothing;
  }
}

/** The Content-Length of a head; null when it is missing, malformed, or there twice with different values. */
function contentLength(head: string): number | null {
  let found: number | null = null;
  for (let at = head.indexOf('\r\n'); at !== -1; ) {
    const start = at + 2;
    at = head.indexOf('\r\n', start);
    const end = at === -1 ? head.length : at;
    // Only names with these first letters can be it, or its compact form.
    const first = head.charCodeAt(start) | 0x20;
    if (first !== 0x63 && first !== 0x6c) continue;
    const line = head.slice(start, end);
    const colon = line.indexOf(':');
    if (colon === -1 || headerKey(line.slice(0, trimEnd(line, 0, colon))) !== 'Content-Length') continue;
    const value = parseDigits(line.slice(colon + 1).trim(), 0x7fff_ffff);
    if (value === null || (found !== null && found !== value)) return null;
    found = value;
  }
  return found;
}
