import { Button } from '../../../look/button.tsx';
import { Card, Chip, Empty, type Tone } from '../../../look/card.tsx';
import { ErrorBox } from '../../../look/error-box.tsx';
import { Heading } from '../../../look/heading.tsx';
import { Loading } from '../../../look/loading.tsx';
import { Table } from '../../../look/table.tsx';
import { useToast } from '../../../look/toast.tsx';
import { When } from '../../../look/when.tsx';
import { WithWords } from '../../../look/with-words.tsx';
import { useConsoleWords } from '../../../words/console.ts';
import { recordWords, useRecordWords } from '../../../words/console-records.ts';
import { Refusal, useAdministration } from '../use-administration.ts';
import { useAsked } from '../use-asked.ts';

interface Delivery {
  readonly id: string;
  readonly state: string;
  readonly subscription: { readonly id: string; readonly url: string; readonly method: string } | null;
  readonly at: string;
  readonly attempts: number;
  readonly lastStatus: number | string | null;
  readonly nextAttemptAt: string | null;
}

interface Webhook {
  readonly id: string;
  readonly url: string;
  readonly extension: string | null;
  readonly event: string;
  readonly app: string | null;
  readonly enabled: boolean;
  readonly note: string;
  readonly createdAt: string;
}

const everyMs = 3000;
const tones: Readonly<Record<string, Tone>> = { delivered: 'good', givenUp: 'bad', dropped: 'warn', waiting: 'live' };

/** `/console/webhooks`: what was told to whom, and what still waits. */
export function WebhooksSection() {
  return (
    <WithWords of={recordWords}>
      <Webhooks />
    </WithWords>
  );
}

function Webhooks() {
  return (
    <>
      <Heading text={useConsoleWords().webhooks} />
      <Subscribers />
      <Deliveries />
    </>
  );
}

/** Apps make them, with their interface. */
function Subscribers() {
  const words = useRecordWords();
  const { again, answer, failed } = useAsked<{ webhooks: Webhook[] }>('/webhooks', everyMs);
  if (failed) return <ErrorBox text={words.failed} onAgain={again} />;
  if (answer === null) return <Loading />;
  return (
    <Card title={words.subscribers}>
      <Table
        caption={words.listOf(words.subscribers)}
        rows={answer.webhooks}
        keyOf={({ id }) => id}
        empty={<Empty title={words.noSubscribers} hint={words.noDeliveriesHint} />}
        columns={[
          { key: 'to', title: words.receiver, cell: ({ note, url }) => (note === '' ? url : `${url} (${note})`) },
          { key: 'extension', title: words.extension, cell: ({ extension }) => extension ?? '' },
          { key: 'event', title: words.toldOf, cell: ({ event }) => words.toldOfEvents[event] ?? event },
          { key: 'app', title: words.app, cell: ({ app }) => app ?? '' },
          {
            key: 'on',
            title: words.switched,
            cell: ({ enabled }) => <Chip tone={enabled ? 'good' : 'warn'}>{enabled ? words.on : words.off}</Chip>,
          },
          { key: 'made', title: words.made, cell: ({ createdAt }) => <When at={createdAt} date /> },
        ]}
      />
    </Card>
  );
}

function Deliveries() {
  const words = useRecordWords();
  const { ask } = useAdministration();
  const say = useToast();
  const { again, answer, failed } = useAsked<{ waiting: number; deliveries: Delivery[] }>(
    '/webhook-deliveries?limit=100',
    everyMs,
  );
  if (failed) return <ErrorBox text={words.failed} onAgain={again} />;
  if (answer === null) return <Loading />;
  const retry = async (id: string): Promise<void> => {
    try {
      await ask('POST', `/webhook-deliveries/${encodeURIComponent(id)}/retry`, {});
      say(words.retried, 'good');
    } catch (error) {
      say(error instanceof Refusal ? error.message || words.failed : words.away, 'bad');
    }
    again();
  };
  return (
    <Card title={words.deliveries} aside={<Chip>{words.waiting(answer.waiting)}</Chip>}>
      <Table
        caption={words.listOf(words.deliveries)}
        rows={answer.deliveries}
        keyOf={({ id }) => id}
        empty={<Empty title={words.noDeliveries} />}
        columns={[
          { key: 'when', title: words.when, cell: ({ at }) => <When at={at} date /> },
          { key: 'to', title: words.receiver, cell: ({ subscription }) => subscription?.url ?? '' },
          {
            key: 'state',
            title: words.state,
            cell: ({ state }) => <Chip {...toneOf(state)}>{words.states[state] ?? state}</Chip>,
          },
          { key: 'attempts', title: words.attempts, number: true, cell: ({ attempts }) => attempts },
          { key: 'status', title: words.lastStatus, cell: ({ lastStatus }) => lastStatus ?? '' },
          {
            key: 'next',
            title: words.nextAttempt,
            cell: ({ nextAttemptAt }) => (nextAttemptAt === null ? '' : <When at={nextAttemptAt} />),
          },
          {
            key: 'do',
            title: words.acts,
            cell: ({ id, state, subscription }) =>
              state !== 'waiting' && state !== 'givenUp' ? null : (
                <Button small aria-label={`${words.retry}: ${subscription?.url ?? id}`} onPress={() => void retry(id)}>
                  {words.retry}
                </Button>
              ),
          },
        ]}
      />
    </Card>
  );
}

function toneOf(state: string): { tone: Tone } | Record<string, never> {
  const tone = tones[state];
  return tone === undefined ? {} : { tone };
}
