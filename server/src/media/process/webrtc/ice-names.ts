import type { Random } from '../../../base/random.ts';

/** By what one side of an ICE session is known to the other in checks (RFC 8445 §5.3). */
export interface IceSide {
  readonly ufrag: string;
  readonly pwd: string;
}

/** An ICE session, seen from here. */
export interface IceNames {
  readonly ours: IceSide;
  readonly theirs: IceSide;
}

/**
 * Random bytes of our name and password. Strangers who guess a name are listened to for longer than others, before
 * their check turns out to be forged: so it is longer than the library's own of four letters.
 */
const nameBytes = 12;
const passwordBytes = 24;

export function newSide(random: Random): IceSide {
  const text = (bytes: number) => random.bytes(bytes).toString('base64');
  return { ufrag: text(nameBytes), pwd: text(passwordBytes) };
}

/** The name by which a side asks the other: the other's first (RFC 8445 §7.2.2). */
export function nameOf(asked: IceSide, asks: IceSide): string {
  return `${asked.ufrag}:${asks.ufrag}`;
}
