import { dtmfFrequencies } from '../../audio/tones.ts';
import type { Ask } from '../channel/commands.ts';
import type { PlayEnd } from '../channel/protocol.ts';
import type { Leg } from './leg/leg.ts';
import { loadSounds, PlaySource, type Sound } from './room/play-source.ts';
import type { Room } from './room/room.ts';
import type { SoundFiles } from './room/sound-files.ts';

/** Of each frequency of a digit sent as a tone, dBov. */
const digitLevel = -11;
/** What they are played as: nobody waits for their end. */
const tonesId = '';
/** Tones, and the pauses behind them, that may wait. */
const mostTones = 512;

export type PlayPlace = { readonly leg: Leg } | { readonly room: Room };

export interface PlaysOptions {
  readonly files: SoundFiles;
  /** Whether it is still there. */
  isOpen(place: PlayPlace): boolean;
  /** What is heard there may have changed. */
  changed(place: PlayPlace): void;
  ended(play: string, reason: PlayEnd): void;
}

/** A play that is asked for: its file may still be loading. */
interface PlayEntry {
  readonly place: PlayPlace;
}

/**
 * What is played to legs and in rooms: to a leg one thing at a time, in a room everything at once. Each ends once, and
 * that is told.
 */
export class Plays {
  readonly #options: PlaysOptions;
  readonly #entries = new Map<string, PlayEntry>();

  constructor(options: PlaysOptions) {
    this.#options = options;
  }

  /** Rejects with CommandError when what is to be played cannot be had. Nothing for a play that is known. */
  async begin(ask: Ask<'play'>, place: PlayPlace): Promise<void> {
    if (this.#entries.has(ask.play)) return;
    const entry: PlayEntry = { place };
    this.#entries.set(ask.play, entry);
    const order = 'leg' in place ? ++place.leg.playOrder : 0;
    try {
      const sounds = await loadSounds(ask.items, this.#options.files);
      if (this.#entries.get(ask.play) !== entry) return;
      if (!this.#options.isOpen(place)) this.end(ask.play, 'gone');
      else if ('leg' in place) this.#toLeg(place.leg, order, ask, sounds);
      else place.room.plays.push({ id: ask.play, source: this.#source(ask, sounds, place.room.rate) });
      this.#options.changed(place);
    } catch (error) {
      this.#entries.delete(ask.play);
      throw error;
    }
  }

  /**
   * Digits as tones, in place of whatever the leg hears, and behind those that it hears; too many more are dropped.
   * `durationMs` each, `gapMs` behind each.
   */
  tones(leg: Leg, digits: readonly string[], durationMs: number, gapMs: number): void {
    const sounds = digits.flatMap((digit) => [dtmfSound(digit, durationMs), { silenceMs: gapMs }]);
    const heard = leg.play?.id === tonesId ? leg.play.source : null;
    if (heard?.over === false) {
      if (heard.waiting + sounds.length <= mostTones) heard.add(sounds);
      return;
    }
    this.#endOf(leg, 'stopped');
    leg.playOrder++;
    leg.play = { id: tonesId, source: new PlaySource(sounds, false, leg.format.codec.sampleRate), mix: false };
    this.#options.changed({ leg });
  }

  /** Nothing for one that is not there. */
  end(play: string, reason: PlayEnd): void {
    const entry = this.#entries.get(play);
    if (entry === undefined) return;
    this.#entries.delete(play);
    const { place } = entry;
    if ('leg' in place) {
      if (place.leg.play?.id === play) place.leg.play = null;
    } else {
      const at = place.room.plays.findIndex((one) => one.id === play);
      if (at >= 0) place.room.plays.splice(at, 1);
    }
    this.#options.changed(place);
    this.#options.ended(play, reason);
  }

  /** The leg closes: what still loads for it ends when it is there. */
  gone(leg: Leg): void {
    this.#endOf(leg, 'gone');
    leg.playOrder++;
  }

  #toLeg(leg: Leg, order: number, ask: Ask<'play'>, sounds: readonly Sound[]): void {
    if (leg.playOrder !== order) {
      this.end(ask.play, 'stopped');
      return;
    }
    this.#endOf(leg, 'stopped');
    leg.play = { id: ask.play, source: this.#source(ask, sounds, leg.format.codec.sampleRate), mix: ask.mix ?? false };
  }

  #endOf(leg: Leg, reason: PlayEnd): void {
    if (leg.play !== null) this.end(leg.play.id, reason);
  }

  #source(ask: Ask<'play'>, sounds: readonly Sound[], rate: number): PlaySource {
    return new PlaySource(sounds, ask.loop ?? false, rate);
  }
}

function dtmfSound(digit: string, ms: number): Sound {
  const frequencies = dtmfFrequencies(digit) ?? [];
  return { tone: { steps: [{ frequencies, ms }], repeat: false, level: digitLevel } };
}
