import { useCallback, useEffect, useRef, useState } from 'react';
import { silence } from '../../line/microphone.ts';
import { PhoneLine, type PhoneState, phoneBefore } from '../../line/phone-line.ts';
import { clearSpeech } from '../../line/session.ts';

export interface BrowserPhone {
  readonly state: PhoneState;
  /** The extension whose phone it is. */
  readonly number: string | null;
  /** There is a microphone; else the others hear nothing. */
  readonly speaks: boolean;
  /** Nobody is heard until the user does something: so browsers have it after a reload. */
  readonly held: boolean;
  /** The others hear nothing of this browser, whatever the call. */
  readonly muted: boolean;
  mute(muted: boolean): void;
  register(extension: string): Promise<void>;
  unregister(): void;
}

/**
 * This browser as the phone of an extension of the user that is signed in; what it was before the page was loaded again
 * it is by itself. `csrfToken`: of the session, where there is one.
 */
export function useBrowserPhone(onOver: () => void, csrfToken: () => string | undefined): BrowserPhone {
  const [state, setState] = useState<PhoneState>('off');
  const [number, setNumber] = useState<string | null>(null);
  const [speaks, setSpeaks] = useState(true);
  const [held, setHeld] = useState(false);
  const [muted, setMuted] = useState(false);
  const line = useRef<PhoneLine | null>(null);
  const over = useRef(onOver);
  over.current = onOver;
  const csrf = useRef(csrfToken);
  csrf.current = csrfToken;

  const register = useCallback(async (extension: string) => {
    await line.current?.unregister();
    const made: PhoneLine = new PhoneLine({
      onState: (now, why) => {
        if (line.current !== made) return;
        setState(now);
        if (now === 'off') setNumber(null);
        if (now === 'off' && why !== null) over.current();
      },
      onHeld: setHeld,
      microphone: async () => {
        try {
          const stream = await navigator.mediaDevices.getUserMedia({ audio: clearSpeech });
          setSpeaks(true);
          return stream;
        } catch {
          setSpeaks(false);
          return silence();
        }
      },
    });
    line.current = made;
    setMuted(made.muted);
    const csrfToken = csrf.current();
    await made.register({ extension, ...(csrfToken === undefined ? {} : { csrfToken }) });
    setNumber(extension);
    // So that the browser's question does not come with the first call.
    await made.prepare();
  }, []);

  const mute = useCallback((wanted: boolean) => {
    line.current?.mute(wanted);
    setMuted(wanted);
  }, []);

  const unregister = useCallback(() => {
    void line.current?.unregister();
  }, []);

  // Whoever plugs one in wants to be heard with it, in the call at hand and the next.
  useEffect(() => {
    if (speaks || state === 'off') return;
    const { mediaDevices } = navigator;
    const look = async () => {
      await line.current?.speakInto('');
      await line.current?.prepare();
    };
    const plugged = () => void look().catch(() => {});
    mediaDevices?.addEventListener('devicechange', plugged);
    return () => mediaDevices?.removeEventListener('devicechange', plugged);
  }, [speaks, state]);

  useEffect(() => {
    const before = phoneBefore();
    if (before !== null) void register(before).catch(() => {});
    return () => {
      void line.current?.unregister();
    };
  }, [register]);
  return { state, number, speaks, held, muted, mute, register, unregister };
}
