import type { CallerId, Device, DialTarget } from '../../call/model/device.ts';
import { mostRedirections, type Redirection } from '../../call/model/redirection.ts';
import { numberOrName, telephoneSubscriber } from '../../sip/message/telephone-subscriber.ts';
import { formatUri, type SipUri } from '../../sip/message/uri.ts';
import type { Binding } from '../../sip/registrar/registrar.ts';
import type { Flow } from '../../sip/transport/flow.ts';
import type { InviteTarget, SipUserAgent } from '../../sip/user-agent.ts';
import { deviceOf } from '../begun-call.ts';
import type { Leg } from '../leg.ts';
import { type MediaProfile, mediaProfiles } from '../media-profile.ts';
import type { Trunks } from '../trunks/trunks.ts';
import { clean, type LegsDirectory, longestNumber } from './caller.ts';
import type { SrtpPolicy } from './leg-srtp.ts';
import { profileOfTransport } from './offered-profile.ts';
import { isOurs } from './own-address.ts';
import { redirectionHeaders, referredBy } from './redirecting-numbers.ts';

type TrunkTarget = Extract<DialTarget, { kind: 'trunk' }>;
type TerminalTarget = Extract<DialTarget, { kind: 'terminal' }>;

/** The leg whose call is sent on. */
type Sending = Pick<Leg, 'id' | 'organizationId' | 'log'> & { readonly profile?: MediaProfile };

/** Phones of an extension that one leg calls. */
export interface PhoneGroup {
  readonly profile: MediaProfile;
  /** The one of them; null: all with this profile. */
  readonly only: string | null;
}

interface DestinationsOptions {
  readonly registrar: Pick<SipUserAgent['registrar'], 'contacts' | 'aorsOfContact'>;
  readonly directory: LegsDirectory;
  readonly trunks: Trunks;
  readonly domain: string;
  readonly srtp: SrtpPolicy;
  /** Whether this leg may be called once more, at this number of this trunk; counts it. */
  readonly mayRedirectTo: (legId: string, target: TrunkTarget) => boolean;
}

/**
 * The one place that says where an INVITE of ours may go: to the contacts of an extension, over the flows they
 * registered on, or to the addresses of a trunk. What somebody writes (a 3xx, a Refer-To) is never sent to as it
 * stands: it is read as a number or as a contact we know, and leads where this one may lead it:
 *
 * - a phone: to phones of its own organization, named by number at our address, by tel URI, or by their own Contact;
 * - a carrier: to what the dial plan makes of the number, when that is a trunk, within lists and budgets;
 * - what a user has set (forwarding): to phones and what the dial plan makes of the number for that user, within the
 *   user's lists and budgets: it is a target like any other by the time that it is dialled, see
 *   call/devices/call-handling.ts.
 *
 * A phone cannot lead a call out, not even where it might dial itself: the call is the caller's, and whoever was let in
 * to one phone's password would send everybody's calls to numbers that cost.
 */
export class Destinations {
  readonly #options: DestinationsOptions;

  constructor(options: DestinationsOptions) {
    this.#options = options;
  }

  /** The phones of an extension that are called together; [] when none of them is registered. */
  phones(aor: string, { profile, only }: PhoneGroup = { profile: 'rtp', only: null }): InviteTarget[] {
    const isCalled = (binding: Binding) => only === null || keyOfBinding(binding) === only;
    return this.#options.registrar.contacts(aor).filter(this.#withProfile(profile)).filter(isCalled).map(targetOf);
  }

  /**
   * The phones of an extension, those together that one offer is for. Each that may decline keys gets one of its own:
   * it may want another after that.
   */
  groupsOf(aor: string): PhoneGroup[] {
    const contacts = this.#options.registrar.contacts(aor);
    return mediaProfiles.flatMap((profile): PhoneGroup[] => {
      const phones = contacts.filter(this.#withProfile(profile));
      if (profile === 'sdes' && this.#options.srtp === 'optional') {
        return phones.map((binding) => ({ profile, only: keyOfBinding(binding) }));
      }
      return phones.length === 0 ? [] : [{ profile, only: null }];
    });
  }

  /** The addresses of a trunk, in the order to try; [] when there is no way. Never rejects. */
  lines({ trunk, number }: TrunkTarget): Promise<InviteTarget[]> {
    return this.#options.trunks.targets(trunk, number);
  }

  /**
   * Where the phones of `to`, called by `leg`, may send the call on: to such as take the offer of its profile. Asks for
   * one leg's redirections in their order.
   */
  byPhone(
    leg: Sending,
    to: TerminalTarget,
    redirections: readonly Redirection[] = [],
  ): (uri: SipUri, from: Flow) => InviteTarget[] {
    const { profile = 'rtp' } = leg;
    const sender = this.#options.directory.callerOfAor(to.aor);
    const sentOn = sentOnOnceMore(redirections, sender === null ? null : deviceOf(sender));
    const called = new Set(this.#options.registrar.contacts(to.aor).map(keyOfBinding));
    return (uri, from) => {
      const named = sentOn === null ? [] : this.#phonesNamed(to, uri, from).filter(this.#withProfile(profile));
      const next = named.filter((binding) => !called.has(keyOfBinding(binding)));
      for (const binding of next) called.add(keyOfBinding(binding));
      const note = { by: to.aor, to: clean(numberOrName(uri), longestNumber) };
      if (next.length === 0) leg.log.warn(note, 'a phone may not send a call there');
      else leg.log.info(note, 'a phone sent a call on');
      const headers = sentOn === null ? [] : this.sentOnBy(sentOn, uri, to);
      return next.map((binding) => ({ ...targetOf(binding), headers }));
    };
  }

  /**
   * Where a carrier's 3xx may lead. Else a carrier, or who poses as one, could have us call anybody anywhere, and more
   * than once. What has been called is not called again (RFC 3261 §8.1.3.4).
   */
  byCarrier(
    leg: Sending,
    to: TrunkTarget,
    callerId: CallerId,
    redirections: readonly Redirection[] = [],
  ): (uri: SipUri) => InviteTarget[] {
    const sentOn = sentOnOnceMore(redirections, { kind: 'external', number: to.number, name: '' });
    const called = new Set([keyOf(to.trunk, to.number)]);
    return (uri) => {
      const target = sentOn === null ? null : this.#lineNamed(leg, to, callerId, uri, called);
      if (target !== null) return [{ ...target, headers: this.sentOnBy(sentOn ?? [], target.uri, to) }];
      this.#options.trunks.count(to.trunk, 'redirectsRefused');
      const note = { trunk: to.trunk, to: clean(numberOrName(uri), longestNumber) };
      leg.log.warn(note, 'a carrier may not send a call there');
      return [];
    };
  }

  /**
   * What whoever is called is told of those who sent the call on: inside the organization by their own name and number,
   * elsewhere as they are shown there.
   */
  sentOnBy(redirections: readonly Redirection[], target: SipUri, to: DialTarget): [string, string][] {
    if (redirections.length === 0) return [];
    const { directory, domain } = this.#options;
    const organizationId = to.kind === 'trunk' ? null : (directory.callerOfAor(to.aor)?.organizationId ?? null);
    const shownAs = (device: Device): CallerId => {
      if (device.kind !== 'extension' || device.organizationId === organizationId) return device;
      return directory.callerIdOf(device.extensionId) ?? device;
    };
    const headers = redirectionHeaders(redirections, target, domain, shownAs);
    return to.kind === 'trunk' ? headers : [...headers, ...referredBy(redirections, domain, shownAs)];
  }

  #lineNamed(leg: Sending, to: TrunkTarget, callerId: CallerId, uri: SipUri, called: Set<string>): InviteTarget | null {
    const { directory, trunks, mayRedirectTo } = this.#options;
    const { organizationId } = leg;
    const { account } = to;
    const named = telephoneSubscriber(uri);
    if (named === null || organizationId === '') return null;
    const route = directory.route(named.number, { kind: 'application', organizationId, account, ...callerId });
    if (route.kind !== 'trunk') return null;
    const { trunk, number } = route;
    const next = { kind: 'trunk', trunk, number, account } as const;
    // What a carrier says beside the number, such as where it was ported to (RFC 4694), it says for itself.
    const user = trunk === to.trunk ? number + named.parameters : number;
    const key = keyOf(trunk, user);
    const target = called.has(key) ? null : trunks.targetNow(trunk, user);
    if (target === null || !mayRedirectTo(leg.id, next)) return null;
    called.add(key);
    trunks.count(to.trunk, 'redirected');
    leg.log.info({ trunk: to.trunk, to: route }, 'a carrier sent a call on');
    // The password of one carrier is nothing for another.
    return { ...target, redirected: trunk !== to.trunk };
  }

  #withProfile(profile: MediaProfile): (binding: Binding) => boolean {
    const { srtp } = this.#options;
    return ({ flow }) => profileOfTransport(flow.kind, srtp) === profile;
  }

  /** The registered phones of the sender's own organization that `uri` names. */
  #phonesNamed(by: TerminalTarget, uri: SipUri, from: Flow): readonly Binding[] {
    const { directory, domain, registrar } = this.#options;
    const sender = directory.callerOfAor(by.aor);
    if (sender === null) return [];
    const ofSame = (aor: string) => directory.callerOfAor(aor)?.organizationId === sender.organizationId;
    const known = registrar.aorsOfContact(uri).find(ofSame);
    if (known !== undefined) {
      const text = formatUri(uri);
      return registrar.contacts(known).filter(({ contact }) => formatUri(contact) === text);
    }
    if (uri.user === null || !(uri.scheme === 'tel' || isOurs(uri, domain, from.local))) return [];
    const route = directory.route(numberOrName(uri), sender);
    return route.kind === 'terminal' && ofSame(route.aor) ? registrar.contacts(route.aor) : [];
  }
}

/** Null: it has been sent on too often. */
function sentOnOnceMore(redirections: readonly Redirection[], by: Device | null): readonly Redirection[] | null {
  return redirections.length >= mostRedirections ? null : [...redirections, { by, reason: 'deflected' }];
}

function targetOf({ contact, flow, path, events }: Binding): InviteTarget {
  return { uri: contact, flow, route: path, events };
}

function keyOfBinding({ contact, flow }: Binding): string {
  return `${flow.id} ${formatUri(contact)}`;
}

function keyOf(trunk: string, user: string): string {
  return JSON.stringify([trunk, user]);
}
