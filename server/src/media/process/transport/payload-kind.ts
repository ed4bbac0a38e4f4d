/** What a payload type is to a leg: nothing it knows, sound, telephone events, or comfort noise (silence to us). */
export const unknown = 0;
export const audio = 1;
export const events = 2;
export const noise = 3;
export type PayloadKind = typeof unknown | typeof audio | typeof events | typeof noise;
