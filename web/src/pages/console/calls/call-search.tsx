import { type FormEvent, useCallback, useEffect, useRef, useState } from 'react';
import { Button } from '../../../look/button.tsx';
import { Card, Empty } from '../../../look/card.tsx';
import { ErrorBox } from '../../../look/error-box.tsx';
import { Field } from '../../../look/field.tsx';
import { Heading } from '../../../look/heading.tsx';
import { Loading } from '../../../look/loading.tsx';
import { follow, go } from '../../../look/route.ts';
import { Select } from '../../../look/select.tsx';
import { type Column, Table } from '../../../look/table.tsx';
import { When } from '../../../look/when.tsx';
import { useConsoleWords } from '../../../words/console.ts';
import { useCallWords, type Words } from '../../../words/console-call.ts';
import { useAdministration } from '../use-administration.ts';
import { CauseChip } from './cause-chip.tsx';
import { RefusedCalls } from './refused-calls.tsx';
import { RunningCalls } from './running-calls.tsx';
import { type WhoWasInIt, whoOf } from './who.ts';
import './calls.css';

interface FoundCall extends WhoWasInIt {
  readonly id: string;
  readonly startedAt: string;
  readonly durationMs: number | null;
  readonly kind: string | null;
  readonly cause: string;
  readonly connections: number;
}

type Asked = Readonly<Record<'number' | 'cause' | 'from' | 'to', string>>;

const nothingAsked: Asked = { number: '', cause: '', from: '', to: '' };
const pageSize = 50;

/** Ended calls by number, reason and time; newest first. */
export function CallSearch() {
  const words = useCallWords();
  const { causes: causeWords, lastCalls, noCallsYet } = useConsoleWords();
  const { ask } = useAdministration();
  const [typed, setTyped] = useState<Asked>(nothingAsked);
  const [found, setFound] = useState<readonly FoundCall[] | null>(null);
  const [next, setNext] = useState<number | null>(null);
  const [failed, setFailed] = useState(false);
  const [busy, setBusy] = useState(false);
  const last = useRef<Asked>(nothingAsked);
  /** Of the search that is under way: one that began later ends those before. */
  const latest = useRef(0);

  const search = useCallback(
    async (asked: Asked, before: number | null): Promise<void> => {
      const search = ++latest.current;
      setBusy(true);
      setFailed(false);
      last.current = asked;
      try {
        // In a long log a page may be found in several parts.
        for (let found = 0, from = before; ; ) {
          const answer = await ask<{ calls: FoundCall[]; next: number | null }>(
            'GET',
            `/calls?${queryOf(asked, from)}`,
          );
          if (search !== latest.current) return;
          const first = from === null;
          setFound((known) => (first ? answer.calls : [...(known ?? []), ...answer.calls]));
          setNext(answer.next);
          found += answer.calls.length;
          from = answer.next;
          if (from === null || found >= pageSize) break;
        }
      } catch {
        if (search === latest.current) setFailed(true);
      } finally {
        if (search === latest.current) setBusy(false);
      }
    },
    [ask],
  );
  useEffect(() => void search(last.current, null), [search]);

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    void search(typed, null);
  };
  const type = (name: keyof Asked) => (text: string) => setTyped((before) => ({ ...before, [name]: text }));
  const causes = Object.entries(causeWords).map(([value, text]) => ({ value, text }));
  return (
    <>
      <Heading text={words.calls} />
      <RunningCalls />
      <Card title={words.search}>
        <form className="calls-form" onSubmit={submit}>
          <Field label={words.searchNumber} value={typed.number} onText={type('number')} type="search" maxLength={80} />
          <Select
            label={words.searchCause}
            value={typed.cause}
            options={[{ value: '', text: words.anyCause }, ...causes]}
            onChoose={type('cause')}
          />
          <Field label={words.searchFrom} value={typed.from} onText={type('from')} type="datetime-local" />
          <Field label={words.searchTo} value={typed.to} onText={type('to')} type="datetime-local" />
          <Button kind="primary" submits busy={busy} icon="search">
            {words.search}
          </Button>
        </form>
        <OpenById />
      </Card>
      {failed ? <ErrorBox text={words.failed} onAgain={() => void search(typed, null)} /> : null}
      {found === null ? (
        failed ? null : (
          <Loading />
        )
      ) : (
        <Card title={lastCalls}>
          <Table
            caption={words.calls}
            columns={columnsOf(words)}
            rows={found}
            keyOf={({ id }) => id}
            empty={
              last.current === nothingAsked ? (
                <Empty title={noCallsYet} hint={words.noCallsYetHint} />
              ) : (
                <Empty title={words.noCalls} hint={words.noCallsHint} />
              )
            }
          />
          {next === null ? null : (
            <p>
              <Button busy={busy} onPress={() => void search(last.current, next)}>
                {words.more}
              </Button>
            </p>
          )}
        </Card>
      )}
      <RefusedCalls />
    </>
  );
}

function OpenById() {
  const words = useCallWords();
  const [id, setId] = useState('');
  const open = (event: FormEvent): void => {
    event.preventDefault();
    if (id.trim() !== '') go(`/console/calls/${encodeURIComponent(id.trim())}`);
  };
  return (
    <form className="calls-open" onSubmit={open}>
      <Field label={words.openById} hint={words.openByIdHint} value={id} onText={setId} maxLength={255} />
      <Button submits>{words.open}</Button>
    </form>
  );
}

function columnsOf(words: Words): Column<FoundCall>[] {
  return [
    {
      key: 'when',
      title: words.when,
      cell: ({ id, startedAt }) => (
        <a href={`/console/calls/${id}`} onClick={follow}>
          <When at={startedAt} date />
        </a>
      ),
    },
    { key: 'who', title: words.who, cell: (call) => whoOf(call, words.conference) },
    {
      key: 'how',
      title: words.how,
      cell: ({ cause }) => <CauseChip cause={cause} />,
    },
    {
      key: 'length',
      title: words.length,
      number: true,
      cell: ({ durationMs }) => (durationMs === null ? '' : words.lasted(Math.round(durationMs / 1000))),
    },
    { key: 'parties', title: words.parties, number: true, cell: ({ connections }) => connections },
  ];
}

/** Times are typed in the reader's zone. */
function queryOf(asked: Asked, before: number | null): URLSearchParams {
  const query = new URLSearchParams({ recent: 'true', limit: String(pageSize) });
  if (asked.number.trim() !== '') query.set('number', asked.number.trim());
  if (asked.cause !== '') query.set('cause', asked.cause);
  for (const name of ['from', 'to'] as const) {
    const at = new Date(asked[name]);
    if (asked[name] !== '' && !Number.isNaN(at.getTime())) query.set(name, at.toISOString());
  }
  if (before !== null) query.set('before', String(before));
  return query;
}
