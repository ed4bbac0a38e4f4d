/**
 * The E-model (ITU-T G.107): how a listener would rate a line, from what is measured on it. All parameters that are not
 * measured have the recommendation's default values, for which R₀ − Is is 93.2 without delay or loss.
 */

export interface LineQuality {
  /** Share of packets lost or too late, 0–1. */
  loss: number;
  /** One-way delay from mouth to ear: network, jitter buffer, packetisation; ms. */
  delayMs: number;
  /** Of the codec (ITU-T G.113 appendix I); default G.711. */
  codec?: CodecImpairment;
  /** Burstiness of the loss, ≥ 1; 1 = random. */
  burstRatio?: number;
}

/** Equipment impairment and robustness to loss (ITU-T G.113 appendix I). */
export interface CodecImpairment {
  readonly ie: number;
  readonly bpl: number;
}

/** G.711 with concealment of lost packets. */
export const g711Impairment: CodecImpairment = { ie: 0, bpl: 25.1 };

const defaultR = 93.2;
/** Signal to noise ratio, Ro, and circuit noise, No, for the default values. */
const ro = 94.77;
const no = -61.18;
const rlr = 2;
/** Talker echo loudness rating and weighted echo path loss: a good echo canceller. */
const telr = 65;
const wepl = 110;

/** Impairment by delay alone, Idd (G.107 7.4). */
function pureDelay(delayMs: number): number {
  if (delayMs <= 100) return 0;
  const x = Math.log2(delayMs / 100);
  return 25 * ((1 + x ** 6) ** (1 / 6) - 3 * (1 + (x / 3) ** 6) ** (1 / 6) + 2);
}

/** Impairment by the talker's echo, Idte, with the default sidetone. */
function talkerEcho(delayMs: number): number {
  const t = delayMs;
  const terv = telr - 40 * Math.log10((1 + t / 10) / (1 + t / 150)) + 6 * Math.exp(-0.3 * t * t);
  const roe = -1.5 * (no - rlr);
  const re = 80 + 2.5 * (terv - 14);
  const half = (roe - re) / 2;
  return (half + Math.sqrt(half * half + 100) - 1) * (1 - Math.exp(-t));
}

/** Impairment by the listener's echo, Idle. */
function listenerEcho(roundTripMs: number): number {
  const rle = 10.5 * (wepl + 7) * (roundTripMs + 1) ** -0.25;
  const half = (ro - rle) / 2;
  return half + Math.sqrt(half * half + 169);
}

/** Rating factor R, 0 (unusable) to 93.2. */
export function ratingFactor(quality: LineQuality): number {
  const { ie, bpl } = quality.codec ?? g711Impairment;
  const lossPercent = 100 * Math.min(1, Math.max(0, quality.loss || 0));
  const delay = Math.max(0, quality.delayMs || 0);
  const burst = Math.max(1, quality.burstRatio ?? 1);
  const equipment = ie + ((95 - ie) * lossPercent) / (lossPercent / burst + bpl);
  // The default R already holds the echoes at no delay; only what delay adds counts.
  const echo = talkerEcho(delay) + listenerEcho(2 * delay) - talkerEcho(0) - listenerEcho(0);
  return Math.max(0, Math.min(defaultR, defaultR - pureDelay(delay) - echo - equipment));
}

/** Mean opinion score, 1 (bad) to 4.41 (as good as a telephone gets) (G.107 annex B). */
export function meanOpinionScore(quality: LineQuality): number {
  const r = ratingFactor(quality);
  if (r <= 0) return 1;
  const mos = 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6;
  // The cubic dips below 1 for the very lowest ratings.
  return Math.max(1, mos);
}
