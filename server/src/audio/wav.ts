import { AppError } from '../base/app-error.ts';
import { decodeAlaw, decodeUlaw } from './g711.ts';

/**
 * RIFF/WAVE, the shapes that prompts and recordings come in.
 *
 *   0      4       8      12                       then chunks, each padded to an even length:
 *   +------+-------+------+     +-----+------+------------------------------------------------------------------+
 *   | RIFF | size  | WAVE |     | fmt | size | format:2 channels:2 rate:4 byterate:4 align:2 bits:2 (extension) |
 *   +------+-------+------+     +-----+------+------------------------------------------------------------------+
 *                               | data| size | samples, little endian, channels interleaved                     |
 *                               +-----+------+------------------------------------------------------------------+
 */

const formatPcm = 1;
const formatAlaw = 6;
const formatUlaw = 7;
const formatExtensible = 0xfffe;

/** Largest file read unless the caller allows more: an hour at 8 kHz. */
const defaultMaxBytes = 64 * 1024 * 1024;
/** Chunks looked at before giving up; a real file has a handful. */
const maxChunks = 64;

export interface Wav {
  readonly sampleRate: 8000 | 16000 | 48000;
  /** Mono; two channels are mixed down. */
  readonly pcm: Int16Array;
}

interface Format {
  readonly code: number;
  readonly channels: number;
  readonly rate: number;
  readonly bits: number;
}

function refuse(why: string): never {
  throw new AppError('invalidArgument', `not a usable WAV file: ${why}`);
}

function readFormat(view: DataView, at: number, size: number): Format {
  if (size < 16) refuse('format chunk too short');
  let code = view.getUint16(at, true);
  if (code === formatExtensible) {
    if (size < 40) refuse('format chunk too short');
    // The real code is the start of the sub-format GUID.
    code = view.getUint16(at + 24, true);
  }
  return {
    code,
    channels: view.getUint16(at + 2, true),
    rate: view.getUint32(at + 4, true),
    bits: view.getUint16(at + 14, true),
  };
}

function checkFormat(format: Format): void {
  const { code, channels, rate, bits } = format;
  if (rate !== 8000 && rate !== 16000 && rate !== 48000) refuse(`sample rate ${rate}; it must be 8000, 16000 or 48000`);
  if (channels !== 1 && channels !== 2) refuse(`${channels} channels; it must be 1 or 2`);
  const fits = code === formatPcm ? bits === 16 : (code === formatUlaw || code === formatAlaw) && bits === 8;
  if (!fits) refuse(`format ${code} with ${bits} bits; it must be 16-bit PCM, µ-law or A-law`);
}

/**
 * Reads a whole file. A data chunk that claims more than there is (a stream's header) is read as far as it goes. Throws
 * `invalidArgument`.
 */
export function readWav(bytes: Uint8Array, maxBytes: number = defaultMaxBytes): Wav {
  if (bytes.length > maxBytes) refuse(`${bytes.length} bytes; at most ${maxBytes}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tag = (at: number) => String.fromCharCode(bytes[at]!, bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!);
  if (bytes.length < 12 || tag(0) !== 'RIFF' || tag(8) !== 'WAVE') refuse('no RIFF/WAVE header');
  let format: Format | null = null;
  let at = 12;
  for (let chunk = 0; chunk < maxChunks && at + 8 <= bytes.length; chunk++) {
    const name = tag(at);
    const start = at + 8;
    const size = view.getUint32(at + 4, true);
    const end = Math.min(start + size, bytes.length);
    if (name === 'fmt ') {
      if (start + size > bytes.length) refuse('format chunk too short');
      format = readFormat(view, start, size);
      checkFormat(format);
    } else if (name === 'data') {
      if (format === null) refuse('samples before their format');
      return { sampleRate: format.rate as Wav['sampleRate'], pcm: readSamples(bytes, view, start, end, format) };
    }
    at = start + size + (size & 1);
  }
  refuse('no data chunk');
}

function readSamples(bytes: Uint8Array, view: DataView, start: number, end: number, format: Format): Int16Array {
  const sampleBytes = format.bits / 8;
  const frames = Math.floor((end - start) / (sampleBytes * format.channels));
  const interleaved = new Int16Array(frames * format.channels);
  if (format.code === formatPcm) {
    for (let i = 0; i < interleaved.length; i++) interleaved[i] = view.getInt16(start + i * 2, true);
  } else {
    const decode = format.code === formatUlaw ? decodeUlaw : decodeAlaw;
    decode(bytes, start, start + interleaved.length, interleaved, 0);
  }
  if (format.channels === 1) return interleaved;
  const mono = new Int16Array(frames);
  for (let i = 0; i < frames; i++) mono[i] = (interleaved[i * 2]! + interleaved[i * 2 + 1]!) >> 1;
  return mono;
}

/** A mono 16-bit PCM file. */
export function writeWav(pcm: Int16Array, sampleRate: number): Uint8Array {
  const bytes = new Uint8Array(44 + pcm.length * 2);
  bytes.set(wavHeader(pcm.length, sampleRate));
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < pcm.length; i++) view.setInt16(44 + i * 2, pcm[i]!, true);
  return bytes;
}

/** The 44 bytes in front of `samples` mono 16-bit samples. */
export function wavHeader(samples: number, sampleRate: number): Uint8Array {
  const bytes = new Uint8Array(44);
  const view = new DataView(bytes.buffer);
  const text = (at: number, name: string) => {
    for (let i = 0; i < 4; i++) bytes[at + i] = name.charCodeAt(i);
  };
  text(0, 'RIFF');
  view.setUint32(4, 36 + samples * 2, true);
  text(8, 'WAVE');
  text(12, 'fmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, formatPcm, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, 'data');
  view.setUint32(40, samples * 2, true);
  return bytes;
}
