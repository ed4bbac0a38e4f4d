import type { Call } from '../../../../call/model/call.ts';
import type { Connection } from '../../../../call/model/connection.ts';
import { type CallEvent, seedsOf } from '../../../../call/model/events.ts';
import type { Directory } from '../../../../directory/directory.ts';
import type { Notice } from '../../../../push/live/notice.ts';
import type { CallChange, Projection } from '../../../../push/projection.ts';
import { callView, releasedView } from '../call-view.ts';
import { mostRemembered } from '../capabilities.ts';
import { deviceIdOf } from '../ids.ts';
import { addressOf } from '../links.ts';
import type { Line, Seat } from '../seat.ts';
import { type Failure, failuresIn } from './failures.ts';
import { newAbilities } from './new-abilities.ts';
import { type SeatChange, seatChanges } from './seat-changes.ts';
import { concernsAll, phonesIn, type Story, sightsOf, storiesOf } from './stories.ts';

const callsChannel = '/v2/me/calls';
const devicesChannel = '/v2/me/devices';
/**
 * Below what clients subscribe to (`/v2/me/*`), who count on the documented notifications of a call, and on no others
 * in between.
 */
const capabilitiesChannel = '/v2/me/calls/capabilities';

/** Of whom nothing is known any more. */
const nobody: Seat['user'] = { features: [], roles: [] };

/** The device on whose behalf something was begun. */
function errorNotice({ extensionId, message }: Failure): Notice {
  const path = `/devices/${deviceIdOf(extensionId)}`;
  const data = (base: string) => {
    const { uri, path: devicePath } = addressOf(base, path);
    return { messageType: 'ErrorMessage', errorMessage: message, devicePath, deviceUri: uri };
  };
  return { extensionId, channel: devicesChannel, data };
}

/**
 * Calls in the words of this interface: each step as notifications to those who sit in its calls, in the documented
 * order.
 */
export class CallNotices implements Projection<Notice> {
  readonly #directory: Pick<Directory, 'extensionById' | 'user'>;
  /** Running calls, and where in them each extension is: ids of calls by those of its connections. */
  readonly #calls = new Map<string, Call>();
  readonly #places = new Map<string, Map<string, string>>();

  constructor(directory: Pick<Directory, 'extensionById' | 'user'>) {
    this.#directory = directory;
  }

  next(changes: readonly CallChange[]): readonly Notice[] {
    for (const change of changes) this.recall(change);
    const stories = storiesOf(changes);
    if (stories.size === 0) return [];
    const told = seatChanges(stories, sightsOf(stories).values());
    const { at } = changes.at(-1)!.event;
    return [
      ...told.map((change) => this.#noticeOf(change)),
      ...failuresIn(stories).map(errorNotice),
      ...this.#abilitiesBy(stories, told, at).map((change) => this.#noticeOf(change)),
    ];
  }

  recall({ event, before, after }: CallChange): void {
    const { callId, type, connectionId } = event;
    if (type === 'callCleared') this.#calls.delete(callId);
    else this.#calls.set(callId, after);
    for (const { device, id } of seedsOf(event as CallEvent)) {
      if (device.kind !== 'extension') continue;
      const places = this.#places.get(device.extensionId) ?? new Map<string, string>();
      this.#places.set(device.extensionId, places.set(id, callId));
    }
    const gone = type === 'connectionCleared' ? before?.connections.get(connectionId ?? '') : undefined;
    if (gone !== undefined) this.#leave(gone);
  }

  forget(callId: string): void {
    for (const connection of this.#calls.get(callId)?.connections.values() ?? []) this.#leave(connection);
    this.#calls.delete(callId);
  }

  #leave({ device, id }: Connection): void {
    if (device.kind !== 'extension') return;
    const places = this.#places.get(device.extensionId);
    places?.delete(id);
    if (places?.size === 0) this.#places.delete(device.extensionId);
  }

  #noticeOf(change: SeatChange): Notice {
    const { extensionId, call, connection, released, at, type } = change;
    // As they are with this step: what is made of it later is the same.
    const lines = released ? [] : this.#linesOf(extensionId).filter((line) => line.call.id !== call.id);
    const data = (base: string) => {
      const seat: Seat = { call, connection, extensionId, lines, user: this.#userOf(extensionId) };
      const { number } = connection.device;
      const triggered = type === 'StatusChange' || type === 'ParticipantsUpdated';
      return {
        notificationType: type,
        call: released ? releasedView(seat, base, at) : callView(seat, base, at),
        phoneNumber: number,
        ...(triggered ? { extensions: { BusinessCall: 0 } } : {}),
        messageType: 'CallStateChangeMessage',
      };
    };
    return { extensionId, channel: type === 'PropertiesUpdated' ? capabilitiesChannel : callsChannel, data };
  }

  /** Of which calls something else may be asked, besides those that somebody has been told of. */
  #abilitiesBy(stories: ReadonlyMap<string, Story>, told: readonly SeatChange[], at: number): readonly SeatChange[] {
    const known = new Set(told.map(({ extensionId, call }) => `${extensionId} ${call.id}`));
    const outright = ({ id, connections }: Call) => {
      const story = connections.size > mostRemembered ? stories.get(id) : undefined;
      return story !== undefined && concernsAll(story);
    };
    const changes: SeatChange[] = [];
    for (const [extensionId, phone] of phonesIn(stories)) {
      const after = this.#linesOf(extensionId);
      const before = [...phone.before, ...after.filter(({ call }) => !stories.has(call.id))];
      // What follows from the call itself has been told.
      if (!phone.news && Math.max(before.length, after.length) < 2) continue;
      const isKnown = ({ id }: Call) => known.has(`${extensionId} ${id}`);
      const lines = { extensionId, before, after, told: isKnown, outright };
      for (const { call, connection } of newAbilities(lines)) {
        const seat = { extensionId, call, connection, released: false, at, place: 0 };
        changes.push({ ...seat, type: 'PropertiesUpdated' });
      }
    }
    return changes;
  }

  /** The calls of a phone as they are with this step. */
  #linesOf(extensionId: string): readonly Line[] {
    const lines: Line[] = [];
    for (const [connectionId, callId] of this.#places.get(extensionId) ?? []) {
      const call = this.#calls.get(callId);
      const connection = call?.connections.get(connectionId);
      if (call !== undefined && connection !== undefined) lines.push({ call, connection });
    }
    return lines;
  }

  #userOf(extensionId: string): Seat['user'] {
    const extension = this.#directory.extensionById(extensionId);
    if (extension === null) return nobody;
    return this.#directory.user(extension.organizationId, extension.userId) ?? nobody;
  }
}
