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

/** Two of so many digits that are not the same. */
export function spokenPins(random: Random, digits: number): readonly [string, string] {
  const first = spokenPin(random, digits);
  for (;;) {
    const second = spokenPin(random, digits);
    if (second !== first) return [first, second];
  }
}
