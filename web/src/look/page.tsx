import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { type Words as CommonWords, commonWords } from '../words/common.ts';
import { firstLanguage, type Language } from '../words/language.ts';
import type { PageWords } from '../words/page-words.ts';
import { ErrorBoundary } from './error-box.tsx';
import { keep, recall } from './kept.ts';
import { keepFocus } from './kept-focus.ts';
import './look.css';
import { Toasts } from './toast.tsx';

interface LanguageChoice {
  readonly language: Language;
  choose(language: Language): void;
}

const LanguageContext = createContext<LanguageChoice>({ language: 'en', choose: () => {} });

/** The language that is shown, and the way to another one. */
export function useLanguage(): LanguageChoice {
  return useContext(LanguageContext);
}

/** What the window is called. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title === '' ? 'Partyline' : `${title} – Partyline`;
  }, [title]);
}

interface Loaded<W> {
  readonly language: Language;
  readonly common: CommonWords;
  readonly own: W;
}

async function loaded<W>(words: PageWords<W>, language: Language): Promise<Loaded<W>> {
  const [common, own] = await Promise.all([commonWords.load[language](), words.load[language]()]);
  return { language, common, own };
}

/** Begins a page: its words first, then `content` in them. */
export async function showPage<W>(words: PageWords<W>, content: ReactNode): Promise<void> {
  const place = document.getElementById('page');
  if (place === null) return;
  const asked = new URLSearchParams(window.location.search).get('lang');
  const first = await loaded(words, firstLanguage(asked ?? recall('language'), navigator.languages));
  keepFocus();
  createRoot(place).render(
    <Page words={words} first={first}>
      {content}
    </Page>,
  );
}

interface PageProps<W> {
  readonly words: PageWords<W>;
  readonly first: Loaded<W>;
  readonly children: ReactNode;
}

function Page<W>({ words, first, children }: PageProps<W>) {
  const [shown, setShown] = useState(first);
  const { language } = shown;
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const choice = useMemo<LanguageChoice>(
    () => ({
      language,
      choose: (wanted) => {
        keep('language', wanted);
        // Without a server it stays as it is.
        loaded(words, wanted).then(setShown, () => {});
      },
    }),
    [language, words],
  );
  const Own = words.context;
  const Common = commonWords.context;
  return (
    <LanguageContext value={choice}>
      <Common value={shown.common}>
        <Own value={shown.own}>
          <ErrorBoundary>
            <Toasts>{children}</Toasts>
          </ErrorBoundary>
        </Own>
      </Common>
    </LanguageContext>
  );
}
