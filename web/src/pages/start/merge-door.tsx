import { useEffect, useState } from 'react';
import type { AgentCall, AskedRequest } from '../../line/agent/agent-api.ts';
import type { Desk } from '../../line/agent/desk.ts';
import type { DeskActions, DeskState } from '../../line/agent/use-desk.ts';
import { curl } from '../../line/curl.ts';
import { Button } from '../../look/button.tsx';
import { Icon } from '../../look/icons.tsx';
import { useToast } from '../../look/toast.tsx';
import { useStartWords } from '../../words/start.ts';
import { Door } from './door.tsx';
import { Request } from './request.tsx';
import { useAgentPhone } from './use-agent-phone.ts';
import type { DemoHere } from './use-demo.ts';

/** Both answer and speak. */
export const customer = '2025550101';
export const colleague = '2025550110';

interface MergeDoorProps {
  readonly here: DemoHere;
  readonly desk: Desk;
  readonly state: DeskState;
  readonly actions: DeskActions;
  readonly asked: readonly AskedRequest[];
}

/** What an agent's application does: dial, consult, complete. */
export function MergeDoor({ here, desk, state, actions, asked }: MergeDoorProps) {
  const words = useStartWords();
  const say = useToast();
  const phone = useAgentPhone();
  const [busy, setBusy] = useState(false);
  const [ended, setEnded] = useState(false);
  // The session is over, or of a server that began anew: so are its calls.
  const { unregister } = phone;
  useEffect(() => {
    if (state !== 'signedOut') return;
    actions.close();
    unregister();
    setEnded(true);
  }, [state, actions, unregister]);
  const original = desk.calls.find(({ callType }) => callType !== 'Consult') ?? null;
  const consult = desk.calls.find(({ callType }) => callType === 'Consult') ?? null;
  const done = original !== null && original.participants.length >= 2;
  const may = (call: AgentCall | null, operation: string) => call?.capabilities.includes(operation) === true;

  const doing = async (what: () => Promise<void>) => {
    setBusy(true);
    try {
      await what();
    } catch (error) {
      say(words.refused((error as Error).message), 'bad');
    }
    setBusy(false);
  };
  const dial = () =>
    doing(async () => {
      const session = await here.session();
      setEnded(false);
      if (!session.isAgent) throw new Error(words.merge.otherAgent);
      const user = state === 'live' || state === 'lost' ? desk.user : await actions.open();
      const device = user?.devices.find(({ phoneNumber }) => phoneNumber === session.phone);
      if (device === undefined) throw new Error(words.merge.otherAgent);
      await phone.register(Object.values(actions.api.csrf)[0], session.phone);
      await actions.api.operate('/me', 'StartContactCenterSession', { channels: ['voice'] });
      await actions.api.operate(`/me/devices/${device.id}/calls`, 'Dial', { destination: { phoneNumber: customer } });
    });
  const ask = (call: AgentCall | null, operation: string, parameters: object = {}) =>
    doing(async () => {
      if (call !== null) await actions.api.operate(`/me/calls/${call.id}`, operation, parameters);
    });
  const hangUp = () =>
    doing(async () => {
      for (const call of desk.calls) await actions.api.operate(`/me/calls/${call.id}`, 'Hangup');
    });

  const steps = [
    { title: `${words.merge.call} (${customer})`, done: original !== null && original.state !== 'Dialing' },
    { title: `${words.merge.consult} (${colleague})`, done: consult !== null || done },
    { title: words.merge.complete, done },
  ];
  return (
    <Door icon="merge" title={words.merge.title} text={words.merge.text} open={desk.calls.length > 0}>
      <ol className="steps" aria-label={words.merge.steps}>
        {steps.map((step) => (
          <li key={step.title} className={step.done ? 'done' : ''}>
            <Icon name={step.done ? 'check' : 'phone'} />
            {step.title}
          </li>
        ))}
      </ol>
      <div className="acts-row">
        {original === null ? (
          <Button kind="primary" icon="phone" busy={busy} onPress={() => void dial()}>
            {busy ? words.merge.working : words.merge.call}
          </Button>
        ) : done ? null : may(consult, 'CompleteConference') ? (
          <Button kind="primary" icon="merge" busy={busy} onPress={() => void ask(consult, 'CompleteConference')}>
            {words.merge.complete}
          </Button>
        ) : (
          <Button
            kind="primary"
            icon="number"
            busy={busy || !may(original, 'InitiateConference')}
            onPress={() => void ask(original, 'InitiateConference', { destination: { phoneNumber: colleague } })}
          >
            {words.merge.consult}
          </Button>
        )}
        {desk.calls.length === 0 ? null : (
          <Button kind="risky" icon="leave" onPress={() => void hangUp()}>
            {words.merge.hangUp}
          </Button>
        )}
      </div>
      <p className="hint" role="status">
        {done ? words.merge.merged : ended ? words.merge.ended : ''}
      </p>
      <Request requests={requestsOf(asked, words.merge.call)} from={words.loginFrom} />
    </Door>
  );
}

/** What was asked last; before the first press, what would be. */
function requestsOf(asked: readonly AskedRequest[], first: string) {
  const login = ['-u "$LOGIN:$PASSWORD"'];
  const shown = asked.slice(-3).map(({ path, body }, at) => ({
    label: `${at + 1}: ${(body as { operationName?: string } | null)?.operationName ?? path}`,
    text: curl(path, JSON.stringify(body), login),
  }));
  if (shown.length > 0) return shown;
  const body = { operationName: 'Dial', destination: { phoneNumber: customer } };
  return [{ label: first, text: curl('/api/v2/me/devices/DEVICE/calls', JSON.stringify(body), login) }];
}
