import { Card } from '../../../look/card.tsx';
import { follow } from '../../../look/route.ts';
import { Table } from '../../../look/table.tsx';
import { When } from '../../../look/when.tsx';
import { useCallWords } from '../../../words/console-call.ts';
import { isolated } from '../../../words/isolated.ts';
import { useAsked } from '../use-asked.ts';

interface RunningCall {
  readonly id: string;
  readonly createdAt: string;
  readonly conference: { readonly extension: string; readonly number: string; readonly name: string } | null;
  readonly connections: readonly { readonly device: { readonly name: string; readonly number: string } }[];
}

const everyMs = 5000;
/** Shown of a call. */
const mostParties = 3;

/** Calls that run now, conferences among them; the first fifty. */
export function RunningCalls() {
  const words = useCallWords();
  const { answer } = useAsked<{ calls: readonly RunningCall[] }>('/calls?limit=50', everyMs);
  if (answer === null || answer.calls.length === 0) return null;
  const whoOf = ({ conference, connections }: RunningCall): string => {
    if (conference !== null) return words.conference(conference.name, `${conference.extension}*${conference.number}`);
    const named = connections.map(({ device }) => isolated(device.name || device.number));
    return named.slice(0, mostParties).join(' – ') + (named.length > mostParties ? ' …' : '');
  };
  return (
    <Card title={words.runningNow}>
      <Table
        caption={words.runningList}
        rows={answer.calls}
        keyOf={({ id }) => id}
        empty={null}
        columns={[
          {
            key: 'when',
            title: words.since,
            cell: ({ createdAt, id }) => (
              <a href={`/console/calls/${id}`} onClick={follow}>
                <When at={createdAt} date />
              </a>
            ),
          },
          { key: 'who', title: words.who, cell: whoOf },
          { key: 'parties', title: words.parties, number: true, cell: ({ connections }) => connections.length },
        ]}
      />
    </Card>
  );
}
