import type { Random } from '../base/random.ts';
import { spokenPins } from '../base/spoken-secret.ts';

/** Long enough where strangers may try. */
const digits = 6;

/** Of a new conference, for those who take part and those who moderate. */
export function conferencePins(random: Random): { readonly participantPin: string; readonly moderatorPin: string } {
  const [participantPin, moderatorPin] = spokenPins(random, digits);
  return { participantPin, moderatorPin };
}
