import type { LegReport } from '../../call/step/reports.ts';

type Delivered = Extract<LegReport, { readonly type: 'delivered' }>;

/**
 * A stream that ends so soon after the 180 was what came before the ringing: an announcement. Later it may pause as it
 * likes.
 */
const ownAfterMs = 2100;

/**
 * What is to be heard of a phone that was called, while it has not answered (RFC 3960 §3.2):
 *
 *   nothing   no 180 yet, and no description by which it may send
 *   rings     180, and no sound from there: whoever waits hears ringback
 *   heard     it may send, and no 180 has come, or sound does
 *
 * What is told is the change; what was heard and fell silent without a 180 stays heard.
 */
export class CalledProgress {
  #told: 'nothing' | 'rings' | 'heard' = 'nothing';
  #answered = false;
  #maySend = false;
  #sounds = false;
  #rangAt: number | null = null;
  /** Sound went on after the 180: it is the network's own ringback, with pauses or not. */
  #own = false;

  /** Something came from there at all. */
  get began(): boolean {
    return this.#answered;
  }

  /** A provisional response above 100. `maySend`: what its description says; null: it has none. Times in ms. */
  said(status: number, maySend: boolean | null, nowMs: number): Delivered | null {
    this.#answered = true;
    if (maySend !== null) this.#maySend = maySend;
    if (status === 180) {
      this.#rangAt = nowMs;
      this.#own = false;
    }
    return this.#news();
  }

  /** Packets come from there, or do so no longer. */
  sounds(sounds: boolean, nowMs: number): Delivered | null {
    this.#sounds = sounds;
    if (!sounds) this.#own = this.#rangAt !== null && nowMs - this.#rangAt >= ownAfterMs;
    return this.#news();
  }

  #news(): Delivered | null {
    const rang = this.#rangAt !== null;
    const heard = this.#maySend && (!rang || this.#sounds || this.#own);
    const now = heard ? 'heard' : rang ? 'rings' : this.#told;
    const before = this.#told;
    if (now === before) return null;
    this.#told = now;
    if (now === 'heard') return { type: 'delivered', early: true };
    return before === 'heard' ? { type: 'delivered', early: false } : { type: 'delivered' };
  }
}
