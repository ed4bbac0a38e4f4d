import { AppError } from '../base/app-error.ts';
import type { Clock } from '../base/clock.ts';
import { newId } from '../base/id.ts';
import { type Random, SeededRandom } from '../base/random.ts';
import type { Headers } from '../sip/message/headers.ts';
import type { InviteSession } from '../sip/user-agent.ts';
import { BadNetwork, type BadNetworkOptions } from './bad-network.ts';
import type { Beat } from './beat.ts';
import { CallMedia } from './call-media.ts';
import { Hearing, usualWaitMs } from './hearing.ts';
import type { RtpPorts } from './rtp-ports.ts';
import { RtpStream } from './rtp-stream.ts';
import type { Playable, SandboxCall, SandboxCallEnd, SandboxCallState } from './sandbox-call.ts';
import type { Sounds } from './sounds.ts';
import type { Trapdoor } from './trapdoor.ts';

const keyMs = 100;
const betweenKeysMs = 80;

/** What the calls of one carrier have in common. */
export interface CallParts {
  readonly clock: Clock;
  /** Of this call alone; repeats with the carrier's seed, the number, and how many calls there were to it. */
  readonly random: Random;
  readonly host: string;
  readonly ports: RtpPorts;
  readonly sounds: Sounds;
  readonly speaking: Beat<{ beat(nowMs: number): void }>;
  readonly resting: Beat<{ beat(nowMs: number): void }>;
  readonly trapdoor: Trapdoor;
  /** Once. */
  readonly onOver: (call: CarrierCall) => void;
}

/**
 * What both directions of a call share: sound, keys, hearing, and the end.
 *
 * States: calling · ringing · early · connected · ended.
 *
 *     calling                  180           → ringing
 *     calling, ringing         183 with SDP  → early
 *     calling, ringing, early  answered      → connected
 *     any                      over          → ended
 */
export abstract class CarrierCall implements SandboxCall {
  readonly id: string;
  abstract readonly direction: 'incoming' | 'outgoing';
  abstract readonly dialled: string;
  abstract readonly from: { readonly number: string; readonly name: string | null };
  abstract readonly headers: Headers | null;
  abstract readonly callId: string;
  readonly answered: Promise<void>;
  readonly ended: Promise<SandboxCallEnd>;
  rang = false;
  readonly media: CallMedia;
  protected readonly parts: CallParts;
  protected session: InviteSession | null = null;
  readonly #hearing: Hearing;
  readonly #resolveAnswered: () => void;
  readonly #rejectAnswered: (error: AppError) => void;
  readonly #resolveEnded: (end: SandboxCallEnd) => void;
  /** Wake up what waits for time when the call is over. */
  readonly #pauses = new Set<() => void>();
  #state: SandboxCallState = 'calling';

  constructor(parts: CallParts, who: string) {
    this.parts = parts;
    const { clock, random, speaking, resting } = parts;
    this.id = newId(random);
    const onDigit = (digit: string) => this.#hearing.digit(digit);
    const stream = new RtpStream({ clock, random, speaking, resting, onDigit });
    this.media = new CallMedia(stream, parts.ports, parts.host, random);
    this.#hearing = new Hearing(clock, stream, who, () => this.#state === 'ended');
    let [resolveAnswered, rejectAnswered] = [() => {}, (_error: AppError) => {}];
    this.answered = new Promise((resolve, reject) => {
      [resolveAnswered, rejectAnswered] = [resolve, reject];
    });
    // Nobody has to wait for it.
    this.answered.catch(() => {});
    this.#resolveAnswered = resolveAnswered;
    this.#rejectAnswered = rejectAnswered;
    let resolveEnded = (_end: SandboxCallEnd) => {};
    this.ended = new Promise((resolve) => {
      resolveEnded = resolve;
    });
    this.#resolveEnded = resolveEnded;
  }

  get state(): SandboxCallState {
    return this.#state;
  }

  get digits(): string {
    return this.#hearing.digits;
  }

  get packets(): SandboxCall['packets'] {
    const { sent, reports } = this.media.stream;
    const { received, lost } = reports.statistics;
    return { sent, received, lost, lostThere: reports.lostThere };
  }

  get onHeard(): SandboxCall['onHeard'] {
    return this.media.stream.tap;
  }

  set onHeard(tap: SandboxCall['onHeard']) {
    this.media.stream.tap = tap;
  }

  abstract ring(): void;
  abstract early(sound?: Playable): void;
  abstract answer(): void;
  abstract refuse(status: number, reason?: string, headers?: readonly (readonly [string, string])[]): void;
  abstract hangUp(reason?: string): void;
  /** Lets the user agent forget the call, once nothing of it can be sent any more. */
  protected abstract abandon(): void;

  busy(): void {
    this.refuse(486);
  }

  // ── sound ──────────────────────────────────────────────────────────────────────────────────────────────────────

  async press(digits: string, options: { durationMs?: number; gapMs?: number } = {}): Promise<void> {
    const { durationMs = keyMs, gapMs = betweenKeysMs } = options;
    await new Promise<void>((resolve) => this.media.stream.press(digits, durationMs, gapMs, resolve));
  }

  async play(sound: Playable): Promise<void> {
    const { stream } = this.media;
    stream.echoing = false;
    await new Promise<void>((resolve) => stream.play((codec) => this.parts.sounds.get(sound, codec), resolve));
  }

  stopPlaying(): void {
    this.media.stream.stop();
  }

  echo(): void {
    this.media.stream.stop();
    this.media.stream.echoing = true;
  }

  /** From here on packets of both directions are lost and late, by the call's seed. */
  useBadNetwork(options: BadNetworkOptions): void {
    const { clock, random } = this.parts;
    // Each direction draws from its own, so that neither depends on how the two interleave.
    const one = () => new BadNetwork(clock, new SeededRandom(random.bytes(4).readUInt32LE(0)), options);
    this.media.stream.badNetwork = { out: one(), in: one() };
  }

  async hold(on: boolean): Promise<number> {
    const session = this.session;
    if (session === null) throw new AppError('invalidState', 'The call is not connected.');
    this.media.direction = on ? 'sendonly' : 'sendrecv';
    const result = await session.reinvite(this.media.offer());
    if (!result.ok) return result.status;
    return this.media.accept(result.answer) ? 200 : 488;
  }

  // ── hearing ────────────────────────────────────────────────────────────────────────────────────────────────────

  hears(frequency: number, withinMs = usualWaitMs): Promise<void> {
    return this.#hearing.tone(frequency, withinMs);
  }

  hearsNot(frequency: number, forMs = 600, withinMs = usualWaitMs): Promise<void> {
    return this.#hearing.noTone(frequency, forMs, withinMs);
  }

  hearsSilence(forMs = 500, withinMs = usualWaitMs): Promise<void> {
    return this.#hearing.silence(forMs, withinMs);
  }

  hearsSound(withinMs = usualWaitMs): Promise<void> {
    return this.#hearing.sound(withinMs);
  }

  hearsDigits(digits: string, withinMs = usualWaitMs): Promise<void> {
    return this.#hearing.keys(digits, withinMs);
  }

  // ── the end ────────────────────────────────────────────────────────────────────────────────────────────────────

  vanish(): void {
    if (this.#state === 'ended') return;
    this.parts.trapdoor.drop(this.callId);
    this.finish({ by: 'us', status: null, reason: 'vanished' }, true);
    this.abandon();
  }

  /** Resolves after `ms`, or when the call is over. */
  pause(ms: number): Promise<void> {
    if (this.#state === 'ended') return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.parts.clock.setTimer(ms, () => wake());
      const wake = () => {
        timer.cancel();
        this.#pauses.delete(wake);
        resolve();
      };
      this.#pauses.add(wake);
    });
  }

  protected reach(state: 'ringing' | 'early' | 'connected'): void {
    if (this.#state === 'ended' || this.#state === 'connected') return;
    if (state === 'ringing' && this.#state === 'early') return;
    this.#state = state;
    this.rang ||= state !== 'connected';
    if (state === 'connected') this.#resolveAnswered();
  }

  /** What an established dialog tells us, whichever side began it. */
  protected attend(session: InviteSession): void {
    this.session = session;
    session.onReinvite = (offer, reply) => {
      if (offer === null) {
        reply.accept(this.media.offer());
        return;
      }
      const answer = this.media.answer(offer);
      if (answer.ok) reply.accept(answer.sdp);
      else reply.reject(488, answer.warning);
    };
    session.onAck = (answer) => {
      if (answer !== null) this.media.accept(answer);
    };
    session.onEnded = ({ by, status, reason }) => {
      const who = by === 'local' ? 'us' : by === 'remote' ? 'them' : by;
      this.finish({ by: who, status: status ?? null, reason: reason ?? null });
    };
  }

  protected finish(end: SandboxCallEnd, silently = false): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.media.close(silently);
    const why = `${end.status ?? ''} ${end.reason ?? ''}`.trim();
    this.#rejectAnswered(new AppError('unavailable', `The call ended unanswered (by ${end.by}: ${why}).`));
    this.#resolveEnded(end);
    for (const wake of [...this.#pauses]) wake();
    this.parts.onOver(this);
  }
}
