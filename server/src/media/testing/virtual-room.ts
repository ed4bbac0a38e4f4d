import { goertzel } from '../../audio/goertzel.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { Room } from '../process/room/room.ts';
import { VirtualLeg, type VirtualLegOptions } from './virtual-leg.ts';

/** A room in virtual time: every 20 ms each peer says a frame, then the room mixes. */
export class VirtualRoom {
  readonly clock = new VirtualClock();
  readonly room: Room;
  readonly legs: VirtualLeg[] = [];
  readonly events: string[] = [];
  frame = 0;

  constructor() {
    this.room = new Room('room', {
      onTalking: (leg, _room, talking) => this.events.push(`${leg.id} ${talking ? 'talks' : 'silent'}`),
      onPlayOver: (play) => this.events.push(`${play} over`),
      onSettled: (leg) => {
        leg.refresh();
        this.room.refresh();
      },
    });
  }

  add(id: string, options?: VirtualLegOptions): VirtualLeg {
    const leg = new VirtualLeg(id, this.clock, options);
    this.legs.push(leg);
    this.room.join(leg.leg);
    return leg;
  }

  /** `says` gives each leg's samples of a frame, or null for a packet of silence. */
  run(frames: number, says: (leg: VirtualLeg, frame: number) => Int16Array | null): void {
    for (let i = 0; i < frames; i++, this.frame++) {
      for (const leg of this.legs) {
        leg.say(says(leg, this.frame) ?? new Int16Array(leg.codec.sampleRate / 50), this.clock.monotonic());
      }
      this.clock.advance(20);
      if (this.room.ticking) this.room.mixOnce(this.clock.monotonic(), this.frame);
    }
  }
}

/** One frame of a sine; its phase goes on from frame to frame. */
export function tone(frequency: number, frame: number, rate = 8000, amplitude = 8000): Int16Array {
  const samples = rate / 50;
  return Int16Array.from({ length: samples }, (_, i) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * frequency * (frame * samples + i)) / rate)),
  );
}

/** How loud a tone is in the last second of what was heard. */
export function level(leg: VirtualLeg, frequency: number): number {
  const pcm = leg.heard();
  const window = Math.min(pcm.length, leg.codec.sampleRate);
  return goertzel(pcm, pcm.length - window, window, frequency, leg.codec.sampleRate);
}
