import { useState } from 'react';
import { Button } from '../../../look/button.tsx';
import { Card, Empty } from '../../../look/card.tsx';
import { ErrorBox } from '../../../look/error-box.tsx';
import { Field } from '../../../look/field.tsx';
import { Heading } from '../../../look/heading.tsx';
import { Loading } from '../../../look/loading.tsx';
import { go } from '../../../look/route.ts';
import { Select } from '../../../look/select.tsx';
import { Table } from '../../../look/table.tsx';
import { useToast } from '../../../look/toast.tsx';
import { WithWords } from '../../../look/with-words.tsx';
import { useConsoleWords } from '../../../words/console.ts';
import { recordWords, useRecordWords } from '../../../words/console-records.ts';
import { Refusal, useAdministration } from '../use-administration.ts';
import { useAsked } from '../use-asked.ts';
import '../records/records.css';

interface Carrier {
  readonly running: boolean;
  readonly numbers: readonly { readonly number: string; readonly does: string }[];
}

interface Conferences {
  readonly items: readonly { readonly extension: string; readonly number: number | string; readonly name?: string }[];
}

/** `n` stands for how many seconds: two are enough to see it. */
const seconds = /n$/;

/** `/console/sandbox`: phones of the carrier in the box, to ring into a conference and see what becomes of it. */
export function SandboxSection() {
  return (
    <WithWords of={recordWords}>
      <Heading text={useConsoleWords().sandbox} />
      <Sandbox />
    </WithWords>
  );
}

function Sandbox() {
  const words = useRecordWords();
  const carrier = useAsked<Carrier>('/sandbox');
  const conferences = useAsked<Conferences>('/conferences?limit=200');
  if (carrier.failed || conferences.failed) {
    const again = (): void => {
      carrier.again();
      conferences.again();
    };
    return <ErrorBox text={words.failed} onAgain={again} />;
  }
  if (carrier.answer === null || conferences.answer === null) return <Loading />;
  if (conferences.answer.items.length === 0) {
    return <Empty title={words.noConferences} hint={words.noConferencesHint} />;
  }
  return <Ring carrier={carrier.answer} conferences={conferences.answer} />;
}

function Ring({ carrier, conferences }: { readonly carrier: Carrier; readonly conferences: Conferences }) {
  const words = useRecordWords();
  const { ask } = useAdministration();
  const say = useToast();
  const options = conferences.items.map(({ extension, name, number }) => {
    const value = `${extension}*${number}`;
    return { value, text: name === undefined || name === '' ? value : `${name} (${value})` };
  });
  const [into, setInto] = useState(options[0]?.value ?? '');
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState<string | null>(null);
  const ring = async (number: string): Promise<void> => {
    setBusy(number);
    try {
      const { call } = await ask<{ call: string }>('POST', '/invitations', { conference: into, number });
      say(words.rings(number), 'good');
      go(`/console/calls/${call}`);
    } catch (error) {
      say(error instanceof Refusal ? error.message || words.failed : words.away, 'bad');
    }
    setBusy(null);
  };
  return (
    <>
      <Card title={words.ringInto}>
        <div className="record-form">
          <Select label={words.ringConference} value={into} options={options} onChoose={setInto} />
          <form
            className="ring-number"
            onSubmit={(event) => {
              event.preventDefault();
              if (typed.trim() !== '') void ring(typed.trim());
            }}
          >
            <Field
              label={words.anyNumber}
              value={typed}
              onText={setTyped}
              type="tel"
              maxLength={64}
              autoComplete="off"
            />
            <Button submits icon="phone" busy={busy !== null && busy === typed.trim()}>
              {words.ring}
            </Button>
          </form>
        </div>
      </Card>
      <Card title={words.sandboxPhones}>
        <Table
          caption={words.listOf(words.sandboxPhones)}
          rows={carrier.numbers.filter(({ number }) => !number.includes('…'))}
          keyOf={({ number }) => number}
          empty={<Empty title={words.sandboxOff} hint={words.sandboxOffHint} />}
          columns={[
            { key: 'number', title: words.number, cell: ({ number }) => <span className="number">{number}</span> },
            { key: 'does', title: words.does, cell: ({ does, number }) => words.sandboxDoes(number) ?? does },
            {
              key: 'ring',
              title: words.acts,
              cell: ({ number }) => {
                const dialled = number.replace(seconds, '2');
                return (
                  <Button
                    small
                    icon="phone"
                    busy={busy === dialled}
                    aria-label={`${words.ring}: ${dialled}`}
                    onPress={() => void ring(dialled)}
                  >
                    {words.ring}
                  </Button>
                );
              },
            },
          ]}
        />
      </Card>
    </>
  );
}
