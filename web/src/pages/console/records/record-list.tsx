import { useState } from 'react';
import { Button } from '../../../look/button.tsx';
import { Empty } from '../../../look/card.tsx';
import { ErrorBox } from '../../../look/error-box.tsx';
import { Loading } from '../../../look/loading.tsx';
import { type Column, Table } from '../../../look/table.tsx';
import { useRecordWords } from '../../../words/console-records.ts';
import { Confirm } from '../confirm.tsx';
import { addressOf, fixedBy, placeOf, type RecordKind, type StoredRecord, shownValue } from './kinds.ts';
import { RecordDialog } from './record-dialog.tsx';
import { useRecords } from './use-records.ts';

/** The records of one kind: read, made, changed and removed. */
export function RecordList({ kind }: { readonly kind: RecordKind }) {
  const words = useRecordWords();
  const { found, failed, nameOf, load, ...records } = useRecords(kind);
  const [open, setOpen] = useState<StoredRecord | 'new' | null>(null);
  const [leaving, setLeaving] = useState<StoredRecord | null>(null);
  const { fields, path, shown } = kind;
  const save = async (body: object): Promise<string | null> => {
    const refused = open === null ? null : await records.save(open === 'new' ? null : open, body);
    if (refused !== null) return refused;
    setOpen(null);
    void load(null);
    return null;
  };
  const remove = (record: StoredRecord): void => {
    setLeaving(null);
    void records.remove(record);
  };
  if (failed !== null) {
    const text = failed === 'forbidden' ? words.notYours : words.failed;
    return <ErrorBox text={text} onAgain={() => void load(null)} />;
  }
  if (found === null) return <Loading />;
  const columns: Column<StoredRecord>[] = [
    ...shown.map((key) => ({
      key,
      title: words.keys[key] ?? key,
      cell: (record: StoredRecord) => {
        const value = record[key];
        return typeof value === 'boolean' ? (value ? words.yes : words.no) : shownValue(value);
      },
    })),
    {
      key: 'origin',
      title: words.from,
      cell: (record) => {
        const origin = fixedBy(record);
        return origin === null ? words.madeHere : placeOf(origin);
      },
    },
    {
      key: 'do',
      title: words.acts,
      cell: (record) => (
        <span className="record-buttons">
          <Button
            small
            aria-label={`${fixedBy(record) === null ? words.edit : words.show}: ${nameOf(record)}`}
            onPress={() => setOpen(record)}
          >
            {fixedBy(record) === null ? words.edit : words.show}
          </Button>
          {fixedBy(record) === null ? (
            <Button
              small
              kind="risky"
              aria-label={`${words.removeIt}: ${nameOf(record)}`}
              onPress={() => setLeaving(record)}
            >
              {words.removeIt}
            </Button>
          ) : null}
        </span>
      ),
    },
  ];
  return (
    <div className="records">
      <p>
        <Button kind="primary" onPress={() => setOpen('new')}>
          {words.add}
        </Button>
      </p>
      <Table
        caption={words.kinds[path]}
        columns={columns}
        rows={found.items}
        keyOf={(record) => addressOf(path, record)}
        empty={<Empty title={words.none} hint={words.noneHint} />}
      />
      {found.next === null || found.next === undefined ? null : (
        <p>
          <Button onPress={() => void load(found.next ?? null)}>{words.more}</Button>
        </p>
      )}
      {open === null ? null : (
        <RecordDialog
          title={open === 'new' ? `${words.add}: ${words.kinds[path]}` : nameOf(open)}
          fields={fields}
          record={open === 'new' ? null : open}
          onSave={save}
          onClose={() => setOpen(null)}
        />
      )}
      {leaving === null ? null : (
        <Confirm
          question={words.removeAsk(nameOf(leaving))}
          answer={words.removeIt}
          onYes={() => remove(leaving)}
          onNo={() => setLeaving(null)}
        />
      )}
    </div>
  );
}
