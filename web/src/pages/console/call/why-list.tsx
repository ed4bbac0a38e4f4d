import { Button } from '../../../look/button.tsx';
import { Card, Chip } from '../../../look/card.tsx';
import { useConsoleWords } from '../../../words/console.ts';
import { useCallWords } from '../../../words/console-call.ts';
import type { CallEvent, Timeline, Why } from './timeline.ts';

const tones = { refused: 'warn', failed: 'bad', dropped: 'bad', quality: 'warn' } as const;

/** Why legs were refused, failed or dropped, each with the events that show it. */
export function WhyList({ timeline, onShow }: { readonly timeline: Timeline; readonly onShow: (at: number) => void }) {
  const words = useCallWords();
  const { causes } = useConsoleWords();
  if (timeline.why.length === 0) return null;
  // Both legs of a call that came to nothing have the same sentence.
  const groups = alike(timeline.why);
  const sentenceOf = ({ code, details, sentence }: Why): string => words.why(code, details) ?? sentence;
  return (
    <Card title={words.whyTitle}>
      <ul className="call-why">
        {groups.map(([why, ...others]) =>
          why === undefined ? null : (
            <li key={`${why.callId} ${why.connection} ${why.code}`}>
              <Chip tone={tones[why.kind]}>{words.whyKinds[why.kind]}</Chip>
              <p>{sentenceOf(why)}</p>
              <span className="acts-row">
                {evidenceOf([why, ...others], timeline).map((event) => (
                  <Button
                    key={`${event.callId} ${event.seq}`}
                    small
                    title={words.event(event.says, causes) ?? event.text}
                    onPress={() => onShow(event.at)}
                  >
                    {words.eventNumber(event.seq)}
                  </Button>
                ))}
              </span>
            </li>
          ),
        )}
      </ul>
    </Card>
  );
}

function alike(all: readonly Why[]): Why[][] {
  const groups = new Map<string, Why[]>();
  for (const why of all) {
    const key = `${why.code} ${why.sentence}`;
    groups.set(key, [...(groups.get(key) ?? []), why]);
  }
  return [...groups.values()];
}

const mostShown = 6;

function evidenceOf(group: readonly Why[], { events }: Timeline): CallEvent[] {
  const wanted = new Set(group.flatMap(({ callId, evidence }) => evidence.map((seq) => `${callId} ${seq}`)));
  return events.filter(({ callId, seq }) => wanted.has(`${callId} ${seq}`)).slice(-mostShown);
}
