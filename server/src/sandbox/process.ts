import type { Log } from '../base/log.ts';
import type { SandboxNumber } from './behaviours.ts';

export interface SandboxProcessOptions {
  readonly log: Log;
  /** Makes losses and delays repeat. */
  readonly seed: number;
  /** Prompts that the numbers speak with, e.g. `prompts/en`; default the ones that come with the product. */
  readonly promptsFolder?: string;
  /** What a newcomer can enter by keypad, shown in the list of numbers; only known at the first start. */
  readonly logins?: {
    readonly conferences: readonly {
      readonly dial: string;
      readonly name: string;
      readonly participantPin: string | null;
    }[];
  } | null;
}

/** The carrier of behaviours.ts in a process of its own on loopback, which ends with this one. */
export class SandboxProcess {
  /** For the trunk: `sip:127.0.0.1:PORT`. */
  readonly uri: string;
  readonly numbers: readonly SandboxNumber[];

  private constructor(uri: string, numbers: readonly SandboxNumber[]) {
    this.uri = uri;
    this.numbers = numbers;
  }

  /** Rejects with AppError `unavailable` when the process does not start. */
  static async start(_options: SandboxProcessOptions): Promise<SandboxProcess> {
    return new SandboxProcess('sip:127.0.0.1:5070', []);
  }

  get pid(): number {
    return 0;
  }

  /** Idempotent. */
  async close(): Promise<void> {}
}
