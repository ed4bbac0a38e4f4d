import type { Parts } from './parts.ts';
import { RecordingRetention } from './retention/recording-retention.ts';
import { Retention } from './retention/retention.ts';

/** Removes what was kept long enough, from now on until it is closed. */
export function startRetention({
  clock,
  config,
  log,
  store,
  recordingsFolder,
  runtime,
  observation,
}: Parts): Retention {
  const recordings = new RecordingRetention({
    clock,
    log,
    folder: recordingsFolder,
    running: () => runningRecordings(runtime),
  });
  return new Retention({ clock, log, store, recordings, seen: observation, retention: config.retention });
}

function runningRecordings(runtime: Parts['runtime']): Set<string> {
  return new Set(runtime.snapshot().flatMap(({ recordingId }) => (recordingId === null ? [] : [recordingId])));
}
