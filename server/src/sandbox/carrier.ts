import { fileURLToPath } from 'node:url';
import { AppError, coerceError } from '../base/app-error.ts';
import { type Clock, systemClock, type Timer } from '../base/clock.ts';
import type { HostPort } from '../base/host-port.ts';
import { type Log, silentLog } from '../base/log.ts';
import { type Random, SeededRandom, systemRandom } from '../base/random.ts';
import { Secret } from '../base/secret.ts';
import { numberOrName } from '../sip/message/telephone-subscriber.ts';
import { parseUri, type SipUri, sipUri } from '../sip/message/uri.ts';
import { TransportLayer } from '../sip/transport/transport-layer.ts';
import { type ClientRegistration, type IncomingInvite, SipUserAgent } from '../sip/user-agent.ts';
import { Beat } from './beat.ts';
import { behaviourOf, nationalNumber } from './behaviours.ts';
import type { CallParts, CarrierCall } from './carrier-call.ts';
import { usualWaitMs } from './hearing.ts';
import { IncomingCall } from './incoming-call.ts';
import { type DialOptions, OutgoingCall } from './outgoing-call.ts';
import { RtpPorts } from './rtp-ports.ts';
import { restingBeatMs, speakingBeatMs } from './rtp-stream.ts';
import type { SandboxCall } from './sandbox-call.ts';
import { behave } from './script.ts';
import { Sounds } from './sounds.ts';
import { Trapdoor } from './trapdoor.ts';

export type { DialOptions } from './outgoing-call.ts';

export interface SandboxCarrierOptions {
  /** Equal seeds lose and delay the same packets of the same calls. Default 1. */
  readonly seed?: number;
  /** Where `dial` sends numbers. */
  readonly server?: HostPort;
  /** Default 127.0.0.1 and a free port. */
  readonly bind?: HostPort;
  /** Numbers that nobody expects behave by the table of behaviours.ts (default), or are refused with 404. */
  readonly behaviours?: boolean;
  readonly promptsFolder?: string;
  readonly clock?: Clock;
  /** Of SIP identifiers; what repeats with the seed does not depend on it. */
  readonly random?: Random;
  readonly log?: Log;
}

/** Calls at one time; more are turned away with 503. */
const mostCalls = 20_000;
/** How long the other sides may take to answer our goodbyes. */
const goodbyeMs = 300;
/** Numbers whose calls are counted, so that the n-th call to each repeats. */
const mostNumbers = 100_000;
/** Asked for; renewed in time. */
const registrationS = 300;
const ownPrompts = fileURLToPath(new URL('../../../prompts/sandbox', import.meta.url));

interface Expectation {
  readonly number: string | null;
  take(call: IncomingCall): void;
  fail(error: AppError): void;
}

/** A telephone network on loopback: takes calls, makes calls; each is scripted by a test or behaves by its number. */
export class SandboxCarrier {
  /** Told of every call when it comes in. True: it is the listener's; all else is handled as usual. */
  onCall: (call: SandboxCall) => unknown = () => false;
  readonly #options: SandboxCarrierOptions;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #random: Random;
  readonly #seed: number;
  readonly #trapdoor: Trapdoor;
  readonly #agent: SipUserAgent;
  readonly #parts: Omit<CallParts, 'random'>;
  readonly #calls = new Set<CarrierCall>();
  readonly #expectations: Expectation[] = [];
  /** How many calls there were to each number. */
  readonly #counts = new Map<string, number>();
  #address: HostPort;
  #registration: ClientRegistration | null = null;
  #closed = false;

  private constructor(options: SandboxCarrierOptions) {
    const { clock = systemClock, random = systemRandom, log = silentLog, seed = 1 } = options;
    this.#options = options;
    this.#clock = clock;
    this.#log = log;
    this.#random = random;
    this.#seed = seed;
    this.#address = options.bind ?? { address: '127.0.0.1', port: 0 };
    const host = this.#address.address;
    this.#trapdoor = new Trapdoor(new TransportLayer({ clock, log }));
    this.#trapdoor.swallows = (invite) => this.#isDeaf(numberOrName(invite.uri));
    this.#agent = new SipUserAgent({
      isCarrier: () => true,
      clock,
      random,
      log,
      domain: host,
      bind: { host, port: this.#address.port },
      credentials: () => null,
      aorOf: () => null,
      userAgent: 'Sandbox',
      transport: this.#trapdoor,
      // A call that nobody answers holds its INVITE for as long as it rings.
      limits: { pendingInvites: mostCalls, dialogs: mostCalls },
    });
    this.#agent.onInvite = (invite) => this.#receive(invite);
    this.#parts = {
      clock,
      host,
      ports: new RtpPorts(host),
      sounds: new Sounds(options.promptsFolder ?? ownPrompts, log),
      speaking: new Beat(clock, speakingBeatMs),
      resting: new Beat(clock, restingBeatMs),
      trapdoor: this.#trapdoor,
      onOver: (call) => this.#calls.delete(call),
    };
  }

  /** Rejects with the system's error when the port cannot be had. */
  static async start(options: SandboxCarrierOptions = {}): Promise<SandboxCarrier> {
    const carrier = new SandboxCarrier(options);
    try {
      await carrier.#parts.ports.open();
      carrier.#address = await carrier.#agent.listen();
      return carrier;
    } catch (error) {
      await carrier.close();
      throw error;
    }
  }

  get address(): HostPort {
    return this.#address;
  }

  /** `sip:127.0.0.1:PORT`. */
  get uri(): string {
    return `sip:${hostText(this.#address.address)}:${this.#address.port}`;
  }

  /** Running calls. */
  get calls(): readonly SandboxCall[] {
    return [...this.#calls];
  }

  /**
   * The next call to `number` (any when left out), which the test then handles; nothing but 100 is sent before it says
   * so. Ask before it comes. Rejects with AppError `unavailable` after `withinMs` (default a minute).
   */
  expectCall(number?: string, withinMs = usualWaitMs): Promise<SandboxCall> {
    return new Promise((resolve, reject) => {
      let timer: Timer | null = null;
      const expectation: Expectation = {
        number: number === undefined ? null : nationalNumber(number),
        take: (call) => {
          timer?.cancel();
          resolve(call);
        },
        fail: (error) => {
          timer?.cancel();
          this.#forget(expectation);
          reject(error);
        },
      };
      if (this.#closed) {
        expectation.fail(new AppError('unavailable', 'The carrier is closed.'));
        return;
      }
      this.#expectations.push(expectation);
      const what = number === undefined ? 'No call' : `No call to ${number}`;
      timer = this.#clock.setTimer(withinMs, () =>
        expectation.fail(new AppError('unavailable', `${what} came within ${withinMs} ms.`)),
      );
    });
  }

  /**
   * Calls a number at `server`, or a SIP URI with an address. Throws AppError `invalidArgument` for what is neither.
   */
  dial(target: string, options: DialOptions = {}): SandboxCall {
    if (this.#closed) throw new AppError('invalidState', 'The carrier is closed.');
    const uri = this.#targetOf(target);
    const callId = this.#random.bytes(16).toString('hex');
    const call = new OutgoingCall(this.#partsFor(`from ${uri.user ?? ''}`), this.#agent, uri, callId, options);
    this.#calls.add(call);
    return call;
  }

  /**
   * Registers with `server` as a phone, and keeps it so: calls to the number come here. Rejects with AppError
   * `unauthenticated` for a wrong password, `unavailable` when nobody answers.
   */
  register(number: string, password: string, withinMs = usualWaitMs): Promise<void> {
    const uri = this.#targetOf(number);
    const domain: SipUri = { ...uri, user: null };
    return new Promise((resolve, reject) => {
      const fail = (code: 'unauthenticated' | 'unavailable', why: string) => {
        timer.cancel();
        reject(new AppError(code, `The phone ${number} is not registered: ${why}.`));
      };
      const timer = this.#clock.setTimer(withinMs, () => fail('unavailable', `nothing came within ${withinMs} ms`));
      this.#registration = this.#agent.register({
        registrar: [{ uri: domain }],
        aor: { displayName: null, uri, params: new Map() },
        contactUser: number,
        credentials: { username: number, password: new Secret(password) },
        expiresS: registrationS,
        onState: ({ registered, status }) => {
          if (registered) {
            timer.cancel();
            resolve();
          } else if (status === 401 || status === 403 || status === 407) fail('unauthenticated', `status ${status}`);
          else if (status !== null) fail('unavailable', `status ${status}`);
        },
      });
    });
  }

  /** Hangs up what is running; answers are waited for a moment only. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const expectation of [...this.#expectations]) {
      expectation.fail(new AppError('unavailable', 'The carrier was closed.'));
    }
    for (const call of [...this.#calls]) call.hangUp();
    // What is still there has neither INVITE nor session any more.
    this.#calls.clear();
    await this.#registration?.close();
    this.#parts.speaking.close();
    this.#parts.resting.close();
    await this.#goodbyes();
    this.#parts.ports.close();
    await this.#agent.close();
  }

  /** A BYE may have to wait for the ACK of the answer (RFC 3261 §15); with the sockets gone it would never be sent. */
  async #goodbyes(): Promise<void> {
    const deadline = this.#clock.monotonic() + goodbyeMs;
    while (this.#agent.counters().dialogs > 0 && this.#clock.monotonic() < deadline) {
      await new Promise<void>((resolve) => void this.#clock.setTimer(5, resolve));
    }
  }

  #receive(invite: IncomingInvite): void {
    if (this.#calls.size >= mostCalls || this.#closed) {
      invite.turnAway();
      return;
    }
    const number = nationalNumber(invite.dialled);
    const call = new IncomingCall(this.#partsFor(number), invite);
    this.#calls.add(call);
    this.onCall(call);
    if (call.taken) return;
    const expectation = this.#expectations.find((one) => one.number === null || one.number === number);
    if (expectation !== undefined) {
      this.#forget(expectation);
      expectation.take(call);
      return;
    }
    if (this.#options.behaviours === false) {
      call.refuse(404);
      return;
    }
    behave(call, behaviourOf(number), (to) => `sip:${to}@${this.uri.slice('sip:'.length)}`).catch((error) => {
      this.#log.error({ error: coerceError(error).stack }, 'a behaviour failed');
      call.hangUp();
    });
  }

  #isDeaf(dialled: string): boolean {
    const number = nationalNumber(dialled);
    if (this.#options.behaviours === false || behaviourOf(number).deaf !== true) return false;
    return !this.#expectations.some((one) => one.number === number);
  }

  /** Its own stream of chance for the n-th call to a number, whatever else is going on. */
  #partsFor(number: string): CallParts {
    const count = this.#counts.get(number) ?? 0;
    if (count > 0 || this.#counts.size < mostNumbers) this.#counts.set(number, count + 1);
    return { ...this.#parts, random: new SeededRandom(mixed(this.#seed, number, count)) };
  }

  #targetOf(target: string): SipUri {
    const { server } = this.#options;
    if (!/^sips?:/i.test(target)) {
      if (server === undefined) throw new AppError('invalidArgument', 'Say the server, or a whole SIP URI.');
      return sipUri(target, hostText(server.address), server.port);
    }
    const uri = parseUri(target);
    if (uri === null) throw new AppError('invalidArgument', `This is no SIP URI: ${target.slice(0, 100)}`);
    return uri;
  }

  #forget(expectation: Expectation): void {
    const at = this.#expectations.indexOf(expectation);
    if (at >= 0) this.#expectations.splice(at, 1);
  }
}

function hostText(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

/** FNV-1a over what makes a call the one it is. */
function mixed(seed: number, number: string, count: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (const character of `${number}\n${count}`) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return hash >>> 0;
}
