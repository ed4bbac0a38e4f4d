import type { Clock, Timer } from '../../base/clock.ts';
import type { HostPort } from '../../base/host-port.ts';
import { RecentMap } from '../../base/recent-map.ts';
import type { SegmentLog } from '../segments/segment-log.ts';
import {
  messageEntry,
  type Naming,
  namingEntry,
  plain,
  readEntries,
  type TracedMessage,
  type WireKind,
} from './entry.ts';
import { lookAt } from './look.ts';
import { masked } from './masked.ts';

/** The way that a message took, as SIP's transport knows it. */
export interface WireFlow {
  readonly kind: WireKind;
  readonly local: HostPort;
  readonly remote: HostPort;
}

interface Waiting {
  readonly direction: 'in' | 'out';
  readonly bytes: Buffer;
  readonly flow: WireFlow;
  readonly at: number;
}

const flushMs = 200;
/** Messages made ready at a time: less than a millisecond. */
const atOnce = 256;
/** What may wait to be made ready, bytes: it comes faster than that only in a flood. */
const mostWaiting = 8 * 1024 * 1024;
/** Kept of one SIP Call-ID: nobody fills the log with one call. */
const mostMessages = 500;
const mostBytes = 1024 * 1024;
/** Calls of late whose messages are counted. */
const mostCounted = 20_000;
/** In one answer. */
const mostRead = 5000;

/**
 * What SIP says about calls, message by message, without its secrets. What comes by the wire is only noted there; it is
 * read, masked and written later, off the way of the call. Registrations and questions whether somebody is there are
 * not kept.
 */
export class SignallingTrace {
  dropped = 0;
  readonly #clock: Clock;
  readonly #log: SegmentLog;
  #waiting: (Waiting | Naming)[] = [];
  #waitingBytes = 0;
  #timer: Timer | null = null;
  readonly #counts = new RecentMap<string, { messages: number; bytes: number }>(mostCounted);

  constructor(clock: Clock, log: SegmentLog) {
    this.#clock = clock;
    this.#log = log;
  }

  received(bytes: Buffer, flow: WireFlow): void {
    this.#note('in', bytes, flow);
  }

  sent(bytes: Buffer, flow: WireFlow): void {
    this.#note('out', bytes, flow);
  }

  /** This SIP Call-ID is that of a leg. */
  isOfLeg(callId: string, legId: string): void {
    this.#named({ at: this.#clock.now(), callId, of: 'leg', id: legId });
  }

  /** A caller of this organization was refused before there was a leg. */
  isOfOrganization(callId: string, organizationId: string): void {
    this.#named({ at: this.#clock.now(), callId, of: 'organization', id: organizationId });
  }

  /**
   * The messages of these legs, and those with these SIP Call-IDs, by time; up to a bound. `organizations`: of callers
   * with these Call-IDs who were refused.
   */
  async find(asked: {
    readonly legIds: readonly string[];
    readonly callIds: readonly string[];
    readonly from: number;
    readonly to: number;
  }): Promise<{ readonly messages: (TracedMessage & { legId: string | null })[]; readonly organizations: string[] }> {
    await this.#flushAll();
    const legOf = new Map<string, string>();
    const ids = new Set(asked.legIds);
    const organizations = new Set<string>();
    const named = new Set(asked.callIds);
    for await (const piece of this.#log.read(asked)) {
      for (const entry of readEntries(piece, { callIds: named, ids })) {
        if (entry.is !== 'naming') continue;
        if (entry.of === 'organization') organizations.add(entry.id);
        else legOf.set(entry.callId, entry.id);
      }
    }
    const callIds = new Set([...asked.callIds, ...legOf.keys()]);
    const messages: (TracedMessage & { legId: string | null })[] = [];
    if (callIds.size === 0) return { messages, organizations: [...organizations] };
    for await (const piece of this.#log.read(asked)) {
      for (const entry of readEntries(piece, { callIds, ids: new Set() })) {
        if (entry.is !== 'message' || messages.length >= mostRead) continue;
        const { is: _, ...message } = entry;
        messages.push({ ...message, legId: legOf.get(entry.callId) ?? null });
      }
    }
    messages.sort((a, b) => a.at - b.at);
    return { messages, organizations: [...organizations] };
  }

  async prune(before: number): Promise<void> {
    await this.#log.prune(before);
  }

  async close(): Promise<void> {
    await this.#flushAll();
    await this.#log.close();
  }

  #note(direction: 'in' | 'out', bytes: Buffer, flow: WireFlow): void {
    if (!this.#log.keeps || !mayBeOfCall(bytes)) return;
    if (this.#waitingBytes + bytes.length > mostWaiting) {
      this.dropped++;
      return;
    }
    this.#waitingBytes += bytes.length;
    this.#waiting.push({ direction, bytes, flow, at: this.#clock.now() });
    this.#timer ??= this.#clock.setTimer(flushMs, this.#flush);
  }

  #named(naming: Naming): void {
    if (!this.#log.keeps) return;
    this.#waiting.push(naming);
    this.#timer ??= this.#clock.setTimer(flushMs, this.#flush);
  }

  readonly #flush = (): void => {
    this.#timer = null;
    this.#flushSome();
    if (this.#waiting.length > 0) this.#timer ??= this.#clock.setTimer(0, this.#flush);
  };

  async #flushAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      this.#flushSome();
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  #flushSome(): void {
    const some = this.#waiting.length <= atOnce ? this.#waiting : this.#waiting.slice(0, atOnce);
    this.#waiting = this.#waiting.length <= atOnce ? [] : this.#waiting.slice(atOnce);
    const first = some[0];
    if (first === undefined) return;
    let text = '';
    for (const one of some) text += 'of' in one ? namingEntry(one) : this.#entryOf(one);
    if (text !== '') this.#log.append(Buffer.from(text, 'latin1'), first.at);
  }

  /** '' when it is not to be kept. */
  #entryOf({ direction, bytes, flow, at }: Waiting): string {
    this.#waitingBytes -= bytes.length;
    const text = bytes.toString('latin1', 0, bytes.length);
    const { callId, method, suspicious } = lookAt(text);
    if (callId === '' || callId.length > 255 || aboutNoCall.has(method)) return '';
    const count = this.#counts.get(callId) ?? { messages: 0, bytes: 0 };
    if (count.messages >= mostMessages || count.bytes + bytes.length > mostBytes) return '';
    if (count.messages === 0) this.#counts.set(callId, count);
    count.messages++;
    count.bytes += bytes.length;
    const { kind: transport, local, remote } = flow;
    const shown = suspicious ? masked(text) : text;
    return messageEntry({ at, direction, transport, local, remote, callId: plain(callId), text: shown });
  }
}

const aboutNoCall: ReadonlySet<string> = new Set(['REGISTER', 'OPTIONS', 'SUBSCRIBE', 'PUBLISH', 'MESSAGE']);

/** As `aboutNoCall`, by the first letters. */
function mayBeOfCall(bytes: Buffer): boolean {
  const [first, second, third] = bytes;
  // R E G, O P, S U, P U, M E
  if (first === 0x52) return !(second === 0x45 && third === 0x47);
  if (first === 0x4f) return second !== 0x50;
  if (first === 0x53) return second !== 0x55;
  if (first === 0x50) return second !== 0x55;
  return first !== 0x4d;
}
