import type { ChildProcess } from 'node:child_process';

/** The next that a forked process of a benchmark says. Rejects when it ends before. */
export function answerOf(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const died = (code: number | null) => reject(new Error(`a process of the benchmark ended (${code})`));
    child.once('exit', died);
    child.once('message', (answer) => {
      child.off('exit', died);
      resolve(answer);
    });
  });
}

/** What it says to an order: one at a time. */
export function ask<Order extends object>(child: ChildProcess, order: Order): Promise<unknown> {
  const answer = answerOf(child);
  child.send(order);
  return answer;
}
