import { useState } from 'react';
import { Button } from '../../../look/button.tsx';
import { ErrorBox } from '../../../look/error-box.tsx';
import { Loading } from '../../../look/loading.tsx';
import { Table } from '../../../look/table.tsx';
import { useToast } from '../../../look/toast.tsx';
import { useRecordWords } from '../../../words/console-records.ts';
import { Refusal, useAdministration } from '../use-administration.ts';
import { useAsked } from '../use-asked.ts';
import { KeyName } from './key-name.tsx';
import { type Fixed, placeOf, type StoredRecord, shownValue, type Value } from './kinds.ts';
import { RecordDialog } from './record-dialog.tsx';

const notLimits = ['self', 'fixedBy', 'fixedKeys'];

/** The limits that hold; those that the file names are changed there. */
export function Limits() {
  const words = useRecordWords();
  const { ask } = useAdministration();
  const say = useToast();
  const { again, answer, failed } = useAsked<StoredRecord>('/limits');
  const [changing, setChanging] = useState<string | null>(null);
  if (failed) return <ErrorBox text={words.failed} onAgain={again} />;
  if (answer === null) return <Loading />;
  const fixed = (answer['fixedKeys'] ?? {}) as Readonly<Record<string, Fixed>>;
  const rows = Object.entries(answer).filter(([key]) => !notLimits.includes(key)) as [string, Value][];
  const save = async (body: object): Promise<string | null> => {
    try {
      await ask('PATCH', '/limits', body);
    } catch (error) {
      return error instanceof Refusal ? error.message || words.failed : words.away;
    }
    say(words.saved(words.keys[changing ?? ''] ?? ''), 'good');
    setChanging(null);
    again();
    return null;
  };
  return (
    <div className="records">
      <Table
        caption={words.kinds.limits}
        rows={rows}
        keyOf={([key]) => key}
        empty={null}
        columns={[
          { key: 'name', title: words.name, cell: ([key]) => <KeyName name={key} /> },
          { key: 'value', title: words.value, cell: ([, value]) => shownValue(value) || '–' },
          {
            key: 'do',
            title: words.acts,
            cell: ([key]) =>
              fixed[key] !== undefined ? (
                placeOf(fixed[key])
              ) : (
                <Button small aria-label={`${words.edit}: ${words.keys[key] ?? key}`} onPress={() => setChanging(key)}>
                  {words.edit}
                </Button>
              ),
          },
        ]}
      />
      {changing === null ? null : (
        <RecordDialog
          title={words.keys[changing] ?? changing}
          fields={[{ key: changing, kind: kindOf(answer[changing]) }]}
          record={{ [changing]: answer[changing] }}
          onSave={save}
          onClose={() => setChanging(null)}
        />
      )}
    </div>
  );
}

function kindOf(value: Value | undefined) {
  if (Array.isArray(value)) return 'list' as const;
  if (typeof value === 'number') return 'number' as const;
  if (typeof value === 'boolean') return 'flag' as const;
  return typeof value === 'object' && value !== null ? ('json' as const) : ('text' as const);
}
