import { coerceError } from '../base/app-error.ts';
import type { Cause } from '../call/cause.ts';
import type { CallerId, DialTarget } from '../call/device.ts';
import type { NameAddr } from '../sip/message/name-addr.ts';
import { type SipUri, sipUri } from '../sip/message/uri.ts';
import type { InviteTarget, OutgoingInviteOptions, SipUserAgent } from '../sip/user-agent.ts';
import { identityForCarrier } from './asserted-identity.ts';
import { clean, type LegsDirectory, longestName, longestNumber } from './caller.ts';
import { causeOfStatus } from './leg-causes.ts';
import type { SipLeg } from './sip-leg.ts';
import type { Trunks } from './trunks.ts';

type TrunkTarget = Extract<DialTarget, { kind: 'trunk' }>;

interface OutboundOptions {
  readonly agent: SipUserAgent;
  readonly directory: LegsDirectory;
  readonly trunks: Trunks;
  readonly domain: string;
  readonly mayRedirectTo: (legId: string, target: TrunkTarget) => boolean;
}

type Way = Omit<OutgoingInviteOptions, 'offer' | 'timeoutMs' | 'onProgress' | 'onAccepted' | 'onRejected'>;

/** Calls phones: all contacts of an extension at once, or a number over a trunk, address by address. */
export class Outbound {
  readonly #options: OutboundOptions;

  constructor(options: OutboundOptions) {
    this.#options = options;
  }

  dial(leg: SipLeg, to: DialTarget, shown: CallerId, timeoutMs: number): void {
    const callerId = { name: clean(shown.name, longestName), number: clean(shown.number, longestNumber) };
    if (to.kind === 'terminal') {
      this.#call(leg, this.#toTerminal(to.aor, callerId), timeoutMs, causeOfStatus);
      return;
    }
    this.#overTrunk(leg, to, callerId)
      .then((way) => this.#call(leg, way, timeoutMs, this.#causes(to.trunk)))
      .catch((error) => {
        leg.log.error({ trunk: to.trunk, err: coerceError(error) }, 'a call over a trunk could not be begun');
        leg.unreachable('networkNotObtainable');
      });
  }

  #call(leg: SipLeg, way: Way | Cause, timeoutMs: number, causeOf: (status: number, rang: boolean) => Cause): void {
    if (typeof way === 'string') {
      leg.log.info({ cause: way }, 'cannot be dialled');
      leg.unreachable(way);
      return;
    }
    leg.dial((offer, callbacks) => this.#options.agent.invite({ ...way, offer, timeoutMs, ...callbacks }), causeOf);
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
    const from = sipUri(callerId.number === '' ? 'anonymous' : callerId.number, this.#options.domain);
    // A phone has the call at once or not at all; a provisional response that is lost is sent again by the next.
    return { targets, to: address(uri), from: address(from, callerId.name), reliable: 'off' };
  }

  async #overTrunk(leg: SipLeg, to: TrunkTarget, callerId: CallerId): Promise<Way | Cause> {
    const { trunks, domain } = this.#options;
    const trunk = trunks.find(to.trunk);
    const [first, ...others] = await trunks.targets(to.trunk, to.number);
    if (trunk === null || first === undefined) return 'networkNotObtainable';
    trunks.count(to.trunk, 'callsOut');
    const { username, password } = trunk;
    const called = new Set([keyOf(to)]);
    return {
      targets: [first],
      failover: others.map((target) => [target]),
      failoverMs: trunk.failoverMs,
      reliable: trunk.prack,
      to: address({ ...first.uri, params: new Map() }),
      ...identityForCarrier(callerId, domain),
      ...(username === null || password === null ? {} : { credentials: { username, password } }),
      mayRedirect: (uri) => this.#redirected(leg, to, callerId, uri, called),
    };
  }

  /**
   * Where a carrier's 3xx may lead: to what the dial plan would do with the number it names, if that is a trunk and the budget has
   * room for one more call. Else a carrier, or who poses as one, could have us call anybody anywhere, and more than once. What has
   * been called is not called again (RFC 3261 §8.1.3.4).
   */
  #redirected(leg: SipLeg, to: TrunkTarget, callerId: CallerId, uri: SipUri, called: Set<string>): InviteTarget | null {
    const { directory, trunks, mayRedirectTo } = this.#options;
    const { organizationId } = leg;
    const { account } = to;
    const caller = { kind: 'application', organizationId, account, ...callerId } as const;
    const route = uri.user === null || organizationId === '' ? null : directory.route(uri.user, caller);
    if (route?.kind === 'trunk') {
      const { trunk, number } = route;
      const next = { kind: 'trunk', trunk, number, account } as const;
      const target = called.has(keyOf(next)) ? null : trunks.targetNow(trunk, number);
      if (target !== null && mayRedirectTo(leg.id, next)) {
        called.add(keyOf(next));
        trunks.count(to.trunk, 'redirected');
        leg.log.info({ trunk: to.trunk, to: route }, 'a carrier sent a call on');
        // The password of one carrier is nothing for another.
        return { ...target, redirected: trunk !== to.trunk };
      }
    }
    trunks.count(to.trunk, 'redirectsRefused');
    leg.log.warn({ trunk: to.trunk, to: clean(uri.user ?? '', longestNumber) }, 'a carrier may not send a call there');
    return null;
  }

  /** As `causeOfStatus`, but a carrier that has not been there for long does not stand for a phone that nobody answers. */
  #causes(trunk: string): (status: number, rang: boolean) => Cause {
    const { trunks } = this.#options;
    return (status, rang) => {
      const cause = status === 408 && !rang && trunks.isDown(trunk) ? 'networkNotObtainable' : causeOfStatus(status);
      if (cause === 'networkNotObtainable') trunks.count(trunk, 'failed');
      return cause;
    };
  }
}

function keyOf({ trunk, number }: TrunkTarget): string {
  return JSON.stringify([trunk, number]);
}

function address(uri: SipUri, name = ''): NameAddr {
  return { displayName: name === '' ? null : name, uri, params: new Map() };
}
