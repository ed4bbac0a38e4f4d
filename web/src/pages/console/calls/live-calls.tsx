import { useEffect, useState } from 'react';
import { Card, Chip } from '../../../look/card.tsx';
import { follow } from '../../../look/route.ts';
import { When } from '../../../look/when.tsx';
import { useConsoleWords } from '../../../words/console.ts';
import { useCallWords } from '../../../words/console-call.ts';
import { useAsked } from '../use-asked.ts';
import { watchStream } from '../watch-stream.ts';
import { Levels } from './levels.ts';
import { there } from './there.ts';
import type { LiveConference } from './use-live.ts';

interface Told {
  readonly call: string;
  readonly connection: string;
  readonly level: number | null;
}

/** As many as one stream may be about. */
const mostCalls = 20;
const everyMs = 3000;

/** Running calls that are no conferences, with how loud everybody is; the oldest twenty. */
export function LiveCalls() {
  const words = useCallWords();
  const { since } = useConsoleWords();
  const [levels] = useState(() => new Levels());
  const { answer } = useAsked<{ calls: readonly LiveConference[]; next: number | null }>(
    `/calls?kind=call&limit=${mostCalls}`,
    everyMs,
  );
  const calls = answer?.calls ?? [];
  const ids = calls.map(({ id }) => id).join(',');
  useEffect(() => {
    if (ids === '') return;
    return watchStream(`kinds=sample&calls=${ids}`, (source) =>
      source.addEventListener('sample', (message) => {
        const told = (JSON.parse(message.data) as { samples: readonly Told[] }).samples;
        for (const [call, all] of Map.groupBy(told, (one) => one.call)) {
          const loud = all.flatMap(({ connection, level }) => (level === null ? [] : [{ connection, level }]));
          levels.take([{ call, levels: loud }]);
        }
      }),
    );
  }, [ids, levels]);
  if (calls.length === 0) return null;
  return (
    <Card title={words.otherCalls}>
      <ul className="live-calls">
        {calls.map(({ connections, createdAt, id }) => (
          <li key={id}>
            <a href={`/console/calls/${id}`} onClick={follow}>
              {since} <When at={createdAt} />
            </a>
            <ul className="live-parties">
              {connections.map((one) => (
                <li key={one.id}>
                  <span className="live-level" ref={(element) => levels.meter(one.id, element)} aria-hidden="true" />
                  <span className="live-name">
                    {one.device.name === '' ? one.device.number : one.device.name}{' '}
                    <span className="soft">{one.device.name === '' ? '' : one.device.number}</span>
                  </span>
                  {there[one.state] === undefined ? null : <Chip>{words.legend[there[one.state]!]}</Chip>}
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
      {answer?.next == null ? null : <p className="soft">{words.oldestCalls(mostCalls)}</p>}
    </Card>
  );
}
