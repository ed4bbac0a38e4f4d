import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ask } from './answer.ts';
import type { LoadOrder, LoadReport } from './rtp-load.ts';

const entry = fileURLToPath(new URL('./rtp-load.ts', import.meta.url));

/** The load process seen from the benchmark: one order at a time. */
export class Phones {
  readonly #child: ChildProcess;
  /** Where the phones receive. */
  readonly ports: readonly number[];

  private constructor(child: ChildProcess, ports: readonly number[]) {
    this.#child = child;
    this.ports = ports;
  }

  static async open(count: number): Promise<Phones> {
    const child = fork(entry, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    return new Phones(child, (await ask<LoadOrder>(child, { do: 'open', count })) as number[]);
  }

  /** Every phone sends from now on; those in `talkers` speak. */
  async start(ports: readonly number[], talkers: readonly number[]): Promise<void> {
    await ask<LoadOrder>(this.#child, { do: 'start', ports, talkers });
  }

  /** Talkers fall silent; of each pair the first sends pulses and the second times them. */
  async pulse(pairs: readonly (readonly [number, number])[]): Promise<void> {
    await ask<LoadOrder>(this.#child, { do: 'pulse', pairs });
  }

  /** Counts from zero. */
  async reset(): Promise<void> {
    await ask<LoadOrder>(this.#child, { do: 'reset' });
  }

  async report(): Promise<LoadReport> {
    return (await ask<LoadOrder>(this.#child, { do: 'report' })) as LoadReport;
  }

  close(): void {
    this.#child.send({ do: 'close' } satisfies LoadOrder, () => {});
  }
}
