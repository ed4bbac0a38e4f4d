import { silentLog } from '../../base/log.ts';
import { SeededRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { DeviceRuntime } from '../devices/device-runtime.ts';
import type { CallRef } from '../model/call.ts';
import type { ConferencePolicy } from '../model/conference-policy.ts';
import type { ConferenceDevice, ExtensionDevice } from '../model/device.ts';
import type { CallEvent } from '../model/events.ts';
import type { DialBudget } from '../ports.ts';
import { CallRuntime, type CallRuntimeOptions } from '../runtime/runtime.ts';
import { enterConference } from '../services/enter-conference.ts';
import { receiveCall } from '../services/receive-call.ts';
import type { ReceiveDevice } from '../services/requests.ts';
import type { Service, Surroundings } from '../services/service.ts';
import type { Draft } from '../step/draft.ts';
import type { Effect } from '../step/effects.ts';
import { MemoryCallStore } from './memory-store.ts';
import { SpyPorts } from './spy-ports.ts';

export function extension(number: string): ExtensionDevice {
  return { kind: 'extension', organizationId: 'org', extensionId: `x${number}`, number, name: `Phone ${number}` };
}

export const conferenceDevice: ConferenceDevice = {
  kind: 'conference',
  organizationId: 'org',
  extensionId: 'x211',
  number: '211',
  name: 'Weekly',
};

export function policy(change: Partial<ConferencePolicy> = {}): ConferencePolicy {
  return {
    conferenceId: 'weekly',
    organizationId: 'org',
    extensionId: 'x211',
    extensionNumber: '211',
    number: '3',
    name: 'Weekly',
    roomSize: 50,
    musicWhileAlone: true,
    waitForModerator: false,
    closeWhenModeratorsLeave: false,
    announceCount: true,
    entryTone: true,
    record: 'never',
    recordTone: false,
    locked: false,
    ...change,
  };
}

/** One service as part of a step that is taken by hand. */
export function ask<Request, Result, Input>(
  service: Service<Request, Result, Input>,
  draft: Draft,
  request: Request,
): Result {
  const around: Surroundings = {
    newId: draft.context.newId,
    legs: (legId) => draft.leg(legId),
    callsOf: () => [],
    conferenceCall: () => 'call',
    takePosition: () => 1,
    freePosition: () => {},
    consultationsFor: () => [],
    isRecordingLost: () => false,
  };
  return service.step(draft, service.prepare?.(request, around) ?? (request as unknown as Input), around);
}

/** A runtime with everything around it in memory, and the events it published; for tests. */
export class RuntimeFixture {
  readonly clock = new VirtualClock();
  readonly store: MemoryCallStore;
  readonly ports = new SpyPorts();
  readonly published: CallEvent[] = [];
  readonly devices: DeviceRuntime;
  readonly runtime: CallRuntime;

  constructor(seed = 1, store = new MemoryCallStore(), budget?: DialBudget, handling?: CallRuntimeOptions['handling']) {
    this.store = store;
    this.devices = new DeviceRuntime({ clock: this.clock, log: silentLog, store });
    this.runtime = new CallRuntime({
      clock: this.clock,
      random: new SeededRandom(seed),
      log: silentLog,
      store,
      signalling: this.ports.signalling,
      media: this.ports.media,
      ...(budget === undefined ? {} : { budget }),
      ...(handling === undefined ? {} : { handling }),
    });
    this.runtime.on('event', ({ event }) => void this.published.push(event));
  }

  /** Until all that was asked for is done. */
  async settle(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }

  /** 100 calls 101: gives the call and the leg that was dialled for 101. */
  async dialled(legId = 'A'): Promise<{ ref: CallRef; calledLeg: string }> {
    const ref = await this.dialledFrom(legId);
    return { ref, calledLeg: this.lastDialled() };
  }

  dialledFrom(legId: string, more: Pick<ReceiveDevice, 'redirections'> = {}): Promise<CallRef> {
    return this.runtime.do(receiveCall, {
      kind: 'call',
      legId,
      organizationId: 'org',
      from: extension('100'),
      to: extension('101'),
      target: { kind: 'terminal', aor: '101' },
      callerId: { name: 'Phone 100', number: '100' },
      timeoutMs: 25_000,
      ...more,
    });
  }

  /** As `dialled`, and answered. */
  async talking(legId = 'A'): Promise<{ callId: string; caller: string; called: string; calledLeg: string }> {
    const { ref, calledLeg } = await this.dialled(legId);
    this.runtime.report(calledLeg, { type: 'delivered' });
    this.runtime.report(calledLeg, { type: 'answered' });
    await this.settle();
    const called = this.runtime.refOfLeg(calledLeg)!.connectionId;
    return { callId: ref.callId, caller: ref.connectionId, called, calledLeg };
  }

  lastDialled(): string {
    const dial = this.ports.effects.findLast((effect) => effect.do === 'dial');
    if (dial === undefined) throw new Error('nothing was dialled');
    return dial.legId;
  }

  legOf({ callId, connectionId }: CallRef): string {
    return this.runtime.call(callId)!.connections.get(connectionId)!.legId;
  }

  async enter(
    legId: string,
    change: Partial<ConferencePolicy> = {},
    role: 'participant' | 'moderator' = 'participant',
  ) {
    return this.runtime.do(enterConference, { legId, device: extension(legId), policy: policy(change), role });
  }

  /** Types of the call's stored events. */
  types(callId: string): string[] {
    return this.store.log(callId).map((event) => event.type);
  }
}

/** An effect in words, for comparing: `join A`, `music on`, `set A held=music`, `announce A participant-count 2`. */
export function inWords(effect: Effect): string {
  switch (effect.do) {
    case 'dial':
      return `dial ${effect.to.kind === 'terminal' ? effect.to.aor : effect.to.number}`;
    case 'clear':
      return `clear ${effect.legId} ${effect.cause}`;
    case 'openRoom':
    case 'closeRoom':
      return effect.do;
    case 'music':
      return `music ${effect.on ? 'on' : 'off'}`;
    case 'set':
      return `set ${effect.legId} ${Object.entries(effect.change)
        .map(([key, value]) => `${key}=${value}`)
        .join(' ')}`;
    case 'announce':
    case 'hush': {
      const target = 'legId' in effect.target ? effect.target.legId : 'room';
      if (effect.do === 'hush') return `hush ${target}`;
      const items = effect.items.map((item) =>
        'tone' in item ? item.tone : item.say === 'participant-count' ? `${item.say} ${item.count}` : item.say,
      );
      return `announce ${target} ${items.join(', ')}`;
    }
    case 'startRecording':
      return `record${effect.tone ? ' with tone' : ''}`;
    case 'pauseRecording':
      return effect.paused ? 'record not now' : 'record again';
    case 'stopRecording':
      return 'record no more';
    case 'ring':
      return `ring ${effect.legId}${effect.early === true ? ' early' : ''}`;
    case 'sendDigits':
      return `digits ${effect.legId} ${effect.digits}`;
    default:
      return `${effect.do} ${effect.legId}`;
  }
}
