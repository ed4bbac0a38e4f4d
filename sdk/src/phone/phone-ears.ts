import { playWhenAllowed } from '../audible.ts';
import { clearSpeech } from '../browser-sound.ts';

const levelEveryMs = 100;

export interface PhoneLevels {
  /** 0 to 1: from -60 dB to full scale. */
  readonly microphone: number;
  readonly loudspeaker: number;
}

/** Rings and ringback, as everywhere: 425 Hz. Seconds on and off. */
const tones = {
  ringing: { hz: [425, 440], on: 1, off: 3, gain: 0.12 },
  ringback: { hz: [425], on: 1, off: 4, gain: 0.06 },
} as const;
export type PhoneTone = keyof typeof tones;

export interface PhoneEarsOptions {
  readonly onLevels: (levels: PhoneLevels) => void;
  /** Whether the browser lets nothing be heard until its user does something. */
  readonly onHeld: (held: boolean) => void;
  /** Another microphone than the one that was there is spoken into, as that was pulled out. */
  readonly onAnother: (track: MediaStreamTrack) => void;
  /** Instead of this machine's microphone, e.g. where there is none. */
  readonly source?: (() => Promise<MediaStream>) | undefined;
}

/** Microphone and loudspeaker of the phone, as long as it is in a call: what is chosen, how loud they are. */
export class PhoneEars {
  readonly #options: PhoneEarsOptions;
  readonly #audio: HTMLAudioElement | null = typeof Audio === 'undefined' ? null : new Audio();
  #playNoMore = () => {};
  #microphoneId = '';
  /** Of several choices of a microphone the last counts. */
  #choice = 0;
  #microphone: MediaStream | null = null;
  /** Asked for, and not there yet. */
  #opening: Promise<MediaStream> | null = null;
  #muted = false;
  #context: AudioContext | null = null;
  #watching: (() => void)[] = [];
  #tone: { readonly name: PhoneTone; readonly stop: () => void } | null = null;

  constructor(options: PhoneEarsOptions) {
    this.#options = options;
    if (this.#audio !== null) this.#audio.autoplay = true;
  }

  get muted(): boolean {
    return this.#muted;
  }

  set muted(muted: boolean) {
    this.#muted = muted;
    for (const track of this.#microphone?.getAudioTracks() ?? []) track.enabled = !muted;
  }

  /** What is spoken into now; null: nothing yet, or any more. */
  get track(): MediaStreamTrack | null {
    return this.#microphone?.getAudioTracks()[0] ?? null;
  }

  /** Opened when it is first needed, once for all that need it. Rejects with what the browser says. */
  async microphone(): Promise<MediaStreamTrack> {
    const stream = this.#microphone ?? (await this.#first());
    return stream.getAudioTracks()[0]!;
  }

  #first(): Promise<MediaStream> {
    const first = async () => {
      try {
        this.#microphone = await this.#open(this.#microphoneId);
        return this.#microphone;
      } finally {
        this.#opening = null;
      }
    };
    this.#opening ??= first();
    return this.#opening;
  }

  /** Another from now on; gives its track. The one before goes on where it cannot be had. */
  async speakInto(deviceId: string): Promise<MediaStreamTrack | null> {
    const choice = ++this.#choice;
    // The user may be asked for the first still.
    const before = this.#microphone ?? (this.#opening === null ? null : await this.#opening.catch(() => null));
    const next = before === null ? null : await this.#open(deviceId);
    if (choice === this.#choice) this.#microphoneId = deviceId;
    if (before === null || next === null) return null;
    // Given back meanwhile, or another was chosen.
    if (choice !== this.#choice || this.#microphone !== before) {
      stop(next);
      return null;
    }
    stop(before);
    this.#microphone = next;
    return next.getAudioTracks()[0] ?? null;
  }

  async hearOn(deviceId: string): Promise<void> {
    const { setSinkId } = (this.#audio ?? {}) as { setSinkId?: (id: string) => Promise<void> };
    await setSinkId?.call(this.#audio, deviceId);
  }

  /** What is heard from now on; null: nothing. */
  play(stream: MediaStream | null): void {
    if (this.#audio === null || this.#audio.srcObject === stream) return;
    this.#playNoMore();
    this.#audio.srcObject = stream;
    if (stream !== null) this.#playNoMore = playWhenAllowed(this.#audio, this.#options.onHeld);
    this.#watch(stream);
  }

  /** null: none. */
  sound(name: PhoneTone | null): void {
    if (this.#tone?.name === name) return;
    this.#tone?.stop();
    this.#tone = name === null ? null : { name, stop: this.#begin(name) };
  }

  /** No call any more: gives the microphone back. */
  rest(): void {
    this.play(null);
    this.sound(null);
    this.#unwatch();
    if (this.#microphone !== null) stop(this.#microphone);
    this.#microphone = null;
  }

  async #open(deviceId: string): Promise<MediaStream> {
    const device = deviceId === '' ? {} : { deviceId: { exact: deviceId } };
    const { source } = this.#options;
    const stream =
      source === undefined
        ? await navigator.mediaDevices.getUserMedia({ audio: { ...clearSpeech, ...device } })
        : await source();
    for (const track of stream.getAudioTracks()) {
      track.enabled = !this.#muted;
      track.addEventListener('ended', () => void this.#replace(stream));
    }
    return stream;
  }

  /** One that is pulled out is no more: then it is any other, now or when there is one. */
  async #replace(gone: MediaStream): Promise<void> {
    if (this.#microphone !== gone) return;
    const track = await this.speakInto('').catch(() => null);
    if (track !== null) this.#options.onAnother(track);
    else navigator.mediaDevices?.addEventListener('devicechange', () => void this.#replace(gone), { once: true });
  }

  get #audioContext(): AudioContext {
    this.#context ??= new AudioContext();
    void this.#context.resume();
    return this.#context;
  }

  #watch(heard: MediaStream | null): void {
    this.#unwatch();
    if (heard === null) return;
    const loudspeaker = this.#meter(() => heard);
    const microphone = this.#meter(() => this.#microphone);
    const timer = setInterval(() => {
      this.#options.onLevels({ microphone: this.#muted ? 0 : microphone(), loudspeaker: loudspeaker() });
    }, levelEveryMs);
    this.#watching.push(() => {
      clearInterval(timer);
      this.#options.onLevels({ microphone: 0, loudspeaker: 0 });
    });
  }

  #unwatch(): void {
    for (const end of this.#watching.splice(0)) end();
  }

  /** Of a stream that may be another one later. */
  #meter(stream: () => MediaStream | null): () => number {
    const analyser = this.#audioContext.createAnalyser();
    analyser.fftSize = 1024;
    const samples = new Float32Array(analyser.fftSize);
    let measured: MediaStream | null = null;
    let source: MediaStreamAudioSourceNode | null = null;
    this.#watching.push(() => source?.disconnect());
    return () => {
      const now = stream();
      if (now !== measured) {
        source?.disconnect();
        source = now === null ? null : this.#audioContext.createMediaStreamSource(now);
        source?.connect(analyser);
        measured = now;
      }
      if (source === null) return 0;
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
      return Math.min(1, Math.max(0, (10 * Math.log10(power + 1e-10) + 60) / 60));
    };
  }

  #begin(name: PhoneTone): () => void {
    const { hz, on, off, gain: loudness } = tones[name];
    const context = this.#audioContext;
    const gain = context.createGain();
    gain.gain.value = 0;
    gain.connect(context.destination);
    const sources = hz.map((frequency) => {
      const source = context.createOscillator();
      source.frequency.value = frequency;
      source.connect(gain);
      source.start();
      return source;
    });
    const burst = () => {
      // Held back until the user has done something.
      if (context.state === 'suspended') void context.resume();
      const { currentTime } = context;
      gain.gain.setValueAtTime(loudness, currentTime);
      gain.gain.setValueAtTime(0, currentTime + on);
    };
    burst();
    const timer = setInterval(burst, (on + off) * 1000);
    return () => {
      clearInterval(timer);
      for (const source of sources) source.stop();
      gain.disconnect();
    };
  }
}

function stop(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
