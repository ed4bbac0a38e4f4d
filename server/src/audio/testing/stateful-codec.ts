import type { Codec } from '../codec.ts';

/** How often the codec was used, over all its encoders and decoders. */
export interface CodecUse {
  encoders: number;
  decoders: number;
  open: number;
  encoded: number;
  decoded: number;
  recovered: number;
}

/**
 * A made-up format as speech codecs are, for tests: what is sent is the difference from the sample before, so both
 * sides have state; frames are of different sizes (silence is one byte); each packet also has every eighth sample of
 * the one before it (in-band FEC).
 *
 * Payload: kind (0 silence, 1 sound) · for sound: 20 ms each of (n samples of 16 bits, differences) · redundancy of 16
 * bits per eighth sample.
 */
export function statefulCodec(name = 'DELTA', rate = 16_000): { readonly codec: Codec; readonly use: CodecUse } {
  const use: CodecUse = { encoders: 0, decoders: 0, open: 0, encoded: 0, decoded: 0, recovered: 0 };
  const opened = () => {
    use.open++;
    let open = true;
    return () => {
      if (open) use.open--;
      open = false;
    };
  };
  const kept = 8;
  const soundSamples = (bytes: number, redundant: number) => (bytes - 3 - redundant * 2) / 2;
  const redundantIn = (payload: Uint8Array, start: number) => (payload[start + 1]! << 8) | payload[start + 2]!;
  const read = (payload: Uint8Array, at: number) => (((payload[at]! << 8) | payload[at + 1]!) << 16) >> 16;
  const codec: Codec = {
    name,
    channels: 1,
    clockRate: rate,
    sampleRate: rate,
    packetTimes: null,
    maxPayload: 3 + (rate / 1000) * 200 * 2 * 2,
    samplesIn: (payload, start, end) =>
      payload[start] === 0
        ? payload[start + 1]! * (rate / 1000)
        : soundSamples(end - start, redundantIn(payload, start)),
    loudness: (payload, start) => (payload[start] === 0 ? 0 : 20_000),
    createDecoder() {
      use.decoders++;
      const close = opened();
      let last = 0;
      return {
        close,
        decode(payload, start, end, out, at = 0) {
          use.decoded++;
          if (payload[start] === 0) {
            const samples = Math.min(payload[start + 1]! * (rate / 1000), out.length - at);
            out.fill(0, at, at + samples);
            last = 0;
            return samples;
          }
          const redundant = redundantIn(payload, start);
          const samples = Math.max(0, Math.min(soundSamples(end - start, redundant), out.length - at));
          for (let i = 0; i < samples; i++) {
            // What came after a loss starts from the sample itself: every packet's first is absolute.
            last = (i === 0 ? 0 : last) + read(payload, start + 3 + redundant * 2 + i * 2);
            out[at + i] = last;
          }
          return samples;
        },
        tells: (payload, start) => payload[start] !== 0 && redundantIn(payload, start) > 0,
        recover(payload, start, _end, out, at, samples) {
          const redundant = payload[start] === 0 ? 0 : redundantIn(payload, start);
          if (redundant * kept < samples) return 0;
          use.recovered++;
          for (let i = 0; i < samples; i++) out[at + i] = read(payload, start + 3 + Math.floor(i / kept) * 2);
          return samples;
        },
      };
    },
    createEncoder() {
      use.encoders++;
      const close = opened();
      let before: Int16Array = new Int16Array(0);
      return {
        close,
        encode(pcm, start, samples, out, at) {
          use.encoded++;
          const frame = pcm.slice(start, start + samples);
          if (frame.every((sample) => sample === 0)) {
            before = new Int16Array(0);
            out[at] = 0;
            out[at + 1] = samples / (rate / 1000);
            return 2;
          }
          const redundant = Math.ceil(before.length / kept);
          out[at] = 1;
          out[at + 1] = redundant >> 8;
          out[at + 2] = redundant & 0xff;
          let to = at + 3;
          const put = (value: number) => {
            out[to++] = (value >> 8) & 0xff;
            out[to++] = value & 0xff;
          };
          for (let i = 0; i < before.length; i += kept) put(before[i]!);
          for (let i = 0; i < samples; i++) put(frame[i]! - (i === 0 ? 0 : frame[i - 1]!));
          before = frame;
          return to - at;
        },
      };
    },
  };
  return { codec, use };
}
