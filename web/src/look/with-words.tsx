import { type ReactNode, useEffect, useState } from 'react';
import type { PageWords } from '../words/page-words.ts';
import { Loading } from './loading.tsx';
import { useLanguage } from './page.tsx';

interface WithWordsProps<W> {
  readonly of: PageWords<W>;
  readonly children: ReactNode;
}

/** Words that only a part of a page needs, loaded when it is shown. */
export function WithWords<W>({ children, of }: WithWordsProps<W>) {
  const { language } = useLanguage();
  const [words, setWords] = useState<W | null>(null);
  useEffect(() => {
    // Without a server those that are there stay.
    of.load[language]().then(setWords, () => {});
  }, [of, language]);
  const Context = of.context;
  return words === null ? <Loading /> : <Context value={words}>{children}</Context>;
}
