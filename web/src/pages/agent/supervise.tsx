import { useState } from 'react';
import type { AgentApi, AgentDevice } from '../../line/agent/agent-api.ts';
import { deviceIdOf } from '../../line/agent/device-ids.ts';
import { Button } from '../../look/button.tsx';
import { Card } from '../../look/card.tsx';
import { Field } from '../../look/field.tsx';
import { useAgentWords } from '../../words/agent.ts';
import { AgentList } from './agent-list.tsx';
import type { Operate } from './dial-form.tsx';

const modes = ['ListenIn', 'Coach', 'BargeIn'] as const;

interface SuperviseProps {
  readonly device: AgentDevice;
  readonly api: AgentApi;
  readonly operate: Operate;
}

/** Into the calls of an agent: to listen, to coach, or to take part. */
export function Supervise({ api, device, operate }: SuperviseProps) {
  const words = useAgentWords();
  const [typed, setTyped] = useState('');
  const [mistake, setMistake] = useState<string | null>(null);
  const path = `/me/devices/${device.id}`;
  const { capabilities, supervisorMonitoringState: now } = device;
  const begin = async (mode: (typeof modes)[number]) => {
    const target = deviceIdOf(device.id, typed.trim());
    setMistake(target === null ? words.notAnAgent : null);
    if (target === null) return;
    await operate(path, mode, { targetDeviceUri: `/devices/${target}`, supervisorMonitoringScope: 'Agent' });
  };
  return (
    <Card title={words.supervise}>
      <AgentList api={api} chosen={typed.trim()} onChoose={setTyped} />
      <Field
        label={words.agentNumber}
        hint={words.superviseHint}
        error={mistake}
        value={typed}
        onText={setTyped}
        inputMode="numeric"
        autoComplete="off"
        maxLength={18}
      />
      <div className="acts-row">
        {modes
          .filter((mode) => capabilities.includes(mode))
          .map((mode) => (
            <Button
              key={mode}
              icon={mode === 'ListenIn' ? 'ear' : mode === 'Coach' ? 'chat' : 'microphone'}
              aria-pressed={now?.state === mode}
              onPress={() => void begin(mode)}
            >
              {words[mode]}
            </Button>
          ))}
        {capabilities.includes('CancelSupervisorMonitoring') ? (
          <Button kind="risky" onPress={() => void operate(path, 'CancelSupervisorMonitoring')}>
            {words.CancelSupervisorMonitoring}
          </Button>
        ) : null}
      </div>
    </Card>
  );
}
