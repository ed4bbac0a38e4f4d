import { fileURLToPath } from 'node:url';
import { systemClock } from '../../base/clock.ts';
import { createLog, silentLog } from '../../base/log.ts';
import { systemRandom } from '../../base/random.ts';
import type { Secret } from '../../base/secret.ts';
import type { ConferencePolicy } from '../../call/model/conference-policy.ts';
import type { ConferenceDevice, ExtensionDevice } from '../../call/model/device.ts';
import type { Admission, AdmissionRequest, Route } from '../../call/ports.ts';
import { CallRuntime } from '../../call/runtime/runtime.ts';
import { MemoryCallStore } from '../../call/testing/memory-store.ts';
import { MediaStage, until } from '../../media/testing/media-stage.ts';
import { Legs } from '../legs.ts';
import { MemoryLegs, type MemoryPhone } from './memory-legs.ts';

const organizationId = '3';

const conference: ConferenceDevice = {
  kind: 'conference',
  organizationId,
  extensionId: '211',
  number: '211',
  name: 'Weekly',
};

const policy: ConferencePolicy = {
  conferenceId: '211-3',
  organizationId,
  extensionId: '211',
  extensionNumber: '211',
  number: '3',
  name: 'Conference 3',
  roomSize: 50,
  musicWhileAlone: false,
  waitForModerator: false,
  closeWhenModeratorsLeave: false,
  announceCount: true,
  entryTone: true,
  record: 'never',
  recordTone: false,
  locked: false,
};

/** Conference 3 of extension 211, with PIN 2233. */
function admit({ conferenceNumber, pin }: AdmissionRequest): Admission {
  if (conferenceNumber === null) return { result: 'numberNeeded' };
  if (conferenceNumber !== '3') return { result: 'unknownNumber' };
  if (pin === null) return { result: 'pinNeeded' };
  return pin.reveal() === '2233' ? { result: 'admitted', role: 'participant', policy } : { result: 'wrongPin' };
}

export function extension(number: string): ExtensionDevice {
  return { kind: 'extension', organizationId, extensionId: number, number, name: `Phone ${number}` };
}

/** What a phone dials to get to conference 3: with number and PIN, or to be asked. */
export function toConference(number: string | null, pin: Secret | null): Extract<Route, { kind: 'conference' }> {
  const { extensionId } = conference;
  return { kind: 'conference', device: conference, organizationId, extensionId, conferenceNumber: number, pin };
}

/** A call runtime, a real media engine, and phones that know no protocol. For tests. */
export class MemoryExchange {
  readonly stage: MediaStage;
  readonly store = new MemoryCallStore();
  readonly runtime: CallRuntime;
  readonly legs: Legs;
  readonly door: MemoryLegs;
  /** Every prompt that was asked for, without folder and ending. */
  readonly said: string[] = [];
  /** The log, line by line. */
  readonly logged: Record<string, unknown>[] = [];

  private constructor(stage: MediaStage) {
    const { engine, folder } = stage;
    this.stage = stage;
    const play = engine.play.bind(engine);
    engine.play = (target, items, options) => {
      for (const item of items) if ('file' in item) this.said.push(item.file.replace(/^.*\/|\.wav$/g, ''));
      return play(target, items, options);
    };
    const log = createLog('debug', { write: (line) => void this.logged.push(JSON.parse(line)) });
    const shared = { clock: systemClock, random: systemRandom };
    let door: MemoryLegs | null = null;
    this.legs = new Legs({
      ...shared,
      log,
      engine,
      directory: { admit },
      recordingsFolder: folder,
      kinds: [
        (house) => {
          door = new MemoryLegs(house);
          return door;
        },
      ],
    });
    this.door = door!;
    const { media, signalling } = this.legs;
    this.runtime = new CallRuntime({ ...shared, log: silentLog, store: this.store, media, signalling });
    this.legs.start(this.runtime);
  }

  static async open(): Promise<MemoryExchange> {
    const promptsRoot = fileURLToPath(new URL('../../../../prompts', import.meta.url));
    return new MemoryExchange(await MediaStage.open({ promptsRoot }));
  }

  /** A phone of extension `number` that says a tone of so many Hz. */
  phone(number: string, tone: number): Promise<MemoryPhone> {
    return this.door.phone({ device: extension(number), tone });
  }

  async hasSaid(prompt: string): Promise<void> {
    await until(`${prompt} to be said`, () => this.said.includes(prompt));
  }

  /** Waits until no call has left anything behind. */
  async nothingIsLeft(): Promise<void> {
    await until('nothing to be left', () => {
      const { incoming, outgoing, receptions } = this.legs.counts();
      const { calls, connections } = this.runtime.counters();
      return incoming + outgoing + receptions + calls + connections + this.stage.engine.stats().legs === 0;
    });
  }

  async close(): Promise<void> {
    await this.runtime.close();
    await this.legs.close();
    await this.stage.close();
  }
}
