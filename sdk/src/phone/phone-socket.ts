import { CommandFailed, iceServersIn, loginsMs } from '../session.ts';

/** A call at the phone, as the server tells of it: docs/protocols/webrtc.md. */
export interface PhoneCallTold {
  readonly id: string;
  readonly direction: 'incoming' | 'outgoing';
  readonly state: 'dialling' | 'ringing' | 'established' | 'ended';
  /** At the other end. */
  readonly party: { readonly name: string; readonly number: string };
  /** It is to answer by itself. */
  readonly autoAnswer: boolean;
  /** Whom it calls is heard before the answer. */
  readonly early: boolean;
  /** Why it ended. */
  readonly reason: string | null;
  /** On hold by its user, here or elsewhere. */
  readonly held: boolean;
  /** Who is in it now, and in calls that wait at the same leg while somebody is consulted. */
  readonly with: readonly PhoneParty[];
  readonly waiting: readonly { readonly with: readonly PhoneParty[] }[];
}

export interface PhoneParty {
  readonly name: string;
  readonly number: string;
  readonly state: 'dialling' | 'ringing' | 'connected' | 'held';
}

export interface PhoneExtension {
  readonly number: string;
  readonly name: string;
}

/** Why somebody cannot be a phone. `code`: of the server, or `network`. */
export class PhoneRefusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, detail = '') {
    super(detail);
    this.name = 'PhoneRefusal';
    this.status = status;
    this.code = code;
  }
}

export interface PhoneSocketListener {
  registered(extension: PhoneExtension, calls: readonly PhoneCallTold[]): void;
  call(call: PhoneCallTold): void;
  pickUp(callId: string): void;
  /** It is gone: `again` with what it was, or not (`over`: why; null: it is only lost for now). */
  closed(over: string | null): void;
}

/** What proves who signs in, and which of its extensions it is to be. */
export interface PhoneLogin {
  /** The server; default: that of the page. */
  readonly base?: string;
  readonly login?: string;
  readonly password?: string;
  /** Instead of these: whatever stands in `Authorization`. Without any, the session of the page's cookie counts. */
  readonly authorization?: string;
  /** Beside the session of a cookie, where that asks for it. */
  readonly csrfToken?: string;
  readonly extension?: string;
}

const answerMs = 15_000;
const closedUnknown = 4404;
const closedOver = [4000, 4001];

/** A phone that is signed in: where it is, and what its calls find a way by. */
export interface SignedIn {
  readonly address: string;
  readonly iceServers: readonly RTCIceServer[];
}

/** Signs in. Rejects with PhoneRefusal. */
export async function signIn(login: PhoneLogin): Promise<SignedIn> {
  const base = login.base ?? globalThis.location?.origin ?? '';
  const authorization = login.authorization ?? (login.login === undefined ? null : basic(login));
  let response: Response;
  let body: Record<string, unknown> = {};
  try {
    response = await fetch(`${base}/phone`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        ...(authorization === null ? {} : { Authorization: authorization }),
        ...(login.csrfToken === undefined ? {} : { 'X-CSRF-TOKEN': login.csrfToken }),
      },
      body: JSON.stringify(login.extension === undefined ? {} : { extension: login.extension }),
    });
    body = (await response.json()) as Record<string, unknown>;
  } catch (error) {
    throw new PhoneRefusal(0, 'network', String((error as Error).message));
  }
  if (response.status !== 201) {
    throw new PhoneRefusal(response.status, String(body['code'] ?? ''), String(body['detail'] ?? ''));
  }
  // The server may be known by another name than ours: what counts is that it is the one that was asked.
  return { address: `${base}/phone/${String(body['phone'])}`, iceServers: iceServersIn(body['iceServers']) };
}

/**
 * What the calls of the phone at this address find a way by, with logins that are good from now on; null: the server is
 * not reached. Never rejects.
 */
export async function iceServersNow(address: string): Promise<RTCIceServer[] | null> {
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(loginsMs) });
    return response.ok ? iceServersIn(((await response.json()) as Record<string, unknown>)['iceServers']) : null;
  } catch {
    return null;
  }
}

/** Comes another way in a call of the phone at this address. Gives the answer. Rejects with PhoneRefusal. */
export async function offerAgain(address: string, callId: string, offer: string): Promise<string> {
  let response: Response;
  let text: string;
  try {
    response = await fetch(`${address}/calls/${encodeURIComponent(callId)}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/sdp' },
      body: offer,
    });
    text = await response.text();
  } catch (error) {
    throw new PhoneRefusal(0, 'network', String((error as Error).message));
  }
  if (response.status === 200) return text;
  throw new PhoneRefusal(response.status, 'noOtherWay', text.slice(0, 200));
}

/** UTF-8, as RFC 7617 has it. */
function basic({ login = '', password = '' }: PhoneLogin): string {
  const bytes = new TextEncoder().encode(`${login}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

interface Waiting {
  readonly done: (result: Record<string, unknown>) => void;
  readonly failed: (error: CommandFailed) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** One WebSocket of a browser that is a phone, from its opening to its end. */
export class PhoneSocket {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #over: string | null = null;
  #closed = false;

  constructor(address: string, listener: PhoneSocketListener) {
    const socket = new WebSocket(`${new URL(address, globalThis.location?.href).href.replace(/^http/, 'ws')}/events`);
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#take(JSON.parse(String(data)), listener);
    socket.onclose = ({ code }) => {
      const closed = this.#closed;
      this.#giveUp();
      if (closed) return;
      if (code === closedUnknown) listener.closed('unknown');
      else listener.closed(closedOver.includes(code) ? (this.#over ?? 'expired') : null);
    };
  }

  /** Rejects with CommandFailed. */
  ask(what: string, more: Readonly<Record<string, unknown>> = {}): Promise<Record<string, unknown>> {
    if (this.#closed || this.#socket.readyState !== 1) {
      return Promise.reject(new CommandFailed('unavailable', 'The server is not reached now.'));
    }
    const id = this.#nextId++;
    return new Promise((done, failed) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        failed(new CommandFailed('unavailable', 'The server did not answer.'));
      }, answerMs);
      this.#waiting.set(id, { done, failed, timer });
      this.#socket.send(JSON.stringify({ ...more, id, do: what }));
    });
  }

  /** Nothing is told any more. Idempotent. */
  close(): void {
    this.#giveUp();
    this.#socket.close();
  }

  // biome-ignore lint/suspicious/noExplicitAny: JSON; its shape is the contract's
  #take(message: any, listener: PhoneSocketListener): void {
    if (this.#closed) return;
    switch (message?.type) {
      case 'registered':
        listener.registered(message.extension, message.calls);
        break;
      case 'call':
        listener.call(message.call);
        break;
      case 'pickUp':
        listener.pickUp(message.call);
        break;
      case 'over':
        this.#over = String(message.reason);
        break;
      case 'answer': {
        const waiting = this.#waiting.get(message.id);
        this.#waiting.delete(message.id);
        clearTimeout(waiting?.timer);
        if (message.ok === true) waiting?.done(message.result ?? {});
        else waiting?.failed(new CommandFailed(String(message.error?.code), String(message.error?.message)));
        break;
      }
      default:
    }
  }

  #giveUp(): void {
    this.#closed = true;
    for (const { failed, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      failed(new CommandFailed('unavailable', 'The server is not reached now.'));
    }
    this.#waiting.clear();
  }
}
