import { silentLog } from '../../base/log.ts';
import { SeededRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { MediaProcess, type MediaProcessOptions } from '../process/media-process.ts';
import { MemoryPeer, memoryTransports } from './memory-transport.ts';

type Test = { after(done: () => void): void };

/** A media process in virtual time that takes no processor time, with legs to peers in memory; closed with the test. */
export function memoryProcess(t: Test, peers: Record<string, MemoryPeer>, more: Partial<MediaProcessOptions> = {}) {
  const clock = new VirtualClock();
  const media = new MediaProcess({
    rtpPorts: { from: 2, to: 3 },
    promptsRoot: '.',
    mediaTimeoutMs: 60_000,
    clock,
    random: new SeededRandom(1),
    log: silentLog,
    transports: memoryTransports(peers),
    usage: () => ({ processorMs: 0, activeMs: 0, commandsMs: 0 }),
    notify: () => {},
    ...more,
  });
  t.after(() => media.close());
  return { clock, media };
}

/** A leg to this peer, in the room `room`. */
export async function callIn(media: MediaProcess, leg: string, peer: MemoryPeer): Promise<void> {
  await media.openLeg({ leg, cname: leg, transport: MemoryPeer.request(leg) });
  await media.configureLeg({ leg, ...peer.configuration });
  media.joinRoom({ leg, room: 'room' });
}
