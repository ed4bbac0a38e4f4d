import type { Call } from '../../../../call/model/call.ts';
import { type CallEvent, seedsOf } from '../../../../call/model/events.ts';
import type { Directory } from '../../../../directory/directory.ts';
import type { Notice } from '../../../../push/live/notice.ts';
import type { CallChange, Projection } from '../../../../push/projection.ts';
import { callView, releasedView } from '../call-view.ts';
import type { Line, Seat } from '../seat.ts';
import { type SeatChange, seatChanges } from './seat-changes.ts';

export const callsChannel = '/v2/me/calls';

/** Of whom nothing is known any more. */
const nobody: Seat['user'] = { features: [], roles: [] };

/**
 * Calls in the words of this interface: each step as notifications to those who sit in its calls, in the documented
 * order.
 */
export class CallNotices implements Projection<Notice> {
  readonly #directory: Pick<Directory, 'extensionById' | 'user'>;
  /** Running calls, and in which of them each leg is: connection ids by the calls'. */
  readonly #calls = new Map<string, Call>();
  readonly #legs = new Map<string, Map<string, string>>();

  constructor(directory: Pick<Directory, 'extensionById' | 'user'>) {
    this.#directory = directory;
  }

  next(changes: readonly CallChange[]): readonly Notice[] {
    for (const change of changes) this.recall(change);
    return seatChanges(changes).map((change) => this.#noticeOf(change));
  }

  recall({ event, before, after }: CallChange): void {
    const { callId, type, connectionId } = event;
    if (type === 'callCleared') this.#calls.delete(callId);
    else this.#calls.set(callId, after);
    for (const { legId, id } of seedsOf(event as CallEvent)) {
      const places = this.#legs.get(legId) ?? new Map<string, string>();
      this.#legs.set(legId, places.set(callId, id));
    }
    const gone = type === 'connectionCleared' ? before?.connections.get(connectionId ?? '') : undefined;
    if (gone !== undefined) this.#leave(gone.legId, callId);
  }

  forget(callId: string): void {
    for (const { legId } of this.#calls.get(callId)?.connections.values() ?? []) this.#leave(legId, callId);
    this.#calls.delete(callId);
  }

  #leave(legId: string, callId: string): void {
    const places = this.#legs.get(legId);
    places?.delete(callId);
    if (places?.size === 0) this.#legs.delete(legId);
  }

  #noticeOf(change: SeatChange): Notice {
    const { extensionId, call, connection, released, at, type } = change;
    // As they are with this step: what is made of it later is the same.
    const lines = released ? [] : this.#linesOf(connection.legId, call.id);
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
    return { extensionId, channel: callsChannel, data };
  }

  /** The other calls of a phone. */
  #linesOf(legId: string, callId: string): readonly Line[] {
    const lines: Line[] = [];
    for (const [otherId, connectionId] of this.#legs.get(legId) ?? []) {
      const call = this.#calls.get(otherId);
      const connection = call?.connections.get(connectionId);
      if (otherId !== callId && call !== undefined && connection !== undefined) lines.push({ call, connection });
    }
    return lines;
  }

  #userOf(extensionId: string): Seat['user'] {
    const extension = this.#directory.extensionById(extensionId);
    if (extension === null) return nobody;
    return this.#directory.user(extension.organizationId, extension.userId) ?? nobody;
  }
}
