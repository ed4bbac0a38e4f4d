import { Suspense, useCallback, useEffect, useRef, useState } from 'react';
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
import { useCommonWords } from '../../words/common.ts';
import { useConsoleWords } from '../../words/console.ts';
import { sectionOf, sections } from './sections.tsx';
import { type ConsoleSession, closeSession, openSession } from './session.ts';
import { SessionContext } from './session-context.ts';

/**
 * looking → signedOut ⇄ signed in. `expired`: signed out, not by oneself; one signs in again in front of what one was
 * doing.
 */
export function App() {
  const words = useConsoleWords();
  const common = useCommonWords();
  const [session, setSession] = useState<ConsoleSession | 'looking' | 'signedOut'>('looking');
  const [expired, setExpired] = useState(false);
  const section = sectionOf(usePath());
  useTitle(section === undefined || section.path === '' ? words.title : section.title(words));
  const menu = useCurrentInView<HTMLElement>(`${section?.path} ${typeof session}`);
  useEffect(() => {
    void openSession().then((found) => setSession(found === null || typeof found === 'string' ? 'signedOut' : found));
  }, []);
  const current = useRef(session);
  current.current = session;
  const expire = useCallback((of: ConsoleSession) => {
    if (of === current.current) setExpired(true);
  }, []);
  const signIn = async (login: string, password: string): Promise<SignInRefusal | null> => {
    const answer = await openSession({ login, password });
    if (answer === null || typeof answer === 'string') return answer ?? 'wrongLogin';
    setSession(answer);
    setExpired(false);
    return null;
  };
  if (typeof session === 'string') {
    return (
      <Frame here="console">
        {session === 'looking' ? (
          <Loading />
        ) : (
          <SignIn title={words.title} lead={words.signInLead} expired={expired} onSignIn={signIn} />
        )}
      </Frame>
    );
  }
  const signOut = async () => {
    await closeSession(session);
    setExpired(false);
    setSession('signedOut');
  };
  return (
    <SessionContext value={{ session, expire }}>
      <Frame
        here="console"
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
