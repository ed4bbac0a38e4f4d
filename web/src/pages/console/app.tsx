import { Suspense, useCallback, useEffect, useRef, useState } from 'react';
import { useServerAway } from '../../line/use-server-away.ts';
import { Button } from '../../look/button.tsx';
import { Dialog } from '../../look/dialog.tsx';
import { Frame } from '../../look/frame.tsx';
import { Heading } from '../../look/heading.tsx';
import { Icon } from '../../look/icons.tsx';
import { useCurrentInView } from '../../look/in-view.ts';
import { Loading } from '../../look/loading.tsx';
import { useTitle } from '../../look/page.tsx';
import { follow, usePath } from '../../look/route.ts';
import { SignIn, SignInForm, type SignInRefusal } from '../../look/sign-in.tsx';
import { useToast } from '../../look/toast.tsx';
import { useCommonWords } from '../../words/common.ts';
import { useConsoleWords } from '../../words/console.ts';
import { sectionOf, sections } from './sections.tsx';
import { type ConsoleSession, closeSession, openSession } from './session.ts';
import { SessionContext } from './session-context.ts';

const againMs = 2000;

/**
 * looking → signedOut ⇄ signed in. `expired`: signed out, not by oneself; one signs in again in front of what one was
 * doing.
 */
export function App() {
  const words = useConsoleWords();
  const common = useCommonWords();
  const say = useToast();
  const [session, setSession] = useState<ConsoleSession | 'looking' | 'signedOut'>('looking');
  const [expired, setExpired] = useState(false);
  const section = sectionOf(usePath());
  useTitle(section === undefined || section.path === '' ? words.title : section.title(words));
  const menu = useCurrentInView<HTMLElement>(`${section?.path} ${typeof session}`);
  const away = useServerAway();
  const [unanswered, setUnanswered] = useState(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    const look = async (): Promise<void> => {
      const found = await openSession();
      if (over) return;
      setUnanswered(found === 'serverAway');
      if (found === 'serverAway') timer = setTimeout(() => void look(), againMs);
      else setSession(found === null || typeof found === 'string' ? 'signedOut' : found);
    };
    void look();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, []);
  const current = useRef(session);
  current.current = session;
  const expire = useCallback((of: ConsoleSession) => {
    if (of === current.current) setExpired(true);
  }, []);
  const renew = useCallback(async (of: ConsoleSession) => {
    const found = await openSession();
    if (found === null || typeof found === 'string' || found.csrfToken === of.csrfToken) return null;
    if (of === current.current) setSession(found);
    return found.user.login === of.user.login ? found : null;
  }, []);
  // Meanwhile somebody may have signed in in another tab, whose cookie this page has too.
  useEffect(() => {
    const seen = (): void => {
      if (!document.hidden && typeof current.current !== 'string') void renew(current.current);
    };
    document.addEventListener('visibilitychange', seen);
    return () => document.removeEventListener('visibilitychange', seen);
  }, [renew]);
  const signIn = async (login: string, password: string): Promise<SignInRefusal | null> => {
    const answer = await openSession({ login, password });
    if (answer === null || typeof answer === 'string') return answer ?? 'wrongLogin';
    setSession(answer);
    setExpired(false);
    return null;
  };
  if (typeof session === 'string') {
    return (
      <Frame here="console" away={away || unanswered}>
        {session === 'looking' ? (
          <Loading />
        ) : (
          <SignIn title={words.title} lead={words.signInLead} expired={expired} onSignIn={signIn} />
        )}
      </Frame>
    );
  }
  const signOut = async () => {
    if (!(await closeSession(session))) {
      say(common.notSignedOut, 'bad');
      return;
    }
    setExpired(false);
    setSession('signedOut');
  };
  return (
    <SessionContext value={{ session, expire, renew }}>
      <Frame
        here="console"
        away={away}
        user={
          <Button small onPress={() => void signOut()} title={common.signedInAs(session.user.name)}>
            {common.signOut}
          </Button>
        }
      >
        {expired ? (
          <Dialog title={words.title} onClose={() => setSession('signedOut')}>
            <SignInForm expired onSignIn={signIn} />
          </Dialog>
        ) : null}
        {/* Somebody else finds nothing of what was shown before. */}
        <div className="console" key={session.user.login}>
          <nav ref={menu} className="sections" aria-label={words.sections}>
            {sections.map((one) => (
              <a
                key={one.path}
                href={one.path === '' ? '/console' : `/console/${one.path}`}
                aria-current={one === section ? 'page' : undefined}
                onClick={follow}
              >
                <Icon name={one.icon} />
                {one.title(words)}
              </a>
            ))}
          </nav>
          <div className="section">
            <Suspense fallback={<Loading />}>{section === undefined ? <Nowhere /> : <section.Page />}</Suspense>
          </div>
        </div>
      </Frame>
    </SessionContext>
  );
}

/** An address that no section has: the way on is said too. */
function Nowhere() {
  const words = useConsoleWords();
  return (
    <>
      <Heading text={words.unknownPage} />
      <p>
        <a href="/console" onClick={follow}>
          {words.overview}
        </a>
      </p>
    </>
  );
}
