import type { Random } from './random.ts';

/** No letters or digits that are taken for others. */
const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';

/** 16 characters that survive being read aloud, typed and pasted into a shell: about 79 bits. */
export function spokenToken(random: Random): string {
  return Array.from({ length: 16 }, () => alphabet[random.int(alphabet.length)]).join('');
}

/** So many digits, each equally likely. */
export function spokenPin(random: Random, digits: number): string {
  return String(random.int(10 ** digits)).padStart(digits, '0');
}

/** Two that are not the same, for those who take part and those who moderate: long enough where strangers may try. */
export function spokenPins(random: Random): { readonly participantPin: string; readonly moderatorPin: string } {
  const participantPin = spokenPin(random, 6);
  for (;;) {
    const moderatorPin = spokenPin(random, 6);
    if (moderatorPin !== participantPin) return { participantPin, moderatorPin };
  }
}
