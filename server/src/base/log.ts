import { type DestinationStream, type LevelWithSilent, type Logger, pino } from 'pino';

/**
 * The structured log (pino). Bind what a line is about with `child`, e.g. `log.child({ call: id })`, so that every
 * line of a call carries its id. Never pass a PIN, password, token or key; wrap those in a Secret first.
 */
export type Log = Logger;

/** Writes JSON lines to standard error (standard output is for people) or to `destination`. */
export function createLog(level: LevelWithSilent = 'info', destination?: DestinationStream): Log {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination ?? standardError());
}

/** Written behind, so that a reader who is slow holds up nobody; what waits is written before the process ends. */
function standardError(): DestinationStream {
  const destination = pino.destination({ dest: 2, sync: false });
  process.on('exit', () => {
    try {
      destination.flushSync();
    } catch {} // Nobody reads any more.
  });
  return destination;
}

/** A log that writes nothing; for tests. */
export const silentLog: Log = pino({ level: 'silent' });
