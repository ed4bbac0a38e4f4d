import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { Button } from '../../../look/button.tsx';
import { Card, Chip } from '../../../look/card.tsx';
import { ErrorBox } from '../../../look/error-box.tsx';
import { Field } from '../../../look/field.tsx';
import { Heading } from '../../../look/heading.tsx';
import { Icon } from '../../../look/icons.tsx';
import { Loading } from '../../../look/loading.tsx';
import { useTitle } from '../../../look/page.tsx';
import { follow } from '../../../look/route.ts';
import { When } from '../../../look/when.tsx';
import { useConsoleWords } from '../../../words/console.ts';
import { useCallWords, type Words } from '../../../words/console-call.ts';
import { isolated } from '../../../words/isolated.ts';
import './call.css';
import { Cursor } from './cursor.ts';
import { mostLanes } from './layout.ts';
import { NearCursor } from './near-cursor.tsx';
import { Player } from './player.tsx';
import { nameOf, type Timeline } from './timeline.ts';
import { TimelineCanvas } from './timeline-canvas.tsx';
import { useTimeline } from './use-timeline.ts';
import { type View, within, zoomed } from './view.ts';
import { loadWave, type Wave } from './wave.ts';
import { WhyList } from './why-list.tsx';

/** One call, live and afterwards. */
export function CallPage({ id }: { readonly id: string }) {
  const words = useCallWords();
  const { loaded, reload } = useTimeline(id);
  useTitle(words.title);
  if (loaded === 'loading') return <Loading />;
  if (loaded === 'notFound') {
    return (
      <>
        <Back />
        <Heading text={words.notFound} />
        <p className="soft">{words.notFoundHint}</p>
      </>
    );
  }
  if (loaded === 'failed') return <ErrorBox text={words.failed} onAgain={reload} />;
  return <Shown timeline={loaded.timeline} />;
}

function Back() {
  const words = useCallWords();
  return (
    <p>
      <a href="/console/calls" onClick={follow}>
        {words.back}
      </a>
    </p>
  );
}

function Shown({ timeline }: { readonly timeline: Timeline }) {
  const words = useCallWords();
  const { causes } = useConsoleWords();
  const running = timeline.call.state === 'running';
  const now = useNow(running);
  const end = timeline.to ?? Math.max(now, timeline.events.at(-1)?.at ?? 0);
  // What SIP said comes before the first event.
  const begin = Math.min(timeline.from, timeline.signalling[0]?.at ?? timeline.from);
  const all = useMemo<View>(() => around(begin, end), [begin, end]);
  const [chosen, setChosen] = useState<View | null>(null);
  const view = chosen === null ? all : within(chosen, all);
  const cursor = useRef<Cursor | null>(null);
  cursor.current ??= new Cursor(timeline.from);
  const latest = timeline.events.at(-1)?.at;
  useEffect(() => {
    if (running && latest !== undefined) cursor.current?.follow(latest);
  }, [running, latest]);
  const [who, setWho] = useState('');
  const lanes = useMemo(() => {
    const wanted = who.trim().toLowerCase();
    return wanted === ''
      ? timeline.lanes
      : timeline.lanes.filter((lane) => `${lane.name} ${lane.number}`.toLowerCase().includes(wanted));
  }, [timeline.lanes, who]);
  const wave = useWave(timeline);
  const canvas = useRef<HTMLCanvasElement | null>(null);
  const keepCanvas = useCallback((element: HTMLCanvasElement | null) => {
    canvas.current = element;
  }, []);
  const seen = useRef({ view, all });
  seen.current = { view, all };
  const show = useCallback((at: number): void => {
    cursor.current?.set(at);
    const { view: now, all: whole } = seen.current;
    if (at >= now.from && at <= now.to) return;
    const half = (now.to - now.from) / 2;
    setChosen(within({ from: at - half, to: at + half }, whole));
  }, []);
  const zoom = (factor: number): void => setChosen(zoomed(view, factor, middleOr(cursor.current!.at, view), all));
  const { id } = timeline.call;
  const address = `/admin/v1/calls/${encodeURIComponent(id)}`;

  return (
    <>
      <Back />
      <div className="call-head">
        <div>
          <Heading text={titleOf(timeline, words)} />
          <p className="soft">
            <When at={timeline.from} date /> · {words.lasted(Math.round((end - timeline.from) / 1000))} ·{' '}
            {words.people(timeline.lanes.length)} · <code>{id}</code>
          </p>
        </div>
        <span className="acts-row">
          {running ? (
            <Chip tone="live">{words.running}</Chip>
          ) : (
            <Chip>{words.ended(causes[timeline.call.cause ?? ''] ?? timeline.call.cause ?? '')}</Chip>
          )}
        </span>
      </div>
      <WhyList timeline={timeline} onShow={show} />
      <Card
        title={words.timeline}
        aside={
          <span className="acts-row">
            <Button small onPress={() => zoom(1.8)} aria-label={words.zoomIn}>
              +
            </Button>
            <Button small onPress={() => zoom(1 / 1.8)} aria-label={words.zoomOut}>
              −
            </Button>
            <Button small onPress={() => setChosen(null)}>
              {words.whole}
            </Button>
            <a className="button small plain" href={`${address}/signalling.pcap`} download={`${id}.pcap`}>
              <Icon name="download" /> pcap
            </a>
            <Button small icon="download" onPress={() => savePicture(canvas.current, id)}>
              PNG
            </Button>
            <a className="button small plain" href={`${address}/timeline?samples=10000`} download={`${id}.json`}>
              <Icon name="download" /> JSON
            </a>
          </span>
        }
      >
        {timeline.lanes.length > 12 ? (
          <Field label={words.findParticipant} value={who} onText={setWho} type="search" maxLength={80} />
        ) : null}
        {lanes.length > mostLanes ? <p className="warning">{words.tooMany(mostLanes, lanes.length)}</p> : null}
        <Player timeline={timeline} cursor={cursor.current} onShow={show} />
        <TimelineCanvas
          timeline={timeline}
          lanes={lanes}
          wave={wave}
          all={all}
          view={view}
          cursor={cursor.current}
          onView={setChosen}
          onCanvas={keepCanvas}
        />
        <Legend />
      </Card>
      <Card title={words.details}>
        <NearCursor timeline={timeline} cursor={cursor.current} onShow={show} />
      </Card>
    </>
  );
}

function Legend() {
  const words = useCallWords();
  const kinds = ['present', 'talking', 'hold', 'muted', 'ringing', 'level', 'loss', 'jitter', 'mos', 'digits'] as const;
  return (
    <ul className="call-legend">
      {kinds.map((kind) => (
        <li key={kind}>
          <span className={`call-key ${kind}`} aria-hidden="true" />
          {words.legend[kind]}
        </li>
      ))}
    </ul>
  );
}

function titleOf({ call }: Timeline, words: Words): string {
  if (call.conference !== null)
    return words.conference(call.conference.name, `${call.conference.extension}*${call.conference.number}`);
  if (call.from !== null && call.to !== null) return `${isolated(nameOf(call.from))} → ${isolated(nameOf(call.to))}`;
  if (call.kind === 'attempt' || call.kind === 'refusedInvite') return words.refusedCall;
  return words.title;
}

/** A little more than the call itself, so that nothing stands at the edge. */
function around(from: number, to: number): View {
  const margin = Math.max(40, (to - from) * 0.02);
  return { from: from - margin, to: Math.max(to, from + 200) + margin };
}

/** Where it is seen, the cursor; else the middle. */
function middleOr(at: number, { from, to }: View): number {
  return at >= from && at <= to ? at : (from + to) / 2;
}

/** The time, every half second while it matters. */
function useNow(running: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!running) return;
    const timer = window.setInterval(() => setNow(Date.now()), 500);
    return () => window.clearInterval(timer);
  }, [running]);
  return now;
}

function useWave({ recordings }: Timeline): Wave | null {
  const first = recordings[0];
  const path = first?.path;
  const startedAt = first?.startedAt ?? 0;
  const [wave, setWave] = useState<Wave | null>(null);
  useEffect(() => {
    setWave(null);
    if (path === undefined) return;
    let over = false;
    loadWave(path, startedAt).then(
      (found) => {
        if (!over) setWave(found);
      },
      () => {},
    );
    return () => {
      over = true;
    };
  }, [path, startedAt]);
  return wave;
}

function savePicture(canvas: HTMLCanvasElement | null, id: string): void {
  canvas?.toBlob((blob) => {
    if (blob === null) return;
    const link = document.createElement('a');
    link.href = URL.createObjectURL(blob);
    link.download = `${id.replace(/[^0-9A-Za-z._-]/g, '_')}.png`;
    link.click();
    URL.revokeObjectURL(link.href);
  }, 'image/png');
}
