// Writes the music on hold: node prompts/make-music.mjs FILE
// 24 s of four soft chords with a plucked figure above them, 8 kHz 16 bit mono. Every note's tail wraps round the end,
// so that the file repeats without a seam. No randomness: the same bytes every time.
import { writeFileSync } from 'node:fs';

const rate = 8000;
const seconds = 24;
const length = rate * seconds;
const mix = new Float64Array(length);

const hertz = (midi) => 440 * 2 ** ((midi - 69) / 12);

/** Adds one note of sine partials; `shape(t)` is its loudness at t seconds. */
function note(at, midi, duration, gain, partials, shape) {
  const start = Math.round(at * rate);
  const count = Math.round(duration * rate);
  const step = (2 * Math.PI * hertz(midi)) / rate;
  for (let i = 0; i < count; i++) {
    let sum = 0;
    for (let p = 0; p < partials.length; p++) sum += partials[p] * Math.sin(step * (p + 1) * i);
    mix[(start + i) % length] += gain * shape(i / rate) * sum;
  }
}

const swell = (duration) => (t) => Math.sin((Math.PI * t) / duration) ** 2;
const pluck = (decay) => (t) => Math.min(1, t / 0.006) * Math.exp(-t / decay);

// C major 9, A minor 7, F major 7, G suspended; each for three seconds, twice round.
const chords = [
  [60, 64, 67, 71],
  [57, 60, 64, 67],
  [53, 60, 64, 69],
  [55, 60, 62, 67],
];
const figures = [
  [0, 2, 3, 2, 1, 2],
  [3, 1, 2, 3, 2, 1],
];

for (let bar = 0; bar < 8; bar++) {
  const chord = chords[bar % 4];
  const start = bar * 3;
  // Pads overlap the next bar, so that one fades in while the other fades out.
  for (const midi of chord) note(start, midi, 6, 0.05, [1, 0.35, 0.12], swell(6));
  const figure = figures[bar >> 2];
  for (let beat = 0; beat < 6; beat++) {
    note(start + beat * 0.5, chord[figure[beat]] + 12, 2, 0.11, [1, 0.3, 0.1, 0.04], pluck(0.45));
  }
}

let peak = 0;
for (const sample of mix) peak = Math.max(peak, Math.abs(sample));
const scale = (32767 * 10 ** (-14 / 20)) / peak;

const wav = Buffer.alloc(44 + length * 2);
wav.write('RIFF', 0);
wav.writeUInt32LE(36 + length * 2, 4);
wav.write('WAVEfmt ', 8);
wav.writeUInt32LE(16, 16);
wav.writeUInt16LE(1, 20); // PCM
wav.writeUInt16LE(1, 22); // mono
wav.writeUInt32LE(rate, 24);
wav.writeUInt32LE(rate * 2, 28);
wav.writeUInt16LE(2, 32);
wav.writeUInt16LE(16, 34);
wav.write('data', 36);
wav.writeUInt32LE(length * 2, 40);
for (let i = 0; i < length; i++) wav.writeInt16LE(Math.round(mix[i] * scale), 44 + i * 2);
writeFileSync(process.argv[2], wav);
