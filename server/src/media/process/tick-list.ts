import type { Clock } from '../../base/clock.ts';
import type { Leg } from './leg/leg.ts';
import { type LegServiceEvents, serveLeg } from './leg/leg-service.ts';
import type { Room, RoomEvents } from './room/room.ts';
import type { MediaSockets } from './sockets/media-sockets.ts';
import { Ticker } from './ticker.ts';

/** With so many rooms what a leg needs is no longer in the processor's caches when its turn comes again. */
const manyRooms = 100;

/** The rooms and legs that every tick serves. The ticker runs while there are any. */
export class TickList {
  readonly ticker: Ticker;
  /** Says nothing: what was read ahead. */
  ahead = 0;
  readonly #rooms = new Set<Room>();
  /** Legs in no room that something must be sent to. */
  readonly #soloLegs = new Set<Leg>();

  readonly #sockets: MediaSockets;

  /** `ticked` is called after each tick, when all that it sends has left. */
  constructor(
    clock: Clock,
    events: RoomEvents & LegServiceEvents,
    sockets: MediaSockets,
    ticked: (nowMs: number) => void,
  ) {
    this.#sockets = sockets;
    this.ticker = new Ticker(clock, (nowMs, tick) => {
      sockets.beforeTick(nowMs);
      const many = this.#rooms.size >= manyRooms;
      for (const room of this.#rooms) {
        if (many) this.ahead += room.readAhead();
        room.mixOnce(nowMs, tick);
      }
      for (const leg of this.#soloLegs) serveLeg(leg, null, tick, events);
      sockets.flush();
      ticked(nowMs);
    });
  }

  /** A room may tick now, or need not any more. */
  follow(room: Room): void {
    if (room.ticking) this.#rooms.add(room);
    else this.#rooms.delete(room);
    this.#run();
  }

  /** A leg that is in no room may need ticks now, or not any more. */
  followSolo(leg: Leg): void {
    if (leg.wantsTicks) this.#soloLegs.add(leg);
    else this.#soloLegs.delete(leg);
    this.#run();
  }

  /** It is in a room, which serves it, or closed. */
  leaveSolo(leg: Leg): void {
    if (this.#soloLegs.delete(leg)) this.#run();
  }

  /** It is closed. */
  drop(room: Room): void {
    this.#rooms.delete(room);
    this.#run();
  }

  #run(): void {
    const needed = this.#rooms.size > 0 || this.#soloLegs.size > 0;
    if (needed) this.ticker.start();
    else this.ticker.stop();
    this.#sockets.ticking = needed;
  }
}
