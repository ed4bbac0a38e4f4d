import { Worker } from 'node:worker_threads';
import { ConfigError } from '../../config/config-error.ts';
import { unpacked } from './packed.ts';
import type { ReadConfig, ReadingMessage, ReadingOrder, ReadRecord } from './reading-messages.ts';

export interface ReadFile {
  readonly config: ReadConfig | null;
  readonly lines: ReadonlyMap<string, number>;
}

/**
 * Reads the file in a thread of its own. `onRecords` gets its records part by part. Rejects with ConfigError for a
 * mistake in it.
 */
export function readFile(order: ReadingOrder, onRecords: (records: readonly ReadRecord[]) => void): Promise<ReadFile> {
  const worker = new Worker(new URL('./reading-thread.ts', import.meta.url), {
    workerData: order,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 1024 },
  });
  return new Promise((resolve, reject) => {
    let config: ReadConfig | null = null;
    const lines = new Map<string, number>();
    const fail = (error: unknown): void => {
      reject(error as Error);
      void worker.terminate();
    };
    worker.on('message', (given: unknown) => {
      const message = unpacked(given) as ReadingMessage;
      try {
        if (message.kind === 'records') onRecords(message.records);
        else if (message.kind === 'lines') addLines(lines, message.lines);
        else if (message.kind === 'config') config = message.config;
        else {
          const { file, path, expected, place } = message.mistake;
          fail(new ConfigError(file, path, expected, place));
        }
      } catch (error) {
        fail(error);
        return;
      }
      // The next part when everybody else has had a turn.
      setImmediate(() => worker.postMessage('next'));
    });
    worker.on('error', fail);
    worker.on('exit', () => resolve({ config, lines }));
  });
}

function addLines(lines: Map<string, number>, text: string): void {
  for (const row of text === '' ? [] : text.split('\n')) {
    const space = row.lastIndexOf(' ');
    lines.set(row.slice(0, space), Number(row.slice(space + 1)));
  }
}
