import { formatUri, type SipUri } from '../message/uri.ts';
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
  /** Event packages that the phone takes (Allow-Events), in lower case. */
  readonly events: readonly string[];
  /** Values of Path (RFC 3327), top first: the route back through the proxies. */
  readonly path: readonly string[];
}

/** Bindings by address-of-record, by flow and by contact. Keeps both in step; decides nothing. */
export class BindingTable {
  readonly #byAor = new Map<string, readonly Binding[]>();
  readonly #byFlow: Aors = new Map();
  readonly #byContact: Aors = new Map();
  #count = 0;

  get size(): number {
    return this.#count;
  }

  get(aor: string): readonly Binding[] {
    return this.#byAor.get(aor) ?? [];
  }

  replace(aor: string, bindings: readonly Binding[]): void {
    const before = this.get(aor);
    for (const binding of before) {
      unlink(this.#byFlow, binding.flow.id, aor);
      unlink(this.#byContact, formatUri(binding.contact), aor);
    }
    for (const binding of bindings) {
      link(this.#byFlow, binding.flow.id, aor);
      link(this.#byContact, formatUri(binding.contact), aor);
    }
    this.#count += bindings.length - before.length;
    if (bindings.length === 0) this.#byAor.delete(aor);
    else this.#byAor.set(aor, bindings);
  }

  /** Addresses-of-record that have a binding on this flow. */
  aorsOf(flow: Flow): readonly string[] {
    return [...(this.#byFlow.get(flow.id)?.keys() ?? [])];
  }

  hasFlow(flow: Flow): boolean {
    return this.#byFlow.size > 0 && this.#byFlow.has(flow.id);
  }

  /** Addresses-of-record that have a binding with exactly this contact. */
  aorsOfContact(contact: SipUri): readonly string[] {
    return [...(this.#byContact.get(formatUri(contact))?.keys() ?? [])];
  }

  all(): Iterable<[string, readonly Binding[]]> {
    return this.#byAor;
  }
}

/** How many bindings of which address-of-record have something in common, by what it is. */
type Aors = Map<string, Map<string, number>>;

function link(table: Aors, key: string, aor: string): void {
  let aors = table.get(key);
  if (aors === undefined) {
    aors = new Map();
    table.set(key, aors);
  }
  aors.set(aor, (aors.get(aor) ?? 0) + 1);
}

function unlink(table: Aors, key: string, aor: string): void {
  const aors = table.get(key);
  const count = aors?.get(aor) ?? 0;
  if (aors === undefined) return;
  if (count > 1) aors.set(aor, count - 1);
  else aors.delete(aor);
  if (aors.size === 0) table.delete(key);
}
