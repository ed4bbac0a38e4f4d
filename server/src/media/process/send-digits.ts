import { eventOfDigit } from '../../rtp/telephone-event.ts';
import type { Ask } from '../channel/commands.ts';
import { CommandError } from '../channel/protocol.ts';
import type { Leg } from './leg/leg.ts';
import type { Plays } from './plays.ts';

const defaultDigitMs = 100;
const defaultGapMs = 60;

/**
 * As RFC 4733 events when negotiated, else as tones in place of the room. More than can wait are dropped: others press
 * them, and this leg does not end for it. Throws CommandError `invalid`.
 */
export function sendDigits(leg: Leg, { digits, durationMs, gapMs }: Ask<'sendDigits'>, plays: Plays): void {
  const codes = [...digits];
  if (codes.some((digit) => eventOfDigit(digit) === null)) throw new CommandError('invalid', 'digits are 0-9 * # A-D');
  const [digitMs, pauseMs] = [durationMs ?? defaultDigitMs, gapMs ?? defaultGapMs];
  if (leg.sender.canSendEvents) leg.sender.digits.queue(digits, digitMs, pauseMs);
  else plays.tones(leg, codes, digitMs, pauseMs);
}
