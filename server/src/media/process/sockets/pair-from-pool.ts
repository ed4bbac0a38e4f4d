import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../../base/clock.ts';
import { CommandError } from '../../channel/protocol.ts';
import type { PortPool } from './port-pool.ts';

/** So many pairs that were found taken only just are tried again before a leg is refused. */
const mostAgain = 16;
/** After so many taken pairs in a row the media's tick gets its turn. */
const triesInARow = 32;

/**
 * The first pair of the pool that `bind` can have (null: taken by somebody else), with its even port. Throws
 * CommandError `exhausted` when there is none.
 */
export async function pairFromPool<Pair>(
  address: string,
  ports: PortPool,
  clock: Clock,
  bind: (port: number) => Pair | null | Promise<Pair | null>,
): Promise<{ readonly port: number; readonly pair: Pair }> {
  const nowMs = clock.monotonic();
  let again = mostAgain;
  for (let tries = 1; ; tries++) {
    // `take` ends: what is found taken now is not given again at this time.
    const port = ports.take(nowMs) ?? (again-- > 0 ? ports.takeAgain() : null);
    if (port === null) break;
    let pair: Pair | null;
    try {
      pair = await bind(port);
    } catch (error) {
      ports.giveBack(port);
      throw error;
    }
    if (pair !== null) {
      ports.tried(true);
      return { port, pair };
    }
    ports.foundTaken(port, nowMs);
    if (tries % triesInARow === 0) await setImmediate();
  }
  ports.tried(false);
  throw new CommandError('exhausted', `no free RTP port pair on ${address}`);
}
