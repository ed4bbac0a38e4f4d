/** A line that stands deeper or less deep than anything it could belong to. */
export interface Misplaced {
  /** From 1. */
  readonly line: number;
  /** From 1: where its text begins. */
  readonly column: number;
  /** How many spaces would fit, ascending. */
  readonly fitting: readonly number[];
}

/**
 * The first line of `text`, as far as `lastLine`, whose indentation fits none of what stands above it. For text that is
 * no YAML anyway: the parser stumbles over wrong indentation in many ways and seldom at the line itself. Tabs, and
 * whatever is inside brackets or in a text of several lines, are left to the parser.
 */
export function misplacedLine(text: string, lastLine: number): Misplaced | null {
  /** Of the sections that are open, outermost first. */
  let open: number[] = [];
  let opened = true;
  let brackets = 0;
  for (const [at, whole] of text.split(/\r?\n/).slice(0, lastLine).entries()) {
    const line = withoutStrings(whole).replace(/(^|\s)#.*$/, '');
    const trimmed = line.trim();
    if (trimmed === '' || trimmed === '---') continue;
    const inside = brackets > 0;
    brackets += count(line, /[{[]/g) - count(line, /[}\]]/g);
    if (inside) continue;
    const indentation = line.length - line.trimStart().length;
    if (line.slice(0, indentation).includes('\t')) return null;
    const deepest = open.at(-1) ?? -1;
    const fits = indentation > deepest ? opened : open.includes(indentation);
    if (!fits) return { line: at + 1, column: indentation + 1, fitting: open };
    open = open.filter((one) => one < indentation);
    open.push(indentation);
    // Behind `- ` a section begins within the line.
    const dashes = /^(?:- +)+/.exec(trimmed)?.[0].length ?? 0;
    if (dashes > 0 && dashes < trimmed.length) open.push(indentation + dashes);
    if (/(?::|^-|\s-)$/.test(trimmed)) opened = true;
    else if (/[|>][-+0-9]*$/.test(trimmed)) return null;
    else opened = false;
  }
  return null;
}

/** Quoted text says nothing of the structure. */
function withoutStrings(line: string): string {
  return line.replace(/"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'/g, (text) => '_'.repeat(text.length));
}

function count(line: string, what: RegExp): number {
  return line.match(what)?.length ?? 0;
}
