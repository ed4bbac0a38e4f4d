import type { RefusedDial } from '../../call/attempts/refused-dial.ts';
import type { CallEvent } from '../../call/model/events.ts';
import type { Details, sentences } from './sentences.ts';

export type { Details } from './sentences.ts';

/** What is known of a leg besides the events of its calls. */
export interface LegNote {
  readonly legId: string;
  /** ms since the epoch. */
  readonly at: number;
  readonly what: /** The media process that had its sound died. */
    | 'mediaProcessDied'
    /** Nothing was received for `ms`. */
    | 'silent';
  readonly ms?: number;
}

/** How the sound of a leg was, over all of it. */
export interface LegQuality {
  readonly legId: string;
  readonly from: number;
  readonly to: number;
  /** RTP packets in all. */
  readonly received: number;
  /** Of its worst stretch of ten seconds or more, 0 to 1; null: it lost nothing worth telling. */
  readonly loss: { readonly share: number; readonly from: number; readonly to: number } | null;
  /** Likewise. */
  readonly jitterMs: number | null;
}

/** A user name that was refused at an address, or with null everybody there. */
export interface BanFact {
  readonly username: string | null;
  readonly source: string;
  readonly since: number;
}

/** A SIP answer to an INVITE that came to no call. */
export interface RefusedInvite {
  readonly status: number;
  readonly warning: string | null;
  /** Who called, and what; null where its INVITE is not kept. */
  readonly from: string | null;
  readonly dialled: string | null;
}

/** All there is to explain a story from. */
export interface Facts {
  /** Of all its calls, in order. */
  readonly events: readonly CallEvent[];
  readonly notes: readonly LegNote[];
  readonly quality: readonly LegQuality[];
  readonly bans: readonly BanFact[];
  /** A call out that was refused before there was a call. */
  readonly attempt: (RefusedDial & { readonly at: number; readonly seq: number }) | null;
  /** An INVITE that was refused before there was a call. */
  readonly refused: RefusedInvite | null;
}

/** What went wrong, by name: pages have words for each in their own language. */
export type WhyCode = keyof typeof sentences;

/** Why one leg was refused, failed or dropped, or did not sound well. */
export interface Why {
  /** Null: there was no call yet. */
  readonly callId: string | null;
  readonly connection: string | null;
  readonly kind: 'refused' | 'failed' | 'dropped' | 'quality';
  readonly code: WhyCode;
  readonly sentence: string;
  readonly details: Details;
  /** Numbers of events of that call. */
  readonly evidence: readonly number[];
}
