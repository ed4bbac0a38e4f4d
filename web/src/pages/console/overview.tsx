import { Empty } from '../../look/card.tsx';
import { Heading } from '../../look/heading.tsx';
import { useConsoleWords } from '../../words/console.ts';

/** What is seen first. */
export function Overview() {
  const words = useConsoleWords();
  return (
    <>
      <Heading text={words.overview} />
      <Empty title={words.overviewEmpty} hint={words.overviewEmptyHint} />
    </>
  );
}
