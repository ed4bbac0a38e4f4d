import { type ReactNode, useCallback, useMemo, useState, useSyncExternalStore } from 'react';
import { Button } from '../../../look/button.tsx';
import { Tabs } from '../../../look/tabs.tsx';
import { useConsoleWords } from '../../../words/console.ts';
import { useCallWords } from '../../../words/console-call.ts';
import type { Cursor } from './cursor.ts';
import { labelOf } from './draw-ladder.ts';
import { MessageText } from './message-text.tsx';
import { Row } from './row.tsx';
import { type CallEvent, type Lane, nameOf, type Sample, type Timeline } from './timeline.ts';
import { lastBefore } from './view.ts';

const page = 40;

interface NearProps {
  readonly timeline: Timeline;
  readonly cursor: Cursor;
  readonly onShow: (at: number) => void;
}

/** Events, messages and participants as text, around the cursor. */
export function NearCursor(props: NearProps) {
  const words = useCallWords();
  const [shown, setShown] = useState('events');
  const tabs = [
    { key: 'events', title: words.events, content: () => <Events {...props} /> },
    { key: 'messages', title: words.messages, content: () => <Messages {...props} /> },
    { key: 'people', title: words.participants, content: () => <People {...props} /> },
  ];
  return <Tabs label={words.details} tabs={tabs} shown={shown} onShow={setShown} />;
}

interface AroundProps<T> {
  readonly rows: readonly T[];
  readonly timeOf: (row: T) => number;
  readonly cursor: Cursor;
  readonly onShow: (at: number) => void;
  readonly empty: string;
  readonly row: (row: T, isCurrent: boolean) => ReactNode;
}

/** So many of a long list as are to be read, those around the cursor. */
function Around<T>({ cursor, empty, onShow, row, rows, timeOf }: AroundProps<T>) {
  const words = useCallWords();
  const index = useSyncExternalStore(cursor.subscribeCalm, () => lastBefore(rows, cursor.at, timeOf));
  const current = Math.max(0, index);
  // In steps, so that a cursor that moves on does not change every row.
  const step = page / 2;
  const start = Math.max(0, Math.min(Math.floor(current / step) * step - step / 2, rows.length - page));
  const some = rows.slice(start, start + page);
  if (rows.length === 0) return <p className="soft call-none">{empty}</p>;
  const turn = (by: number): void => {
    const next = rows[Math.min(rows.length - 1, Math.max(0, current + by))];
    if (next !== undefined) onShow(timeOf(next));
  };
  return (
    <>
      <ol className="call-rows">{some.map((one, at) => row(one, start + at === index))}</ol>
      <div className="acts-row call-turn">
        <Button small onPress={() => turn(-page)} disabled={start === 0}>
          {words.earlier}
        </Button>
        <span className="soft number">{words.range(start + 1, start + some.length, rows.length)}</span>
        <Button small onPress={() => turn(page)} disabled={start + some.length >= rows.length}>
          {words.later}
        </Button>
      </div>
    </>
  );
}

function Events({ cursor, onShow, timeline }: NearProps) {
  const words = useCallWords();
  const { causes } = useConsoleWords();
  const [withTalk, setWithTalk] = useState(false);
  const names = useMemo(() => new Map(timeline.lanes.map((lane) => [lane.connection, nameOf(lane)])), [timeline.lanes]);
  const rows = useMemo(
    () => (withTalk ? timeline.events : timeline.events.filter(({ type }) => type !== 'talking')),
    [timeline.events, withTalk],
  );
  const row = useCallback(
    (event: CallEvent, isCurrent: boolean) => (
      <Row
        key={`${event.callId} ${event.seq}`}
        isCurrent={isCurrent}
        number={String(event.seq)}
        at={event.at}
        name={whoOf(event, names)}
        text={words.event(event.says, causes) ?? event.text}
        more={event.type}
        onPress={onShow}
      />
    ),
    [causes, names, onShow, words],
  );
  return (
    <>
      <label className="call-check">
        <input type="checkbox" checked={withTalk} onChange={(event) => setWithTalk(event.currentTarget.checked)} />
        {words.withTalking}
      </label>
      <Around rows={rows} timeOf={timeOf} cursor={cursor} onShow={onShow} empty={words.noEvents} row={row} />
    </>
  );
}

function Messages({ cursor, onShow, timeline }: NearProps) {
  const words = useCallWords();
  const [open, setOpen] = useState<number | null>(null);
  const rows = useMemo(
    () => timeline.signalling.map((message, at) => ({ ...message, number: at })),
    [timeline.signalling],
  );
  return (
    <>
      <Around
        rows={rows}
        timeOf={timeOf}
        cursor={cursor}
        onShow={onShow}
        empty={words.noMessages}
        row={(message, isCurrent) => (
          <Row
            key={message.number}
            isCurrent={isCurrent}
            number={String(message.number + 1)}
            at={message.at}
            name={labelOf(message)}
            text={`${message.from} → ${message.to}`}
            more={message.cseq ?? ''}
            onPress={(at) => {
              onShow(at);
              setOpen(message.number);
            }}
          />
        )}
      />
      {open === null ? null : <MessageText id={timeline.call.id} number={open} onClose={() => setOpen(null)} />}
    </>
  );
}

/** Who was in it, and how each sounded where the cursor is. */
function People({ cursor, onShow, timeline }: NearProps) {
  const words = useCallWords();
  const roleOf = (role: string): string => words.roles[role as keyof typeof words.roles] ?? role;
  const at = useSyncExternalStore(cursor.subscribeCalm, cursor.read);
  return (
    <ol className="call-rows call-people">
      {timeline.lanes.map((lane, place) => {
        const sample = sampleAt(lane, at);
        return (
          <Row
            key={lane.connection}
            isCurrent={false}
            number={String(place + 1)}
            at={lane.from}
            name={nameOf(lane)}
            text={[...(lane.name === '' ? [] : [lane.number]), roleOf(lane.role)].join(' · ')}
            more={sample === null ? '' : words.sound(sample)}
            onPress={onShow}
          />
        );
      })}
    </ol>
  );
}

/** Of a log that has one every five seconds, and of a long call fewer. */
const farthestMs = 30_000;

/** How somebody sounded then; null: they were not in it, or it is not known. */
function sampleAt({ from, samples, to }: Lane, at: number): Sample | null {
  if (at < from || (to !== null && at > to)) return null;
  const before = samples[lastBefore(samples, at, timeOf)];
  const next = samples[lastBefore(samples, at, timeOf) + 1];
  // A sample is of the time before it.
  const nearest = next !== undefined && next.at - at <= farthestMs ? next : before;
  return nearest !== undefined && Math.abs(nearest.at - at) <= farthestMs ? nearest : null;
}

/** The beginning says itself whom it brings in. */
function whoOf({ connection, type }: CallEvent, names: ReadonlyMap<string, string>): string {
  return connection === null || type === 'originated' ? '' : (names.get(connection) ?? '');
}

function timeOf({ at }: { readonly at: number }): number {
  return at;
}
