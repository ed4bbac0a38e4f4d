import { useEffect, useState } from 'react';
import { Button } from '../../look/button.tsx';
import { Empty } from '../../look/card.tsx';
import { Frame } from '../../look/frame.tsx';
import { Loading } from '../../look/loading.tsx';
import { useTitle } from '../../look/page.tsx';
import { SignIn } from '../../look/sign-in.tsx';
import { useAgentWords } from '../../words/agent.ts';
import { useCommonWords } from '../../words/common.ts';
import { type AgentSession, closeSession, openSession } from './session.ts';

/** looking → signedOut ⇄ signed in */
export function App() {
  const words = useAgentWords();
  const common = useCommonWords();
  const [session, setSession] = useState<AgentSession | 'looking' | 'signedOut'>('looking');
  useTitle(words.title);
  useEffect(() => {
    void openSession().then((found) => setSession(found === null || typeof found === 'string' ? 'signedOut' : found));
  }, []);
  if (session === 'looking') {
    return (
      <Frame here="agent">
        <Loading />
      </Frame>
    );
  }
  if (session === 'signedOut') {
    return (
      <Frame here="agent">
        <SignIn
          title={words.title}
          lead={words.signInLead}
          onSignIn={async (login, password) => {
            const answer = await openSession({ login, password });
            if (answer === null || typeof answer === 'string') return answer ?? 'wrongLogin';
            setSession(answer);
            return null;
          }}
        />
      </Frame>
    );
  }
  const signOut = async () => {
    await closeSession(session);
    setSession('signedOut');
  };
  return (
    <Frame
      here="agent"
      user={
        <Button small onPress={() => void signOut()}>
          {common.signOut}
        </Button>
      }
    >
      <div className="desk">
        <h1>{words.title}</h1>
        <Empty title={common.signedInAs(session.user.name)} />
      </div>
    </Frame>
  );
}
