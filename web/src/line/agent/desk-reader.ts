import { AgentRefusal, type AgentUser } from './agent-api.ts';

interface Listener {
  readonly onUser: (user: AgentUser) => void;
  readonly onSignedOut: () => void;
}

/** What one call can do now may change with another: so soon after a notification everything is read again, ms. */
const settlesMs = 120;

/**
 * Asks for everything anew, soon after that was last wanted. Answers may come in another order than they were asked
 * for: an older one than has come is of no use.
 */
export class DeskReader {
  readonly #ask: () => Promise<AgentUser>;
  readonly #listener: Listener;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;
  /** The last that was heeded. */
  #heeded = 0;

  constructor(ask: () => Promise<AgentUser>, listener: Listener) {
    this.#ask = ask;
    this.#listener = listener;
  }

  soon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#read(), settlesMs);
  }

  /** Nothing more of what was asked for is told. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#heeded = this.#asked;
  }

  async #read(): Promise<void> {
    this.#asked += 1;
    const own = this.#asked;
    const isNews = () => {
      if (own <= this.#heeded) return false;
      this.#heeded = own;
      return true;
    };
    try {
      const user = await this.#ask();
      if (isNews()) this.#listener.onUser(user);
    } catch (error) {
      if (error instanceof AgentRefusal && error.signedOut && isNews()) this.#listener.onSignedOut();
    }
  }
}
