import { CProgram } from './c-program.ts';
import type { Engine } from './engines.ts';
import { type Gather, heardIn, type Load } from './side-by-side.ts';

export interface PhoneLoad extends Load {
  readonly perRoom: number;
  /** What the phones are told of another codec than µ-law, as `bench/yardstick/phones.c` takes it. */
  readonly sound?: string;
}

/** The phones of bench/yardstick, over plain RTP. */
export function phonesOf(program: string, { legs, perRoom, talkers, sound }: PhoneLoad): Gather<Engine> {
  return async (engine) => {
    const phones = await CProgram.start(program, [legs]);
    try {
      if (sound !== undefined) await phones.ask(sound);
      const ports = await engine.seat(phones.ports, perRoom);
      await phones.ask(`start ${perRoom} ${talkers} ${ports.join(' ')}`);
    } catch (error) {
      await phones.close();
      throw error;
    }
    const { pid } = phones;
    return { pid, heard: async () => heardIn(await phones.ask('report')), close: () => phones.close() };
  };
}
