import { CommandError, exitCodes } from '../command.ts';

/**
 * Who runs the server is shown what all organizations have: the one that is meant, where there is one. `nameOf`: how it
 * is named whoever else has the same, and what it is. Throws CommandError where there are several.
 */
export function onlyOne<One>(
  what: string,
  given: string,
  found: readonly One[],
  nameOf: (one: One) => readonly [whole: string, what: string],
): One | undefined {
  if (found.length < 2) return found[0];
  const names = found.map((one) => {
    const [whole, said] = nameOf(one);
    return `${whole} (${said})`;
  });
  throw new CommandError(exitCodes.no, `there are several ${what} ${given}: ${names.join(', ')}`, 'name one so');
}
