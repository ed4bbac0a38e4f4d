import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Clock, systemClock } from '../../base/clock.ts';
import type { HostPort } from '../../base/host-port.ts';
import { createLog, type Log, silentLog } from '../../base/log.ts';
import { systemRandom } from '../../base/random.ts';
import { Secret } from '../../base/secret.ts';
import { mediaRange } from '../../base/testing/free-port.ts';
import { until } from '../../base/testing/wait.ts';
import { callHandling } from '../../call/devices/call-handling.ts';
import type { DeviceRuntime } from '../../call/devices/device-runtime.ts';
import type { CallKind } from '../../call/model/call.ts';
import type { Admission, AdmissionRequest, Caller, DialBudget, Route } from '../../call/ports.ts';
import { CallRuntime } from '../../call/runtime/runtime.ts';
import { MemoryCallStore } from '../../call/testing/memory-store.ts';
import type { Trunk } from '../../directory/records.ts';
import { MediaEngine, type PlayItem } from '../../media/engine.ts';
import { digestHa1 } from '../../sip/auth/digest-hash.ts';
import { SipRequest } from '../../sip/message/message.ts';
import { parseMessage } from '../../sip/message/parse.ts';
import { TransportLayer } from '../../sip/transport/transport-layer.ts';
import { type SipCredentials, SipUserAgent } from '../../sip/user-agent.ts';
import type { LegHouse, LegKind } from '../leg-kind.ts';
import { Legs } from '../legs.ts';
import type { LegsDirectory } from '../sip/caller.ts';
import { SipLegs, type SipLegsOptions } from '../sip/sip-legs.ts';
import { Trunks } from '../trunks/trunks.ts';
import { conferences, policyOf } from './exchange-conferences.ts';
import { Refused, VirtualPhone } from './virtual-phone.ts';

export { until };

/*
 * A small server for tests: real user agent, media engine, call runtime and legs on loopback, a store in memory, and a
 * directory of two phones (15000 and 15001, the latter also 4930100 for carriers) and the conference extension 211.
 * What phones dial behind a 0 goes over the trunk `carrier`.
 */

export const domain = 'partyline.test';
export const password = new Secret('s3cret');

class TestDirectory implements LegsDirectory {
  readonly trunks: Trunk[] = [];
  readonly callerKeys: string[] = [];
  readonly wrongPins = new Map<string, number>();

  credentials(username: string): SipCredentials | null {
    const trunk = this.trunks.find(({ inbound }) => inbound?.username === username);
    if (trunk?.inbound) {
      const { password: own } = trunk.inbound;
      const carrierHa1 = (algorithm: 'MD5' | 'SHA-256') => digestHa1(algorithm, username, domain, own.reveal());
      const both = { md5: carrierHa1('MD5'), sha256: carrierHa1('SHA-256') };
      return { username, extensionId: `trunk:${trunk.name}`, ha1: both, algorithm: 'MD5' };
    }
    if (username !== '15000' && username !== '15001') return null;
    const ha1 = (algorithm: 'MD5' | 'SHA-256') => digestHa1(algorithm, username, domain, password.reveal());
    return { username, extensionId: username, ha1: { md5: ha1('MD5'), sha256: ha1('SHA-256') }, algorithm: 'MD5' };
  }

  mayBeAccount(username: string): boolean {
    return /^[0-9]+$/.test(username) || this.trunks.some(({ inbound }) => inbound !== null);
  }

  hasNumber(number: string): boolean {
    return number === '211' || this.credentials(number) !== null;
  }

  callerOf(extensionId: string): Extract<Caller, { kind: 'extension' }> {
    return { kind: 'extension', organizationId: '3', extensionId, number: extensionId, name: `Phone ${extensionId}` };
  }

  callerOfAor(aor: string) {
    return this.callerOf(aor.slice(0, aor.lastIndexOf('@')));
  }

  callerIdOf(extensionId: string) {
    return { name: `Shown ${extensionId}`, number: extensionId };
  }

  extensionById(extensionId: string) {
    return { aor: `${extensionId}@${domain}` };
  }

  route(dialled: string, caller: Caller): Route {
    const [number = '', conference = null, pin = null] = dialled.split('*');
    if (number === '211') {
      const device = { kind: 'conference', organizationId: '3', extensionId: '211', number, name: 'Weekly' } as const;
      const secret = pin === null ? null : new Secret(pin);
      return { ...device, kind: 'conference', device, conferenceNumber: conference, pin: secret };
    }
    const phone = caller.kind === 'trunk' && number === '4930100' ? '15001' : number;
    if ((caller.kind === 'extension' || caller.kind === 'trunk') && /^1500[01]$/.test(phone)) {
      return { kind: 'terminal', device: this.callerOf(phone), aor: `${phone}@${domain}` };
    }
    if ((caller.kind === 'extension' || caller.kind === 'application') && number.startsWith('0')) {
      return { kind: 'trunk', trunk: 'carrier', number: number.slice(1), account: caller.account ?? null };
    }
    return { kind: 'refused', status: number === '900' ? 403 : 404, why: 'no such number' };
  }

  admit({ conferenceNumber, pin, callerKey }: AdmissionRequest): Admission {
    this.callerKeys.push(callerKey);
    if (conferenceNumber === null) return { result: 'numberNeeded' };
    const conference = conferences.get(conferenceNumber);
    if (conference === undefined) return { result: 'unknownNumber' };
    const { pin: right, ...rest } = conference;
    const wrong = this.wrongPins.get(callerKey) ?? 0;
    if (right !== null) {
      if (wrong >= 3) return { result: 'lockedOut', untilMs: 0 };
      if (pin === null) return { result: 'pinNeeded' };
      if (!pin.equals(right)) {
        this.wrongPins.set(callerKey, wrong + 1);
        return { result: 'wrongPin' };
      }
    }
    const role = rest.record === undefined ? 'participant' : 'moderator';
    return { result: 'admitted', role, policy: policyOf(conferenceNumber, rest) };
  }
}

export interface ExchangeOptions extends Pick<SipLegsOptions, 'srtp'> {
  readonly silenceMs?: number;
  readonly callsPerSecond?: number;
  readonly mediaTimeoutMs?: number;
  readonly seatGraceMs?: number;
  readonly recordingsFolder?: string;
  readonly rtpPorts?: { readonly from: number; readonly to: number };
  readonly budget?: DialBudget;
  /** What is set for phones; default: nothing. */
  readonly devices?: DeviceRuntime;
  /** Default 20 000. */
  readonly ringTimeoutMs?: number;
  /** Legs of another kind, besides phones by SIP. */
  readonly otherKind?: (house: LegHouse) => LegKind;
}

export class VirtualExchange {
  readonly clock: Clock = systemClock;
  readonly directory = new TestDirectory();
  readonly store = new MemoryCallStore();
  readonly agent: SipUserAgent;
  readonly engine: MediaEngine;
  readonly legs: Legs;
  readonly trunks: Trunks;
  readonly recordingsFolder: string;
  readonly runtime: CallRuntime;
  /** The log, line by line. */
  readonly logged: Record<string, unknown>[];
  /** Every prompt that was asked for, without folder and ending. */
  readonly said: string[] = [];
  /** Every key that the engine heard, as key:ms. */
  readonly keys: string[] = [];
  readonly #transport: TransportLayer;
  readonly #folder: string;
  #registers = 0;
  readonly #phones: VirtualPhone[] = [];
  sip: HostPort = { address: '127.0.0.1', port: 0 };

  private constructor(
    options: ExchangeOptions,
    engine: MediaEngine,
    folder: string,
    log: Log,
    logged: Record<string, unknown>[],
  ) {
    this.logged = logged;
    const { clock } = this;
    this.engine = engine;
    this.#folder = folder;
    const play = engine.play.bind(engine);
    engine.play = (target, items, playOptions) => {
      for (const item of items) this.said.push(...nameOf(item));
      return play(target, items, playOptions);
    };
    engine.on('digit', ({ digit, durationMs }) => this.keys.push(`${digit}:${durationMs}`));
    this.recordingsFolder = options.recordingsFolder ?? join(folder, 'recordings');
    this.#transport = new TransportLayer({ clock, log: silentLog });
    this.agent = new SipUserAgent({
      clock,
      random: systemRandom,
      log: silentLog,
      domain,
      bind: { host: '127.0.0.1', port: 0 },
      transports: ['udp'],
      transport: this.#transport,
      credentials: (username) => this.directory.credentials(username),
      aorOf: () => null,
    });
    const { budget, callsPerSecond, devices, otherKind } = options;
    const { agent, directory, store } = this;
    const shared = { clock, random: systemRandom, log };
    this.trunks = new Trunks({
      clock,
      log,
      agent,
      // Here every host is an address.
      resolver: { resolve: async () => [] },
      trunks: () => directory.trunks,
    });
    const sip: SipLegsOptions = {
      agent,
      directory,
      domain,
      trunks: this.trunks,
      ringTimeoutMs: options.ringTimeoutMs ?? 20_000,
      ...{ silenceMs: options.silenceMs ?? null, srtp: options.srtp ?? 'optional' },
      ...(callsPerSecond === undefined ? {} : { callsPerSecond }),
    };
    const { recordingsFolder } = this;
    const bySip = (house: LegHouse): LegKind => new SipLegs(house, sip);
    const kinds = otherKind === undefined ? [bySip] : [bySip, otherKind];
    const seats = options.seatGraceMs === undefined ? {} : { seatGraceMs: options.seatGraceMs };
    this.legs = new Legs({ ...shared, engine, directory, recordingsFolder, kinds, ...seats });
    const { media, signalling } = this.legs;
    this.runtime = new CallRuntime({
      ...shared,
      store,
      media,
      signalling,
      ...(budget === undefined ? {} : { budget }),
      ...(devices === undefined ? {} : { handling: (device) => callHandling(devices, directory, device) }),
    });
    this.legs.start(this.runtime);
  }

  static async open(options: ExchangeOptions = {}): Promise<VirtualExchange> {
    const folder = await mkdtemp(join(tmpdir(), 'partyline-legs-'));
    const logged: Record<string, unknown>[] = [];
    const log = createLog('debug', { write: (line) => void logged.push(JSON.parse(line)) });
    const engine = await MediaEngine.start({
      processes: 1,
      bind: '127.0.0.1',
      advertise: null,
      rtpPorts: options.rtpPorts ?? mediaRange(200),
      socketFolder: folder,
      promptsRoot: fileURLToPath(new URL('../../../../prompts', import.meta.url)),
      mediaTimeoutMs: options.mediaTimeoutMs ?? 60_000,
      log,
      clock: systemClock,
    });
    const exchange = new VirtualExchange(options, engine, folder, log, logged);
    exchange.sip = await exchange.agent.listen();
    return exchange;
  }

  /** Of the media process that started last. */
  get mediaPid(): number {
    return Number(this.logged.findLast((line) => line['msg'] === 'media process started')?.['pid']);
  }

  async phone(tone: number): Promise<VirtualPhone> {
    const phone = await VirtualPhone.open(this.clock, tone);
    this.#phones.push(phone);
    return phone;
  }

  /** As if the phone had registered. */
  register(phone: Pick<VirtualPhone, 'sip'>, number: string, headers: readonly string[] = []): void {
    const contact = `sip:${number}@${phone.sip.address}:${phone.sip.port}`;
    const parsed = parseMessage(
      Buffer.from(
        [
          `REGISTER sip:${domain} SIP/2.0`,
          `Via: SIP/2.0/UDP ${phone.sip.address}:${phone.sip.port};branch=z9hG4bK${phone.sip.port}`,
          'Max-Forwards: 70',
          `From: <sip:${number}@${domain}>;tag=1`,
          `To: <sip:${number}@${domain}>`,
          `Call-ID: ${phone.sip.port}`,
          `CSeq: ${++this.#registers} REGISTER`,
          `Contact: <${contact}>`,
          'User-Agent: Virtual phone/1',
          ...headers,
          'Content-Length: 0',
          '\r\n',
        ].join('\r\n'),
      ),
    );
    if (!parsed.ok || !(parsed.message instanceof SipRequest)) throw new Error('the test writes a wrong REGISTER');
    const flow = this.#transport.flowTo('udp', phone.sip);
    const { status } = this.agent.registrar.handle(parsed.message, flow, `${number}@${domain}`);
    if (status !== 200) throw new Error(`registered with ${status}`);
  }

  /** Waits for a prompt, or for so many of it. */
  async hasSaid(prompt: string, times = 1): Promise<void> {
    await until(
      () => `${prompt} to be said; said: ${this.said.join(', ')}; keys heard by RFC 4733: ${this.keys.join(' ')}`,
      () => this.said.filter((name) => name === prompt).length >= times,
    );
  }

  /** Why the newest call of that kind let nobody in, in order. */
  refusedIn(kind: CallKind): string[] {
    const log = [...this.store.callIds()].reverse().map((callId) => this.store.log(callId));
    const newest = log.find(([first]) => first?.type === 'originated' && first.data.call?.kind === kind) ?? [];
    return newest.flatMap((event) => {
      if (event.type !== 'entryRefused') return [];
      const { why, conference, until } = event.data;
      return [`${why} ${conference}${until === undefined ? '' : ' for a while'}`];
    });
  }

  /** Types and causes in the log of the latest call of this kind. */
  logOf(kind: CallKind): string[] {
    for (const callId of [...this.store.callIds()].reverse()) {
      const log = this.store.log(callId);
      const first = log[0];
      if (first?.type === 'originated' && first.data.call?.kind === kind) {
        return log.map((event) => `${event.type} ${event.cause}`);
      }
    }
    return [];
  }

  /** Waits until no call has left anything behind. */
  async nothingIsLeft(): Promise<void> {
    const left = () => JSON.stringify(Object.entries(this.leftovers()).filter(([, count]) => count !== 0));
    await until(
      () => `nothing to be left, but there is ${left()}`,
      () => left() === '[]',
    );
  }

  /** Everything that lives because of calls; all 0 when nobody calls. */
  leftovers(): Record<string, number> {
    const { incoming, outgoing, receptions } = this.legs.counts();
    const { calls, connections } = this.runtime.counters();
    const { dialogs, pendingInvites } = this.agent.counters();
    const mediaLegs = this.engine.stats().legs;
    return { incoming, outgoing, receptions, calls, connections, dialogs, pendingInvites, mediaLegs };
  }

  async close(): Promise<void> {
    await this.runtime.close();
    await this.legs.close();
    for (const phone of this.#phones) await phone.close();
    await this.agent.close();
    await this.engine.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Runs a test on a server of its own with three phones. */
export async function withExchange(
  options: ExchangeOptions,
  run: (exchange: VirtualExchange, alice: VirtualPhone, bob: VirtualPhone, carol: VirtualPhone) => Promise<void>,
): Promise<void> {
  const exchange = await VirtualExchange.open(options);
  try {
    await run(exchange, await exchange.phone(500), await exchange.phone(900), await exchange.phone(1400));
  } finally {
    await exchange.close();
  }
}

/** The status that a call is refused with. */
export async function refusal(call: Promise<void>): Promise<number> {
  const error = await call.then(
    () => new Error('the call was answered'),
    (thrown: Error) => thrown,
  );
  if (error instanceof Refused) return error.status;
  throw error;
}

function nameOf(item: PlayItem): string[] {
  if ('file' in item) return [item.file.replace(/^.*\/|\.wav$/g, '')];
  return 'tone' in item ? [`tone:${item.tone}`] : [];
}
