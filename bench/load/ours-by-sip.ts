import { PartylineServer, testOrganization } from '../../server/test/peers/partyline.ts';
import { conferenceBySip } from './conference-by-sip.ts';
import type { Engine } from './engines.ts';

const extension = '209';
const roomSize = 4000;

/** Conferences that are entered at once, with nothing said or played. */
function configuration(rooms: number): Record<string, unknown> {
  const conferences = Array.from({ length: rooms }, (_, room) => ({
    number: room + 1,
    name: `Room ${room + 1}`,
    roomSize,
    musicWhileAlone: false,
    announceCount: false,
    entryTone: false,
  }));
  const called = { number: extension, type: 'conference', callerId: `Bench <${extension}>`, conferences };
  const [first, ...others] = testOrganization.users;
  const users = [{ ...first!, extensions: [...first!.extensions, called] }, ...others];
  return {
    organizations: [{ ...testOrganization, users }],
    limits: { callsPerSecond: 10_000 },
    media: { warmUp: true },
  };
}

/** Partyline as it is run for others, in processes of its own, with so many conferences. */
export async function oursBySip(rooms = 1): Promise<Engine> {
  const server = await PartylineServer.start({ config: configuration(rooms) });
  return await conferenceBySip({
    name: 'ours by SIP',
    pid: server.pid,
    port: server.sipPort,
    numberOf: (room) => `${extension}*${room + 1}`,
    lateTicks: () => server.metric('media_late_ticks_total'),
    close: () => server.stop(),
  });
}
