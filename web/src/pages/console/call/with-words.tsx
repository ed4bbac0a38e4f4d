import { type ReactNode, useEffect, useState } from 'react';
import { Loading } from '../../../look/loading.tsx';
import { useLanguage } from '../../../look/page.tsx';
import { callWords, type Words } from '../../../words/console-call.ts';

/** The words of calls, loaded when they are first needed. */
export function WithCallWords({ children }: { readonly children: ReactNode }) {
  const { language } = useLanguage();
  const [words, setWords] = useState<Words | null>(null);
  useEffect(() => {
    // Without a server those that are there stay.
    callWords.load[language]().then(setWords, () => {});
  }, [language]);
  const Context = callWords.context;
  return words === null ? <Loading /> : <Context value={words}>{children}</Context>;
}
