import { clearSpeech } from './session.ts';
import { type SyntheticVoice, syntheticVoice } from './synthetic-voice.ts';

/** What this browser speaks with. */
export interface Voice {
  readonly kind: 'microphone' | 'synthetic';
  /** Why it is no microphone, where one was wanted: it is blocked, or none could be opened. */
  readonly instead: 'denied' | 'none' | null;
  readonly stream: MediaStream;
  stop(): void;
}

/** The microphone, where there is one and it is allowed, and else a voice that is made here. */
export async function openVoice(wanted: Voice['kind'] = 'microphone'): Promise<Voice> {
  let instead: Voice['instead'] = null;
  if (wanted === 'microphone') {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: clearSpeech });
      const stop = () => {
        for (const track of stream.getTracks()) track.stop();
      };
      return { kind: 'microphone', instead, stream, stop };
    } catch (error) {
      // It is said which of the two is heard, and why.
      instead = error instanceof DOMException && error.name === 'NotAllowedError' ? 'denied' : 'none';
    }
  }
  const made: SyntheticVoice = syntheticVoice();
  return { kind: 'synthetic', instead, stream: made.stream, stop: made.stop };
}
