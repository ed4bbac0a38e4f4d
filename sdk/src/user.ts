import { say } from './base.ts';
import { Calls } from './call/calls.ts';
import { collaborations } from './collaboration.ts';
import { UserConfiguration } from './config.ts';
import { emit, withEvents } from './listeners.ts';
import { type Given, gatewayOf, Login, providerOf, tokenOf } from './login.ts';
import { type AudioInterface, MediaServices } from './media.ts';
import { userEvents } from './names.ts';
import { PhoneRefusal } from './phone/phone-socket.ts';
import { SdkPromise } from './promise.ts';
import { scriptOrigin } from './script-origin.ts';

/** Whoever uses the page. */
export class User {
  /** As it was given; applications read it. */
  readonly _config: Given;
  readonly #calls: Calls;
  readonly #audio: AudioInterface;
  readonly #login: Login;
  /** Since `start()`, until it is stopped or fails; null: it is neither started nor being started. */
  #going: { readonly started: Promise<void>; over: boolean } | null = null;

  constructor(conf: Given = new UserConfiguration(), mediaServices: MediaServices = new MediaServices()) {
    this._config = conf;
    this.#audio = mediaServices.getAudioInterface();
    this.#audio._gatheringMs = conf['callUserConfiguration']?.iceCandidatesGatheringTimeout;
    const { echoMode, noiseSupMode, transmitGainMode } = conf['mediaConfiguration']?.voipConfigurationAudio ?? {};
    this.#audio._processing = {
      echoCancellation: echoMode !== false,
      noiseSuppression: noiseSupMode !== false,
      autoGainControl: transmitGainMode !== false,
    };
    this.#login = new Login(conf);
    this.#calls = new Calls({
      audio: this.#audio,
      gateway: () => gatewayOf(conf),
      displayName: () => nameOf(conf),
      token: () => tokenOf(providerOf(conf)),
      startAttempts: conf['sgConfiguration']?.maxCallStartReconnectionAttempts,
      phoneOver: () => {
        this.#goesNoMore();
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
    this.#going ??= this.#begin();
    return SdkPromise.from(this.#going.started);
  }

  #begin() {
    const going = { started: Promise.resolve(), over: false };
    going.started = this.#register(going);
    return going;
  }

  async #register(going: { readonly over: boolean }): Promise<void> {
    await Promise.resolve();
    if (going.over) throw stopped();
    // What there is to be spoken into, and heard on, is listed from then on.
    void this.#audio.start();
    try {
      await this.#login.begin(async (login) => {
        if (going.over) throw stopped();
        await this.#calls._signIn(login);
      });
    } catch (error) {
      if (going.over) throw error;
      // Who has no extension can be in conferences all the same.
      if ((error as { code?: unknown }).code === 'noExtension') say('warn', 'This user has no extension for a phone.');
      else {
        this.#goesNoMore();
        emit(this, 'UserRegistrationFailed', this);
        throw error;
      }
    }
    if (going.over) throw stopped();
    // What the page does when it has started comes first.
    setTimeout(() => {
      if (going.over) return;
      emit(
        this,
        'UserRegistrationSuccessful',
        `${gatewayOf(this._config) ?? scriptOrigin ?? ''}/ups/resources/middleware/token`,
      );
      this.#calls._available();
    }, 0);
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
    this.#login.cancel();
    const wasGoing = this.#goesNoMore();
    await this.#calls._signOut();
    if (wasGoing) emit(this, 'UserUnregistrationSuccessful', this);
  }

  /** Gives whether it did. */
  #goesNoMore(): boolean {
    const going = this.#going;
    if (going !== null) going.over = true;
    this.#going = null;
    return going !== null;
  }
}
withEvents(User, userEvents);

function stopped(): PhoneRefusal {
  return new PhoneRefusal(0, 'off', 'The user was stopped meanwhile.');
}

function nameOf(conf: Given): string | undefined {
  const provider = providerOf(conf);
  const name = provider?.['displayName'] ?? provider?.['username'];
  return typeof name === 'string' && name !== '' ? name : undefined;
}
