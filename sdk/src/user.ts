import { Calls } from './call/calls.ts';
import { collaborations } from './collaboration.ts';
import { ServerInfo, UserConfiguration } from './config.ts';
import { emit, withEvents } from './listeners.ts';
import { MediaServices } from './media.ts';
import { userEvents } from './names.ts';
import { SdkPromise } from './promise.ts';

// biome-ignore lint/suspicious/noExplicitAny: applications give parts of it, of whatever kind
type Given = Record<string, any>;

/** Whoever uses the page. There is nothing to log in to: each call proves itself by its token. */
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

  start(): SdkPromise {
    const started = new SdkPromise();
    queueMicrotask(() => {
      const first = !this.#running;
      this.#running = true;
      started.settle(true);
      if (!first) return;
      emit(this, 'UserRegistrationSuccessful', `${gatewayOf(this._config) ?? ''}/ups/resources/middleware/token`);
      this.#calls._available();
    });
    return started;
  }

  stop(): SdkPromise {
    const stopped = new SdkPromise();
    queueMicrotask(() => {
      this.#stop();
      stopped.settle(true);
    });
    return stopped;
  }

  stopImmediately(): SdkPromise {
    this.#stop();
    return SdkPromise.resolved();
  }

  #stop(): void {
    this.#calls._endAll();
    if (!this.#running) return;
    this.#running = false;
    emit(this, 'UserUnregistrationSuccessful', this);
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
