import { createInterface } from 'node:readline';
import { CommandError, exitCodes, UsageError } from '../command.ts';

export interface Question {
  /** Of the option that answers it, and of the answer. */
  readonly key: string;
  readonly words: string;
  readonly fallback: string;
  /** Null when the answer will do, else what was expected. */
  wrong(answer: string): string | null;
}

/**
 * The answer to each question: what an option gave, else what was typed, else the default. Wrong ones are asked again.
 * Throws UsageError for a wrong option, CommandError when nobody is there to answer.
 */
export async function ask(
  questions: readonly Question[],
  given: Readonly<Record<string, string | boolean | undefined>>,
  { unattended, note }: { unattended: boolean; note(line: string): void },
): Promise<Record<string, string>> {
  const answers: Record<string, string> = {};
  const open: Question[] = [];
  for (const question of questions) {
    const answer = given[question.key];
    if (typeof answer === 'string') answers[question.key] = checked(question, answer);
    else if (unattended) answers[question.key] = question.fallback;
    else open.push(question);
  }
  if (open.length === 0) return answers;
  const typed = createInterface({ input: process.stdin, output: process.stderr });
  const lines = typed[Symbol.asyncIterator]();
  try {
    for (const question of open) answers[question.key] = await answerTo(question, lines, typed, note);
  } finally {
    typed.close();
  }
  return answers;
}

async function answerTo(
  { words, fallback, wrong }: Question,
  lines: AsyncIterator<string>,
  typed: { setPrompt(text: string): void; prompt(): void },
  note: (line: string) => void,
): Promise<string> {
  for (;;) {
    typed.setPrompt(`${words} [${fallback}] `);
    typed.prompt();
    const { value, done } = await lines.next();
    if (done === true) {
      throw new CommandError(exitCodes.usage, 'nobody answers', 'add --yes to take the defaults, or give the options');
    }
    const answer = value.trim() || fallback;
    const expected = wrong(answer);
    if (expected === null) return answer;
    note(`  expected ${expected}`);
  }
}

function checked({ key, wrong }: Question, answer: string): string {
  const expected = wrong(answer);
  if (expected !== null) throw new UsageError('init', `--${key}: expected ${expected}`);
  return answer;
}
