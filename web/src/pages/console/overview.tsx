import type { ReactNode } from 'react';
import { Card, Chip, Empty } from '../../look/card.tsx';
import { ErrorBox } from '../../look/error-box.tsx';
import { Heading } from '../../look/heading.tsx';
import { Loading } from '../../look/loading.tsx';
import { follow } from '../../look/route.ts';
import { When } from '../../look/when.tsx';
import { useConsoleWords } from '../../words/console.ts';
import { isolated } from '../../words/isolated.ts';
import { CauseChip } from './calls/cause-chip.tsx';
import { type WhoWasInIt, whoOf } from './calls/who.ts';
import { useAsked } from './use-asked.ts';
import './overview.css';

interface Live {
  readonly conferences: readonly {
    readonly id: string;
    readonly createdAt: string;
    readonly conference: { readonly name: string; readonly extension: string; readonly number: string } | null;
    readonly connections: readonly object[];
  }[];
  /** In all, also of those that are not listed here. */
  readonly count: number;
  readonly participants: number;
}

interface Ended {
  readonly calls: readonly (WhoWasInIt & { readonly id: string; readonly startedAt: string; readonly cause: string })[];
}

const everyMs = 5000;
const mostListed = 8;

/** What is seen first: who talks now, what ended last, who can be called. */
export function Overview() {
  const words = useConsoleWords();
  const live = useAsked<Live>(`/conferences/live?limit=${mostListed}`, everyMs);
  const ended = useAsked<Ended>('/calls?recent=true&limit=8', everyMs);
  const phones = useAsked<{ items: readonly object[] }>('/registrations', everyMs);
  const bans = useAsked<{ bans: readonly object[] }>('/bans', everyMs);
  const failed = [live, ended, phones, bans].filter((one) => one.failed);
  const conferences = live.answer?.conferences ?? null;
  return (
    <>
      <Heading text={words.overview} />
      {failed.length === 0 ? null : (
        <ErrorBox
          text={words.overviewFailed}
          onAgain={() => {
            for (const one of failed) one.again();
          }}
        />
      )}
      <div className="overview-figures">
        <Figure href="/console/live" title={words.live} value={live.answer?.count} />
        <Figure href="/console/live" title={words.participants} value={live.answer?.participants} />
        <Figure href="/console/security" title={words.registeredPhones} value={phones.answer?.items.length} />
        <Figure href="/console/security" title={words.bansNow} value={bans.answer?.bans.length} />
      </div>
      <Card title={words.live}>
        <List
          items={conferences?.map(({ conference, connections, createdAt, id }) => (
            <li key={id}>
              <a href={`/console/calls/${id}`} onClick={follow}>
                {conference === null || conference.name === '' ? id : conference.name}
              </a>
              <Chip tone="live">{words.people(connections.length)}</Chip>
              <span className="soft">
                {words.since} <When at={createdAt} />
              </span>
            </li>
          ))}
          empty={<Empty title={words.nobodyTalks} hint={words.nobodyTalksHint} />}
        />
        {live.answer !== null && live.answer.count > mostListed ? (
          <p>
            <a href="/console/live" onClick={follow}>
              {words.moreLive(live.answer.count - mostListed)}
            </a>
          </p>
        ) : null}
      </Card>
      <Card title={words.lastCalls}>
        <List
          items={ended.answer?.calls.map(({ cause, id, startedAt, ...call }) => (
            <li key={id}>
              <a href={`/console/calls/${id}`} onClick={follow}>
                <When at={startedAt} date />
              </a>
              <span>{whoOf(call, (name, number) => (name === '' ? number : `${isolated(name)} (${number})`))}</span>
              <CauseChip cause={cause} />
            </li>
          ))}
          empty={<Empty title={words.noCallsYet} />}
        />
      </Card>
    </>
  );
}

/** `value` undefined: not known yet. */
function Figure({ href, title, value }: { href: string; title: string; value: number | undefined }) {
  return (
    <a className="overview-figure" href={href} onClick={follow}>
      <strong className="number">{value ?? '–'}</strong>
      <span>{title}</span>
    </a>
  );
}

function List({ empty, items }: { items: readonly ReactNode[] | undefined; empty: ReactNode }) {
  if (items === undefined) return <Loading />;
  return items.length === 0 ? empty : <ul className="overview-list">{items}</ul>;
}
