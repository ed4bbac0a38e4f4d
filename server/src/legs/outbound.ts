import type { Clock } from '../base/clock.ts';
import type { Cause } from '../call/cause.ts';
import type { CallerId, DialTarget } from '../call/device.ts';
import { RateLimit } from '../sip/auth/rate-limit.ts';
import type { NameAddr } from '../sip/message/name-addr.ts';
import { parseUri, type SipUri, sipUri } from '../sip/message/uri.ts';
import type { InviteTarget, OutgoingInviteOptions, SipUserAgent } from '../sip/user-agent.ts';
import type { LegsDirectory } from './caller.ts';
import { causeOfStatus } from './leg-causes.ts';
import type { SipLeg } from './sip-leg.ts';

export interface DialOutLimits {
  /** Calls over trunks, begun per minute and at once. */
  readonly perMinute: number;
  readonly concurrent: number;
}

interface OutboundOptions {
  readonly clock: Clock;
  readonly agent: SipUserAgent;
  readonly directory: LegsDirectory;
  readonly domain: string;
  readonly dialOut: DialOutLimits;
}

type Way = Pick<OutgoingInviteOptions, 'targets' | 'to' | 'credentials'> & { readonly from: SipUri };

/** Calls phones: all contacts of an extension at once, or a number over a trunk. */
export class Outbound {
  readonly #options: OutboundOptions;
  readonly #trunkRate: RateLimit;
  /** Legs over trunks that have not ended. */
  readonly #overTrunks = new Set<SipLeg>();

  constructor(options: OutboundOptions) {
    this.#options = options;
    const { perMinute } = options.dialOut;
    this.#trunkRate = new RateLimit({ perSecond: perMinute / 60, burst: perMinute });
  }

  dial(leg: SipLeg, to: DialTarget, callerId: CallerId, timeoutMs: number): void {
    const way = to.kind === 'terminal' ? this.#toTerminal(to.aor, callerId) : this.#overTrunk(leg, to, callerId);
    if (typeof way === 'string') {
      leg.log.info({ to, cause: way }, 'cannot be dialled');
      leg.unreachable(way);
      return;
    }
    const { from, ...rest } = way;
    leg.dial((offer, callbacks) => {
      const displayName = callerId.name === '' ? null : callerId.name;
      const sender: NameAddr = { displayName, uri: from, params: new Map() };
      return this.#options.agent.invite({ ...rest, from: sender, offer, timeoutMs, ...callbacks });
    }, causeOfStatus);
  }

  /** The leg is gone. */
  closed(leg: SipLeg): void {
    this.#overTrunks.delete(leg);
  }

  #toTerminal(aor: string, callerId: CallerId): Way | Cause {
    const contacts = this.#options.agent.registrar.contacts(aor);
    if (contacts.length === 0) return 'destNotObtainable';
    const targets = contacts.map(
      (binding): InviteTarget => ({
        uri: binding.contact,
        flow: binding.flow,
        route: binding.path,
      }),
    );
    const at = aor.lastIndexOf('@');
    const uri = sipUri(aor.slice(0, at), aor.slice(at + 1));
    return { targets, to: address(uri), from: this.#from(callerId) };
  }

  #overTrunk(leg: SipLeg, to: Extract<DialTarget, { kind: 'trunk' }>, callerId: CallerId): Way | Cause {
    const trunk = this.#options.directory.trunks.find((candidate) => candidate.name === to.trunk);
    const base = trunk === undefined ? null : parseUri(trunk.uri);
    if (trunk === undefined || base === null) return 'networkNotObtainable';
    const { concurrent } = this.#options.dialOut;
    const now = this.#options.clock.monotonic();
    if (this.#overTrunks.size >= concurrent || !this.#trunkRate.admit('', now)) return 'resourcesNotAvailable';
    this.#overTrunks.add(leg);
    const uri: SipUri = { ...base, user: to.number };
    const { username, password } = trunk;
    return {
      targets: [{ uri }],
      to: address({ ...uri, params: new Map() }),
      from: this.#from(callerId),
      ...(username === null || password === null ? {} : { credentials: { username, password } }),
    };
  }

  #from(callerId: CallerId): SipUri {
    return sipUri(callerId.number === '' ? 'anonymous' : callerId.number, this.#options.domain);
  }
}

function address(uri: SipUri): NameAddr {
  return { displayName: null, uri, params: new Map() };
}
