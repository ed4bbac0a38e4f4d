import { AppError, coerceError } from '../../base/app-error.ts';
import type { Clock } from '../../base/clock.ts';
import { Emitter } from '../../base/emitter.ts';
import type { Log } from '../../base/log.ts';
import { OneByOne } from '../../base/one-by-one.ts';
import type { CallStore } from '../ports.ts';
import { type AgentDevice, type DeviceSetting, settle, untouched } from './agent-device.ts';
import { type DeviceEvent, deviceEvent, isOfDevice } from './device-events.ts';

export interface DeviceRuntimeOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: Pick<CallStore, 'append' | 'lastEvents'>;
  /** Throws AppError when calls to the device may not be forwarded to this number. */
  readonly checkForwarding?: (device: AgentDevice, to: string) => void;
}

/** Whose device, and what is to be set. */
export type DeviceChange = Pick<AgentDevice, 'organizationId' | 'extensionId'> & DeviceSetting;

interface Known {
  readonly device: AgentDevice;
  readonly seq: number;
  readonly at: number;
}

/** Changes of one device that may wait for the store. */
const mostWaiting = 64;

/**
 * What is set for the devices of agents, and the way in which it changes: setting → append → new state → published
 * events, one change of a device after the other. Nothing holds, or is told, before it is stored.
 */
export class DeviceRuntime {
  readonly #options: DeviceRuntimeOptions;
  readonly #known = new Map<string, Known>();
  readonly #changes = new OneByOne({ most: mostWaiting, refusal: 'Too much is set at once for this device.' });
  readonly #emitter: Emitter<{ event: DeviceEvent }>;

  constructor(options: DeviceRuntimeOptions) {
    this.#options = options;
    this.#emitter = new Emitter((error) => options.log.error({ err: error }, 'a listener of device events failed'));
  }

  /** Null: nothing has ever been set for it. */
  get(extensionId: string): AgentDevice | null {
    return this.#known.get(extensionId)?.device ?? null;
  }

  /** As `get`, or a device as all begin. */
  of(extension: Pick<AgentDevice, 'organizationId' | 'extensionId'>): AgentDevice {
    return this.get(extension.extensionId) ?? untouched(extension);
  }

  /** Every device for which something was ever set. */
  *all(): Iterable<AgentDevice> {
    for (const { device } of this.#known.values()) yield device;
  }

  /**
   * Resolves to the device when the change is durable; what is so already changes nothing. Rejects with AppError:
   * invalidArgument, invalidState, what `checkForwarding` says, tooManyRequests, or unavailable when it could not be
   * stored.
   */
  do(change: DeviceChange): Promise<AgentDevice> {
    return this.#changes.run(change.extensionId, () => this.#do(change));
  }

  /**
   * Extensions are gone: nothing is set for them any more, so that whoever gets the number later does not have it, and
   * nobody is called into their calls. Rejects as `do`.
   */
  async forget(isGone: (extensionId: string) => boolean): Promise<void> {
    const forgotten = [...this.all()].map(async ({ organizationId, extensionId, monitoring }) => {
      const of = { organizationId, extensionId };
      const gone = isGone(extensionId);
      if (gone || (monitoring !== null && isGone(monitoring.target)))
        await this.do({ ...of, set: 'monitoring', monitoring: null });
      if (!gone) return;
      await this.do({ ...of, set: 'forwarding', to: null });
      await this.do({ ...of, set: 'doNotDisturb', on: false });
      await this.do({ ...of, set: 'agentState', state: 'loggedOff' });
    });
    await Promise.all(forgotten);
  }

  /** Before anything else: what the log says. Gives how many devices there are. */
  async recover(): Promise<number> {
    for (const event of await this.#options.store.lastEvents('device')) {
      if (isOfDevice(event)) this.#take(event);
      else this.#options.log.warn({ stream: event.stream, type: event.type }, 'an event of a device is not understood');
    }
    return this.#known.size;
  }

  /** Tells every event once it is stored, in order. The returned function removes the listener. */
  on(name: 'event', listener: (event: DeviceEvent) => void): () => void {
    return this.#emitter.on(name, listener);
  }

  async #do(change: DeviceChange): Promise<AgentDevice> {
    const { clock, store, checkForwarding } = this.#options;
    const known = this.#known.get(change.extensionId);
    const device = known?.device ?? untouched(change);
    const changes = settle(device, change);
    if (changes.length === 0) return device;
    if (change.set === 'forwarding' && change.to !== null) checkForwarding?.(device, change.to);
    const at = Math.max(clock.now(), known?.at ?? 0);
    const events = changes.map((one, index) => deviceEvent(one, (known?.seq ?? 0) + index + 1, at));
    try {
      await store.append(events, []);
    } catch (error) {
      this.#options.log.error({ err: coerceError(error) }, 'what was set for a device could not be stored');
      throw new AppError('unavailable', 'The event log is not available.');
    }
    for (const event of events) {
      this.#take(event);
      this.#emitter.emit('event', event);
    }
    return this.of(change);
  }

  #take({ seq, at, data }: DeviceEvent): void {
    this.#known.set(data.extensionId, { device: data, seq, at });
  }
}
