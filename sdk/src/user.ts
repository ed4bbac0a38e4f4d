import { say } from './base.ts';
import { Calls } from './call/calls.ts';
import { collaborations } from './collaboration.ts';
import { ServerInfo, UserConfiguration } from './config.ts';
import { emit, withEvents } from './listeners.ts';
import { MediaServices } from './media.ts';
import { userEvents } from './names.ts';
import type { PhoneLogin } from './phone/phone-socket.ts';
import { SdkPromise } from './promise.ts';
import { scriptOrigin } from './script-origin.ts';

// biome-ignore lint/suspicious/noExplicitAny: applications give parts of it, of whatever kind
type Given = Record<string, any>;

/** Whoever uses the page. */
export class User {
  /** As it was given; applications read it. */
  readonly _config: Given;
  readonly #calls: Calls;
  #running = false;

  constructor(conf: Given = new UserConfiguration(), mediaServices: MediaServices = new MediaServices()) {
    this._config = conf;
    this.#calls = new Calls({
      audio: mediaServices.getAudioInterface(),
      gateway: () => gatewayOf(conf),
      displayName: () => nameOf(conf),
      phoneOver: () => {
        this.#running = false;
        emit(this, 'UserRegistrationFailed', this);
      },
    });
  }

  getCalls(): Calls {
    return this.#calls;
  }

  getCollaboration(): unknown {
    return collaborations.getCollaboration();
  }

  getCollaborations(): unknown {
    return collaborations;
  }

  getContacts(): undefined {
    return undefined;
  }

  getMessaging(): undefined {
    return undefined;
  }

  getPresenceService(): undefined {
    return undefined;
  }

  getSelfContact(): undefined {
    return undefined;
  }

  getVoiceMessaging(): undefined {
    return undefined;
  }

  /** With a login its extension rings here from then on; as a guest there is nothing to log in to. */
  start(): SdkPromise {
    return SdkPromise.from(this.#begin());
  }

  async #begin(): Promise<void> {
    await Promise.resolve();
    if (this.#running) return;
    this.#running = true;
    try {
      const login = await loginOf(this._config);
      if (login !== null) await this.#calls._signIn(login);
    } catch (error) {
      // Who has no extension can be in conferences all the same.
      if ((error as { code?: unknown }).code === 'noExtension') say('warn', 'This user has no extension for a phone.');
      else {
        this.#running = false;
        emit(this, 'UserRegistrationFailed', this);
        throw error;
      }
    }
    // What the page does when it has started comes first.
    queueMicrotask(() => {
      emit(this, 'UserRegistrationSuccessful', `${gatewayOf(this._config) ?? ''}/ups/resources/middleware/token`);
      this.#calls._available();
    });
  }

  stop(): SdkPromise {
    return SdkPromise.from(this.#stop());
  }

  stopImmediately(): SdkPromise {
    void this.#stop();
    return SdkPromise.resolved();
  }

  async #stop(): Promise<void> {
    this.#calls._endAll();
    const running = this.#running;
    this.#running = false;
    await this.#calls._signOut();
    if (running) emit(this, 'UserUnregistrationSuccessful', this);
  }
}
withEvents(User, userEvents);

function gatewayOf(conf: Given): string | null {
  const rest = conf['sgConfiguration']?.networkProviderConfiguration?.restConfig as Partial<ServerInfo> | undefined;
  const host = rest?.hostName ?? rest?.hostname;
  if (rest === undefined || typeof host !== 'string' || host === '') return null;
  return new ServerInfo(host, rest.port, rest.isSecure !== false).getUrl(false);
}

function nameOf(conf: Given): string | undefined {
  const provider = conf['sgConfiguration']?.credentialProvider as Given | undefined | null;
  const name = provider?.['displayName'] ?? provider?.['username'];
  return typeof name === 'string' && name !== '' ? name : undefined;
}

/**
 * Login and password, as the application's provider gives them when it is asked; null: it is a guest, or has a token.
 */
async function loginOf(conf: Given): Promise<PhoneLogin | null> {
  const provider = conf['sgConfiguration']?.credentialProvider as Given | undefined | null;
  if (provider == null || provider['isGuest'] === true || conf['sgConfiguration'].enabled === false) return null;
  if (conf['callUserConfiguration']?.incomingCall === false) return null;
  const given = await new Promise<Given | null | undefined>((answer) => {
    if (typeof provider['onAuthenticationChallenge'] !== 'function' || provider['token'] !== undefined) {
      answer(provider);
      return;
    }
    provider['onAuthenticationChallenge']({}, answer);
  });
  const { username, password } = given ?? {};
  if (typeof username !== 'string' || username === '' || typeof password !== 'string' || password === '') return null;
  const base = gatewayOf(conf) ?? scriptOrigin;
  return { login: username, password, ...(base === null ? {} : { base }) };
}
