import type { IncomingInvite } from '../../sip/user-agent.ts';

/** How the messages of one dialog are told from those of any other, whatever Call-ID its peer chose. */
export interface NamedDialog {
  readonly callId: string;
  /** Ours, and nobody can guess it: whatever carries it belongs to the dialog. */
  readonly localTag: string;
  /**
   * Where the peer began it: its tag, the branch of its INVITE and its address, by which messages without ours are
   * known.
   */
  readonly caller: { readonly tag: string; readonly branch: string; readonly address: string } | null;
}

/** Is told whose the dialogs of SIP are. */
export interface DialogNames {
  isOfLeg(dialog: NamedDialog, leg: { readonly id: string; readonly organizationId: string }): void;
  /** A caller of this organization was refused before there was a leg. */
  isOfOrganization(dialog: NamedDialog, organizationId: string): void;
}

/** An INVITE that came to no leg, of a caller of an organization or who gave itself out as one. */
export interface RefusedInvite {
  /** ms since the epoch. */
  readonly at: number;
  /** SIP's own, by which its messages are found. */
  readonly callId: string;
  /** The number of who called, or the user name that was given. */
  readonly from: string;
  /** May end in a PIN. */
  readonly dialled: string;
  readonly status: number;
  /** What was said with it (RFC 3261 §20.43). */
  readonly warning: string | null;
}

/** Is told what was refused before there was a call. */
export interface RefusalNotes {
  note(organizationId: string, refused: RefusedInvite): void;
}

export function dialogOf({ request, localTag, flow }: IncomingInvite): NamedDialog {
  const { callId, fromTag, branch } = request;
  return { callId, localTag, caller: { tag: fromTag ?? '', branch: branch ?? '', address: flow.remote.address } };
}
