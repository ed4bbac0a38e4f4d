import { fork } from 'node:child_process';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { fileURLToPath } from 'node:url';
import { agree, configurationOf, openingOf } from '../../server/src/legs/web/agreement.ts';
import { readWebOffer, writeWebAnswer } from '../../server/src/sdp/web-session.ts';
import { MediaBench } from '../media.ts';
import { ask } from './answer.ts';
import type { Mixer } from './engines.ts';
import { JanusServer } from './janus-server.ts';
import type { Gather, Load } from './side-by-side.ts';
import type { WebOrder, WebReport } from './web-load.ts';

const entry = fileURLToPath(new URL('./web-load.ts', import.meta.url));
const packetMs = 20;

/** What mixes for browsers, all of them in one room. */
export interface WebEngine extends Mixer {
  /** The address of this machine at which its browsers are. */
  readonly from: string;
  answer(offers: readonly string[]): Promise<readonly string[]>;
}

/** A leg for each offer, as `legs/web` opens it, in one room. */
export async function seatBrowsers({ engine }: MediaBench, offers: readonly string[]): Promise<string[]> {
  await engine.createRoom('room', 'bench');
  const answers: string[] = [];
  for (const [i, text] of offers.entries()) {
    const leg = `leg${i}`;
    const read = readWebOffer(text);
    if (!read.ok) throw new Error(read.detail);
    const { offer } = read;
    const agreed = agree(offer)!;
    const local = await engine.openWebRtcLeg(leg, 'bench', openingOf(offer));
    await engine.performOnLeg(leg, 'configureLeg', configurationOf(offer, agreed));
    await engine.perform('joinRoom', { leg, room: 'room' });
    answers.push(writeWebAnswer(offer, { ...local, ...agreed, cname: leg, sessionId: '1' }));
  }
  return answers;
}

export async function ourWeb(): Promise<WebEngine> {
  const bench = await MediaBench.start();
  return {
    name: 'ours',
    pid: bench.pid,
    from: '127.0.0.1',
    answer: (offers) => seatBrowsers(bench, offers),
    lateTicks: async () => (await bench.stats()).lateTicks,
    close: () => bench.close(),
  };
}

/** One AudioBridge room. `from`: its ICE passes loopback over, so another address of this machine is needed. */
export async function janusWeb(from: string): Promise<WebEngine> {
  const server = await JanusServer.start(48_000);
  return {
    name: 'Janus',
    pid: server.pid,
    from,
    async answer(offers) {
      const answers: string[] = [];
      for (const offer of offers) answers.push(await server.joinBrowser(offer));
      return answers;
    },
    close: () => server.close(),
  };
}

/** An address of this machine that is not loopback; null: there is none. */
export function networkAddress(): string | null {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all.find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? null;
}

/** Browsers of which some talk, and the others only listen. */
export function browsersOf({ legs, talkers }: Load): Gather<WebEngine> {
  return async (engine) => {
    const child = fork(entry, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const close = async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    };
    try {
      const open = { do: 'open', count: legs, talkers, silent: false, from: engine.from } as const;
      const answers = await engine.answer((await ask<WebOrder>(child, open)) as string[]);
      await ask<WebOrder>(child, { do: 'answer', answers });
    } catch (error) {
      await close();
      throw error;
    }
    let askedMs = performance.now();
    const heard = async () => {
      const { lost, ...counts } = (await ask<WebOrder>(child, { do: 'reset' })) as WebReport;
      const beforeMs = askedMs;
      askedMs = performance.now();
      return { ...counts, missing: lost, due: (legs * (askedMs - beforeMs)) / packetMs };
    };
    return { pid: child.pid!, heard, close };
  };
}
