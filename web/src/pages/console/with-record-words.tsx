import { type ReactNode, useEffect, useState } from 'react';
import { Loading } from '../../look/loading.tsx';
import { useLanguage } from '../../look/page.tsx';
import { recordWords, type Words } from '../../words/console-records.ts';

/** The words of records, bans, webhooks and recordings, loaded when they are first needed. */
export function WithRecordWords({ children }: { readonly children: ReactNode }) {
  const { language } = useLanguage();
  const [words, setWords] = useState<Words | null>(null);
  useEffect(() => {
    // Without a server those that are there stay.
    recordWords.load[language]().then(setWords, () => {});
  }, [language]);
  const Context = recordWords.context;
  return words === null ? <Loading /> : <Context value={words}>{children}</Context>;
}
