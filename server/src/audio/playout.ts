import { seq16Add, seq16Diff } from '../base/serial.ts';
import { type Codec, type Decoder, maxPacketMs } from './codec.ts';
import { adaptation, DelayRule } from './delay-rule.ts';
import { JitterBuffer } from './jitter-buffer.ts';
import { maxLagMs } from './pitch.ts';
import { type PlayoutStats, zeroStats } from './playout-stats.ts';
import { Concealment, concealmentMs, plcHistoryMs } from './plc.ts';
import { SampleLine } from './sample-line.ts';
import { TimeScale } from './time-scale.ts';
import { Timeline } from './timeline.ts';

/** What a pull gave: nothing, sound from the peer, or a frame of which at least a part is made up. */
export const pulled = { silence: 0, voice: 1, concealed: 2 } as const;
export type PullResult = (typeof pulled)[keyof typeof pulled];

export interface PlayoutOptions {
  codec: Codec;
  /** Length of the frames that will be pulled, ms. */
  frameMs?: number;
  /** The delay aimed at on a clean network, on average over all phases of packets against frames, ms. */
  minDelayMs?: number;
  /** The delay never exceeded for long; older sound is skipped, ms. */
  maxDelayMs?: number;
}

/**
 * RFC 3550 A.1: a step forward up to the first, or back up to the second, is loss or reordering; all else a new start.
 */
const maxDropout = 3000;
const maxMisorder = 100;
/** Cross-fade from made-up sound to the peer's: 4 ms, and 4 more for each 10 ms of it, up to this. */
const seamMinMs = 4;
const seamMaxMs = 10;
/** Slowly forward, at once back: the frame clock is taken from its earliest ticks. */
const clockGain = 0.01;
const clockJumpMs = 100;

/**
 * One received stream: packets in when they come, frames out when they are due. docs/protocols/audio.md says why.
 *
 * Two states, told apart by `#mapped`:
 *   drained  nothing to play; silence, or the rest of a concealment. A packet that has waited for long enough → mapped.
 *   mapped   each sample has its moment. Missing sound is concealed; after 60 ms of that → drained.
 */
export class Playout {
  readonly stats: PlayoutStats = zeroStats();
  readonly #codec: Codec;
  readonly #decoder: Decoder;
  readonly #perMs: number;
  readonly #rule: DelayRule;
  readonly #buffer: JitterBuffer;
  readonly #timeline: Timeline;
  readonly #line: SampleLine;
  readonly #concealment: Concealment;
  readonly #timeScale: TimeScale;
  readonly #seam: Int16Array;
  /** Samples of silence after which the line's history is silent too. */
  readonly #dry: number;
  /** A jump in the sequence is believed when this number follows (RFC 3550 A.1). */
  #restartAt = -1;
  #mapped = false;
  /** Place of the sample after the last one in the line. */
  #end = 0;
  /** Moment at which the sample at `read` is due, ms. */
  #dueMs = Number.NaN;
  /** Samples made up since the last from the peer; infinite before the first, which needs no cross-fade. */
  #made = Number.POSITIVE_INFINITY;

  constructor(options: PlayoutOptions) {
    const { codec, frameMs = 20, minDelayMs = 20, maxDelayMs = 200 } = options;
    const perMs = codec.sampleRate / 1000;
    this.#codec = codec;
    this.#decoder = codec.createDecoder();
    this.#perMs = perMs;
    this.#rule = new DelayRule(perMs, frameMs, minDelayMs, maxDelayMs);
    this.#buffer = new JitterBuffer(codec.maxPayload);
    this.#timeline = new Timeline(codec.sampleRate, codec.clockRate, this.#rule.reach);
    this.#line = new SampleLine(plcHistoryMs * perMs, (maxPacketMs + 2 * frameMs + maxLagMs) * perMs);
    this.#concealment = new Concealment(codec.sampleRate);
    this.#timeScale = new TimeScale(codec.sampleRate);
    this.#seam = new Int16Array(seamMaxMs * perMs);
    this.#dry = (concealmentMs + plcHistoryMs + 2 * frameMs) * perMs;
  }

  /**
   * Takes one packet. `payload[start, end)` is copied; `sequence` and `timestamp` are those of the RTP header,
   * `arrivalMs` is on the same clock as `nowMs` of `pull`.
   */
  put(sequence: number, timestamp: number, payload: Uint8Array, start: number, end: number, arrivalMs: number): void {
    const { stats } = this;
    const buffer = this.#buffer;
    stats.received++;
    if (end <= start || end - start > this.#codec.maxPayload) {
      stats.malformed++;
      return;
    }
    let place: number;
    const ahead = seq16Diff(sequence, buffer.newest);
    if (!this.#timeline.started) {
      place = this.#restart(sequence, timestamp, arrivalMs);
    } else if (ahead > maxDropout || ahead <= -maxMisorder) {
      if (sequence !== this.#restartAt) {
        this.#restartAt = seq16Add(sequence, 1);
        stats.discarded++;
        return;
      }
      place = this.#restart(sequence, timestamp, arrivalMs);
    } else {
      place =
        ahead > 0
          ? this.#placeNew(sequence, ahead, timestamp, arrivalMs)
          : this.#placeOld(sequence, timestamp, arrivalMs);
      if (Number.isNaN(place)) return;
    }
    this.#restartAt = -1;
    // To start at the right moment the packets' length must be known beforehand.
    if (!this.#mapped) this.#rule.spacing = this.#codec.samplesIn(payload, start, end);
    stats.jitterMs = this.#timeline.jitterMs;
    buffer.insert(sequence, place, payload, start, end);
  }

  /** Writes the next `samples` samples, at the codec's sample rate, to `out`. */
  pull(out: Int16Array, samples: number, nowMs: number): PullResult {
    this.#followClock(nowMs);
    const line = this.#line;
    if (!this.#mapped && this.#buffer.count > 0) this.#tryToStart();
    if (this.#mapped && this.#buffer.count > 0) this.#skipExcess();
    // A concealment that was over before this frame.
    const silent = this.#made > 0 && this.#fadedOut;
    let made = 0;
    if (!this.#mapped && silent && line.filled === 0 && this.#made > this.#dry) {
      out.fill(0, 0, samples);
      made = samples;
    } else {
      made = this.#fill(samples);
      if (made === 0 && this.#mapped && this.#adapt(samples) && line.filled < samples) made = this.#fill(samples);
      line.take(out, samples);
    }
    this.#dueMs += samples / this.#perMs;
    if (made === 0) return pulled.voice;
    if (made === samples && silent) return pulled.silence;
    this.stats.concealed += made / this.#perMs;
    return pulled.concealed;
  }

  /** Reads what the next `pull` will need, so that the processor fetches it all at once; the number says nothing. */
  readAhead(): number {
    const ahead = this.#buffer.readAhead() + this.#line.readAhead() + this.#dueMs + this.stats.delayMs;
    return ahead + this.#timeline.slowest + this.#rule.spacing;
  }

  /**
   * Another stream (another SSRC) takes this one's place; what is decoded plays out, counters go on. `old`: nobody
   * listened for a while, and nothing from before that is to be heard.
   */
  reset(old = false): void {
    this.stats.discarded += this.#buffer.count;
    this.#buffer.restart(0);
    this.#timeline.reset();
    this.#mapped = false;
    this.#restartAt = -1;
    if (!old) return;
    this.#line.clear();
    this.#concealment.stop();
    this.#made = Number.POSITIVE_INFINITY;
  }

  /** Nothing may be put or pulled afterwards. Idempotent. */
  close(): void {
    this.#decoder.close();
  }

  // --- packets to their places ---

  /** Starts over with this packet, right after what is being played. */
  #restart(sequence: number, timestamp: number, arrivalMs: number): number {
    this.stats.discarded += this.#buffer.count;
    this.#buffer.restart(sequence);
    this.#timeline.anchor(timestamp, arrivalMs, this.#end);
    return this.#end;
  }

  #placeNew(sequence: number, ahead: number, timestamp: number, arrivalMs: number): number {
    const timeline = this.#timeline;
    const overflow = this.#buffer.overflow(sequence);
    if (overflow > 0) this.#drop(overflow);
    if (timeline.continues(ahead, timestamp, arrivalMs)) return timeline.extend(timestamp, arrivalMs);
    // The sender was re-anchored: its sound goes on where it was.
    const place = Math.max(timeline.last + ahead * this.#rule.spacing, this.#end);
    timeline.anchor(timestamp, arrivalMs, place);
    return place;
  }

  #placeOld(sequence: number, timestamp: number, arrivalMs: number): number {
    const { stats } = this;
    if (this.#buffer.seen(sequence)) {
      stats.duplicate++;
      return Number.NaN;
    }
    const timeline = this.#timeline;
    if (!timeline.precedes(timestamp, maxMisorder)) {
      stats.discarded++;
      return Number.NaN;
    }
    const place = timeline.insert(timestamp, arrivalMs);
    if (seq16Diff(sequence, this.#buffer.first) >= 0) return place;
    stats.late++;
    return Number.NaN;
  }

  /** Gives up on the next `count` sequence numbers. */
  #drop(count: number): void {
    this.stats.lost += this.#buffer.missing(count);
    this.stats.discarded += this.#buffer.advance(count);
  }

  // --- from places to moments ---

  #followClock(nowMs: number): void {
    const late = nowMs - this.#dueMs;
    // Also true for the first pull.
    if (!(late >= 0 && late <= clockJumpMs)) this.#dueMs = nowMs;
    else this.#dueMs += late * clockGain;
  }

  /**
   * Samples by which the slowest recent packet would have come before its moment, if `next` followed after the line.
   */
  #earliness(next: number): number {
    const timeline = this.#timeline;
    const slowest = Math.min(timeline.slowest, timeline.transit + this.#rule.reach);
    return this.#dueMs * this.#perMs - (next - this.#line.filled) - slowest;
  }

  /** Plays from the first waiting packet on, once it has waited so long that those that follow should not be late. */
  #tryToStart(): void {
    const place = this.#buffer.timeOf(this.#buffer.next());
    if (!this.#rule.mayStart(this.#earliness(place), this.#line.filled)) return;
    this.#end = place;
    this.#mapped = true;
    this.#rule.done();
  }

  /** Too much waits: goes on with the newest quarter. */
  #skipExcess(): void {
    const buffer = this.#buffer;
    const newest = buffer.timeOf(buffer.newest);
    if (newest - (this.#end - this.#line.filled) <= this.#rule.maxDelay) return;
    let next = buffer.next();
    while (buffer.timeOf(next) < newest - this.#rule.maxDelay / 4) {
      this.#drop(seq16Diff(next, buffer.first) + 1);
      next = buffer.next();
    }
    this.#end = buffer.timeOf(next);
    if (this.#made === 0) {
      if (this.#decoder.conceal === undefined) this.#concealment.start(this.#line);
      this.#made = 1;
    }
  }

  /** Brings the line to `samples`, from packets as far as they are there; returns the number of samples made up. */
  #fill(samples: number): number {
    const line = this.#line;
    const buffer = this.#buffer;
    let made = 0;
    while (line.filled < samples) {
      const missing = samples - line.filled;
      if (!this.#mapped || buffer.count === 0) {
        this.#makeUp(missing);
        return made + missing;
      }
      const next = buffer.next();
      const gap = buffer.timeOf(next) - this.#end;
      if (gap > 0 && this.#recover(next, gap)) continue;
      if (gap > 0) {
        // Of several packets the last can be told, whole.
        const untold = this.#decoder.recover === undefined ? gap : gap - this.#rule.spacing;
        const count = Math.min(untold > 0 ? untold : gap, missing);
        this.#makeUp(count);
        made += count;
      } else {
        // A packet that is late, with none after it played yet, is played: the delay grows by what it was late.
        this.#end += gap;
        this.#decode(next);
      }
    }
    return made;
  }

  /** What the packet behind a gap says of the one that is missing. */
  #recover(next: number, gap: number): boolean {
    const decoder = this.#decoder;
    const buffer = this.#buffer;
    if (decoder.recover === undefined || gap > this.#rule.spacing) return false;
    if (buffer.missing(seq16Diff(next, buffer.first)) === 0) return false;
    const line = this.#line;
    line.reserve(maxPacketMs * this.#perMs);
    const from = buffer.offsetOf(next);
    const samples = decoder.recover(buffer.bytes, from, from + buffer.lengthOf(next), line.pcm, line.write, gap);
    if (samples <= 0) return false;
    if (this.#made > 0) this.#join(samples);
    line.write += samples;
    this.#end += samples;
    this.stats.recovered += samples / this.#perMs;
    return true;
  }

  /** A packet whose predecessor is lost: whether it is worth waiting for such ones. */
  #learn(sequence: number, from: number): void {
    const buffer = this.#buffer;
    const decoder = this.#decoder;
    if (decoder.tells === undefined || buffer.seen(seq16Add(sequence, -1))) return;
    if (decoder.tells(buffer.bytes, from, from + buffer.lengthOf(sequence))) this.#rule.lossTold();
  }

  #decode(sequence: number): void {
    const buffer = this.#buffer;
    const line = this.#line;
    line.reserve(maxPacketMs * this.#perMs);
    const from = buffer.offsetOf(sequence);
    const samples = this.#decoder.decode(buffer.bytes, from, from + buffer.lengthOf(sequence), line.pcm, line.write);
    const skipped = seq16Diff(sequence, buffer.first);
    if (skipped > 0) this.#learn(sequence, from);
    this.stats.lost += buffer.missing(skipped);
    buffer.advance(skipped + 1);
    if (samples <= 0) {
      this.stats.malformed++;
      return;
    }
    if (this.#made > 0) this.#join(samples);
    line.write += samples;
    this.#end += samples;
    this.#rule.spacing = samples;
  }

  /** Cross-fades from what has been made up to the packet just decoded, not yet counted in the line. */
  #join(samples: number): void {
    const made = this.#made;
    this.#made = 0;
    // A decoder that conceals goes on from there by itself.
    if (made === Number.POSITIVE_INFINITY || this.#decoder.conceal !== undefined) return;
    const fade = Math.min(samples, Math.floor(Math.min(seamMinMs * this.#perMs + made * 0.4, seamMaxMs * this.#perMs)));
    const seam = this.#seam;
    const { pcm, write } = this.#line;
    this.#concealment.render(seam, 0, fade);
    this.#concealment.stop();
    for (let i = 0; i < fade; i++) {
      const share = (i + 1) / (fade + 1);
      pcm[write + i] = Math.round(seam[i]! * (1 - share) + pcm[write + i]! * share);
    }
  }

  /** All that is made up from now on is silence. */
  get #fadedOut(): boolean {
    if (this.#decoder.conceal === undefined) return this.#concealment.faded;
    return this.#made >= concealmentMs * this.#perMs;
  }

  #makeUp(count: number): void {
    const line = this.#line;
    line.reserve(count);
    const decoder = this.#decoder;
    if (decoder.conceal !== undefined && !this.#fadedOut) decoder.conceal(line.pcm, line.write, count);
    else {
      if (this.#made === 0) this.#concealment.start(line);
      this.#concealment.render(line.pcm, line.write, count);
    }
    line.write += count;
    this.#end += count;
    this.#made += count;
    if (this.#made >= concealmentMs * this.#perMs) this.#mapped = false;
  }

  /**
   * Takes out or puts in a pitch period when the rule wants it. Returns true when sound was taken out, so that the line
   * may lack some for this frame.
   */
  #adapt(samples: number): boolean {
    const { stats } = this;
    const line = this.#line;
    const rule = this.#rule;
    const delay = this.#dueMs * this.#perMs - (this.#end - line.filled) - this.#timeline.transit;
    stats.delayMs += (delay / this.#perMs - stats.delayMs) / 16;
    const ahead = line.filled - samples;
    const wanted = rule.judge(this.#earliness(this.#end), ahead);
    if (wanted === adaptation.none) return false;
    if (wanted === adaptation.lengthen) {
      if (this.#timeScale.lengthen(line, Number.POSITIVE_INFINITY, rule.likeness) === 0) return false;
      stats.lengthened++;
      rule.done();
      return false;
    }
    const followed = this.#buffer.count > 0 && this.#buffer.timeOf(this.#buffer.next()) <= this.#end;
    const most = wanted === adaptation.shorten && followed ? Number.POSITIVE_INFINITY : ahead;
    if (this.#timeScale.shorten(line, most, rule.likeness) === 0) return false;
    stats.shortened++;
    rule.done();
    return true;
  }
}
