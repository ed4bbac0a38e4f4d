import { Chip } from '../../../look/card.tsx';
import { useConsoleWords } from '../../../words/console.ts';

const well: readonly string[] = ['normal', 'transfer', 'conference', 'joined'];

/** How a call ended, in words; what did not go as it should is seen to. */
export function CauseChip({ cause }: { readonly cause: string }) {
  const { causes } = useConsoleWords();
  return <Chip {...(well.includes(cause) ? {} : { tone: 'warn' as const })}>{causes[cause] ?? cause}</Chip>;
}
