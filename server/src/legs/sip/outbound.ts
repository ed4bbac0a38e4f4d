import { coerceError } from '../../base/app-error.ts';
import type { Cause } from '../../call/model/cause.ts';
import type { CallerId, DialTarget } from '../../call/model/device.ts';
import type { Redirection } from '../../call/model/redirection.ts';
import type { NameAddr } from '../../sip/message/name-addr.ts';
import { type SipUri, sipUri } from '../../sip/message/uri.ts';
import type { SipUserAgent } from '../../sip/user-agent.ts';
import type { DialOrder } from '../leg-kind.ts';
import { trunkCredentials } from '../trunks/trunk-credentials.ts';
import type { Trunks } from '../trunks/trunks.ts';
import { identityForCarrier } from './asserted-identity.ts';
import { autoAnswerHeaders } from './auto-answer.ts';
import { clean, longestName, longestNumber } from './caller.ts';
import type { Destinations, PhoneGroup } from './destinations.ts';
import type { DialogNames } from './dialog-names.ts';
import { causeOfStatus } from './leg-causes.ts';
import type { SipLeg } from './sip-leg.ts';
import type { CallWay, CauseOf } from './sip-leg-context.ts';
import type { TrunkLegs } from './trunk-legs.ts';

type TrunkTarget = Extract<DialTarget, { kind: 'trunk' }>;
type TerminalTarget = Extract<DialTarget, { kind: 'terminal' }>;

interface OutboundOptions {
  readonly agent: SipUserAgent;
  readonly destinations: Destinations;
  readonly trunks: Trunks;
  readonly trunkLegs: TrunkLegs;
  readonly domain: string;
  readonly names: Pick<DialogNames, 'isOfLeg'> | undefined;
}

type Way = Omit<CallWay, 'timeoutMs'>;

/**
 * Calls phones: all contacts of an extension that the leg's offer is for at once, or a number over a trunk, address by
 * address.
 */
export class Outbound {
  readonly #options: OutboundOptions;

  constructor(options: OutboundOptions) {
    this.#options = options;
  }

  /** `only`: the one phone of an extension that is called; null: all with the leg's profile. */
  dial(leg: SipLeg, order: DialOrder, only: string | null = null): void {
    const { to, callerId: shown, timeoutMs, autoAnswer, redirections } = order;
    const callerId = { name: clean(shown.name, longestName), number: clean(shown.number, longestNumber) };
    if (to.kind === 'terminal') {
      this.#call(
        leg,
        this.#toTerminal(leg, to, { callerId, autoAnswer, redirections, only }),
        timeoutMs,
        causeOfStatus,
      );
      return;
    }
    this.#options.trunkLegs.add(leg, to.trunk);
    this.#overTrunk(leg, to, callerId, redirections)
      .then((way) => this.#call(leg, way, timeoutMs, this.#causes(to.trunk)))
      .catch((error) => {
        leg.log.error({ trunk: to.trunk, err: coerceError(error) }, 'a call over a trunk could not be begun');
        leg.fail('networkNotObtainable');
      });
  }

  #call(leg: SipLeg, way: Way | Cause, timeoutMs: number, causeOf: CauseOf): void {
    if (typeof way === 'string') {
      leg.log.info({ cause: way }, 'cannot be dialled');
      leg.fail(way);
      return;
    }
    const onBegun = (dialog: { readonly callId: string; readonly localTag: string }) =>
      this.#options.names?.isOfLeg({ ...dialog, caller: null }, leg);
    leg.dial(this.#options.agent, { ...way, timeoutMs, onBegun }, causeOf);
  }

  #toTerminal(
    leg: SipLeg,
    to: TerminalTarget,
    {
      callerId,
      autoAnswer,
      redirections,
      only,
    }: Pick<DialOrder, 'callerId' | 'autoAnswer' | 'redirections'> & Pick<PhoneGroup, 'only'>,
  ): Way | Cause {
    const { destinations, domain } = this.#options;
    const { aor } = to;
    const [preferred, ...others] = destinations.phones(aor, { profile: leg.profile, only });
    if (preferred === undefined) return 'destNotObtainable';
    const at = aor.lastIndexOf('@');
    const uri = sipUri(aor.slice(0, at), aor.slice(at + 1));
    const from = sipUri(callerId.number === '' ? 'anonymous' : callerId.number, domain);
    return {
      // Of several that answered by themselves all but one would be cut off.
      targets: [autoAnswer ? { ...preferred, headers: autoAnswerHeaders(domain) } : preferred, ...others],
      to: address(uri),
      from: address(from, callerId.name),
      // A phone has the call at once or not at all; a provisional response that is lost is sent again by the next.
      reliable: 'off',
      headers: destinations.sentOnBy(redirections, uri, to),
      mayRedirect: destinations.byPhone(leg, to, redirections),
      redirectsAtOnce: true,
    };
  }

  async #overTrunk(
    leg: SipLeg,
    to: TrunkTarget,
    callerId: CallerId,
    redirections: readonly Redirection[],
  ): Promise<Way | Cause> {
    const { destinations, trunks, domain } = this.#options;
    const trunk = trunks.find(to.trunk);
    const [first, ...others] = await destinations.lines(to);
    if (trunk === null || first === undefined) return 'networkNotObtainable';
    trunks.count(to.trunk, 'callsOut');
    const credentials = trunkCredentials(trunk);
    const { from, headers } = identityForCarrier(callerId, domain);
    return {
      targets: [first],
      failover: others.map((target) => [target]),
      failoverMs: trunk.failoverMs,
      reliable: trunk.prack,
      to: address({ ...first.uri, params: new Map() }),
      from,
      headers: [...headers, ...destinations.sentOnBy(redirections, first.uri, to)],
      ...(credentials === null ? {} : { credentials }),
      mayRedirect: destinations.byCarrier(leg, to, callerId, redirections),
    };
  }

  /**
   * As `causeOfStatus`, but a carrier that has not been there for long does not stand for a phone that nobody answers.
   */
  #causes(trunk: string): CauseOf {
    const { trunks } = this.#options;
    return (status, rang) => {
      const cause = status === 408 && !rang && trunks.isDown(trunk) ? 'networkNotObtainable' : causeOfStatus(status);
      if (cause === 'networkNotObtainable') trunks.count(trunk, 'failed');
      return cause;
    };
  }
}

function address(uri: SipUri, name = ''): NameAddr {
  return { displayName: name === '' ? null : name, uri, params: new Map() };
}
