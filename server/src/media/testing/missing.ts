import { goertzel } from '../../audio/goertzel.ts';
import type { RtpPhone } from './rtp-phone.ts';

/** Whole periods of tones that are multiples of 100 Hz: none of them shows in another. */
const windowMs = 10;
const hopMs = 5;
const packetMs = 20;

/** The longest time for which the tone is not there in what was heard from packet `from` on, ms. */
export function missingMs(sound: RtpPhone, tone: number, from: number): number {
  const rate = sound.codec.sampleRate;
  const packets = sound.heard.slice(from).filter(({ payloadType }) => payloadType === sound.payloadType);
  const first = packets[0]!.timestamp;
  const at = ({ timestamp }: { readonly timestamp: number }) => (timestamp - first) | 0;
  const pcm = new Int16Array(Math.max(...packets.map(at)) + (rate / 1000) * packetMs);
  for (const packet of packets) if (at(packet) >= 0) pcm.set(sound.decode([packet]), at(packet));
  const size = (windowMs * rate) / 1000;
  const hop = (hopMs * rate) / 1000;
  const levels: number[] = [];
  for (let start = 0; start + size <= pcm.length; start += hop) levels.push(goertzel(pcm, start, size, tone, rate));
  const loudest = Math.max(...levels);
  let longest = 0;
  let run = 0;
  for (const level of levels) {
    run = level < loudest / 3 ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest === 0 ? 0 : (longest - 1) * hopMs + windowMs;
}
