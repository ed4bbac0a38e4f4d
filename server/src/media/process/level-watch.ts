import { silenceDbov } from '../../audio/level.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import type { RoomLevels } from '../channel/protocol.ts';
import type { Room } from './room/room.ts';

const everyMs = 200;
/** Unless it is asked for again: whoever asked may be gone. */
const lastsMs = 10_000;
/** Below this nobody sees a difference. */
const shownFrom = -60;

/** Tells how loud everybody is, while somebody watches. */
export class LevelWatch {
  readonly #clock: Clock;
  readonly #rooms: () => Iterable<Room>;
  readonly #tell: (rooms: readonly RoomLevels[]) => void;
  /** Rooms in which somebody did at the last look. */
  #sounded = new Set<string>();
  #until = 0;
  #timer: Timer | null = null;

  constructor(clock: Clock, rooms: () => Iterable<Room>, tell: (rooms: readonly RoomLevels[]) => void) {
    this.#clock = clock;
    this.#rooms = rooms;
    this.#tell = tell;
  }

  watch(on: boolean): void {
    this.#until = on ? this.#clock.monotonic() + lastsMs : 0;
    if (on) this.#timer ??= this.#clock.setTimer(everyMs, this.#look);
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  readonly #look = (): void => {
    this.#timer = null;
    if (this.#clock.monotonic() >= this.#until) return;
    this.#timer = this.#clock.setTimer(everyMs, this.#look);
    const told: RoomLevels[] = [];
    const sounding = new Set<string>();
    for (const room of this.#rooms()) {
      const levels: [string, number][] = [];
      for (const { id, receiver } of room.legs) {
        const level = receiver.heard ? Math.round(receiver.activity.level) : silenceDbov;
        if (level > shownFrom) levels.push([id, level]);
      }
      // Once more when all are silent, so that nobody is shown as loud for ever.
      if (levels.length > 0) sounding.add(room.id);
      else if (!this.#sounded.has(room.id)) continue;
      told.push({ room: room.id, levels });
    }
    this.#sounded = sounding;
    if (told.length > 0) this.#tell(told);
  };
}
