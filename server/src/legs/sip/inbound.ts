import { AppError, coerceError } from '../../base/app-error.ts';
import type { Clock } from '../../base/clock.ts';
import { idOfText, newId } from '../../base/id.ts';
import type { Log } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import { RateLimit } from '../../base/rate-limit.ts';
import { onBehalfOf } from '../../base/request-scope.ts';
import { keepTrace } from '../../base/tracing.ts';
import type { CallerId, Device } from '../../call/model/device.ts';
import type { Caller, Route } from '../../call/ports.ts';
import type { CallRuntime } from '../../call/runtime/runtime.ts';
import { receiveCall } from '../../call/services/receive-call.ts';
import { type AudioFormat, type ParsedSession, parseSession, refusalOf } from '../../sdp/offer-answer.ts';
import { warningValue } from '../../sip/dialog/warning.ts';
import type { Authentication, IncomingInvite, SipUserAgent } from '../../sip/user-agent.ts';
import { deviceOf, organizationOf, type Reachable, receiveDevice } from '../begun-call.ts';
import type { Leg } from '../leg.ts';
import type { MediaProfile } from '../media-profile.ts';
import type { Receptions } from '../reception/receptions.ts';
import { trunkCredentials } from '../trunks/trunk-credentials.ts';
import type { Trunks } from '../trunks/trunks.ts';
import { dialledByCarrier } from './asserted-identity.ts';
import { askedToProve, callerKey, identifyCaller, type LegsDirectory } from './caller.ts';
import { type DialogNames, dialogOf, type RefusalNotes, type RefusedInvite } from './dialog-names.ts';
import { type SrtpPolicy, type SrtpTerms, srtpTerms } from './leg-srtp.ts';
import { isSpoken, profileOfOffer, profileOfTransport } from './offered-profile.ts';
import { redirectionsIn } from './redirecting-numbers.ts';
import { refusalFor } from './refused-calls.ts';
import type { SipLeg } from './sip-leg.ts';
import { traceInvite } from './traced-invites.ts';
import type { TrunkLegs } from './trunk-legs.ts';
import { UnprovenLegs } from './unproven-legs.ts';

interface InboundOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly agent: SipUserAgent;
  readonly directory: LegsDirectory;
  readonly trunks: Trunks;
  readonly trunkLegs: TrunkLegs;
  readonly names?: DialogNames | undefined;
  readonly refusals?: RefusalNotes | undefined;
  readonly receptions: Receptions;
  readonly runtime: CallRuntime;
  readonly domain: string;
  readonly callsPerSecond: number;
  /** Legs of guests that may wait for their ACK at once. */
  readonly mostUnproven: number;
  readonly ringTimeoutMs: number;
  readonly formats: readonly AudioFormat[];
  readonly srtp: SrtpPolicy;
  readonly newLeg: (id: string, organizationId: string, offer: Pick<Offer, 'profile' | 'srtp'>) => SipLeg;
}

/**
 * What becomes of an INVITE: caller unknown → challenged; too many from this guest → 503; nowhere to go → 403, 404;
 * nothing to talk with → 400, 488; too many in all → 503; then a leg of its own, and either a call to a phone or the
 * reception of a conference.
 */
export class Inbound {
  readonly #options: InboundOptions;
  /** One bucket for all: the limit is what this machine can take. */
  readonly #calls = new RateLimit({ perSecond: 1, burst: 1 });
  /** What of it guests leave to extensions and trunks. */
  #reserve = 0;
  /** One for each guest's address, of half the size, also for calls that go nowhere. */
  readonly #guests = new RateLimit({ perSecond: 1, burst: 1 });
  readonly #unproven: UnprovenLegs;
  /** One line a second for each caller: a phone that is refused dials again at once. */
  readonly #refusals = new RateLimit({ perSecond: 1, burst: 1 });

  constructor(options: InboundOptions) {
    this.#options = options;
    this.#unproven = new UnprovenLegs(options.mostUnproven);
    this.limit(options.callsPerSecond);
  }

  /** New calls a second, from here on. */
  limit(perSecond: number): void {
    this.#calls.limit({ perSecond, burst: perSecond });
    this.#reserve = Math.floor(perSecond / 4);
    this.#guests.limit({ perSecond: perSecond / 2, burst: Math.ceil(perSecond / 2) });
  }

  /** Bound, to be handed to the user agent as it is. */
  readonly receive = (invite: IncomingInvite): void => {
    // What is refused on its behalf is found by its Call-ID.
    onBehalfOf(idOfText(invite.request.callId), () => this.#receive(invite));
  };

  #receive(invite: IncomingInvite): void {
    const { clock, directory, domain, trunks } = this.#options;
    const agent = { authenticate: this.#authenticate };
    const caller = identifyCaller(invite, agent, directory, domain, trunks);
    if (caller === null) return;
    const guest = caller.kind === 'guest';
    const { address } = invite.flow.remote;
    if (guest && !(this.#unproven.mayCome(address) && this.#guests.admit(address, clock.monotonic()))) {
      invite.turnAway();
      return;
    }
    const route = directory.route(this.#dialled(invite, caller), caller);
    if (route.kind === 'refused' && guest && askedToProve(invite, agent, directory, trunks)) return;
    traceInvite(invite, () => this.#take(invite, caller, route));
  }

  /** Whose password is wrong is told to the administrators of the account, who are asked why its phone cannot call. */
  readonly #authenticate = (invite: IncomingInvite): Authentication => {
    const { agent, directory } = this.#options;
    const result = agent.authenticate(invite);
    if (result.ok || result.failed === null) return result;
    const account = directory.credentials(result.failed);
    const caller = account === null ? null : directory.callerOf(account.extensionId);
    if (caller !== null) this.#cameToNothing(invite, caller, { status: 401, warning: null });
    return result;
  };

  #take(invite: IncomingInvite, caller: Caller, route: Route): void {
    const { clock, log } = this.#options;
    if (route.kind === 'refused') {
      // What was dialled may end in a PIN.
      const from = { kind: caller.kind, number: caller.number };
      const { callId: sipCallId } = invite.request;
      log.info({ from, source: invite.flow.remote, status: route.status, why: route.why, sipCallId }, 'call refused');
      invite.reject(route.status);
      this.#cameToNothing(invite, caller, { status: route.status, warning: null });
      return;
    }
    const { formats, srtp } = this.#options;
    const offer = readOffer(invite, { formats, srtp, carrier: caller.kind === 'trunk' });
    if ('status' in offer) {
      const { reason, status, warning } = offer;
      invite.reject(status, reason, [['Warning', warningValue(warning)]]);
      this.#cameToNothing(invite, caller, offer);
      return;
    }
    if (this.#calls.admit('', clock.monotonic(), caller.kind === 'guest' ? this.#reserve : 0)) {
      this.#connect(invite, offer, caller, route);
      return;
    }
    invite.turnAway();
    this.#cameToNothing(invite, caller, { status: 503, warning: null });
  }

  /** The leg is gone. */
  closed(leg: Leg): void {
    this.#unproven.remove(leg.id);
  }

  #cameToNothing(invite: IncomingInvite, caller: Caller, said: Pick<Refused, 'status' | 'warning'>): void {
    if (caller.kind !== 'extension') return;
    this.#options.names?.isOfOrganization(dialogOf(invite), caller.organizationId);
    const { dialled, request } = invite;
    this.#tellRefusal(caller, { callId: request.callId, dialled, status: said.status, warning: said.warning });
  }

  /** The organization of the phone that was refused. */
  #tellRefusal(caller: Caller, refused: Omit<RefusedInvite, 'at' | 'from'>): void {
    if (caller.kind !== 'extension') return;
    const { clock, refusals } = this.#options;
    refusals?.note(caller.organizationId, { ...refused, at: clock.now(), from: caller.number });
  }

  #dialled(invite: IncomingInvite, caller: Caller): string {
    if (caller.kind !== 'trunk') return invite.dialled;
    return dialledByCarrier(invite, this.#options.trunks.find(caller.trunk)?.username ?? null);
  }

  #connect(invite: IncomingInvite, offer: Offer, caller: Caller, route: Reachable): void {
    const organizationId = organizationOf(caller, route);
    const leg = this.#options.newLeg(newId(this.#options.random), organizationId, offer);
    keepTrace([leg.id]);
    this.#options.names?.isOfLeg(dialogOf(invite), leg);
    // A stranger's address may be forged, so no sound goes there before it has shown itself.
    leg.receive(invite, offer.session, caller.kind !== 'guest');
    if (caller.kind === 'trunk') {
      const trunk = this.#options.trunks.find(caller.trunk);
      invite.credentials = trunk === null ? null : trunkCredentials(trunk);
      this.#options.trunks.count(caller.trunk, 'callsIn');
      this.#options.trunkLegs.add(leg, caller.trunk);
    }
    if (caller.kind === 'guest') {
      this.#unproven.add(leg.id, invite.flow.remote.address);
      leg.whenConfirmed(() => this.#unproven.remove(leg.id));
    }
    const key = callerKey(caller, invite.flow);
    if (route.kind === 'conference') {
      this.#options.receptions.receive({ leg, from: deviceOf(caller), route, callerKey: key });
    } else this.#dial(leg, invite, caller, route, key);
  }

  #dial(
    leg: SipLeg,
    invite: IncomingInvite,
    caller: Caller,
    route: Exclude<Reachable, { kind: 'conference' }>,
    key: string,
  ): void {
    const { directory, ringTimeoutMs: timeoutMs, runtime } = this.#options;
    const { callId: sipCallId } = invite.request;
    const redirections = redirectionsIn(invite, (by) => redirectedBy(by, caller, leg.organizationId, directory));
    const dial = { callerId: shown(caller, directory), timeoutMs, redirections };
    const request = receiveDevice(leg, caller, route, dial);
    runtime.do(receiveCall, request).then(
      (ref) => leg.belongsTo(ref.callId),
      (thrown) => {
        const refusal = thrown instanceof AppError ? refusalFor(thrown) : null;
        if (refusal === null) {
          leg.log.warn({ err: coerceError(thrown) }, 'a call was not taken');
          leg.refuse('systemFailure');
          return;
        }
        this.#noteRefusal(leg, key, caller, thrown, { status: refusal.status, sipCallId, dialled: invite.dialled });
        leg.reject(refusal.status, refusal.headers);
      },
    );
  }

  #noteRefusal(
    leg: SipLeg,
    key: string,
    caller: Caller,
    { code, details }: AppError,
    said: { readonly status: number; readonly sipCallId: string; readonly dialled: string },
  ): void {
    const { status, sipCallId, dialled } = said;
    this.#tellRefusal(caller, { callId: sipCallId, dialled, status, warning: null });
    if (!this.#refusals.admit(key, this.#options.clock.monotonic())) return;
    const from = { kind: caller.kind, number: caller.number };
    leg.log.info({ from, status, code, ...details, sipCallId }, 'call refused');
  }
}

/** What the caller offers (`session` null: it leaves that to us), and the media profile that follows. */
interface Offer {
  readonly session: ParsedSession | null;
  readonly profile: MediaProfile;
  readonly srtp: SrtpTerms;
}

interface Readable {
  readonly formats: readonly AudioFormat[];
  readonly srtp: SrtpPolicy;
  readonly carrier: boolean;
}

/** `warning`: a code and a text (RFC 3261 §20.43). */
interface Refused {
  readonly status: number;
  readonly reason?: string;
  readonly warning: string | null;
}

type OfferRefused = Refused & { readonly warning: string };

function readOffer(invite: IncomingInvite, { formats, srtp, carrier }: Readable): Offer | OfferRefused {
  const offerOf = (session: ParsedSession | null, profile: MediaProfile): Offer | OfferRefused => {
    // Refused here, where it is known in what way media would have to travel.
    if (isSpoken(profile)) return { session, profile, srtp: srtpTerms(srtp, profile, carrier) };
    return { status: 488, warning: '302 Incompatible transport protocol: RTP/AVP and RTP/SAVP are spoken here' };
  };
  if (invite.offer === null) return offerOf(null, profileOfTransport(invite.flow.kind, carrier ? 'off' : srtp));
  const parsed = parseSession(invite.offer);
  if (!parsed.ok) return { status: 400, reason: 'Bad Session Description', warning: parsed.reason };
  const profile = profileOfOffer(parsed.lines, srtp);
  const { taken } = srtpTerms(srtp, 'rtp', carrier);
  const local = taken === 'off' ? null : { required: taken === 'required' };
  const spoken = profile === null || isSpoken(profile);
  const refusal = spoken ? refusalOf(parsed, formats, local) : null;
  return refusal ?? offerOf(parsed, profile ?? 'rtp');
}

/** Only carriers are believed; what their number means here. */
function redirectedBy(
  { name, number }: CallerId,
  caller: Caller,
  organizationId: string,
  directory: LegsDirectory,
): Device | null {
  if (caller.kind !== 'trunk') return null;
  const route = directory.route(number, caller);
  const own = route.kind === 'terminal' && route.device.kind === 'extension' ? route.device : null;
  return own?.organizationId === organizationId ? own : { kind: 'external', number, name };
}

function shown(caller: Caller, directory: LegsDirectory): { readonly name: string; readonly number: string } {
  const own = caller.kind === 'extension' ? directory.callerIdOf(caller.extensionId) : null;
  return own ?? { name: caller.name, number: caller.number };
}
