import { type Clock, steadyClock, type Timer } from '../../../../base/clock.ts';
import type { Random } from '../../../../base/random.ts';
import type { ExtensionView } from '../../../../directory/directory-views.ts';
import type { BrowserDoor, BrowserPhone, BrowserPhoneCall } from '../../dialect.ts';

/** How a line tells its browser; null: nobody listens now. */
export interface LineListener {
  call(call: BrowserPhoneCall): void;
  pickUp(callId: string): void;
  /** The line is over, or another socket has it. */
  over(why: LineEnd | 'replaced'): void;
}

export type LineEnd = 'signedOut' | 'displaced' | 'expired' | 'shutdown';

/** A browser that signed in as a phone. */
export interface Line {
  /** 32 hex digits; who knows it is the browser. */
  readonly id: string;
  readonly extension: ExtensionView;
  /** ms since the epoch. */
  readonly expiresAt: number;
  readonly phone: BrowserPhone;
  listener: LineListener | null;
  /** Calls that ended while nobody listened: told to who comes back. */
  readonly missed: BrowserPhoneCall[];
}

/** How long a line waits for its browser to come, or to come back, ms. */
const graceMs = 20_000;
/** Why its calls end then. */
const causes = { signedOut: 'normal', displaced: 'normal', expired: 'timeout', shutdown: 'shutdown' } as const;
const mostMissed = 20;
/** After that one has to sign in again, ms. */
const lifeMs = 12 * 3_600_000;

/**
 * Browsers that are phones, from signing in until they sign out, stay away, are displaced, or have been there too long.
 */
export class PhoneLines {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #browsers: Pick<BrowserDoor, 'phone'>;
  readonly #lines = new Map<string, Line>();
  readonly #timers = new Map<string, Timer>();

  constructor(clock: Clock, random: Random, browsers: Pick<BrowserDoor, 'phone'>) {
    this.#clock = steadyClock(clock);
    this.#random = random;
    this.#browsers = browsers;
  }

  /** Errors: unavailable. */
  open(extension: ExtensionView, agent: string, allowed: () => boolean): Line {
    const id = Buffer.from(this.#random.bytes(16)).toString('hex');
    const expiresAt = this.#clock.now() + lifeMs;
    const phone = this.#browsers.phone({
      extensionId: extension.id,
      agent,
      expiresAt,
      allowed,
      tell: (call) => {
        if (line.listener !== null) line.listener.call(call);
        else if (call.state === 'ended' && line.missed.length < mostMissed) line.missed.push(call);
      },
      pickUp: (callId) => line.listener?.pickUp(callId),
      displaced: () => this.end(line, 'displaced'),
    });
    const line: Line = { id, extension, expiresAt, phone, listener: null, missed: [] };
    this.#lines.set(id, line);
    this.#wait(line);
    return line;
  }

  find(id: string): Line | null {
    return this.#lines.get(id) ?? null;
  }

  /** From now on this one is told, instead of who was before. Gives what ends that. */
  listen(line: Line, listener: LineListener): () => void {
    const before = line.listener;
    line.listener = listener;
    before?.over('replaced');
    line.phone.reachable = true;
    this.#until(line, line.expiresAt - this.#clock.now(), () => this.end(line, 'expired'));
    return () => {
      if (line.listener !== listener || this.#lines.get(line.id) !== line) return;
      line.listener = null;
      line.phone.reachable = false;
      this.#wait(line);
    };
  }

  /** Its calls end. Idempotent. */
  end(line: Line, why: LineEnd): void {
    if (!this.#lines.delete(line.id)) return;
    this.#timers.get(line.id)?.cancel();
    this.#timers.delete(line.id);
    line.phone.end(causes[why]);
    const { listener } = line;
    line.listener = null;
    listener?.over(why);
  }

  /** The user's logins are over: all that signed in as its phones sign in again. */
  endOf({ organizationId, userId }: Pick<ExtensionView, 'organizationId' | 'userId'>): void {
    for (const line of [...this.#lines.values()]) {
      const { extension } = line;
      if (extension.organizationId === organizationId && extension.userId === userId) this.end(line, 'signedOut');
    }
  }

  close(): void {
    for (const line of [...this.#lines.values()]) this.end(line, 'shutdown');
  }

  #wait(line: Line): void {
    this.#until(line, graceMs, () => this.end(line, 'expired'));
  }

  #until({ id }: Line, ms: number, then: () => void): void {
    this.#timers.get(id)?.cancel();
    this.#timers.set(id, this.#clock.setTimer(ms, then));
  }
}
