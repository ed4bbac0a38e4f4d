/**
 * What a form lists: also who or what was chosen and has gone while it was open. A browser would show the first of the
 * others as chosen, which is not what would be asked for.
 */
export function listedWith(choices: readonly string[], chosen: string): readonly string[] {
  return chosen === '' || choices.includes(chosen) ? choices : [chosen, ...choices];
}
