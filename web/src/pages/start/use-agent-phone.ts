import { useCallback, useEffect, useRef } from 'react';
import { PhoneLine } from '../../line/phone-line.ts';
import { openVoice, type Voice } from '../../line/voice.ts';

interface AgentPhone {
  register(csrfToken: string | undefined, extension: string): Promise<void>;
  /** The server knows it no more, or is to. */
  unregister(): void;
}

/** The demo agent's phone: this browser, with its microphone or a synthetic voice. It answers what its user dials. */
export function useAgentPhone(): AgentPhone {
  const line = useRef<PhoneLine | null>(null);
  const voice = useRef<Voice | null>(null);
  const unregister = useCallback(() => {
    void line.current?.unregister();
    voice.current?.stop();
    line.current = null;
    voice.current = null;
  }, []);
  useEffect(() => unregister, [unregister]);
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
  return { register, unregister };
}
