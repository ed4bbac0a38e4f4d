import type { RoomOutput } from '../room/room-output.ts';
import type { Leg } from './leg.ts';
import type { OutputFormat } from './output-format.ts';
import { OwnOutput } from './own-output.ts';

/** A room as a leg hears it. */
export interface HeardRoom {
  readonly rate: number;
  /** What `leg` hears of the room in this tick, into its own output. */
  voiceFor(leg: Leg, own: OwnOutput, tick: number): void;
  /** What plain listeners heard in the tick before. */
  heardBefore(tick: number): Int16Array;
  /** What plain listeners of a format are sent; null while there are none. */
  sharedOutput(format: OutputFormat): RoomOutput | null;
}

export interface LegServiceEvents {
  onPlayOver(play: string): void;
  /** The leg may need its own service, or ticks, no longer. */
  onSettled(leg: Leg): void;
}

/**
 * One tick of a leg that cannot share the listeners' frame: it speaks, is held, deaf, played to, sent digits, or in no
 * room. What it hears, first that applies: a digit packet in place of audio · a play that replaces · the music of its
 * hold · silence when deaf · the room without itself. A mixing play goes over whatever that was, which is lowered under
 * speech.
 */
export function serveLeg(leg: Leg, room: HeardRoom | null, tick: number, events: LegServiceEvents): void {
  const sends = leg.canSend;
  if (leg.sender.digits.active) {
    const sent = leg.sender.sendDigit(tick, sends);
    if (!leg.sender.digits.active) events.onSettled(leg);
    if (sent) return;
  }
  const play = leg.play;
  if (!sends && play === null) return;
  const own = ownOutput(leg, room, tick);
  if (play !== null && !play.mix) own.fillFrom(play.source);
  else if (leg.held) own.fillFrom(leg.holdMusic);
  else if (leg.deaf || room === null) own.fillFrom(null);
  else room.voiceFor(leg, own, tick);
  const settled = own.settled;
  own.announce(play?.mix ? play.source : null);
  if (sends) {
    own.output.encode(tick);
    leg.sender.send(own.output, tick);
  }
  if (play?.source.over) {
    leg.play = null;
    events.onPlayOver(play.id);
    events.onSettled(leg);
  } else if (!settled && own.settled) events.onSettled(leg);
}

/** A leg that begins to have its own output goes on from what it heard as a listener. */
function ownOutput(leg: Leg, room: HeardRoom | null, tick: number): OwnOutput {
  const { format } = leg;
  const rate = room?.rate ?? format.codec.sampleRate;
  let own = leg.own;
  if (own === null || own.output.format !== format) {
    own?.output.close();
    own = new OwnOutput(format, rate);
    leg.own = own;
  }
  const retuned = own.rate !== rate;
  if (retuned) own.tune(rate);
  const fresh = own.output.tick !== tick - 1;
  if (room !== null && (fresh || retuned)) own.output.prime(room.heardBefore(tick));
  if (fresh) {
    own.limiter.reset();
    const shared = room?.sharedOutput(format) ?? null;
    if (shared !== null) own.output.follow(shared, tick);
  }
  return own;
}
