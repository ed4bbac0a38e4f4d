import { useEffect, useRef, useState } from 'react';
import { AgentRefusal } from '../../line/agent/agent-api.ts';
import { type Desk, failuresSince } from '../../line/agent/desk.ts';
import type { DeskActions, DeskState } from '../../line/agent/use-desk.ts';
import { Button } from '../../look/button.tsx';
import { Card, Chip, Empty } from '../../look/card.tsx';
import { useToast } from '../../look/toast.tsx';
import { useAgentWords } from '../../words/agent.ts';
import { useCommonWords } from '../../words/common.ts';
import { CallCard } from './call-card.tsx';
import { DialForm } from './dial-form.tsx';
import { Keys } from './keys.tsx';
import { Notices } from './notices.tsx';
import { type CallOperation, callOperations } from './operations.ts';
import { PhoneBar } from './phone-bar.tsx';
import { Supervise } from './supervise.tsx';

interface DesktopProps {
  readonly desk: Desk;
  readonly state: DeskState;
  readonly actions: DeskActions;
  readonly onExpired: () => void;
}

/** Everything an agent works with. */
export function Desktop({ desk, state, actions, onExpired }: DesktopProps) {
  const words = useAgentWords();
  const common = useCommonWords();
  const say = useToast();
  const [chosen, setChosen] = useState<string | null>(null);
  const [asked, setAsked] = useState<{ readonly call: string; readonly operation: CallOperation } | null>(null);
  const [keysShown, setKeysShown] = useState(false);
  const number = useRef<HTMLDivElement>(null);
  const { calls, devices } = desk;

  /** True: it is done. */
  const operate = async (path: string, operation: string, parameters: object = {}): Promise<boolean> => {
    try {
      await actions.api.operate(path, operation, parameters);
      actions.read();
      return true;
    } catch (error) {
      const refusal = error as AgentRefusal;
      if (refusal instanceof AgentRefusal && refusal.signedOut) onExpired();
      else say(words.refused(refusal.status === 0 ? common.serverAway : refusal.message), 'bad');
      actions.read();
      return false;
    }
  };

  useEffect(() => {
    const first = (name: string) => {
      const inOrder = calls.toSorted((one, other) => Number(other.id === chosen) - Number(one.id === chosen));
      return inOrder.find(({ capabilities }) => capabilities.includes(name)) ?? null;
    };
    const press = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && event.target.closest('input, select, textarea') !== null;
      if (event.key === '?' && !typing) setKeysShown(true);
      if (!event.altKey || event.ctrlKey || event.metaKey) return;
      const key = event.code.replace(/^Key/, '');
      if (key === 'N') {
        event.preventDefault();
        number.current?.querySelector('input')?.focus();
      }
      for (const operation of callOperations.filter((one) => one.key === key)) {
        const call = first(operation.name);
        if (call === null) continue;
        event.preventDefault();
        setChosen(call.id);
        if (operation.asks === undefined) void operate(`/me/calls/${call.id}`, operation.name);
        else setAsked({ call: call.id, operation });
        return;
      }
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  });

  // Who dials nobody that answers would only see the call go.
  const heard = useRef(desk.notices[0]);
  useEffect(() => {
    for (const why of failuresSince(desk.notices, heard.current)) say(common.serverSaid(why), 'bad');
    heard.current = desk.notices[0];
  }, [desk.notices, say, common]);

  const own = devices[0];
  const supervises = devices.find(({ capabilities }) => capabilities.includes('ListenIn'));
  return (
    <div className="desk">
      <div className="desk-head">
        <h1>{words.title}</h1>
        <Chip tone={state === 'live' ? 'good' : 'warn'}>
          {state === 'live' ? words.live : state === 'lost' ? words.lost : words.connecting}
        </Chip>
        <Button small className="keys-shown" aria-keyshortcuts="?" onPress={() => setKeysShown(true)}>
          {words.keys}
        </Button>
      </div>
      <PhoneBar desk={desk} actions={actions} operate={operate} />
      <div className="desk-columns">
        <div className="desk-calls">
          <div ref={number}>
            <DialForm devices={devices} operate={operate} />
          </div>
          <section className="calls" aria-labelledby="calls">
            <h2 id="calls">{words.calls}</h2>
            {calls.length === 0 ? <Empty title={words.noCalls} hint={words.noCallsHint} /> : null}
            {calls.map((call) => (
              <CallCard
                key={call.id}
                call={call}
                chosen={call.id === chosen}
                asked={asked?.call === call.id ? asked.operation : null}
                onAsk={(operation) => setAsked(operation === null ? null : { call: call.id, operation })}
                onChoose={() => setChosen(call.id)}
                onOperate={(operation, parameters) => operate(`/me/calls/${call.id}`, operation.name, parameters)}
              />
            ))}
          </section>
        </div>
        <div className="desk-side">
          {supervises === undefined || own === undefined ? null : (
            <Supervise device={supervises} api={actions.api} operate={operate} />
          )}
          <Card title={words.notices} aside={<p className="hint">{words.noticesHint}</p>}>
            <Notices notices={desk.notices} />
          </Card>
        </div>
      </div>
      {keysShown ? <Keys onClose={() => setKeysShown(false)} /> : null}
    </div>
  );
}
