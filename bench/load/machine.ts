/** What `npm test` measures of the machine, too. */
interface Pace {
  readonly others: number;
  readonly stolen: number;
}

const { watchPace, paceInWords } = (await import(new URL('../../scripts/pace.mjs', import.meta.url).href)) as {
  readonly watchPace: () => () => Pace;
  readonly paceInWords: (pace: Pace) => string;
};

/** Shares of all processors that others may have while something is measured. */
const mostOthers = 0.05;
const mostStolen = 0.02;

/** Watches until the returned function is called, which says how much of the machine others had. */
export function watchMachine(): () => { readonly words: string; readonly busy: boolean } {
  const end = watchPace();
  return () => {
    const pace = end();
    return { words: paceInWords(pace), busy: pace.others > mostOthers || pace.stolen > mostStolen };
  };
}
