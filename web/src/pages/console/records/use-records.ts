import { useCallback, useEffect, useState } from 'react';
import { useToast } from '../../../look/toast.tsx';
import { useRecordWords } from '../../../words/console-records.ts';
import { Refusal, useAdministration } from '../use-administration.ts';
import { addressOf, type RecordKind, type StoredRecord, shownValue } from './kinds.ts';

interface Page {
  readonly items: readonly StoredRecord[];
  readonly next?: string | null;
}

export interface Records {
  /** Null: not read yet. */
  readonly found: Page | null;
  /** The code of the refusal; '' when the server was not reached; null: the list was read. */
  readonly failed: string | null;
  /** What a record is called. */
  nameOf(record: StoredRecord): string;
  /** From the beginning, or the page that follows this `next`. */
  load(after: string | null): Promise<void>;
  /** Null: it is done, and told; else why not. `record` null: a new one. */
  save(record: StoredRecord | null, body: object): Promise<string | null>;
  /** Tells what came of it. */
  remove(record: StoredRecord): Promise<void>;
}

/** The records of one kind, page by page, and what changes them. */
export function useRecords({ path, shown }: Pick<RecordKind, 'path' | 'shown'>): Records {
  const words = useRecordWords();
  const { ask } = useAdministration();
  const say = useToast();
  const [found, setFound] = useState<Page | null>(null);
  const [failed, setFailed] = useState<string | null>(null);
  const refusal = (error: unknown): string => (error instanceof Refusal ? error.message || words.failed : words.away);
  const nameOf = (record: StoredRecord): string => shownValue(record[shown[0]!]) || shownValue(record['id']);
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
  const save = async (record: StoredRecord | null, body: object): Promise<string | null> => {
    try {
      if (record === null) {
        const made = await ask<StoredRecord>('POST', `/${path}`, body);
        say(words.added(nameOf(made)), 'good');
        // It stays until it is closed: nobody is told a second time.
        if (typeof made['secret'] === 'string') say(words.madeSecret(made['secret']), 'bad');
      } else {
        await ask('PATCH', addressOf(path, record), body);
        say(words.saved(nameOf(record)), 'good');
      }
    } catch (error) {
      return refusal(error);
    }
    return null;
  };
  const remove = async (record: StoredRecord): Promise<void> => {
    try {
      await ask('DELETE', addressOf(path, record));
      say(words.removed(nameOf(record)), 'good');
      void load(null);
    } catch (error) {
      say(refusal(error), 'bad');
    }
  };
  return { found, failed, nameOf, load, save, remove };
}
