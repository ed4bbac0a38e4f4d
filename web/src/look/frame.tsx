import type { ReactNode } from 'react';
import { useCommonWords } from '../words/common.ts';
import { Mark } from './icons.tsx';
import { useCurrentInView } from './in-view.ts';
import { LanguageSwitch, ThemeSwitch } from './switches.tsx';

export type Door = 'start' | 'meet' | 'agent' | 'console';

const doors: Readonly<Record<Door, string>> = { start: '/', meet: '/meet', agent: '/agent', console: '/console' };

interface FrameProps {
  /** None: the page is not among those in the menu. */
  readonly here: Door | null;
  /** Who is signed in, and the way out. */
  readonly user?: ReactNode;
  /** The server does not answer: the page says so, and goes on trying. */
  readonly away?: boolean;
  readonly children: ReactNode;
}

/** What is around every page but the meeting: the name, the other pages, colours and language. */
export function Frame({ here, user, away = false, children }: FrameProps) {
  const words = useCommonWords();
  const row = useCurrentInView<HTMLElement>(words);
  return (
    <div className="frame">
      <a className="skip" href="#content">
        {words.skip}
      </a>
      <header className="masthead">
        <a className="brand" href="/">
          <Mark />
          Partyline
        </a>
        <nav ref={row} className="doors" aria-label={words.pages}>
          {(Object.keys(doors) as Door[]).map((door) => (
            <a key={door} href={doors[door]} aria-current={door === here ? 'page' : undefined}>
              {words[door]}
            </a>
          ))}
          <a href="/docs">{words.docs}</a>
        </nav>
        <div className="settings">
          {user}
          <ThemeSwitch />
          <LanguageSwitch />
        </div>
      </header>
      <div role="alert">
        {away ? (
          <p className="away">
            <span className="spinner" aria-hidden="true" />
            {words.serverAway}
          </p>
        ) : null}
      </div>
      <main id="content" tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}
