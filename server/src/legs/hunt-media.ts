import type { LegAsk, LegCommand, LegSettings, PlayItem, PlayOptions } from '../media/engine.ts';
import type { LegMedia, Playing } from './leg.ts';

/** A command with what it asks. */
type Asked = { [Name in LegCommand]: { readonly command: Name; readonly ask: LegAsk<Name> } }[LegCommand];

/**
 * The sound of a hunt: that of the leg which is heard of it. What was asked for before, or of another leg, holds for
 * whichever is.
 */
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
    if (this.#room !== null) before?.perform('leaveRoom', {});
    if (next === null) return;
    if (Object.keys(this.#settings).length > 0) next.perform('setLeg', this.#settings);
    if (this.#room !== null) next.perform('joinRoom', { room: this.#room });
  }

  perform<Name extends LegCommand>(command: Name, ask: LegAsk<Name>): void {
    this.#keep({ command, ask } as Asked);
    this.#heard?.perform(command, ask);
  }

  play(items: readonly PlayItem[], options?: PlayOptions): Playing {
    return this.#heard?.play(items, options) ?? { finished: Promise.resolve('gone'), stop() {} };
  }

  /** What holds for whichever leg is heard: its room and its settings. */
  #keep({ command, ask }: Asked): void {
    if (command === 'joinRoom') this.#room = ask.room;
    else if (command === 'leaveRoom') this.#room = null;
    else if (command === 'setLeg') this.#settings = { ...this.#settings, ...ask };
  }
}
