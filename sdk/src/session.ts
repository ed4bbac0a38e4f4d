import { hasSeat, hasSeatNoMore, isSamePlace, type Seat, seatBefore, takeSeat } from './seats.ts';
import { iceServersLinked, seatOf } from './token-claims.ts';

export { type Seat, seatBefore } from './seats.ts';
export { iceServersIn, iceServersOf, issuerOf, lifetimeOf } from './token-claims.ts';

/** What is spoken with the server: docs/protocols/webrtc.md. */

/** Why an offer was not taken, or nobody answered at all (`status` 0). */
export class WhipRefusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, detail: string) {
    super(detail);
    this.name = 'WhipRefusal';
    this.status = status;
    this.code = code;
  }
}

/** A command that the server did not do. */
export class CommandFailed extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'CommandFailed';
    this.code = code;
  }
}

// biome-ignore lint/suspicious/noExplicitAny: JSON; its shape is the contract's
export type Message = Readonly<Record<string, any>> & { readonly type: string };

export interface SessionListener {
  message(message: Message): void;
  /** The socket is there, or is not. */
  online(online: boolean): void;
}

const retryMs = [250, 500, 1000, 2000, 4000];
const answerMs = 10_000;
/** Neither a call nor another way is kept waiting for fresh logins for longer. */
export const loginsMs = 2000;
const closed = { ended: 4000, unknown: 4404 } as const;

/**
 * One call: its place at the server, and the socket that tells of it, which comes back by itself and misses nothing.
 */
export class Session {
  readonly location: string;
  #seat: Seat;
  readonly #listener: SessionListener;
  readonly #waiting = new Map<
    number,
    { readonly done: () => void; readonly failed: (error: CommandFailed) => void; readonly timer: number }
  >();
  #socket: WebSocket | null = null;
  #nextId = 1;
  #last: string | null = null;
  #tries = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #over = false;
  #online = false;

  private constructor(seat: Seat, listener: SessionListener) {
    this.#seat = seat;
    this.location = `${seat.base}/whip/${seat.id}`;
    this.#listener = listener;
    hasSeat(seat, () => this.end());
  }

  get server(): string {
    return this.#seat.base;
  }

  /** The place that the page before its reload had; what it needs besides is an offer (`move`). */
  static again(seat: Seat, listener: SessionListener): Session {
    takeSeat(seat);
    return new Session(seat, listener);
  }

  /**
   * Offers; gives the session and the answer. Where the page before its reload was the same there, it is the same
   * participant, and the token is not used. Rejects with WhipRefusal.
   */
  static async open(
    base: string,
    token: string,
    offer: string,
    listener: SessionListener,
  ): Promise<{ readonly session: Session; readonly answer: string }> {
    const mine = seatOf(base, token);
    const before = seatBefore((seat) => isSamePlace(mine, seat));
    if (before !== null) {
      takeSeat(before);
      const again = await post(`${base}/whip`, before.id, offer).catch(() => null);
      if (again !== null) {
        const { answer, etag } = again;
        return { session: new Session({ ...mine, id: before.id, etag }, listener), answer };
      }
    }
    const { answer, location, etag } = await post(`${base}/whip?knock=1`, token, offer);
    // The server may be known by another name than ours: what counts is that it is the one that was asked.
    const id = location.split('/').at(-1) ?? '';
    return { session: new Session({ ...mine, id, etag }, listener), answer };
  }

  /**
   * What another way is found by, with logins that are good from now on: those known may have run out. Where the
   * server is not reached, what is known. Never rejects.
   */
  async freshIceServers(): Promise<readonly RTCIceServer[]> {
    const { iceServers, etag } = this.#seat;
    if (iceServers.length === 0) return [];
    try {
      const { headers } = await fetch(this.location, {
        method: 'PATCH',
        headers: { 'Content-Type': 'application/trickle-ice-sdpfrag', 'If-Match': etag },
        body: '',
        signal: AbortSignal.timeout(loginsMs),
      });
      this.#hasNow({ iceServers: iceServersLinked(headers.get('Link')) });
    } catch {
      // As good as they are.
    }
    return this.#seat.iceServers;
  }

  /**
   * Another way to the same call, with a new offer: another network, or what was is broken. `lost`: it had one, else
   * the page is new, and its socket too. Gives the answer. Rejects with WhipRefusal.
   */
  async move(offer: string, lost: boolean): Promise<string> {
    const { answer, etag } = await post(`${this.#seat.base}/whip`, this.#seat.id, offer);
    this.#hasNow({ etag });
    // The socket may be of a network that is gone, which nobody would tell for minutes: another takes its place.
    if (lost) this.drop();
    if (lost) this.hurry();
    return answer;
  }

  /** Begins to listen. */
  listen(): void {
    if (this.#over) return;
    const after = this.#last === null ? '' : `?after=${encodeURIComponent(this.#last)}`;
    const socket = new WebSocket(`${this.location.replace(/^http/, 'ws')}/events${after}`);
    this.#socket = socket;
    socket.onopen = () => {
      this.#tries = 0;
      this.#isOnline(true);
    };
    socket.onmessage = ({ data }) => {
      const message = parsed(String(data)) as Message | null;
      if (message !== null && this.#socket === socket) this.#take(message);
    };
    socket.onclose = ({ code }) => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      this.#giveUp('unavailable');
      if (this.#over) return;
      if (code === closed.ended || code === closed.unknown) {
        hasSeatNoMore(this.#seat.id);
        const reason = code === closed.unknown ? 'unknown' : 'normal';
        this.#listener.message({ type: 'call', state: 'ended', reason });
        return;
      }
      this.#again();
    };
  }

  /** The network is known to be gone: what the socket says of it is not waited for. */
  drop(): void {
    const socket = this.#socket;
    if (socket === null || this.#over) return;
    this.#socket = null;
    socket.close();
    this.#giveUp('unavailable');
    this.#again();
  }

  /** The network is known to be there: does not wait until it is tried again. */
  hurry(): void {
    if (this.#socket !== null || this.#over) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#tries = 0;
    this.listen();
  }

  /** Rejects with CommandFailed. */
  ask(what: string, more: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const socket = this.#socket;
    if (socket === null || socket.readyState !== 1) {
      return Promise.reject(new CommandFailed('unavailable', 'The server is not reached now.'));
    }
    const id = this.#nextId++;
    return new Promise((done, failed) => {
      const late = () => {
        this.#waiting.delete(id);
        failed(new CommandFailed('unavailable', 'The server did not answer.'));
      };
      const timer = setTimeout(late, answerMs) as unknown as number;
      this.#waiting.set(id, { done, failed, timer });
      socket.send(JSON.stringify({ ...more, id, do: what }));
    });
  }

  /** Ends the call; the server is told even if the page goes away meanwhile. Idempotent. */
  end(): void {
    const over = this.#over;
    this.close();
    if (!over) void fetch(this.location, { method: 'DELETE', keepalive: true }).catch(() => {});
  }

  /** Listens no more. */
  close(): void {
    this.#over = true;
    hasSeatNoMore(this.#seat.id);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#giveUp('unavailable');
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #hasNow(changes: Partial<Pick<Seat, 'iceServers' | 'etag'>>): void {
    if (changes.iceServers?.length === 0) return;
    this.#seat = { ...this.#seat, ...changes };
    if (!this.#over) hasSeat(this.#seat, () => this.end());
  }

  #take(message: Message): void {
    if (typeof message['number'] === 'string') this.#last = message['number'];
    if (message.type !== 'answer') {
      this.#listener.message(message);
      return;
    }
    const waiting = this.#waiting.get(message['id']);
    if (waiting === undefined) return;
    this.#waiting.delete(message['id']);
    clearTimeout(waiting.timer);
    if (message['ok'] === true) waiting.done();
    else waiting.failed(new CommandFailed(String(message['error']?.code), String(message['error']?.message)));
  }

  #again(): void {
    this.#isOnline(false);
    const wait = retryMs[Math.min(this.#tries++, retryMs.length - 1)]!;
    this.#timer = setTimeout(() => this.listen(), wait);
  }

  #isOnline(online: boolean): void {
    if (online === this.#online) return;
    this.#online = online;
    this.#listener.online(online);
  }

  #giveUp(code: string): void {
    for (const { failed, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      failed(new CommandFailed(code, 'The server is not reached now.'));
    }
    this.#waiting.clear();
  }
}

/** Rejects with WhipRefusal. */
async function post(
  url: string,
  proof: string,
  offer: string,
): Promise<{ readonly answer: string; readonly location: string; readonly etag: string }> {
  // RFC 6750 §2.1; a browser would fail as if nobody answered.
  if (!/^[\x21-\x7e]+$/.test(proof.trim())) throw new WhipRefusal(401, 'tokenInvalid', 'This is no token.');
  const how = {
    method: 'POST',
    headers: { 'Content-Type': 'application/sdp', Authorization: `Bearer ${proof.trim()}` },
    body: offer,
  };
  checkAskable(url, how);
  let response: Response;
  let answer: string;
  try {
    response = await fetch(url, how);
    answer = await response.text();
  } catch (error) {
    throw new WhipRefusal(0, 'network', String((error as Error).message));
  }
  const location = response.headers.get('Location');
  if (response.ok && location !== null) return { answer, location, etag: response.headers.get('ETag') ?? '' };
  const problem = parsed(answer);
  throw new WhipRefusal(response.status, String(problem?.['code'] ?? ''), String(problem?.['detail'] ?? ''));
}

/** Throws WhipRefusal for what can be asked nowhere: an address or a header that is none. */
function checkAskable(url: string, how: RequestInit): void {
  try {
    new Request(url, how);
  } catch (error) {
    throw new WhipRefusal(400, 'malformed', String((error as Error).message));
  }
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** What the portal says to whoever wants into a conference. */
export interface Admission {
  readonly token: string;
  readonly meetingName: string;
  /** Whether the conference asks for a passcode, as none was given. */
  readonly passcodeNeeded: boolean;
}

/**
 * Asks the portal for a conference's token (docs/protocols/portal.md). `authorization`: who asks; null: a guest.
 * Rejects with WhipRefusal.
 */
export async function askForAdmission(
  base: string,
  request: Readonly<Record<string, unknown>>,
  authorization: string | null = null,
): Promise<Admission> {
  const url = `${base}/ups/resources/middleware/token`;
  const how = {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Accept: 'application/json',
      ...(authorization === null ? {} : { Authorization: authorization }),
    },
    body: JSON.stringify(request),
  };
  checkAskable(url, how);
  let response: Response;
  let body: Record<string, unknown> | null;
  try {
    response = await fetch(url, how);
    body = parsed(await response.text());
  } catch (error) {
    throw new WhipRefusal(0, 'network', String((error as Error).message));
  }
  const token = body?.['token'];
  if (response.ok && typeof token === 'string') {
    return {
      token,
      meetingName: String(body?.['meetingName'] ?? ''),
      passcodeNeeded: body?.['passcodeNeeded'] === true,
    };
  }
  const [error] = (body?.['error'] as { errorCode?: string; errorMsg?: string }[] | undefined) ?? [];
  throw new WhipRefusal(response.status, error?.errorCode ?? '', error?.errorMsg ?? '');
}
