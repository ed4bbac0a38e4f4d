import { type FormEvent, useState } from 'react';
import type { AgentDevice } from '../../line/agent/agent-api.ts';
import { Button } from '../../look/button.tsx';
import { Field } from '../../look/field.tsx';
import { Select } from '../../look/select.tsx';
import { useAgentWords } from '../../words/agent.ts';

export type Operate = (path: string, operation: string, parameters?: object) => Promise<boolean>;

/** Calls a number from one of the user's phones. */
export function DialForm({
  devices,
  operate,
}: {
  readonly devices: readonly AgentDevice[];
  readonly operate: Operate;
}) {
  const words = useAgentWords();
  const [typed, setTyped] = useState('');
  const [wanted, setWanted] = useState('');
  const [busy, setBusy] = useState(false);
  const registered = devices.filter(({ deviceState }) => deviceState === 'Active');
  const device = registered.find(({ id }) => id === wanted) ?? registered[0];
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const number = typed.replace(/[\s()/.-]/g, '');
    if (number === '' || device === undefined || busy) return;
    setBusy(true);
    const done = await operate(`/me/devices/${device.id}/calls`, 'Dial', { destination: { phoneNumber: number } });
    setBusy(false);
    if (done) setTyped('');
  };
  return (
    <form className="dial" onSubmit={(event) => void submit(event)}>
      <Field
        label={words.number}
        hint={device === undefined ? words.notOnCall : words.numberHint}
        value={typed}
        onText={setTyped}
        type="tel"
        autoComplete="off"
        maxLength={64}
        aria-keyshortcuts="Alt+N"
      />
      {registered.length > 1 && device !== undefined ? (
        <Select
          label={words.phone}
          value={device.id}
          options={registered.map(({ id, phoneNumber }) => ({ value: id, text: phoneNumber }))}
          onChoose={setWanted}
        />
      ) : null}
      <Button kind="primary" icon="phone" submits busy={busy} disabled={device === undefined}>
        {words.dial}
      </Button>
    </form>
  );
}
