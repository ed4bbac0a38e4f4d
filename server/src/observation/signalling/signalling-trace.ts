import type { Clock, Timer } from '../../base/clock.ts';
import type { HostPort } from '../../base/host-port.ts';
import { RecentMap } from '../../base/recent-map.ts';
import type { NamedDialog } from '../../legs/sip/dialog-names.ts';
import { IdSet } from '../segments/id-set.ts';
import { LookTurns } from '../segments/look-turns.ts';
import type { SegmentLog } from '../segments/segment-log.ts';
import { Dialogs } from './dialogs.ts';
import {
  type Entry,
  messageEntry,
  type Naming,
  namingEntry,
  onWire,
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

export interface SignallingAsked {
  readonly legIds: readonly string[];
  readonly callIds: readonly string[];
  /** Whose the Call-IDs have to be. */
  readonly organizationId: string;
  readonly from: number;
  readonly to: number;
}

type FoundMessage = TracedMessage & { readonly legId: string | null };

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
/** Kept of one dialog: nobody fills the log with one call. */
const mostMessages = 500;
const mostBytes = 1024 * 1024;
/** Dialogs of late whose messages are counted. */
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
  readonly #turns = new LookTurns();
  /** Of the files of the log that are not written any more: what may be found there. */
  readonly #ids = new WeakMap<object, IdSet>();
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

  /** This dialog is that of a leg. */
  isOfLeg(dialog: NamedDialog, { id, organizationId }: { readonly id: string; readonly organizationId: string }): void {
    this.#named({ at: this.#clock.now(), ...dialog, organizationId, legId: id });
  }

  /** A caller of this organization was refused before there was a leg. */
  isOfOrganization(dialog: NamedDialog, organizationId: string): void {
    this.#named({ at: this.#clock.now(), ...dialog, organizationId, legId: null });
  }

  /**
   * The messages of these legs, and those of this organization with these SIP Call-IDs, by time; up to a bound. Of each
   * dialog its own, whoever else chose its Call-ID. Throws AppError `unavailable` when too many ask at once.
   */
  find(asked: SignallingAsked): Promise<FoundMessage[]> {
    return this.#turns.run(asked.organizationId, () => this.#find(asked));
  }

  async #find(asked: SignallingAsked): Promise<FoundMessage[]> {
    await this.#flushAll();
    const { organizationId, ...span } = asked;
    const legIds = new Set(asked.legIds.map(onWire));
    const named = new Set(asked.callIds.map(onWire));
    const wanted: Naming[] = [];
    for await (const entry of this.#entries(span, { callIds: named, legIds })) {
      if (entry.is !== 'naming') continue;
      const own = named.has(entry.callId) && entry.organizationId === organizationId;
      if (own || (entry.legId !== null && legIds.has(entry.legId))) wanted.push(entry);
    }
    if (wanted.length === 0) return [];
    const dialogs = new Dialogs(wanted);
    const messages: TracedMessage[] = [];
    for await (const entry of this.#entries(span, { callIds: dialogs.callIds, legIds: new Set() })) {
      if (entry.is === 'naming') dialogs.add(entry);
      else if (messages.length < mostRead && dialogs.mayBeWanted(entry)) messages.push(entry);
    }
    messages.sort((a, b) => a.at - b.at);
    return messages.flatMap((message) => {
      const naming = dialogs.of(message);
      return naming === null ? [] : [{ ...message, legId: naming.legId }];
    });
  }

  /** Those of that time and a little more. Files that are known to have none are not read again. */
  async *#entries(
    span: { readonly from: number; readonly to: number },
    wanted: { readonly callIds: ReadonlySet<string>; readonly legIds: ReadonlySet<string> },
  ): AsyncGenerator<Entry> {
    const mayHave = (file: object) => this.#ids.get(file)?.mayHaveAny(wanted.callIds, wanted.legIds) ?? true;
    for await (const { file, bytes, isWhole } of this.#log.read(span, mayHave)) {
      const seen = isWhole && !this.#ids.has(file) ? new IdSet() : null;
      yield* readEntries(bytes, wanted, seen);
      if (seen !== null) this.#ids.set(file, seen.seal());
    }
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
    for (const one of some) text += 'localTag' in one ? namingEntry(one) : this.#entryOf(one);
    if (text !== '') this.#log.append(Buffer.from(text, 'latin1'), first.at);
  }

  /** '' when it is not to be kept. */
  #entryOf({ direction, bytes, flow, at }: Waiting): string {
    this.#waitingBytes -= bytes.length;
    const text = bytes.toString('latin1', 0, bytes.length);
    const { callId, method, suspicious, ...look } = lookAt(text);
    if (callId === '' || callId.length > 255 || aboutNoCall.has(method)) return '';
    const [fromTag, toTag, branch] = [plain(look.fromTag), plain(look.toTag), plain(look.branch)];
    const { kind: transport, local, remote } = flow;
    // Of one dialog, whichever side speaks.
    const counted = `${callId} ${remote.address} ${fromTag < toTag ? `${fromTag} ${toTag}` : `${toTag} ${fromTag}`}`;
    const count = this.#counts.get(counted) ?? { messages: 0, bytes: 0 };
    if (count.messages >= mostMessages || count.bytes + bytes.length > mostBytes) return '';
    if (count.messages === 0) this.#counts.set(counted, count);
    count.messages++;
    count.bytes += bytes.length;
    const shown = suspicious ? masked(text) : text;
    const ids = { callId: plain(callId), fromTag, toTag, branch };
    return messageEntry({ at, direction, transport, local, remote, ...ids, text: shown });
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
