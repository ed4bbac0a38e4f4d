import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import type { Cause } from '../../call/model/cause.ts';
import type { MediaEngine } from '../../media/engine.ts';
import type { AudioFormat } from '../../sdp/offer-answer.ts';
import type { OutgoingInviteOptions } from '../../sip/user-agent.ts';
import type { LegOwner } from '../leg.ts';
import type { MediaProfile } from '../media-profile.ts';
import type { SrtpTerms } from './leg-srtp.ts';
import type { OwnPorts } from './own-ports.ts';

/** What all legs by SIP have in common. */
export interface SipLegContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly engine: MediaEngine;
  readonly owner: LegOwner;
  readonly ports: OwnPorts;
  readonly formats: readonly AudioFormat[];
  /** See `SipLegsOptions`. */
  readonly silenceMs: number | null;
}

/** What makes one leg differ from the next. */
export interface SipLegSeed {
  readonly id: string;
  readonly organizationId: string;
  readonly direction: 'incoming' | 'outgoing';
  readonly profile: MediaProfile;
  readonly srtp: SrtpTerms;
}

/** An INVITE of ours, before its offer is made. */
export type CallWay = Omit<
  OutgoingInviteOptions,
  'offer' | 'onProgress' | 'onKey' | 'onRedirected' | 'onAccepted' | 'onRejected'
>;

/** What a refusal means; `rang`: something had come before it. */
export type CauseOf = (status: number, rang: boolean) => Cause;
