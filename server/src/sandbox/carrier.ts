import type { Clock } from '../base/clock.ts';
import type { HostPort } from '../base/host-port.ts';
import type { Log } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { ClientCredentials } from '../sip/auth/client-authorization.ts';
import type { SandboxCall } from './sandbox-call.ts';

export interface SandboxCarrierOptions {
  /** Equal seeds lose and delay the same packets of the same calls. Default 1. */
  readonly seed?: number;
  /** Where `dial` sends numbers and URIs without a host. */
  readonly server?: HostPort;
  /** Default 127.0.0.1 and a free port. */
  readonly bind?: HostPort;
  /** Numbers that nobody expects behave by the table of behaviours.ts (default), or are refused with 404. */
  readonly behaviours?: boolean;
  readonly promptsFolder?: string;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly log?: Log;
}

export interface DialOptions {
  /** The number we call from. */
  readonly from?: string;
  readonly name?: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly credentials?: ClientCredentials;
  /** Then it is given up. Default 30 s. */
  readonly timeoutMs?: number;
}

/** A telephone network on loopback: takes calls, makes calls; each is scripted by a test or behaves by its number. */
export class SandboxCarrier {
  readonly address: HostPort;

  private constructor(address: HostPort) {
    this.address = address;
  }

  static async start(_options: SandboxCarrierOptions = {}): Promise<SandboxCarrier> {
    return new SandboxCarrier({ address: '127.0.0.1', port: 5070 });
  }

  /** `sip:127.0.0.1:PORT`. */
  get uri(): string {
    return `sip:${this.address.address}:${this.address.port}`;
  }

  /** Running calls. */
  get calls(): readonly SandboxCall[] {
    return [];
  }

  /**
   * The next call to `number` (any when left out), which the test then handles; nothing is sent before it says so. Ask before it
   * comes. Rejects with AppError `unavailable` after `withinMs` (default 5 s).
   */
  async expectCall(_number?: string, _withinMs = 5000): Promise<SandboxCall> {
    throw new Error('not built yet');
  }

  /** Calls a number at `server`, or a whole SIP URI. */
  dial(_target: string, _options: DialOptions = {}): SandboxCall {
    throw new Error('not built yet');
  }

  /** Told of every call when it comes in, before it is handled. */
  onCall: (call: SandboxCall) => void = () => {};

  /** Hangs up what is running, without waiting for answers. Idempotent. */
  async close(): Promise<void> {}
}
