import { OverReload } from '../over-reload.ts';
import { iceServersIn } from '../session.ts';
import {
  iceServersNow,
  offerAgain,
  type PhoneCallTold,
  type PhoneExtension,
  type PhoneLogin,
  PhoneRefusal,
  PhoneSocket,
  type PhoneSocketListener,
  type SignedIn,
  signIn,
} from './phone-socket.ts';

/** off → registering → registered ⇄ lost (it is being mended) → off. */
export type PhoneState = 'off' | 'registering' | 'registered' | 'lost';

export interface PhoneConnectionListener {
  /** `why`: of `off`, where nobody asked for that. */
  state(state: PhoneState, why: string | null): void;
  /** All calls that there are: what is not among them is over. */
  calls(calls: readonly PhoneCallTold[]): void;
  call(call: PhoneCallTold): void;
  pickUp(callId: string): void;
  /** The server has begun anew, or forgot us: no call goes on. */
  forgotten(): void;
}

/** Between two attempts to come back, ms; the last one goes on. */
const pauses = [250, 500, 1000, 2000, 4000];
/** Logins are good for a minute at least (`media.turn`), ms. */
const freshMs = 10_000;

/** What is kept of a phone over the reload of its page: where it is, and as whose it signed in. */
interface KeptPhone extends SignedIn {
  readonly base: string | null;
  readonly login: string | null;
  readonly extension: string | null;
}

const keptName = 'phone';

/** The extension as which the page before its reload was a phone, as it was named then; null: it was none. */
export function phoneBefore(): string | null {
  const kept = OverReload.look(keptName) as Partial<KeptPhone> | null;
  return typeof kept?.extension === 'string' ? kept.extension : null;
}

/** A browser's registration as a phone, which is kept up until it is taken back or another takes its place. */
export class PhoneConnection {
  readonly #listener: PhoneConnectionListener;
  readonly #told: PhoneSocketListener;
  #login: PhoneLogin | null = null;
  #address = '';
  #iceServers: readonly RTCIceServer[] = [];
  #iceServersAt = 0;
  #socket: PhoneSocket | null = null;
  #state: PhoneState = 'off';
  #extension: PhoneExtension | null = null;
  #tries = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #kept: OverReload<KeptPhone> | null = null;
  #registering: { readonly done: (extension: PhoneExtension) => void; readonly failed: (why: Error) => void } | null =
    null;

  constructor(listener: PhoneConnectionListener) {
    this.#listener = listener;
    this.#told = {
      registered: (extension, calls) => this.#registered(extension, calls),
      call: (call) => listener.call(call),
      pickUp: (callId) => listener.pickUp(callId),
      closed: (over) => this.#closed(over),
    };
  }

  get state(): PhoneState {
    return this.#state;
  }

  get extension(): PhoneExtension | null {
    return this.#extension;
  }

  /** What proves to the server which phone this is; null: it is none now. */
  get phoneId(): string | null {
    return this.#address.split('/').at(-1) || null;
  }

  /**
   * What its calls find a way by, with logins that are good from now on: it may have signed in long ago. Never rejects.
   */
  async freshIceServers(): Promise<readonly RTCIceServer[]> {
    if (this.#iceServers.length === 0 || Date.now() - this.#iceServersAt < freshMs) return this.#iceServers;
    const address = this.#address;
    const now = await iceServersNow(address);
    if (now !== null && this.#address === address) this.#signedIn({ address, iceServers: now });
    return this.#iceServers;
  }

  /** Where the page before its reload was the same phone, it is that on. Rejects with PhoneRefusal. */
  async register(login: PhoneLogin): Promise<PhoneExtension> {
    if (this.#state !== 'off') throw new PhoneRefusal(0, 'registered', 'It is a phone already.');
    this.#login = login;
    this.#kept = new OverReload<KeptPhone>(keptName, () => this.#toKeep());
    globalThis.addEventListener?.('online', this.#renew);
    this.#become('registering');
    try {
      const kept = before(login);
      const signedIn = kept ?? (await signIn(login));
      if (this.#login !== login) throw new PhoneRefusal(0, 'off');
      this.#signedIn(signedIn);
      // Nobody knows how old what was kept is.
      if (kept !== null) this.#iceServersAt = 0;
      return await new Promise((done, failed) => {
        this.#registering = { done, failed };
        this.#connect();
      });
    } catch (error) {
      if (this.#login === login) this.#off(null);
      throw error;
    }
  }

  /** Idempotent. */
  async unregister(): Promise<void> {
    const address = this.#state === 'off' ? '' : this.#address;
    this.#off(null);
    if (address !== '') await fetch(address, { method: 'DELETE', keepalive: true }).catch(() => {});
  }

  /** Rejects with CommandFailed, or PhoneRefusal while the server is not reached. */
  async ask(what: string, more: Readonly<Record<string, unknown>> = {}): Promise<Record<string, unknown>> {
    if (this.#socket === null || this.#state !== 'registered') {
      throw new PhoneRefusal(0, 'network', 'The server is not reached now.');
    }
    return this.#socket.ask(what, more);
  }

  /**
   * Another way of the sound in a call, with an offer of it. `lost`: it had one, so perhaps this browser has another
   * network; else the page is new, and its socket too. Gives the answer. Rejects with PhoneRefusal.
   */
  async move(callId: string, offer: string, lost: boolean): Promise<string> {
    const answer = await offerAgain(this.#address, callId, offer);
    if (lost) this.#renew();
    return answer;
  }

  #signedIn({ address, iceServers }: SignedIn): void {
    this.#address = address;
    this.#iceServers = iceServers;
    this.#iceServersAt = Date.now();
  }

  #toKeep(): KeptPhone | null {
    const login = this.#login;
    if (login === null || this.#address === '' || login.authorization !== undefined) return null;
    return { ...whose(login), address: this.#address, iceServers: this.#iceServers };
  }

  #connect(): void {
    this.#socket = new PhoneSocket(this.#address, this.#told);
  }

  /** The socket may be of a network that is gone, which nobody would tell for minutes: another takes its place. */
  readonly #renew = (): void => {
    if (this.#state === 'off' || this.#state === 'registering' || this.#address === '') return;
    clearTimeout(this.#timer);
    this.#tries = 0;
    this.#socket?.close();
    this.#connect();
  };

  #registered(extension: PhoneExtension, calls: readonly PhoneCallTold[]): void {
    this.#extension = extension;
    this.#tries = 0;
    this.#become('registered');
    this.#registering?.done(extension);
    this.#registering = null;
    this.#listener.calls(calls);
  }

  #closed(over: string | null): void {
    this.#socket = null;
    // Unknown: the server began anew. Expired: half a day is over, or nobody came back in time.
    const anew = over === 'unknown' || over === 'expired' || over === 'shutdown';
    if (over !== null && !anew) {
      this.#off(over);
      return;
    }
    if (anew) {
      this.#address = '';
      this.#listener.forgotten();
    }
    if (this.#registering === null) this.#become('lost');
    this.#again();
  }

  #again(): void {
    const pause = pauses[Math.min(this.#tries++, pauses.length - 1)]!;
    this.#timer = setTimeout(() => void this.#mend(), pause);
  }

  async #mend(): Promise<void> {
    const login = this.#login;
    if (login === null) return;
    try {
      if (this.#address === '') {
        const signedIn = await signIn(login);
        if (this.#login !== login) return;
        this.#signedIn(signedIn);
      }
      this.#connect();
    } catch (error) {
      if (this.#login !== login) return;
      const { status, code } = error as PhoneRefusal;
      // What will not be otherwise a moment later.
      if (status >= 400 && status < 500 && status !== 429) this.#off(code);
      else this.#again();
    }
  }

  #off(why: string | null): void {
    clearTimeout(this.#timer);
    this.#kept?.end();
    globalThis.removeEventListener?.('online', this.#renew);
    this.#login = null;
    this.#address = '';
    this.#tries = 0;
    this.#socket?.close();
    this.#socket = null;
    this.#registering?.failed(new PhoneRefusal(0, why ?? 'off'));
    this.#registering = null;
    this.#become('off', why);
    this.#listener.forgotten();
  }

  #become(state: PhoneState, why: string | null = null): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#listener.state(state, why);
  }
}

function whose({ base, login, extension }: PhoneLogin): Omit<KeptPhone, keyof SignedIn> {
  return { base: base ?? null, login: login ?? null, extension: extension ?? null };
}

/** The phone that the page before its reload was, if it signed in as the same. */
function before(login: PhoneLogin): SignedIn | null {
  const kept = OverReload.look(keptName) as Partial<KeptPhone> | null;
  const mine = whose(login);
  if (typeof kept?.address !== 'string' || login.authorization !== undefined) return null;
  if (kept.base !== mine.base || kept.login !== mine.login || kept.extension !== mine.extension) return null;
  OverReload.put(keptName, null);
  return { address: kept.address, iceServers: iceServersIn(kept.iceServers) };
}
