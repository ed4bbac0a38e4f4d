import { loadOpus } from '../../server/src/audio/opus.ts';

const frames = 50;
const rate = 48_000;
const samples = rate / 50;
/** More bytes than a frame of nothing has. */
const soundBytes = 40;

/** What `bench/yardstick/phones.c` is told to speak in Opus, and to rustle as an idle line does. */
export async function opusSound(payloadType: number): Promise<string> {
  const codec = await loadOpus();
  const bytes = new Uint8Array(codec.maxPayload);
  const encoded = (sound: (t: number) => number): string[] => {
    const encoder = codec.createEncoder();
    const made = Array.from({ length: frames }, (_, frame) => {
      const pcm = Int16Array.from({ length: samples }, (_sample, i) => sound((frame * samples + i) / rate));
      return Buffer.from(bytes.subarray(0, encoder.encode(pcm, 0, samples, bytes, 0))).toString('hex');
    });
    encoder.close();
    return made;
  };
  const speech = encoded((t) => {
    const swell = 0.6 + 0.4 * Math.sin(2 * Math.PI * 4 * t);
    return 6000 * swell * Math.sin(2 * Math.PI * 350 * t + 3 * Math.sin(2 * Math.PI * 7 * t));
  });
  const quiet = encoded(() => (Math.random() - 0.5) * 16);
  return `sound ${payloadType} ${samples} ${soundBytes} ${[...speech, ...quiet].join(' ')}`;
}
