import type { CallRef } from '../model/call.ts';
import { type CallEvent, seedsOf } from '../model/events.ts';

/**
 * Which connections are whose: by the extension of their device, or the one that is charged for them, in order of their
 * coming. Fed with every event that is stored. Owned by the loop.
 */
export class ExtensionIndex {
  readonly #ofDevice = new RefsByExtension();
  readonly #charged = new RefsByExtension();
  /** Connection → its call, also of strangers. */
  readonly #calls = new Map<string, string>();

  of(extensionId: string): readonly CallRef[] {
    return this.#ofDevice.of(extensionId);
  }

  /** Those for which it was named as the one that is charged. */
  chargedTo(extensionId: string): readonly CallRef[] {
    return this.#charged.of(extensionId);
  }

  callOf(connectionId: string): string | null {
    return this.#calls.get(connectionId) ?? null;
  }

  take(event: CallEvent): void {
    for (const { id, device, charged } of seedsOf(event)) {
      const ref = { callId: event.callId, connectionId: id };
      this.#calls.set(id, event.callId);
      if (device.kind !== 'external') this.#ofDevice.put(device.extensionId, ref);
      if (typeof charged === 'string') this.#charged.put(charged, ref);
    }
    if (event.type === 'connectionCleared' && event.connectionId !== null) {
      this.#calls.delete(event.connectionId);
      this.#ofDevice.drop(event.connectionId);
      this.#charged.drop(event.connectionId);
    }
  }
}

class RefsByExtension {
  readonly #refs = new Map<string, Map<string, CallRef>>();
  readonly #extensions = new Map<string, string>();

  of(extensionId: string): readonly CallRef[] {
    return [...(this.#refs.get(extensionId)?.values() ?? [])];
  }

  put(extensionId: string, ref: CallRef): void {
    this.#extensions.set(ref.connectionId, extensionId);
    const refs = this.#refs.get(extensionId) ?? new Map<string, CallRef>();
    this.#refs.set(extensionId, refs.set(ref.connectionId, ref));
  }

  drop(connectionId: string): void {
    const extensionId = this.#extensions.get(connectionId);
    if (extensionId === undefined) return;
    this.#extensions.delete(connectionId);
    const refs = this.#refs.get(extensionId);
    refs?.delete(connectionId);
    if (refs?.size === 0) this.#refs.delete(extensionId);
  }
}
