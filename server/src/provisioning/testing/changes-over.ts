import type { Clock } from '../../base/clock.ts';
import { silentLog } from '../../base/log.ts';
import type { StreamEvent } from '../../call/model/event-log.ts';
import type { Directory } from '../../directory/directory.ts';
import type { DirectoryStore } from '../../store/store.ts';
import { DirectoryChanges } from '../directory-changes.ts';

interface Over {
  readonly directory: Directory;
  readonly clock: Clock;
  /** What the log says of the directory of organization 3. */
  readonly said?: readonly object[];
  /** As of the store; else nothing is kept. */
  readonly apply?: DirectoryStore['apply'];
}

/** Changes of a directory, begun, whose store has nothing else in it. */
export async function changesOver({ directory, clock, said = [], apply = async () => {} }: Over) {
  const store = { apply, origins: async () => new Map(), settings: async () => new Map() };
  const changes = new DirectoryChanges({
    clock,
    log: silentLog,
    store: store as unknown as DirectoryStore,
    streams: {
      streams: async () =>
        said.length === 0 ? [] : [{ kind: 'directory', id: '3', organizationId: '3', lastSeq: said.length }],
      streamEvents: async () => said as StreamEvent[],
    },
    directory,
  });
  await changes.start();
  return changes;
}
