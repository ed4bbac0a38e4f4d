import type { LegSettings, PlayItem } from '../media/engine.ts';
import type { LegMedia, Playing } from './leg.ts';

/** The sound of a hunt: that of the leg which is heard of it. What was asked for before, or of another leg, holds for whichever is. */
export class HuntMedia implements LegMedia {
  readonly #huntId: string;
  #heard: LegMedia | null = null;
  #room: string | null = null;
  #settings: LegSettings = {};

  constructor(huntId: string) {
    this.#huntId = huntId;
  }

  get id(): string {
    return this.#heard?.id ?? this.#huntId;
  }

  /** From now on this one; null: none. */
  hear(next: LegMedia | null): void {
    const before = this.#heard;
    if (next === before) return;
    this.#heard = next;
    if (this.#room !== null) before?.leave();
    if (next === null) return;
    if (Object.keys(this.#settings).length > 0) next.set(this.#settings);
    if (this.#room !== null) next.join(this.#room);
  }

  join(room: string): void {
    this.#room = room;
    this.#heard?.join(room);
  }

  leave(): void {
    this.#room = null;
    this.#heard?.leave();
  }

  set(settings: LegSettings): void {
    this.#settings = { ...this.#settings, ...settings };
    this.#heard?.set(settings);
  }

  sendDigits(digits: string, durationMs: number): void {
    this.#heard?.sendDigits(digits, durationMs);
  }

  play(items: readonly PlayItem[], options?: { loop?: boolean; mix?: boolean }): Playing {
    return this.#heard?.play(items, options) ?? { finished: Promise.resolve('gone'), stop() {} };
  }
}
