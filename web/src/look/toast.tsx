import { createContext, type ReactNode, useCallback, useContext, useRef, useState } from 'react';
import { useCommonWords } from '../words/common.ts';
import { Button } from './button.tsx';

export type ToastTone = 'good' | 'bad' | 'plain';
type Say = (text: string, tone?: ToastTone) => void;

interface Toast {
  readonly key: number;
  readonly text: string;
  readonly tone: ToastTone;
}

const shownMs = 6000;
const most = 4;
const ToastContext = createContext<Say>(() => {});

/** Says something in passing. What did not work stays until it is closed. */
export function useToast(): Say {
  return useContext(ToastContext);
}

export function Toasts({ children }: { readonly children: ReactNode }) {
  const words = useCommonWords();
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const last = useRef(0);
  const close = useCallback((key: number) => setToasts((before) => before.filter((one) => one.key !== key)), []);
  const say = useCallback<Say>(
    (text, tone = 'plain') => {
      last.current += 1;
      const key = last.current;
      setToasts((before) => [...before.filter((one) => one.text !== text), { key, text, tone }].slice(-most));
      if (tone !== 'bad') setTimeout(() => close(key), shownMs);
    },
    [close],
  );
  const shown = (tone: (of: ToastTone) => boolean) =>
    toasts
      .filter((one) => tone(one.tone))
      .map((one) => (
        <div key={one.key} className={`toast ${one.tone}`}>
          <p>{one.text}</p>
          <Button kind="bare" small icon="close" aria-label={words.close} onPress={() => close(one.key)} />
        </div>
      ));
  return (
    <ToastContext value={say}>
      {children}
      <div className="toasts">
        <div role="status">{shown((tone) => tone !== 'bad')}</div>
        <div role="alert">{shown((tone) => tone === 'bad')}</div>
      </div>
    </ToastContext>
  );
}
