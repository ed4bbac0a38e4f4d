import { type SyntheticVoice, syntheticVoice } from './synthetic-voice.ts';

/** What this browser speaks with. */
export interface Voice {
  readonly kind: 'microphone' | 'synthetic';
  readonly stream: MediaStream;
  stop(): void;
}

const clean = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

/** The microphone, where there is one and it is allowed, and else a voice that is made here. */
export async function openVoice(wanted: Voice['kind'] = 'microphone'): Promise<Voice> {
  if (wanted === 'microphone') {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: clean });
      const stop = () => {
        for (const track of stream.getTracks()) track.stop();
      };
      return { kind: 'microphone', stream, stop };
    } catch {
      // None, not allowed, or not over plain HTTP: it is said which of the two is heard.
    }
  }
  const made: SyntheticVoice = syntheticVoice();
  return { kind: 'synthetic', stream: made.stream, stop: made.stop };
}
