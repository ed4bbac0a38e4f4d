import { useCallback, useEffect, useRef } from 'react';
import { PhoneLine } from '../../line/phone-line.ts';
import { openVoice, type Voice } from '../../line/voice.ts';

/** The demo agent's phone: this browser, with its microphone or a synthetic voice. It answers what its user dials. */
export function useAgentPhone(): { register(csrfToken: string | undefined, extension: string): Promise<void> } {
  const line = useRef<PhoneLine | null>(null);
  const voice = useRef<Voice | null>(null);
  useEffect(
    () => () => {
      void line.current?.unregister();
      voice.current?.stop();
    },
    [],
  );
  const register = useCallback(async (csrfToken: string | undefined, extension: string) => {
    if (line.current !== null && line.current.state !== 'off') return;
    const made = new PhoneLine({
      microphone: async () => {
        voice.current?.stop();
        voice.current = await openVoice();
        return voice.current.stream;
      },
    });
    line.current = made;
    await made.register({ extension, ...(csrfToken === undefined ? {} : { csrfToken }) });
  }, []);
  return { register };
}
