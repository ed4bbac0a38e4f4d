/** The agents' interface, as this page asks it: docs/protocols/web-services.md. */

const root = '/api/v2';

export interface AgentCall {
  readonly id: string;
  readonly state: 'Dialing' | 'Ringing' | 'Established' | 'Held' | 'Released';
  readonly participants: readonly { readonly phoneNumber: string }[];
  readonly callType: 'Internal' | 'Inbound' | 'Outbound' | 'Consult';
  readonly dnis: string;
  readonly ani?: string;
  /** Exactly what may be asked of it now. */
  readonly capabilities: readonly string[];
  readonly userData?: Readonly<Record<string, unknown>>;
  readonly parentCallUri?: string;
  readonly deviceUri: string;
  /** Seconds, as text. */
  readonly duration: string;
  readonly mute: 'On' | 'Off';
  readonly recordingState?: 'Stopped' | 'Recording' | 'Paused';
  readonly supervisorListeningIn: boolean;
  readonly monitoredUserMuted: boolean;
  readonly monitoring: boolean;
}

export interface AgentDevice {
  readonly id: string;
  readonly deviceState: 'Active' | 'Inactive';
  readonly userState: { readonly state: string; readonly displayName?: string; readonly workMode?: string };
  readonly phoneNumber: string;
  readonly doNotDisturb: 'On' | 'Off';
  readonly forwardTo?: string;
  readonly capabilities: readonly string[];
  readonly supervisorMonitoringState?: { readonly state: string; readonly targetDeviceUri: string };
}

export interface AgentUser {
  readonly id: string;
  readonly userName: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly roles: readonly string[];
  readonly devices: readonly AgentDevice[];
  readonly calls: readonly AgentCall[];
}

/** Somebody else's device that can be monitored. */
export interface MonitoredDevice {
  readonly id: string;
  readonly phoneNumber: string;
  readonly userState: { readonly state: string };
  readonly user: { readonly firstName: string; readonly lastName: string; readonly userName: string } | null;
  readonly calls: readonly Pick<AgentCall, 'id' | 'state' | 'participants'>[];
}

interface Answer {
  readonly devices?: readonly MonitoredDevice[];
  readonly statusCode?: number;
  readonly statusMessage?: string;
  readonly user?: AgentUser;
}

/** What the server has against a request. `code`: its statusCode; 0: it was not reached. */
export class AgentRefusal extends Error {
  readonly status: number;
  readonly code: number;

  constructor(status: number, code: number, message: string) {
    super(message);
    this.name = 'AgentRefusal';
    this.status = status;
    this.code = code;
  }

  /** Nobody is signed in any more. */
  get signedOut(): boolean {
    return this.status === 403 && this.code === 20;
  }

  get away(): boolean {
    return this.status === 0 || this.status >= 502;
  }
}

/** Another request that was made: for a page that shows them. */
export interface AskedRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body: object | null;
}

/** Asks by the cookie of the session; what changes something carries its token, where there is one. */
export class AgentApi {
  #csrf: Readonly<Record<string, string>> = {};
  readonly #onAsked: (request: AskedRequest) => void;

  constructor(onAsked: (request: AskedRequest) => void = () => {}) {
    this.#onAsked = onAsked;
  }

  /** For a header of its own that other clients of the session need too. */
  get csrf(): Readonly<Record<string, string>> {
    return this.#csrf;
  }

  /** Throws AgentRefusal. With a login the session begins. */
  async user(login?: { readonly login: string; readonly password: string }): Promise<AgentUser> {
    const headers: Record<string, string> =
      login === undefined ? {} : { authorization: `Basic ${base64(`${login.login}:${login.password}`)}` };
    const { user } = await this.#ask('GET', '/me?subresources=devices,calls', null, headers);
    return user as AgentUser;
  }

  /** Devices of others that are logged on or have a call; for who may monitor. Throws AgentRefusal. */
  async monitored(): Promise<readonly MonitoredDevice[]> {
    return (await this.#ask('GET', '/devices?fields=*', null)).devices ?? [];
  }

  /** An operation, with its parameters. Throws AgentRefusal. */
  async operate(path: string, operationName: string, parameters: object = {}): Promise<void> {
    await this.#ask('POST', path, { operationName, ...parameters });
  }

  async #ask(
    method: AskedRequest['method'],
    path: string,
    body: object | null,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    if (method === 'POST') this.#onAsked({ method, path: root + path, body });
    let response: Response;
    try {
      response = await fetch(root + path, {
        method,
        cache: 'no-store',
        headers: { ...more, ...(body === null ? {} : { ...this.#csrf, 'content-type': 'application/json' }) },
        ...(body === null ? {} : { body: JSON.stringify(body) }),
      });
    } catch (error) {
      throw new AgentRefusal(0, 0, String((error as Error).message));
    }
    const name = response.headers.get('x-csrf-header');
    const token = response.headers.get('x-csrf-token');
    if (name !== null && token !== null) this.#csrf = { [name]: token };
    const answer = (await response.json().catch(() => ({}))) as Answer;
    if (!response.ok) {
      throw new AgentRefusal(response.status, Number(answer.statusCode ?? 0), String(answer.statusMessage ?? ''));
    }
    return answer;
  }
}

/** RFC 7617 §2.1: as UTF-8. */
function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}
