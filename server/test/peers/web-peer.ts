import { Audio, PeerConnection, type Track } from 'node-datachannel';
import { type Codec, type Decoder, type Encoder, pcmu } from '../../src/audio/codec.ts';
import { goertzelLevel } from '../../src/audio/goertzel.ts';
import { systemRandom } from '../../src/base/random.ts';
import { RtpHeader, rtpHeaderLength, writeRtpHeader } from '../../src/rtp/rtp-header.ts';
import { waitFor } from './wait.ts';

const header = new RtpHeader();
/** The library's `cleanup()` crashes where one of its connections was collected before. */
const kept: WebPeer[] = [];

/**
 * Waits until it is so of what peers hear from now on. What came before says nothing of what goes on: where nothing
 * comes any more it would be heard for ever.
 */
export function fromNowOn(holds: () => boolean, usualMs: number, what: string | (() => string)): Promise<unknown> {
  for (const peer of kept) peer.forget();
  return waitFor(holds, usualMs, what);
}

/** A browser as far as sound goes: an independent WebRTC stack that says a tone. */
export class WebPeer {
  readonly #peer: PeerConnection;
  readonly #track: Track;
  readonly #ssrc = systemRandom.int(0x7fff_ffff);
  readonly #tone: number;
  readonly #codec: Codec;
  readonly #encoder: Encoder;
  readonly #decoder: Decoder;
  readonly payloadType: number;
  readonly #heard: number[] = [];
  #at = 0;
  #talk: ReturnType<typeof setInterval> | null = null;

  constructor(tone: number, codec: Codec) {
    this.#tone = tone;
    this.#codec = codec;
    this.#encoder = codec.createEncoder();
    this.#decoder = codec.createDecoder();
    this.payloadType = codec === pcmu ? 0 : 111;
    this.#peer = new PeerConnection('peer', { iceServers: [], bindAddress: '127.0.0.1', disableAutoNegotiation: true });
    const audio = new Audio('0', 'SendRecv');
    if (codec === pcmu) audio.addAudioCodec(0, 'PCMU');
    else audio.addOpusCodec(this.payloadType);
    audio.addSSRC(this.#ssrc, 'peer');
    this.#track = this.#peer.addTrack(audio);
    kept.push(this);
    const pcm = new Int16Array(5760);
    this.#track.onMessage((packet) => {
      if (!header.read(packet) || header.payloadType !== this.payloadType) return;
      const count = this.#decoder.decode(packet, header.payloadStart, header.payloadEnd, pcm, 0);
      this.#heard.push(...pcm.subarray(0, count));
      if (this.#heard.length > this.#window) this.#heard.splice(0, this.#heard.length - this.#window);
    });
  }

  get #window(): number {
    return this.#codec.sampleRate / 2;
  }

  /** SDP. */
  async offer(): Promise<string> {
    const gathered = new Promise<void>((resolve) => {
      this.#peer.onGatheringStateChange((state) => {
        if (state === 'complete') resolve();
      });
    });
    this.#peer.setLocalDescription('offer');
    await gathered;
    return this.#peer.localDescription()!.sdp;
  }

  /** From now on it says its tone, or nothing at all. */
  answered(sdp: string, { talks = true } = {}): void {
    this.#peer.setRemoteDescription(sdp, 'answer');
    if (talks) this.#talk = setInterval(() => this.#say(), 20);
  }

  /** dB of a tone in the last half second that came, whenever that was; not a number until as much has come. */
  hears(tone: number): number {
    if (this.#heard.length < this.#window) return Number.NaN;
    return goertzelLevel(Int16Array.from(this.#heard), 0, this.#window, tone, this.#codec.sampleRate);
  }

  /** The same of whatever came since it was to forget, half a second at most; where nothing comes, of nothing. */
  hasHeard(tone: number): number {
    const { length } = this.#heard;
    if (length === 0) return Number.NEGATIVE_INFINITY;
    return goertzelLevel(Int16Array.from(this.#heard), 0, length, tone, this.#codec.sampleRate);
  }

  /** What has come so far counts no more. */
  forget(): void {
    this.#heard.length = 0;
  }

  close(): void {
    if (this.#talk !== null) clearInterval(this.#talk);
    this.#talk = null;
    this.#encoder.close();
    this.#decoder.close();
    this.#track.close();
    this.#peer.close();
  }

  #say(): void {
    if (!this.#track.isOpen()) return;
    const { sampleRate, maxPayload } = this.#codec;
    const samples = sampleRate / 50;
    const pcm = Int16Array.from({ length: samples }, (_, i) =>
      Math.round(8000 * Math.sin((2 * Math.PI * this.#tone * (this.#at + i)) / sampleRate)),
    );
    const whole = Buffer.alloc(rtpHeaderLength + maxPayload);
    const sequence = (this.#at / samples) & 0xffff;
    writeRtpHeader(whole, 0, this.#at === 0, this.payloadType, sequence, this.#at, this.#ssrc);
    const packet = whole.subarray(0, rtpHeaderLength + this.#encoder.encode(pcm, 0, samples, whole, rtpHeaderLength));
    this.#at += samples;
    try {
      this.#track.sendMessageBinary(packet);
    } catch (error) {
      // The other side may have ended it since it was asked; anything else is a fault.
      if (this.#track.isOpen()) throw error;
    }
  }
}
