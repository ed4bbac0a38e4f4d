import { LookTurns } from '../segments/look-turns.ts';
import type { SegmentLog } from '../segments/segment-log.ts';
import type { LegNote } from '../why/facts.ts';

/** How one leg sounded since its sample before. */
export interface Sample {
  readonly legId: string;
  /** ms since the epoch. */
  readonly at: number;
  /** Of the loudest frame, dBov; null: not known. */
  readonly level: number | null;
  /** RTP packets. */
  readonly received: number;
  readonly lost: number;
  readonly jitterMs: number;
  /** ITU-T G.107 since the leg opened; null before its first packet. */
  readonly mos: number | null;
}

export interface Heard {
  /** By leg, in the order of time. */
  readonly samples: ReadonlyMap<string, readonly Sample[]>;
  readonly notes: readonly LegNote[];
}

export interface SamplesAsked {
  readonly legIds: Iterable<string>;
  /** Whose they are. */
  readonly organizationId: string;
  readonly from: number;
  readonly to: number;
}

/*
 * u8 1 · f64 at · u16 count · count × (10 bytes leg · i8 level · u8 50 × MOS · u16 received · u16 lost · u16 10 ×
 * jitter) u8 2 · f64 at · 10 bytes leg · u8 what · u32 ms
 */
const [samplesKind, noteKind] = [1, 2];
const headBytes = 11;
const sampleBytes = 18;
const noteBytes = 24;
const unknownLevel = 1;
const mostTogether = 0xffff;
const notes = ['mediaProcessDied', 'silent'] as const;

/** Samples of all legs, a few bytes each. */
export class QualityLog {
  readonly #log: SegmentLog;
  readonly #turns = new LookTurns();
  #waiting: Sample[] = [];

  constructor(log: SegmentLog) {
    this.#log = log;
  }

  /** Of a leg that is gone: written together with others that end, before whoever looks is answered. */
  appendLast(sample: Sample): void {
    if (this.#log.keeps) this.#waiting.push(sample);
  }

  /** Writes the last samples of legs. */
  flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const [at, samples] of Map.groupBy(waiting, (sample) => sample.at)) this.append(at, samples);
  }

  /** All of one moment. */
  append(at: number, samples: readonly Sample[]): void {
    if (!this.#log.keeps) return;
    for (let from = 0; from < samples.length; from += mostTogether) {
      const some = samples.slice(from, from + mostTogether);
      const piece = Buffer.allocUnsafe(headBytes + some.length * sampleBytes);
      piece[0] = samplesKind;
      piece.writeDoubleBE(at, 1);
      piece.writeUInt16BE(some.length, 9);
      for (const [i, sample] of some.entries()) writeSample(piece, headBytes + i * sampleBytes, sample);
      this.#log.append(piece, at);
    }
  }

  note({ at, legId, what, ms = 0 }: LegNote): void {
    if (!this.#log.keeps) return;
    const piece = Buffer.alloc(noteBytes);
    piece[0] = noteKind;
    piece.writeDoubleBE(at, 1);
    writeLeg(piece, 9, legId);
    piece[19] = notes.indexOf(what);
    piece.writeUInt32BE(Math.min(ms, 0xffff_ffff), 20);
    this.#log.append(piece, at);
  }

  /** Rejects with AppError `unavailable` when too many ask at once. */
  async find(asked: SamplesAsked): Promise<Heard> {
    const wanted = new Wanted(asked.legIds);
    if (wanted.samples.size === 0) return { samples: wanted.samples, notes: [] };
    return await this.#turns.run(asked.organizationId, () => this.#find(wanted, asked));
  }

  async #find(wanted: Wanted, asked: SamplesAsked): Promise<Heard> {
    this.flush();
    const { samples } = wanted;
    const found: LegNote[] = [];
    for await (const { bytes: piece } of this.#log.read(asked)) {
      for (let start = 0; start + noteBytes <= piece.length; ) {
        const at = piece.readDoubleBE(start + 1);
        if (piece[start] === noteKind) {
          const legId = wanted.at(piece, start + 9)?.legId;
          const what = notes[piece[start + 19]!];
          if (legId !== undefined && what !== undefined) {
            found.push({ legId, at, what, ms: piece.readUInt32BE(start + 20) });
          }
          start += noteBytes;
          continue;
        }
        const count = piece.readUInt16BE(start + 9);
        const end = start + headBytes + count * sampleBytes;
        if (piece[start] !== samplesKind || end > piece.length) break;
        if (at >= asked.from && at <= asked.to) {
          for (let one = start + headBytes; one < end; one += sampleBytes) {
            const leg = wanted.at(piece, one);
            if (leg !== null) leg.samples.push(readSample(piece, one, leg.legId, at));
          }
        }
        start = end;
      }
    }
    return { samples, notes: found };
  }

  async prune(before: number): Promise<void> {
    await this.#log.prune(before);
  }

  async close(): Promise<void> {
    this.flush();
    await this.#log.close();
  }
}

function writeSample(piece: Buffer, at: number, { legId, level, mos, received, lost, jitterMs }: Sample): void {
  writeLeg(piece, at, legId);
  piece.writeInt8(level === null ? unknownLevel : Math.max(-127, Math.min(0, Math.round(level))), at + 10);
  piece[at + 11] = mos === null ? 0 : Math.round(mos * 50);
  piece.writeUInt16BE(bounded(received), at + 12);
  piece.writeUInt16BE(bounded(lost), at + 14);
  piece.writeUInt16BE(bounded(jitterMs * 10), at + 16);
}

function readSample(piece: Buffer, start: number, legId: string, at: number): Sample {
  const level = piece.readInt8(start + 10);
  const mos = piece[start + 11]!;
  return {
    legId,
    at,
    level: level === unknownLevel ? null : level,
    mos: mos === 0 ? null : mos / 50,
    received: piece.readUInt16BE(start + 12),
    lost: piece.readUInt16BE(start + 14),
    jitterMs: piece.readUInt16BE(start + 16) / 10,
  };
}

/** Legs have ids of 20 hex digits. */
function writeLeg(piece: Buffer, at: number, legId: string): void {
  piece.fill(0, at, at + 10);
  piece.write(legId.slice(0, 20), at, 'hex');
}

interface WantedLeg {
  readonly legId: string;
  readonly head: number;
  readonly samples: Sample[];
}

/** Legs that are looked for: by their last six bytes, and then the first four, as numbers and without making a text. */
class Wanted {
  readonly samples = new Map<string, Sample[]>();
  readonly #byTail = new Map<number, WantedLeg[]>();

  constructor(legIds: Iterable<string>) {
    for (const legId of legIds) {
      const samples: Sample[] = [];
      this.samples.set(legId, samples);
      const [head, tail] = [Number.parseInt(legId.slice(0, 8), 16), Number.parseInt(legId.slice(8, 20), 16)];
      this.#byTail.set(tail, [...(this.#byTail.get(tail) ?? []), { legId, head, samples }]);
    }
  }

  at(piece: Buffer, start: number): WantedLeg | null {
    const candidates = this.#byTail.get(piece.readUIntBE(start + 4, 6));
    if (candidates === undefined) return null;
    const head = piece.readUInt32BE(start);
    return candidates.find((one) => one.head === head) ?? null;
  }
}

function bounded(value: number): number {
  return Math.max(0, Math.min(0xffff, Math.round(value)));
}
