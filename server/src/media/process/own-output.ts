import type { Codec } from '../../audio/codec.ts';
import { Limiter } from '../../audio/limiter.ts';
import { frameMs } from './leg-receiver.ts';
import { RoomOutput } from './room-output.ts';

/** What a leg that hears something of its own needs; kept from its first such tick on. */
export class OwnOutput {
  readonly rate: number;
  readonly output: RoomOutput;
  readonly limiter: Limiter;
  /** A frame at the room's rate. */
  readonly frame: Int16Array;

  constructor(codec: Codec, rate: number) {
    this.rate = rate;
    this.output = new RoomOutput(codec, rate);
    this.limiter = new Limiter(rate);
    this.frame = new Int16Array((rate / 1000) * frameMs);
  }
}
