import { Card, Empty } from '../../../look/card.tsx';
import { follow } from '../../../look/route.ts';
import { Table } from '../../../look/table.tsx';
import { When } from '../../../look/when.tsx';
import { useCallWords } from '../../../words/console-call.ts';
import { useAsked } from '../use-asked.ts';

interface RefusedCall {
  readonly id: string;
  readonly at: string;
  readonly from: string | null;
  readonly number: string;
  readonly code: string;
  readonly sentence: string;
  readonly details: Readonly<Record<string, string | number | null>>;
}

const everyMs = 5000;

/** What was refused before there was a call, so that no list of calls has it: each with the reason in a sentence. */
export function RefusedCalls() {
  const words = useCallWords();
  const { answer } = useAsked<{ refused: readonly RefusedCall[] }>('/refused-calls?limit=20', everyMs);
  if (answer === null) return null;
  return (
    <Card title={words.refusedCalls}>
      <Table
        caption={words.refusedList}
        rows={answer.refused}
        keyOf={({ at, id }) => `${id} ${at}`}
        empty={<Empty title={words.noRefusedCalls} hint={words.noRefusedCallsHint} />}
        columns={[
          {
            key: 'when',
            title: words.when,
            cell: ({ at, id }) => (
              <a href={`/console/calls/${encodeURIComponent(id)}`} onClick={follow}>
                <When at={at} date />
              </a>
            ),
          },
          { key: 'from', title: words.refusedFrom, cell: ({ from }) => from ?? '–' },
          { key: 'number', title: words.refusedNumber, cell: ({ number }) => number },
          {
            key: 'why',
            title: words.refusedWhy,
            cell: ({ code, details, sentence }) => words.why(code, details) ?? sentence,
          },
        ]}
      />
    </Card>
  );
}
