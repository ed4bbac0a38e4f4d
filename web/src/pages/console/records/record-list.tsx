import { useCallback, useEffect, useState } from 'react';
import { Button } from '../../../look/button.tsx';
import { Empty } from '../../../look/card.tsx';
import { ErrorBox } from '../../../look/error-box.tsx';
import { Loading } from '../../../look/loading.tsx';
import { type Column, Table } from '../../../look/table.tsx';
import { useToast } from '../../../look/toast.tsx';
import { useRecordWords } from '../../../words/console-records.ts';
import { Confirm } from '../confirm.tsx';
import { Refusal, useAdministration } from '../use-administration.ts';
import { addressOf, fixedBy, placeOf, type RecordKind, type StoredRecord, shownValue } from './kinds.ts';
import { RecordDialog } from './record-dialog.tsx';

interface Page {
  readonly items: readonly StoredRecord[];
  readonly next?: string | null;
}

/** The records of one kind: read, made, changed and removed. */
export function RecordList({ kind }: { readonly kind: RecordKind }) {
  const words = useRecordWords();
  const { ask } = useAdministration();
  const say = useToast();
  const [found, setFound] = useState<Page | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  const [open, setOpen] = useState<StoredRecord | 'new' | null>(null);
  const [leaving, setLeaving] = useState<StoredRecord | null>(null);
  const { fields, path, shown } = kind;
  const refusal = (error: unknown): string => (error instanceof Refusal ? error.message || words.failed : words.away);
  const load = useCallback(
    async (after: string | null): Promise<void> => {
      try {
        const page = await ask<Page>('GET', `/${path}${after === null ? '' : `?after=${encodeURIComponent(after)}`}`);
        setFound((before) =>
          after === null || before === null ? page : { ...page, items: [...before.items, ...page.items] },
        );
        setFailed(null);
      } catch (error) {
        setFailed(error instanceof Refusal ? error.code : '');
      }
    },
    [ask, path],
  );
  useEffect(() => void load(null), [load]);
  const nameOf = (record: StoredRecord): string => shownValue(record[shown[0]!]) || shownValue(record['id']);
  const save = async (body: object): Promise<string | null> => {
    try {
      if (open === 'new') {
        const made = await ask<StoredRecord>('POST', `/${path}`, body);
        say(words.added(nameOf(made)), 'good');
        // It stays until it is closed: nobody is told a second time.
        if (typeof made['secret'] === 'string') say(words.madeSecret(made['secret']), 'bad');
      } else if (open !== null) {
        await ask('PATCH', addressOf(path, open), body);
        say(words.saved(nameOf(open)), 'good');
      }
    } catch (error) {
      return refusal(error);
    }
    setOpen(null);
    void load(null);
    return null;
  };
  const remove = async (record: StoredRecord): Promise<void> => {
    setLeaving(null);
    try {
      await ask('DELETE', addressOf(path, record));
      say(words.removed(nameOf(record)), 'good');
      void load(null);
    } catch (error) {
      say(refusal(error), 'bad');
    }
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
          onYes={() => void remove(leaving)}
          onNo={() => setLeaving(null)}
        />
      )}
    </div>
  );
}
