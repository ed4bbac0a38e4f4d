const dayMs = 86_400_000;
const secondsOfDay = 86_400;
/** `2012-06-27T`, and `14:08:55Z` behind it. */
const dateLength = 11;
const textLength = 20;

/** The last second that has such a text. */
const lastSecond = 253_402_300_799;

/** In [from, to) are the times whose text starts with another: texts are ordered as the times are. */
export function timeTextSpan(wanted: string): readonly [from: number, to: number] {
  /** The first second whose text passes. */
  const first = (passes: (text: string) => boolean): number => {
    let [low, high] = [0, lastSecond + 1];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (passes(`${new Date(middle * 1000).toISOString().slice(0, -5)}Z`)) high = middle;
      else low = middle + 1;
    }
    return low * 1000;
  };
  return [first((text) => text >= wanted), first((text) => text.slice(0, wanted.length) > wanted)];
}

/**
 * Whether the text `2012-06-27T14:08:55Z` of a time (ms since the epoch; NaN passes nothing) contains another. Texts
 * are made once for each day and once for each second of a day, not for each time: each says at which places of the
 * whole it would fit.
 */
export function timeTextTest(wanted: string): (at: number) => boolean {
  const places = textLength - wanted.length + 1;
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
  const daysOf = (day: number): number => {
    let days = ofDay.get(day);
    if (days === undefined) {
      days = fitting(new Date(day * dayMs).toISOString().slice(0, dateLength), 0);
      ofDay.set(day, days);
    }
    return days;
  };
  let lastDay = Number.NaN;
  let lastDays = 0;
  return (at) => {
    if (Number.isNaN(at)) return false;
    const day = Math.floor(at / dayMs);
    if (day !== lastDay) {
      lastDay = day;
      lastDays = daysOf(day);
    }
    // Most often nothing fits the day, and the second need not be looked at.
    if (lastDays === 0) return false;
    const second = Math.floor((at - day * dayMs) / 1000);
    let seconds = ofSecond[second]!;
    if (seconds === -1) {
      seconds = fitting(`${new Date(second * 1000).toISOString().slice(dateLength, -5)}Z`, dateLength);
      ofSecond[second] = seconds;
    }
    return (lastDays & seconds) !== 0;
  };
}
