import { coerceError } from '../../base/app-error.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Trunk } from '../../directory/records.ts';
import { sipUri } from '../../sip/message/uri.ts';
import type { Flow } from '../../sip/transport/flow.ts';
import type { TargetResolver } from '../../sip/transport/resolve.ts';
import type {
  ClientRegistration,
  InviteTarget,
  RegistrationState,
  SipCredentials,
  SipUserAgent,
} from '../../sip/user-agent.ts';
import { trunkCredentials } from './trunk-credentials.ts';
import { type TrunkAddress, type TrunkHealth, TrunkLine } from './trunk-line.ts';

export type { TrunkHealth } from './trunk-line.ts';

export interface TrunksOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly agent: Pick<SipUserAgent, 'register' | 'options'>;
  readonly resolver: Pick<TargetResolver, 'resolve'>;
  /** The trunks as configured now; may change while running. */
  readonly trunks: () => readonly Trunk[];
}

/** What is counted of a trunk. */
export interface TrunkCounts {
  readonly callsIn: number;
  readonly callsOut: number;
  /** Of the calls out: those that no address of the carrier took. */
  readonly failed: number;
  readonly redirected: number;
  readonly redirectsRefused: number;
}

/** A trunk as it stands, for people. */
export interface TrunkState extends TrunkCounts {
  readonly name: string;
  /** Null when it does not register. */
  readonly registration: RegistrationState | null;
  readonly targets: readonly {
    readonly address: string;
    readonly port: number;
    readonly transport: string;
    readonly health: TrunkHealth;
  }[];
}

/** Between two look-ups of a trunk's names when it is not asked by OPTIONS, ms. */
const lookUpMs = 60_000;
/** How long the carrier may take to answer an OPTIONS, ms. */
const answerMs = 5000;

/** Credentials of a carrier carry its trunk's name behind this where those of a phone have the extension's id. */
const trunkPrefix = 'trunk:';

interface Line {
  readonly line: TrunkLine;
  readonly counts: { -readonly [Key in keyof TrunkCounts]: number };
  timer: Timer | null;
  looking: Promise<void> | null;
  /** Its names have been asked for at least once. */
  looked: boolean;
  registration: ClientRegistration | null;
  /** The addresses that the registration knows, in no order. */
  registrars: ReadonlySet<string>;
  registered: boolean;
}

/**
 * The ways to the carriers: where each trunk's names lead, which of its addresses answer, registrations, and whose call
 * it is that comes in. Follows the configuration as it changes.
 */
export class Trunks {
  readonly #options: TrunksOptions;
  readonly #lines = new Map<string, Line>();
  /** Registrations that are being taken back. */
  readonly #closing = new Set<Promise<void>>();
  #running = false;

  constructor(options: TrunksOptions) {
    this.#options = options;
  }

  /** Begins to look up, to ask and to register. */
  start(): void {
    this.#running = true;
    this.refresh();
    for (const line of this.#lines.values()) this.#run(line);
  }

  /** Takes in what has changed in the configuration; also happens by itself whenever a trunk is used. */
  refresh(): void {
    const trunks = this.#options.trunks();
    if (trunks.length === this.#lines.size && trunks.every((one) => this.#lines.get(one.name)?.line.trunk === one)) {
      return;
    }
    const before = new Map<string, TrunkLine>();
    for (const [name, line] of this.#lines) {
      if (trunks.some((trunk) => trunk === line.line.trunk)) continue;
      before.set(name, line.line);
      this.#lines.delete(name);
      this.#end(line);
    }
    for (const trunk of trunks) {
      if (this.#lines.has(trunk.name)) continue;
      const line = this.#made(trunk, before.get(trunk.name) ?? null);
      this.#lines.set(trunk.name, line);
      if (this.#running) this.#run(line);
    }
  }

  /** The trunk of that name. */
  find(name: string): Trunk | null {
    return this.#find(name)?.line.trunk ?? null;
  }

  /** Where to call this number, in the order to try; [] when there is no way. Never rejects. */
  async targets(name: string, number: string): Promise<InviteTarget[]> {
    const line = this.#find(name);
    if (line === null) return [];
    if (!line.looked || line.line.addresses.length === 0) await this.#lookUp(line);
    return line.line.targets(number);
  }

  /** As `targets`, by what is known without a look-up. */
  targetNow(name: string, number: string): InviteTarget | null {
    return this.#find(name)?.line.targets(number)[0] ?? null;
  }

  /** Whether none of the trunk's addresses answered when last asked. */
  isDown(name: string): boolean {
    const addresses = this.#find(name)?.line.addresses ?? [];
    return addresses.length > 0 && addresses.every(({ health }) => health === 'down');
  }

  /** Whose calls come over this flow. */
  ofSource(flow: Flow): Trunk | null {
    this.refresh();
    for (const { line } of this.#lines.values()) if (line.comesFrom(flow)) return line.trunk;
    return null;
  }

  /** The trunk whose credentials these are; null when they are an extension's. */
  ofCredentials(credentials: SipCredentials): Trunk | null {
    const { extensionId } = credentials;
    return extensionId.startsWith(trunkPrefix) ? this.find(extensionId.slice(trunkPrefix.length)) : null;
  }

  /** Whether any carrier proves itself by digest, so that a stranger may be one. */
  get anyProvesItself(): boolean {
    this.refresh();
    return [...this.#lines.values()].some(({ line }) => line.trunk.inbound !== null);
  }

  count(name: string, what: keyof TrunkCounts): void {
    const line = this.#lines.get(name);
    if (line !== undefined) line.counts[what]++;
  }

  states(): TrunkState[] {
    this.refresh();
    return [...this.#lines.values()].map(({ line, counts, registration }) => ({
      name: line.trunk.name,
      registration: registration?.state ?? null,
      targets: line.addresses.map(({ address, port, kind, health }) => ({ address, port, transport: kind, health })),
      ...counts,
    }));
  }

  /** Takes back the registrations; bounded by what one may take. */
  async close(): Promise<void> {
    this.#running = false;
    for (const line of this.#lines.values()) this.#end(line);
    await Promise.all(this.#closing);
  }

  #find(name: string): Line | null {
    this.refresh();
    return this.#lines.get(name) ?? null;
  }

  #made(trunk: Trunk, before: TrunkLine | null): Line {
    const counts = { callsIn: 0, callsOut: 0, failed: 0, redirected: 0, redirectsRefused: 0 };
    return {
      line: new TrunkLine(trunk, before),
      counts,
      timer: null,
      looking: null,
      looked: false,
      registration: null,
      registrars: new Set(),
      registered: false,
    };
  }

  #run(line: Line): void {
    const { clock } = this.#options;
    const { optionsMs } = line.line.trunk;
    line.timer?.cancel();
    line.timer = clock.setTimer(optionsMs ?? lookUpMs, () => this.#run(line));
    this.#lookUp(line)
      .then(() => {
        if (!this.#holds(line)) return;
        this.#register(line);
        if (optionsMs === null) return;
        for (const address of line.line.addresses) {
          this.#ask(line, address, optionsMs).catch((error) => this.#mistake(line, error));
        }
      })
      .catch((error) => this.#mistake(line, error));
  }

  /** Nothing that goes wrong here may end the server: it is tried again at the next round. */
  #mistake({ line }: Line, error: unknown): void {
    const { log } = this.#options;
    log.error({ trunk: line.trunk.name, err: coerceError(error) }, 'a trunk could not be looked after');
  }

  #end(line: Line): void {
    line.timer?.cancel();
    line.timer = null;
    this.#unregister(line);
  }

  #holds(line: Line): boolean {
    return this.#running && this.#lines.get(line.line.trunk.name) === line;
  }

  #lookUp(line: Line): Promise<void> {
    line.looking ??= this.#resolve(line).finally(() => {
      line.looking = null;
      line.looked = true;
    });
    return line.looking;
  }

  /** Never rejects: a name that cannot be looked up leads where it led before. */
  async #resolve(of: Line): Promise<void> {
    const { line } = of;
    const { resolver, log } = this.#options;
    const found = line.uris.map(async (uri) => {
      try {
        return { uri, addresses: await resolver.resolve(uri) };
      } catch (error) {
        this.#mistake(of, error);
        return { uri, addresses: [] };
      }
    });
    line.resolved(await Promise.all(found));
    if (line.addresses.length === 0) log.warn({ trunk: line.trunk.name }, 'a trunk leads to no address');
  }

  async #ask(line: Line, to: TrunkAddress, everyMs: number): Promise<void> {
    const { agent, log } = this.#options;
    const { uri, address, port, kind } = to;
    const target = { uri: { ...uri, user: null, password: null }, address: { address, port, kind } };
    const status = await agent.options(target, Math.min(answerMs, everyMs));
    if (!this.#holds(line)) return;
    // Whatever else it says, it is there; 503 says that it takes nothing.
    const health = status === null || status === 503 ? 'down' : 'up';
    if (!line.line.heard(to, health)) return;
    const note = { trunk: line.line.trunk.name, address, port, transport: kind, status };
    if (health === 'down') log.warn(note, 'a trunk does not answer');
    else log.info(note, 'a trunk answers');
  }

  #register(line: Line): void {
    const { trunk } = line.line;
    if (!trunk.register) return;
    const registrar = line.line.registrars();
    const places = new Set(registrar.map(placeOf));
    // In whatever order: name servers turn their lists with every answer, and equal SRV weights are drawn anew.
    if (registrar.length === 0 || sameSet(places, line.registrars)) return;
    const boundAt = line.registration?.boundAt ?? null;
    if (boundAt !== null && places.has(placeOf(boundAt))) {
      line.registration?.retarget(registrar);
      line.registrars = places;
      return;
    }
    this.#unregister(line);
    // It may be the same contact, at whichever of the carrier's addresses: taken back late, it would be gone again.
    if (this.#closing.size > 0) {
      Promise.allSettled(this.#closing)
        .then(() => {
          if (this.#holds(line)) this.#register(line);
        })
        .catch((error) => this.#mistake(line, error));
      return;
    }
    line.registrars = places;
    const credentials = trunkCredentials(trunk);
    const contactUser = trunk.username ?? trunk.name;
    const { host } = line.line.uris[0]!;
    const registration = this.#options.agent.register({
      registrar,
      aor: { displayName: null, uri: sipUri(contactUser, host), params: new Map() },
      contactUser,
      ...(credentials === null ? {} : { credentials }),
      expiresS: Math.round(trunk.registerExpiresMs / 1000),
      onState: (state) => {
        // That one which was given up is not registered any more is no news.
        if (line.registration === registration) this.#registered(line, state);
      },
    });
    line.registration = registration;
  }

  #unregister(line: Line): void {
    const closing = line.registration?.close();
    line.registration = null;
    line.registrars = new Set();
    line.registered = false;
    if (closing === undefined) return;
    this.#closing.add(closing);
    const closed = () => this.#closing.delete(closing);
    closing.then(closed, closed);
  }

  #registered(line: Line, { registered, status }: RegistrationState): void {
    if (registered === line.registered && registered) return;
    const { log } = this.#options;
    const note = { trunk: line.line.trunk.name, status };
    if (registered) log.info(note, 'registered at a trunk');
    else log.warn(note, 'not registered at a trunk');
    line.registered = registered;
  }
}

function placeOf({ address }: InviteTarget): string {
  return `${address?.kind} ${address?.address} ${address?.port}`;
}

function sameSet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((one) => b.has(one));
}
