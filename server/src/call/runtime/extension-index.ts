import type { CallRef } from '../model/call.ts';
import { type CallEvent, seedsOf } from '../model/events.ts';

/** Which connections are whose: by the extension of their device, in order of their coming. Fed with every event that is stored. Owned by the loop. */
export class ExtensionIndex {
  readonly #refs = new Map<string, Map<string, CallRef>>();
  readonly #extensions = new Map<string, string>();

  of(extensionId: string): readonly CallRef[] {
    return [...(this.#refs.get(extensionId)?.values() ?? [])];
  }

  take(event: CallEvent): void {
    for (const { id, device } of seedsOf(event)) {
      if (device.kind !== 'external') this.#put(device.extensionId, { callId: event.callId, connectionId: id });
    }
    if (event.type === 'connectionCleared' && event.connectionId !== null) this.#drop(event.connectionId);
  }

  #put(extensionId: string, ref: CallRef): void {
    this.#extensions.set(ref.connectionId, extensionId);
    const refs = this.#refs.get(extensionId) ?? new Map<string, CallRef>();
    this.#refs.set(extensionId, refs.set(ref.connectionId, ref));
  }

  #drop(connectionId: string): void {
    const extensionId = this.#extensions.get(connectionId);
    if (extensionId === undefined) return;
    this.#extensions.delete(connectionId);
    const refs = this.#refs.get(extensionId);
    refs?.delete(connectionId);
    if (refs?.size === 0) this.#refs.delete(extensionId);
  }
}
