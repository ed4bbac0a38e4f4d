import type { Clock } from '../../../../base/clock.ts';
import { ipVersion } from '../../../../base/ip-address.ts';
import type { Random } from '../../../../base/random.ts';
import type { IceRestarted } from '../../../channel/commands.ts';
import { CommandError } from '../../../channel/protocol.ts';
import type { LegPorts } from '../../sockets/leg-ports.ts';
import type { TransportStats } from '../../transport/leg-transport.ts';
import { type IceNames, type IceSide, newSide } from '../ice-names.ts';
import { LoopbackEntrances } from '../loopback-entrance.ts';
import { IceRelay } from './ice-relay.ts';

export interface IceRestartsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly ports: LegPorts;
  /** Where the library is bound. */
  readonly bind: string;
  readonly port: number;
  /** The session that the library has with the browser. */
  readonly lasting: IceNames;
  /** The library's own (RFC 8839 §5.1, without `candidate:`). */
  readonly candidates: readonly string[];
  readonly stats: TransportStats;
}

/** The library's own thread says goodbye (RTCP BYE, the alert of DTLS) when it is closed, ms. */
const goodbyeMs = 500;

const field = { protocol: 2, address: 4, port: 5 } as const;

/**
 * The restarts of ICE of one leg. The first opens a relay for the library, which cannot restart; all others give that
 * another name.
 */
export class IceRestarts {
  readonly #options: IceRestartsOptions;
  #relay: IceRelay | null = null;
  /** Where the relay is reached. */
  #candidates: readonly string[] = [];
  #leave: (() => void) | null = null;
  #last: { readonly theirs: IceSide; readonly answer: IceRestarted } | null = null;
  /** The one that is under way, and those before. */
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(options: IceRestartsOptions) {
    this.#options = options;
  }

  /**
   * What the browser names itself now, asked again, is answered as before. Rejects with CommandError `exhausted`, or
   * `failed`.
   */
  restart(theirs: IceSide): Promise<IceRestarted> {
    const restarted = this.#turn.then(() => this.#restart(theirs));
    this.#turn = restarted.catch(() => {});
    return restarted;
  }

  /** What the library still says passes: the port is free a moment later. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.clock.setTimer(goodbyeMs, () => {
      this.#relay?.close();
      this.#leave?.();
    });
  }

  async #restart(theirs: IceSide): Promise<IceRestarted> {
    const last = this.#last;
    if (last !== null && last.theirs.ufrag === theirs.ufrag && last.theirs.pwd === theirs.pwd) return last.answer;
    this.#goesOn();
    if (this.#relay === null) await this.#open();
    this.#goesOn();
    const ours = newSide(this.#options.random);
    this.#relay?.restart({ ours, theirs });
    const answer = { iceUfrag: ours.ufrag, icePwd: ours.pwd, candidates: this.#candidates };
    this.#last = { theirs, answer };
    return answer;
  }

  async #open(): Promise<void> {
    const { clock, random, ports, bind, port, lasting, candidates, stats } = this.#options;
    const own = candidates.map((candidate) => candidate.split(' ')).filter((fields) => isOf(bind, fields));
    const [first] = own;
    if (first === undefined) throw new CommandError('failed', 'it is reached at no address');
    const relay = new IceRelay({
      clock,
      random,
      openPair: (onRtp, onRtcp) => ports.openDirect(bind, onRtp, onRtcp),
      inside: { address: whereBound(bind), port },
      lasting,
      local: { address: first[field.address]!, port },
      stats,
    });
    let entered: Awaited<ReturnType<LoopbackEntrances['enter']>> = null;
    try {
      const at = await relay.open();
      entered = await new LoopbackEntrances(clock, at).enter(bind);
      this.#goesOn();
      const moved = own.map((fields) => fields.with(field.port, String(at)).join(' '));
      this.#candidates = entered === null ? moved : [...moved, entered.candidate];
    } catch (error) {
      // The next one tries again.
      relay.close();
      entered?.leave();
      throw error;
    }
    this.#relay = relay;
    this.#leave = entered?.leave ?? null;
  }

  #goesOn(): void {
    if (this.#closed) throw new CommandError('failed', 'closed while it restarted');
  }
}

/** Whether a port there is reached by this one: what is bound to every IPv6 address is to every IPv4 address too. */
function isOf(bind: string, fields: readonly string[]): boolean {
  const { [field.protocol]: protocol = '', [field.address]: address = '' } = fields;
  return protocol.toUpperCase() === 'UDP' && (bind === '::' || ipVersion(address) === ipVersion(bind));
}

/** Where this machine reaches what is bound there. */
function whereBound(bind: string): string {
  if (bind === '0.0.0.0') return '127.0.0.1';
  return bind === '::' ? '::1' : bind;
}
