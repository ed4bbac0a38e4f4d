import type { Say } from '../figure.ts';
import { asterisk } from './asterisk.ts';
import { conferenceBySip } from './conference-by-sip.ts';
import type { Engine } from './engines.ts';
import { foundProgram } from './found-program.ts';
import { freeswitch } from './freeswitch.ts';
import { startedServer } from './started-server.ts';

/**
 * Servers of others that are called by SIP, those that are on this machine; of each other one line says that it is not.
 */
export function peersBySip(say: Say, env = process.env): (() => Promise<Engine>)[] {
  return [asterisk, freeswitch].flatMap((peer) => {
    const found = foundProgram(peer.program, env);
    if ('path' in found) return [async () => conferenceBySip(await startedServer(peer, found.path))];
    say(`without ${peer.name}: ${found.missing}`);
    return [];
  });
}
