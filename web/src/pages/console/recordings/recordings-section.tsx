import { useState } from 'react';
import { Button } from '../../../look/button.tsx';
import { Empty } from '../../../look/card.tsx';
import { Dialog } from '../../../look/dialog.tsx';
import { ErrorBox } from '../../../look/error-box.tsx';
import { Heading } from '../../../look/heading.tsx';
import { Loading } from '../../../look/loading.tsx';
import { follow } from '../../../look/route.ts';
import { Table } from '../../../look/table.tsx';
import { When } from '../../../look/when.tsx';
import { WithWords } from '../../../look/with-words.tsx';
import { useCommonWords } from '../../../words/common.ts';
import { useConsoleWords } from '../../../words/console.ts';
import { recordWords, useRecordWords } from '../../../words/console-records.ts';
import { useAsked } from '../use-asked.ts';
import { Waveform } from './waveform.tsx';
import '../records/records.css';

interface Recording {
  readonly id: string;
  readonly callId: string;
  readonly state: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
}

const everyMs = 5000;

/** `/console/recordings`: what was recorded, to look at and to hear. */
export function RecordingsSection() {
  return (
    <WithWords of={recordWords}>
      <Recordings />
    </WithWords>
  );
}

function Recordings() {
  const words = useRecordWords();
  const common = useCommonWords();
  const { recordings: title } = useConsoleWords();
  const { again, answer, failed } = useAsked<{ recordings: Recording[] }>('/recordings?limit=200', everyMs);
  const [open, setOpen] = useState<Recording | null>(null);
  const lengthOf = ({ endedAt, startedAt }: Recording): string =>
    endedAt === null ? '' : words.seconds(Math.round((Date.parse(endedAt) - Date.parse(startedAt)) / 1000));
  return (
    <>
      <Heading text={title} />
      {failed ? <ErrorBox text={words.failed} onAgain={again} /> : null}
      {answer === null ? (
        failed ? null : (
          <Loading />
        )
      ) : (
        <Table
          caption={title}
          rows={answer.recordings}
          keyOf={({ id }) => id}
          empty={<Empty title={words.noRecordings} hint={words.noRecordingsHint} />}
          columns={[
            { key: 'when', title: words.recordedAt, cell: ({ startedAt }) => <When at={startedAt} date /> },
            { key: 'length', title: words.length, number: true, cell: lengthOf },
            { key: 'state', title: words.state, cell: ({ state }) => words.recordingStates[state] ?? state },
            {
              key: 'call',
              title: words.call,
              cell: ({ callId }) => (
                <a href={`/console/calls/${callId}`} onClick={follow}>
                  {callId}
                </a>
              ),
            },
            {
              key: 'do',
              title: words.listen,
              cell: (recording) =>
                recording.state === 'stored' ? (
                  <Button small icon="play" onPress={() => setOpen(recording)}>
                    {words.listen}
                  </Button>
                ) : null,
            },
          ]}
        />
      )}
      {open === null ? null : (
        <Dialog title={words.listen} onClose={() => setOpen(null)}>
          <div className="recording-player">
            <Waveform id={open.id} />
            {/* biome-ignore lint/a11y/useMediaCaption: what was said is not written down */}
            <audio controls src={`/admin/v1/recordings/${open.id}/mix.wav`} preload="metadata" />
            <div className="answers">
              <a href={`/admin/v1/recordings/${open.id}/mix.wav`} download={`${open.id}.wav`}>
                {words.download}
              </a>
              <Button onPress={() => setOpen(null)}>{common.close}</Button>
            </div>
          </div>
        </Dialog>
      )}
    </>
  );
}
