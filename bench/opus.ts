import { onPath } from '../server/test/peers/on-path.ts';
import { compared, withPrograms } from './density.ts';
import type { Benchmark } from './figure.ts';
import { type Engine, janus, ours } from './load/engines.ts';
import { opusSound } from './load/opus-sound.ts';
import { phonesOf } from './load/phone-crowd.ts';

const legs = 160;
const format = { payloadType: 111, codec: 'opus/48000' } as const;

export const benchmark: Benchmark = {
  name: 'opus',
  about: `one room of ${legs} legs in Opus over plain RTP, 3 talk, beside Janus AudioBridge at the same time where it is installed`,
  limitS: 300,
  parts: {
    room: withPrograms(async (programs, say) => {
      const makers: (() => Promise<Engine>)[] = [() => ours('auto', format)];
      if (onPath('janus')) makers.push(() => janus(format));
      else say('janus is not installed (Debian: apt-get install janus): nothing to compare with');
      const load = { legs, perRoom: legs, talkers: 3, sound: await opusSound(format.payloadType) };
      const goals = { ratios: { Janus: 0.2 } };
      const gather = phonesOf(programs.phones, load);
      return await compared({ what: `room of ${legs} in Opus, 3 talk`, gather, makers, load, goals }, say);
    }),
  },
};
