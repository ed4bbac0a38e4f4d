import { Button } from '../../../look/button.tsx';
import { Card, Empty } from '../../../look/card.tsx';
import { ErrorBox } from '../../../look/error-box.tsx';
import { Heading } from '../../../look/heading.tsx';
import { Loading } from '../../../look/loading.tsx';
import { Table } from '../../../look/table.tsx';
import { useToast } from '../../../look/toast.tsx';
import { When } from '../../../look/when.tsx';
import { WithWords } from '../../../look/with-words.tsx';
import { useConsoleWords } from '../../../words/console.ts';
import { recordWords, useRecordWords } from '../../../words/console-records.ts';
import { isolated } from '../../../words/isolated.ts';
import { Refusal, useAdministration } from '../use-administration.ts';
import { useAsked } from '../use-asked.ts';

interface Registration {
  readonly extension: string;
  readonly name: string;
  readonly agent: string;
  readonly contact: string;
  readonly expiresAt: string;
}

interface Ban {
  readonly id: string;
  readonly source: string;
  readonly username: string | null;
  readonly until: string;
}

interface SecurityEvent {
  readonly id: string;
  readonly at: string;
  readonly type: string;
}

const everyMs = 5000;

/** `/console/security`: which phones are registered, who is banned, and what was noticed. */
export function SecuritySection() {
  return (
    <WithWords of={recordWords}>
      <Security />
    </WithWords>
  );
}

function Security() {
  const words = useRecordWords();
  return (
    <>
      <Heading text={useConsoleWords().security} />
      <Card title={words.registrations}>
        <Registrations />
      </Card>
      <Card title={words.bans}>
        <Bans />
      </Card>
      <Card title={words.securityEvents}>
        <Events />
      </Card>
    </>
  );
}

function Registrations() {
  const words = useRecordWords();
  const { again, answer, failed } = useAsked<{ items: Registration[] }>('/registrations', everyMs);
  if (failed) return <ErrorBox text={words.failed} onAgain={again} />;
  if (answer === null) return <Loading />;
  return (
    <Table
      caption={words.listOf(words.registrations)}
      rows={answer.items}
      keyOf={({ contact, extension }) => `${extension} ${contact}`}
      empty={<Empty title={words.noRegistrations} hint={words.noRegistrationsHint} />}
      columns={[
        { key: 'extension', title: words.extension, cell: ({ extension, name }) => `${extension} ${name}` },
        { key: 'agent', title: words.phone, cell: ({ agent }) => agent },
        { key: 'contact', title: words.contact, cell: ({ contact }) => contact },
        { key: 'until', title: words.until, cell: ({ expiresAt }) => <When at={expiresAt} /> },
      ]}
    />
  );
}

function Bans() {
  const words = useRecordWords();
  const { ask } = useAdministration();
  const say = useToast();
  const { again, answer, failed } = useAsked<{ bans: Ban[] }>('/bans', everyMs);
  if (failed) return <ErrorBox text={words.failed} onAgain={again} />;
  if (answer === null) return <Loading />;
  const lift = async (id: string): Promise<void> => {
    try {
      await ask('DELETE', `/bans/${encodeURIComponent(id)}`);
      say(words.lifted, 'good');
    } catch (error) {
      say(error instanceof Refusal ? error.message || words.failed : words.away, 'bad');
    }
    again();
  };
  return (
    <Table
      caption={words.listOf(words.bans)}
      rows={answer.bans}
      keyOf={({ id }) => id}
      empty={<Empty title={words.noBans} hint={words.noBansHint} />}
      columns={[
        { key: 'user', title: words.user, cell: ({ username }) => username ?? '' },
        { key: 'source', title: words.address, cell: ({ source }) => source },
        { key: 'until', title: words.until, cell: ({ until }) => <When at={until} date /> },
        {
          key: 'do',
          title: words.acts,
          cell: ({ id, source, username }) => (
            <Button
              small
              aria-label={`${words.lift}: ${username === null ? '' : `${username}, `}${source}`}
              onPress={() => void lift(id)}
            >
              {words.lift}
            </Button>
          ),
        },
      ]}
    />
  );
}

function Events() {
  const words = useRecordWords();
  const { again, answer, failed } = useAsked<{ events: SecurityEvent[] }>('/security-events?limit=50', everyMs);
  if (failed) return <ErrorBox text={words.failed} onAgain={again} />;
  if (answer === null) return <Loading />;
  return (
    <Table
      caption={words.listOf(words.securityEvents)}
      rows={answer.events}
      keyOf={({ id }) => id}
      empty={<Empty title={words.noEvents} />}
      columns={[
        { key: 'when', title: words.when, cell: ({ at }) => <When at={at} date /> },
        { key: 'what', title: words.what, cell: ({ type }) => words.events[type] ?? type },
        { key: 'details', title: words.details, cell: detailsOf },
      ]}
    />
  );
}

function detailsOf({ at: _at, id: _id, type: _type, ...details }: SecurityEvent): string {
  return Object.entries(details)
    .flatMap(([key, value]) => (value === null || value === undefined ? [] : [`${key}: ${isolated(String(value))}`]))
    .join(', ');
}
