import { useEffect, useState } from 'react';
import { AgentRefusal } from '../../line/agent/agent-api.ts';
import { useDesk } from '../../line/agent/use-desk.ts';
import { Button } from '../../look/button.tsx';
import { Frame } from '../../look/frame.tsx';
import { Loading } from '../../look/loading.tsx';
import { useTitle } from '../../look/page.tsx';
import { SignIn, type SignInRefusal } from '../../look/sign-in.tsx';
import { useToast } from '../../look/toast.tsx';
import { useAgentWords } from '../../words/agent.ts';
import { useCommonWords } from '../../words/common.ts';
import { callName } from './call-name.ts';
import { Desktop } from './desktop.tsx';

const againMs = 2000;

/** looking → out ⇄ in → expired: then the desktop stays behind the sign-in, with what was typed. */
type Who = 'looking' | 'out' | 'in' | 'expired';

export function App() {
  const words = useAgentWords();
  const common = useCommonWords();
  const say = useToast();
  const [who, setWho] = useState<Who>('looking');
  const [away, setAway] = useState(false);
  const [desk, state, actions] = useDesk();
  const ringing = who === 'in' ? desk.calls.find((call) => call.state === 'Ringing') : undefined;
  const rings = ringing === undefined ? null : words.rings(callName(ringing) || words.unknownParty);
  useTitle(rings ?? words.title);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    const look = async () => {
      try {
        await actions.open();
        if (!over) setWho('in');
      } catch (error) {
        if (over) return;
        const gone = error instanceof AgentRefusal && error.away;
        setAway(gone);
        if (gone) timer = setTimeout(() => void look(), againMs);
        else setWho('out');
        return;
      }
      setAway(false);
    };
    void look();
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [actions]);

  useEffect(() => {
    if (state === 'signedOut') setWho('expired');
  }, [state]);

  const signIn = async (login: string, password: string): Promise<SignInRefusal | null> => {
    try {
      await actions.open({ login, password });
      setWho('in');
      return null;
    } catch (error) {
      return refusalOf(error);
    }
  };
  const signOut = async () => {
    try {
      await actions.api.operate('/me', 'EndContactCenterSession');
    } catch (error) {
      // The cookie is still good: whoever loads the page again would be signed in.
      if (!(error instanceof AgentRefusal && error.signedOut)) {
        const away = !(error instanceof AgentRefusal) || error.away;
        say(away ? common.notSignedOut : words.refused(error.message), 'bad');
        return;
      }
    }
    actions.close();
    setWho('out');
  };
  const inside = who === 'in' || who === 'expired';
  return (
    <Frame
      here="agent"
      away={away || (who === 'in' && state === 'lost')}
      user={
        who === 'in' && desk.user !== null ? (
          <Button small title={common.signedInAs(desk.user.userName)} onPress={() => void signOut()}>
            {common.signOut}
          </Button>
        ) : undefined
      }
    >
      <p className="unseen" role="status">
        {rings}
      </p>
      {who === 'looking' ? <Loading /> : null}
      {who === 'out' || who === 'expired' ? (
        <SignIn title={words.title} lead={words.signInLead} expired={who === 'expired'} onSignIn={signIn} />
      ) : null}
      {inside ? (
        <div hidden={who === 'expired'}>
          <Desktop desk={desk} state={state} actions={actions} onExpired={() => setWho('expired')} />
        </div>
      ) : null}
    </Frame>
  );
}

function refusalOf(error: unknown): SignInRefusal {
  if (!(error instanceof AgentRefusal)) return 'wrong';
  if (error.status === 429) return 'tooManyAttempts';
  if (error.signedOut) return 'wrongLogin';
  return error.away ? 'serverAway' : 'wrong';
}
