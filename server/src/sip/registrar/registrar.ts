import type { Clock, Timer } from '../../base/clock.ts';
import type { RegisteredPhone } from '../dialog/dialog.ts';
import { quote } from '../message/chars.ts';
import { eventPackages } from '../message/event-packages.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { createResponse } from '../message/response.ts';
import { formatUri, type SipUri, sameUri } from '../message/uri.ts';
import type { Flow } from '../transport/flow.ts';
import { type Binding, BindingTable } from './bindings.ts';
import { type ExpiryRules, readRegister, type WantedContact } from './register-request.ts';

export type { Binding } from './bindings.ts';

export interface RegistrarOptions extends Partial<ExpiryRules> {
  readonly clock: Clock;
  /** Contacts per address-of-record; default 10. */
  readonly maxContacts?: number;
  /** Contacts in all; default 50 000. */
  readonly maxBindings?: number;
  /** Whether more can be kept for the next run; otherwise only those that are known may stay. Default: always. */
  readonly mayAdd?: () => boolean;
}

/** Characters of a User-Agent that are kept. */
const longestUserAgent = 200;

/** Addresses-of-record of one phone; behind a flow with more are many phones. */
const mostOfOne = 16;

/** Expired contacts leave the table together, at most this often; nobody sees them in between. */
const sweepMs = 5000;

/**
 * The registrar and location service (RFC 3261 §10.3). The caller has authenticated the request and said which
 * address-of-record it may change. A contact is reached over the flow it registered on, whatever address it claims
 * (behind NAT that is the only way), and goes when that flow closes.
 */
export class Registrar {
  readonly #clock: Clock;
  readonly #rules: ExpiryRules;
  readonly #maxContacts: number;
  readonly #maxBindings: number;
  readonly #mayAdd: () => boolean;
  readonly #table = new BindingTable();
  #sweep: Timer | null = null;

  /** After a change of what `contacts(aor)` says. */
  onChange: ((aor: string, contacts: readonly Binding[]) => void) | null = null;

  constructor(options: RegistrarOptions) {
    this.#clock = options.clock;
    this.#rules = {
      minExpires: options.minExpires ?? 60,
      maxExpires: options.maxExpires ?? 3600,
      defaultExpires: options.defaultExpires ?? 3600,
    };
    this.#maxContacts = options.maxContacts ?? 10;
    this.#maxBindings = options.maxBindings ?? 50_000;
    this.#mayAdd = options.mayAdd ?? (() => true);
  }

  /** Live contacts, the preferred (highest q, then latest) first. */
  contacts(aor: string): readonly Binding[] {
    const now = this.#clock.monotonic();
    const all = this.#table.get(aor);
    return all.every((binding) => usable(binding, now)) ? all : all.filter((binding) => usable(binding, now));
  }

  /** Addresses-of-record that a phone is registered for with exactly this contact. */
  aorsOfContact(contact: SipUri): readonly string[] {
    return this.#table.aorsOfContact(contact);
  }

  /** Whether a phone is registered over this flow. */
  knows(flow: Flow): boolean {
    return this.#table.hasFlow(flow);
  }

  /** The phone at the other end whose Contact this is; null when none is registered over this flow, or many are. */
  behind(flow: Flow, target: SipUri): RegisteredPhone | null {
    const aors = this.#table.aorsOf(flow);
    if (aors.length > mostOfOne) return null;
    const phones = aors.flatMap((aor) =>
      this.contacts(aor)
        .filter((binding) => binding.flow.id === flow.id)
        .map(({ contact, instance }) => ({ aor, contact, instance })),
    );
    return phones.find(({ contact }) => contact.user === target.user) ?? phones[0] ?? null;
  }

  /** Where that phone is registered now; null: nowhere. */
  wayTo(phone: RegisteredPhone): Flow | null {
    return this.contacts(phone.aor).find((binding) => isSameDevice(binding, phone))?.flow ?? null;
  }

  /** The most that is granted, ms. */
  get longestMs(): number {
    return this.#rules.maxExpires * 1000;
  }

  /** Live and not yet swept contacts of all addresses-of-record. */
  get size(): number {
    return this.#table.size;
  }

  /** Does what the REGISTER asks, all of it or nothing, and gives the answer to send. */
  handle(request: SipRequest, flow: Flow, aor: string): SipResponse {
    const intent = readRegister(request, this.#rules);
    switch (intent.kind) {
      case 'invalid': {
        const response = createResponse(request, intent.status, intent.reason);
        if (intent.status === 423) response.headers.set('Min-Expires', String(this.#rules.minExpires));
        return response;
      }
      case 'query':
        return this.#listing(request, aor);
      case 'removeAll':
        return this.#removeAll(request, aor);
      case 'update':
        return this.#update(request, flow, aor, intent.contacts);
    }
  }

  /** Contacts that an earlier run was told of; those that have registered since stand. */
  restore(aor: string, kept: readonly Binding[]): void {
    const now = this.#clock.monotonic();
    const before = this.contacts(aor);
    const missing = kept.filter((one) => usable(one, now) && !before.some((binding) => sameContact(binding, one)));
    const spare = Math.min(this.#maxContacts - before.length, this.#maxBindings - this.#table.size);
    if (missing.length > 0 && spare > 0) this.#replace(aor, inOrder([...before, ...missing.slice(0, spare)]));
  }

  /** The flow is gone, and with it the only way to those contacts. */
  flowClosed(flow: Flow): void {
    for (const aor of this.#table.aorsOf(flow)) {
      this.#replace(
        aor,
        this.#table.get(aor).filter((binding) => binding.flow.id !== flow.id),
      );
    }
  }

  /** Removes every contact of an address-of-record, e.g. when its extension is deleted. */
  remove(aor: string): void {
    if (this.#table.get(aor).length > 0) this.#replace(aor, []);
  }

  /** What is registered stays so: it is the process that goes, not the phones. */
  close(): void {
    this.onChange = null;
    this.#stopSweep();
  }

  #removeAll(request: SipRequest, aor: string): SipResponse {
    const bindings = this.contacts(aor);
    if (bindings.some((binding) => outOfOrder(binding, request))) return tooOld(request);
    if (bindings.length > 0) this.#replace(aor, []);
    return this.#listing(request, aor);
  }

  #update(request: SipRequest, flow: Flow, aor: string, contacts: readonly WantedContact[]): SipResponse {
    const before = this.contacts(aor);
    const now = this.#clock.monotonic();
    let next = [...before];
    const events = eventPackages(request);
    for (const contact of contacts) {
      const wanted = { ...contact, contact: contact.uri };
      // What takes back the old address of a device, behind its new one, says the same of itself.
      const at = next.findIndex((binding) =>
        contact.expires > 0 || before.includes(binding)
          ? sameContact(binding, wanted)
          : sameUri(binding.contact, contact.uri),
      );
      const known = next[at];
      if (known !== undefined && before.includes(known) && outOfOrder(known, request)) return tooOld(request);
      next = next.filter((_, index) => index !== at);
      if (contact.expires === 0) continue;
      next.push({
        contact: contact.uri,
        flow,
        expiresAt: now + contact.expires * 1000,
        callId: request.callId,
        cseq: request.cseq.number,
        q: contact.q,
        instance: contact.instance,
        userAgent: (request.headers.get('User-Agent') ?? '').slice(0, longestUserAgent),
        regId: contact.regId,
        path: request.headers.getAll('Path'),
        events,
      });
    }
    // A phone that takes a new port at each start leaves dead contacts behind: the ones nearest their end make room.
    if (contacts.length > this.#maxContacts) return createResponse(request, 403, 'Too Many Contacts');
    const spare = next.length - this.#maxContacts;
    if (spare > 0) {
      const oldest = next.filter((binding) => before.includes(binding));
      oldest.sort((a, b) => a.expiresAt - b.expiresAt);
      const gone = new Set(oldest.slice(0, spare));
      next = next.filter((binding) => !gone.has(binding));
    }
    if (this.#table.size + next.length - before.length > this.#maxBindings) {
      return createResponse(request, 503, 'Service Unavailable', { headers: [['Retry-After', '60']] });
    }
    const added = next.some((one) => !before.some((known) => sameContact(known, one)));
    if (added && !this.#mayAdd()) {
      return createResponse(request, 503, 'Service Unavailable', { headers: [['Retry-After', '10']] });
    }
    this.#replace(aor, inOrder(next));
    return this.#listing(request, aor);
  }

  #listing(request: SipRequest, aor: string): SipResponse {
    const now = this.#clock.monotonic();
    const headers: [string, string][] = [];
    for (const binding of this.contacts(aor)) {
      let value = `<${formatUri(binding.contact)}>;expires=${Math.ceil((binding.expiresAt - now) / 1000)}`;
      if (binding.q !== 1) value += `;q=${binding.q}`;
      if (binding.instance !== null) value += `;+sip.instance=${quote(binding.instance)}`;
      if (binding.regId !== null) value += `;reg-id=${binding.regId}`;
      headers.push(['Contact', value]);
    }
    for (const path of request.headers.getAll('Path')) headers.push(['Path', path]);
    headers.push(['Date', new Date(this.#clock.now()).toUTCString()]);
    return createResponse(request, 200, 'OK', { headers });
  }

  #replace(aor: string, bindings: readonly Binding[]): void {
    this.#table.replace(aor, bindings);
    if (this.#table.size === 0) this.#stopSweep();
    else this.#sweep ??= this.#clock.setTimer(sweepMs, () => this.#dropExpired());
    this.onChange?.(aor, bindings);
  }

  #stopSweep(): void {
    this.#sweep?.cancel();
    this.#sweep = null;
  }

  #dropExpired(): void {
    this.#sweep = null;
    const now = this.#clock.monotonic();
    for (const [aor, bindings] of [...this.#table.all()]) {
      const live = bindings.filter((binding) => usable(binding, now));
      if (live.length !== bindings.length) this.#replace(aor, live);
    }
    if (this.#table.size > 0) this.#sweep ??= this.#clock.setTimer(sweepMs, () => this.#dropExpired());
  }
}

/** The preferred first. */
function inOrder(bindings: Binding[]): Binding[] {
  return bindings.sort((a, b) => b.q - a.q || b.expiresAt - a.expiresAt);
}

function usable(binding: Binding, now: number): boolean {
  return binding.expiresAt > now && !binding.flow.closed;
}

/** The same device and registration flow (RFC 5626 §6), or else the same URI (RFC 3261 §19.1.4). */
function sameContact(binding: Binding, other: Pick<Binding, 'contact' | 'instance' | 'regId'>): boolean {
  if (other.instance !== null && other.regId !== null && binding.instance === other.instance) {
    return binding.regId === other.regId;
  }
  return sameUri(binding.contact, other.contact);
}

/** By what it says of itself, or else by where it says that it is: over a new connection the port is another one. */
function isSameDevice(a: Omit<RegisteredPhone, 'aor'>, b: Omit<RegisteredPhone, 'aor'>): boolean {
  if (a.instance !== null && b.instance !== null) return a.instance === b.instance;
  return a.contact.user === b.contact.user && a.contact.host === b.contact.host;
}

function outOfOrder(binding: Binding, request: SipRequest): boolean {
  return binding.callId === request.callId && request.cseq.number <= binding.cseq;
}

/** §10.3 step 7: the whole request fails, and nothing has changed. */
function tooOld(request: SipRequest): SipResponse {
  return createResponse(request, 500, 'CSeq Out Of Order');
}
