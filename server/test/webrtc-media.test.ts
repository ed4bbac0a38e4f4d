import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { Audio, cleanup, PeerConnection, type Track } from 'node-datachannel';
import { type Codec, type Decoder, type Encoder, pcmu } from '../src/audio/codec.ts';
import { goertzelLevel } from '../src/audio/goertzel.ts';
import { loadOpus } from '../src/audio/opus.ts';
import { systemRandom } from '../src/base/random.ts';
import { agree, configurationOf, openingOf } from '../src/legs/web/agreement.ts';
import type { MediaEngine } from '../src/media/engine.ts';
import { MediaStage, pause, until } from '../src/media/testing/media-stage.ts';
import { RtpHeader, rtpHeaderLength, writeRtpHeader } from '../src/rtp/rtp-header.ts';
import { readWebOffer, writeWebAnswer } from '../src/sdp/web-session.ts';

// Else its threads keep this process.
after(() => cleanup());

const header = new RtpHeader();

/** A browser as far as sound goes: an independent WebRTC stack that says a tone. */
class WebPeer {
  readonly #peer: PeerConnection;
  readonly #track: Track;
  readonly #ssrc = systemRandom.int(0x7fff_ffff);
  readonly #tone: number;
  readonly #codec: Codec;
  readonly #encoder: Encoder;
  readonly #decoder: Decoder;
  readonly #payloadType: number;
  readonly #heard: number[] = [];
  #at = 0;
  #talk: ReturnType<typeof setInterval> | null = null;

  constructor(tone: number, codec: Codec) {
    this.#tone = tone;
    this.#codec = codec;
    this.#encoder = codec.createEncoder();
    this.#decoder = codec.createDecoder();
    this.#payloadType = codec === pcmu ? 0 : 111;
    this.#peer = new PeerConnection('peer', { iceServers: [], bindAddress: '127.0.0.1', disableAutoNegotiation: true });
    const audio = new Audio('0', 'SendRecv');
    if (codec === pcmu) audio.addAudioCodec(0, 'PCMU');
    else audio.addOpusCodec(this.#payloadType);
    audio.addSSRC(this.#ssrc, 'peer');
    this.#track = this.#peer.addTrack(audio);
    const pcm = new Int16Array(5760);
    this.#track.onMessage((packet) => {
      if (!header.read(packet) || header.payloadType !== this.#payloadType) return;
      const count = this.#decoder.decode(packet, header.payloadStart, header.payloadEnd, pcm, 0);
      this.#heard.push(...pcm.subarray(0, count));
      if (this.#heard.length > this.#window) this.#heard.splice(0, this.#heard.length - this.#window);
    });
  }

  get #window(): number {
    return this.#codec.sampleRate / 2;
  }

  async join(engine: MediaEngine, leg: string, room: string): Promise<void> {
    const gathered = new Promise<void>((resolve) => {
      this.#peer.onGatheringStateChange((state) => {
        if (state === 'complete') resolve();
      });
    });
    this.#peer.setLocalDescription('offer');
    await gathered;
    const read = readWebOffer(this.#peer.localDescription()!.sdp);
    assert.ok(read.ok, read.ok ? '' : read.detail);
    const { offer } = read;
    const local = await engine.openWebRtcLeg(leg, 'org', openingOf(offer));
    const agreed = agree(offer)!;
    assert.equal(agreed.format.payloadType, this.#payloadType);
    await engine.performOnLeg(leg, 'configureLeg', configurationOf(offer, agreed));
    await engine.performOnLeg(leg, 'joinRoom', { room });
    this.#peer.setRemoteDescription(
      writeWebAnswer(offer, { ...local, ...agreed, cname: leg, sessionId: '1' }),
      'answer',
    );
    this.#talk = setInterval(() => this.#say(), 20);
  }

  /** dB of a tone in the last half second. */
  hears(tone: number): number {
    if (this.#heard.length < this.#window) return Number.NEGATIVE_INFINITY;
    return goertzelLevel(Int16Array.from(this.#heard), 0, this.#window, tone, this.#codec.sampleRate);
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
    writeRtpHeader(whole, 0, this.#at === 0, this.#payloadType, sequence, this.#at, this.#ssrc);
    const packet = whole.subarray(0, rtpHeaderLength + this.#encoder.encode(pcm, 0, samples, whole, rtpHeaderLength));
    this.#at += samples;
    this.#track.sendMessageBinary(packet);
  }
}

test('two peers of an independent WebRTC stack, one in Opus and one in G.711, hear each other on one port; one that goes is missed', async (t) => {
  const webrtcPort = 40_000 + systemRandom.int(20_000);
  const stage = await MediaStage.open({ webrtcPort });
  const peers = [new WebPeer(500, await loadOpus()), new WebPeer(900, pcmu)] as const;
  t.after(async () => {
    for (const peer of peers) peer.close();
    await stage.close();
  });
  const { engine } = stage;
  const sounds: string[] = [];
  engine.on('sounds', ({ leg, sounds: on }) => void sounds.push(`${leg} ${on}`));
  await engine.createRoom('room', 'org');
  await peers[0].join(engine, 'a', 'room');
  await peers[1].join(engine, 'b', 'room');
  await until('both to hear the other', () => peers[0].hears(900) > -28 && peers[1].hears(500) > -28);
  assert.ok(peers[0].hears(500) < -42, 'nobody hears itself');
  assert.ok(peers[1].hears(900) < -42);
  assert.deepEqual(sounds.toSorted(), ['a true', 'b true']);
  peers[1].close();
  await until('it to be missed', () => sounds.includes('b false'));
  const stats = await engine.closeLeg('a');
  assert.ok(stats!.packetsReceived > 10);
  assert.equal(stats!.foreign, 0);
  await engine.closeLeg('b');
  await pause(10);
});

test('what is no offer of a browser opens no leg', async (t) => {
  const stage = await MediaStage.open({ webrtcPort: 40_000 + systemRandom.int(20_000) });
  t.after(() => stage.close());
  const fingerprint = { algorithm: 'sha-256', value: 'AA' };
  const values = {
    iceUfrag: 'abcd',
    icePwd: 'x'.repeat(22),
    fingerprint,
    setup: 'actpass',
    direction: 'sendrecv',
  } as const;
  const offer = { ...values, mid: '0', formats: [{ payloadType: 0, codec: 'PCMU', clockRate: 8000 }], ssrcs: [] };
  await assert.rejects(stage.engine.openWebRtcLeg('a', 'org', offer), { code: 'invalidArgument' });
  const evil = { ...offer, mid: '0\r\na=evil' };
  await assert.rejects(stage.engine.openWebRtcLeg('b', 'org', evil), { code: 'invalidArgument' });
  assert.equal(stage.engine.stats().legs, 0);
});
