import { useEffect, useState } from 'react';
import type { AgentApi, MonitoredDevice } from '../../line/agent/agent-api.ts';
import { Button } from '../../look/button.tsx';
import { Chip } from '../../look/card.tsx';
import { useAgentWords } from '../../words/agent.ts';

interface AgentListProps {
  readonly api: AgentApi;
  /** A number. */
  readonly chosen: string;
  readonly onChoose: (number: string) => void;
}

const everyMs = 3000;

/** Who else works, and with whom each of them talks. */
export function AgentList({ api, chosen, onChoose }: AgentListProps) {
  const words = useAgentWords();
  const [devices, setDevices] = useState<readonly MonitoredDevice[]>([]);
  useEffect(() => {
    let over = false;
    const read = (): void => {
      // What is away or signed out is told by the desk.
      api.monitored().then(
        (found) => {
          if (!over) setDevices(found);
        },
        () => {},
      );
    };
    read();
    const timer = window.setInterval(read, everyMs);
    return () => {
      over = true;
      window.clearInterval(timer);
    };
  }, [api]);
  if (devices.length === 0) return <p className="hint">{words.nobodyWorks}</p>;
  return (
    <ul className="agent-list" aria-label={words.whoWorks}>
      {devices.map(({ calls, id, phoneNumber, user, userState }) => {
        const name = user === null ? '' : `${user.firstName} ${user.lastName}`.trim();
        const parties = calls.flatMap(({ participants }) => participants.map((one) => one.phoneNumber));
        return (
          <li key={id}>
            <span>
              <strong>{name === '' ? phoneNumber : name}</strong> <span className="soft">{phoneNumber}</span>
              <br />
              <span className="soft">
                {parties.length === 0 ? words.noCallNow : words.talksWith(parties.join(', '))}
              </span>
            </span>
            <Chip {...(calls.length > 0 ? { tone: 'live' as const } : {})}>
              {words.states[userState.state === 'LoggedOut' ? 'Offline' : userState.state] ?? userState.state}
            </Chip>
            <Button
              small
              aria-pressed={chosen === phoneNumber}
              aria-label={`${words.choose}: ${phoneNumber}`}
              onPress={() => onChoose(phoneNumber)}
            >
              {words.choose}
            </Button>
          </li>
        );
      })}
    </ul>
  );
}
