import type { SipRequest } from '../message/message.ts';
import { type PlainRequest, plainRequest } from '../message/plain-request.ts';
import type { Flow } from '../transport/flow.ts';
import { type PlainFlow, plainFlow } from '../transport/plain-flow.ts';
import type { Dialog, PlainDialog } from './dialog.ts';

/*
 * What is written down while it lives, so that the next run can end what a crash left behind: one fact for each
 * established dialog, each INVITE of ours that has no final response, and each caller who was told that it rings.
 */

export const dialogKind = 'dialog';
export const inviteKind = 'invite';
export const callerKind = 'caller';

/** Nobody rings longer, or waits for an answer, ms. */
export const mostRingingMs = 600_000;

export interface LeftDialog {
  readonly dialog: PlainDialog;
  /** Of the credentials that answer a challenge. */
  readonly account: string | null;
}

/** An INVITE of ours, its Via included: a CANCEL has the same. */
export interface LeftInvite {
  readonly request: PlainRequest;
  readonly flow: PlainFlow;
  readonly pinned: boolean;
  readonly account: string | null;
}

/** A caller's INVITE that has only had provisional responses, with our tag. */
export interface LeftCaller {
  readonly request: PlainRequest;
  readonly flow: PlainFlow;
  readonly toTag: string;
}

export function textOfDialog(dialog: Dialog, account: string | null): string {
  return JSON.stringify({ dialog: dialog.plain(), account } satisfies LeftDialog);
}

export function textOfInvite(request: SipRequest, flow: Flow, pinned: boolean, account: string | null): string {
  const left: LeftInvite = { request: plainRequest(request), flow: plainFlow(flow), pinned, account };
  return JSON.stringify(left);
}

export function textOfCaller(request: SipRequest, flow: Flow, toTag: string): string {
  const left: LeftCaller = { request: plainRequest(request), flow: plainFlow(flow), toTag };
  return JSON.stringify(left);
}
