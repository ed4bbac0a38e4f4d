/** The thread that writes recordings: it may wait for the disk, the sound may not. */
import { constants, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { RecordingFiles } from './recording-files.ts';
import type { RecordingOrder, RecordingReport } from './recording-orders.ts';

const port = parentPort!;
const recordings = new Map<string, RecordingFiles>();

// A thread begins with the priority of the one that started it, which is above ordinary work.
try {
  setPriority(constants.priority.PRIORITY_NORMAL);
} catch {}

function perform(order: RecordingOrder): RecordingReport {
  const { recording } = order;
  try {
    switch (order.do) {
      case 'open':
        recordings.set(recording, new RecordingFiles(order.folder, order.rate));
        return { did: 'open', recording };
      case 'write':
        recordings.get(recording)?.write(order.block);
        return { did: 'write', recording };
      case 'close': {
        const files = recordings.get(recording);
        recordings.delete(recording);
        return { did: 'close', recording, recorded: files?.close() ?? null };
      }
    }
  } catch (error) {
    recordings.delete(recording);
    return { did: 'fail', recording, order: order.do, reason: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'the disk is full';
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return 'the folder is not writable';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

port.on('message', (order: RecordingOrder) => port.postMessage(perform(order)));
