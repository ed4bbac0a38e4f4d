import type { SipUri } from '../message/uri.ts';
import type { Flow } from '../transport/flow.ts';

/** One way to reach an address-of-record: a contact, over the flow it registered on (RFC 3261 §10, RFC 5626 §5). */
export interface Binding {
  readonly contact: SipUri;
  readonly flow: Flow;
  /** Monotonic milliseconds. */
  readonly expiresAt: number;
  readonly callId: string;
  readonly cseq: number;
  /** 0..1, default 1. */
  readonly q: number;
  /** `+sip.instance` of the device, as sent. */
  readonly instance: string | null;
  /** What the phone calls itself, as sent; '' when it does not say. */
  readonly userAgent: string;
  readonly regId: number | null;
  /** Values of Path (RFC 3327), top first: the route back through the proxies. */
  readonly path: readonly string[];
}

/** Bindings by address-of-record and by flow. Keeps both in step; decides nothing. */
export class BindingTable {
  readonly #byAor = new Map<string, readonly Binding[]>();
  readonly #byFlow = new Map<string, Map<string, number>>();
  #count = 0;

  get size(): number {
    return this.#count;
  }

  get(aor: string): readonly Binding[] {
    return this.#byAor.get(aor) ?? [];
  }

  replace(aor: string, bindings: readonly Binding[]): void {
    const before = this.get(aor);
    for (const binding of before) this.#unlink(aor, binding.flow.id);
    for (const binding of bindings) this.#link(aor, binding.flow.id);
    this.#count += bindings.length - before.length;
    if (bindings.length === 0) this.#byAor.delete(aor);
    else this.#byAor.set(aor, bindings);
  }

  /** Addresses-of-record that have a binding on this flow. */
  aorsOf(flow: Flow): readonly string[] {
    return [...(this.#byFlow.get(flow.id)?.keys() ?? [])];
  }

  all(): Iterable<[string, readonly Binding[]]> {
    return this.#byAor;
  }

  #link(aor: string, flowId: string): void {
    let aors = this.#byFlow.get(flowId);
    if (aors === undefined) {
      aors = new Map();
      this.#byFlow.set(flowId, aors);
    }
    aors.set(aor, (aors.get(aor) ?? 0) + 1);
  }

  #unlink(aor: string, flowId: string): void {
    const aors = this.#byFlow.get(flowId);
    const count = aors?.get(aor) ?? 0;
    if (aors === undefined) return;
    if (count > 1) aors.set(aor, count - 1);
    else aors.delete(aor);
    if (aors.size === 0) this.#byFlow.delete(flowId);
  }
}
