import { type DestinationStream, type LevelWithSilent, type Logger, pino } from 'pino';
import { standardError } from './output.ts';

/**
 * The structured log (pino). Bind what a line is about with `child`, e.g. `log.child({ call: id })`, so that every
 * line about it carries its id. Never pass a PIN, password, token or key; wrap those in a Secret first.
 */
export type Log = Logger;

/**
 * Writes JSON lines to standard error (standard output is for people) or to `destination`. `mixin`: what each line has
 * besides.
 */
export function createLog(level: LevelWithSilent = 'info', destination?: DestinationStream, mixin?: () => object): Log {
  const options = {
    level,
    base: null,
    ...(mixin === undefined ? {} : { mixin }),
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: errorShown },
  };
  return pino(options, destination ?? standardError());
}

/**
 * What is known to happen (a full disk, a peer that is gone, a caller's mistake) is told without the place in our code.
 */
function errorShown(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { code, failure } = error as { code?: unknown; failure?: unknown };
  if (code === undefined && failure === undefined) return pino.stdSerializers.err(error);
  return { type: error.name, message: error.message, ...(code === undefined ? {} : { code }) };
}

/** A log that writes nothing; for tests. */
export const silentLog: Log = pino({ level: 'silent' });
