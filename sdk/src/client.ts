import { addLogger, removeLoggers } from './base.ts';
import { MediaServices } from './media.ts';
import { User } from './user.ts';

/** The library's own number; the interface is that of 4.3. */
export const version = '4.3.0';

/** Where everything begins: `new AvayaClientServices().createUser(configuration)`. */
export class Client {
  /** The user that was created; applications read it. */
  user: User | undefined;
  readonly #media = new MediaServices();

  constructor(_config?: unknown) {
    removeLoggers();
  }

  /** The same one every time. */
  createUser(userConfig?: unknown): User {
    this.user ??= new User((userConfig ?? undefined) as never, this.#media);
    return this.user;
  }

  getMediaServices(): MediaServices {
    return this.#media;
  }

  getVersion(): string {
    return version;
  }

  registerLogger(logger: unknown, disableTimestamps = false): void {
    addLogger(logger, disableTimestamps);
  }
}
