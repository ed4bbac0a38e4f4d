const dayMs = 86_400_000;
const secondsOfDay = 86_400;
/** `2012-06-27T`, and `14:08:55Z` behind it. */
const dateLength = 11;
const textLength = 20;

/**
 * Whether the text `2012-06-27T14:08:55Z` of a time (ms since the epoch; NaN passes nothing) contains another, or starts with it. Texts are
 * made once for each day and once for each second of a day, not for each time: each says at which places of the whole it would fit.
 */
export function timeTextTest(op: 'contains' | 'startsWith', wanted: string): (at: number) => boolean {
  const places = op === 'startsWith' ? 1 : textLength - wanted.length + 1;
  if (wanted.length > textLength) return () => false;
  const ofDay = new Map<number, number>();
  const ofSecond = new Int32Array(secondsOfDay).fill(-1);
  /** A bit for each place at which `wanted` would begin, set where what lies in this piece is alike. */
  const fitting = (piece: string, begin: number): number => {
    let bits = 0;
    for (let place = 0; place < places; place++) {
      const from = Math.max(place, begin);
      const to = Math.min(place + wanted.length, begin + piece.length);
      if (to <= from || piece.startsWith(wanted.slice(from - place, to - place), from - begin)) bits |= 1 << place;
    }
    return bits;
  };
  return (at) => {
    if (Number.isNaN(at)) return false;
    const day = Math.floor(at / dayMs);
    const second = Math.floor((at - day * dayMs) / 1000);
    let days = ofDay.get(day);
    if (days === undefined) {
      days = fitting(new Date(day * dayMs).toISOString().slice(0, dateLength), 0);
      ofDay.set(day, days);
    }
    // Most often nothing fits the day, and the second need not be looked at.
    if (days === 0) return false;
    let seconds = ofSecond[second]!;
    if (seconds === -1) {
      seconds = fitting(`${new Date(second * 1000).toISOString().slice(dateLength, -5)}Z`, dateLength);
      ofSecond[second] = seconds;
    }
    return (days & seconds) !== 0;
  };
}
