/** A vowel's resonances, Hz, and how loud each is. */
const formants = [
  { hz: 700, gain: 1 },
  { hz: 1200, gain: 0.6 },
  { hz: 2600, gain: 0.25 },
] as const;
const syllableMs = 220;

export interface SyntheticVoice {
  readonly stream: MediaStream;
  stop(): void;
}

/** A voice where there is no microphone: it hums in syllables, with a pause after some of them, as people breathe. */
export function syntheticVoice(): SyntheticVoice {
  const context = new AudioContext();
  void context.resume();
  const source = context.createOscillator();
  source.type = 'sawtooth';
  const mouth = context.createGain();
  mouth.gain.value = 0;
  for (const { hz, gain } of formants) {
    const filter = context.createBiquadFilter();
    filter.type = 'bandpass';
    filter.frequency.value = hz;
    filter.Q.value = 6;
    const loud = context.createGain();
    loud.gain.value = gain;
    source.connect(filter).connect(loud).connect(mouth);
  }
  const out = context.createMediaStreamDestination();
  mouth.connect(out);
  source.start();
  let at = 0;
  const speak = () => {
    if (context.state === 'suspended') void context.resume();
    const pauses = at % 9 >= 7;
    const pitch = 115 + 25 * Math.sin(at * 1.7) + (at % 3) * 8;
    const now = context.currentTime;
    source.frequency.linearRampToValueAtTime(pitch, now + 0.1);
    mouth.gain.cancelScheduledValues(now);
    mouth.gain.setTargetAtTime(pauses ? 0 : 0.35, now, 0.03);
    mouth.gain.setTargetAtTime(pauses ? 0 : 0.08, now + 0.14, 0.03);
    at++;
  };
  speak();
  const timer = setInterval(speak, syllableMs);
  return {
    stream: out.stream,
    stop() {
      clearInterval(timer);
      source.stop();
      void context.close();
    },
  };
}
