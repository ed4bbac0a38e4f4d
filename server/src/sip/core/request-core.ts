import {
  answerNoDialog,
  answerOptions,
  refuseBody,
  refuseForeignBody,
  refuseMethod,
  refuseRequired,
} from '../dialog/common-answers.ts';
import type { LiveDialog } from '../dialog/dialog-table.ts';
import { ServerInvite } from '../dialog/incoming-invite.ts';
import { countRefer } from '../dialog/incoming-refer.ts';
import { replacedBy } from '../dialog/replacing.ts';
import { sdpOf, type UserAgentCore } from '../dialog/user-agent-core.ts';
import type { SipRequest } from '../message/message.ts';
import { createResponse } from '../message/response.ts';
import type { ServerTransaction } from '../transaction/transaction.ts';
import type { Flow } from '../transport/flow.ts';
import type { Registration } from './registration.ts';

export interface RequestCoreOptions {
  readonly core: UserAgentCore;
  readonly registration: Registration;
  readonly onInvite: (invite: ServerInvite) => void;
  /** INVITEs that may wait for an answer at one time. */
  readonly maxPending: number;
  readonly draining: () => boolean;
}

/** The UAS core (RFC 3261 §8.2): what happens to a request that opened a transaction. */
export class RequestCore {
  readonly #core: UserAgentCore;
  readonly #options: RequestCoreOptions;
  /** Requests outside dialogs that are being handled, by what a second copy of them shares (§8.2.2.2). */
  readonly #handled = new Set<string>();

  constructor(options: RequestCoreOptions) {
    this.#core = options.core;
    this.#options = options;
    this.#understand();
  }

  /** Another method is one more line, and, inside dialogs, a usage that takes it. */
  #understand(): void {
    const { methods } = this.#core;
    methods.add('INVITE', { outside: (request, transaction) => this.#invite(request, transaction), inside: true });
    // The transactions know what these belong to.
    methods.add('ACK', { outside: null, inside: false });
    methods.add('CANCEL', { outside: null, inside: false });
    methods.add('BYE', { outside: null, inside: true });
    methods.add('OPTIONS', {
      outside: (request, transaction) => this.#askedOptions(request, transaction),
      inside: true,
    });
    methods.add('INFO', { outside: null, inside: true });
    methods.add('PRACK', { outside: null, inside: true });
    // What is asked for is asked of somebody who is in a call, and on that one's account: there is nobody to ask here.
    methods.add('REFER', {
      outside: (request, transaction) => {
        countRefer(this.#core, 403);
        this.#core.respond(transaction, createResponse(request, 403));
      },
      inside: true,
    });
    const { registration } = this.#options;
    methods.add('REGISTER', {
      outside: (request, transaction) => {
        if (!refuseForeignBody(this.#core, request, transaction)) registration.receive(request, transaction);
      },
      inside: false,
    });
  }

  receive(request: SipRequest, transaction: ServerTransaction): void {
    const core = this.#core;
    if (request.toTag !== null) {
      const live = core.dialogs.ofRequest(request);
      if (live === null) answerNoDialog(core, request, transaction);
      else this.#receiveInside(live, request, transaction);
      return;
    }
    const refusal = this.#inspect(request, transaction.flow);
    if (refusal !== null) {
      core.respond(transaction, createResponse(request, refusal));
      return;
    }
    if (refuseRequired(core, request, transaction)) return;
    const method = core.methods.of(request.method);
    if (method === null) refuseMethod(core, request, transaction);
    // It exists inside dialogs only, and every dialog has a tag of ours.
    else if (method.outside === null) answerNoDialog(core, request, transaction);
    else method.outside(request, transaction);
  }

  receiveAck(ack: SipRequest, flow: Flow): void {
    const live = this.#core.dialogs.ofRequest(ack);
    if (live === null) return;
    this.#prove(live, flow);
    for (const usage of live.usages) usage.receiveAck?.(ack);
  }

  #receiveInside(live: LiveDialog, request: SipRequest, transaction: ServerTransaction): void {
    const core = this.#core;
    const { dialog, usages } = live;
    this.#prove(live, transaction.flow);
    if (!dialog.takeCSeq(request.cseq.number)) {
      core.respond(transaction, createResponse(request, 500, 'CSeq Out Of Order'));
      return;
    }
    // The address translator in between may have moved the peer, or its connection been replaced.
    if (dialog.pinned || dialog.flow.closed) dialog.flow = transaction.flow;
    if (refuseRequired(core, request, transaction)) return;
    if (core.methods.of(request.method)?.inside !== true) refuseMethod(core, request, transaction);
    else if (!usages.some((usage) => usage.receive(request, transaction))) answerNoDialog(core, request, transaction);
  }

  /** Our tag comes back from where it was sent to. */
  #prove({ dialog }: LiveDialog, flow: Flow): void {
    if (dialog.flow.remote.address !== flow.remote.address) return;
    this.#core.proven.reached(dialog.flow);
    this.#core.proven.reached(flow);
  }

  #inspect(request: SipRequest, flow: Flow): number | null {
    if (request.uri.scheme === 'other') return 416;
    // We pass calls on, so a request that has used up its hops ends here, unless it only asks who is here (§11).
    if (request.maxForwards === 0 && request.method === 'INVITE') return 483;
    if (request.vias.length > 1 && this.#cameBack(request, flow)) return 482;
    return null;
  }

  /** A Via of ours under the top one: it left us before. */
  #cameBack(request: SipRequest, flow: Flow): boolean {
    const { address, port } = flow.local;
    for (let index = 1; index < request.vias.length; index++) {
      const via = request.vias[index]!;
      const host = via.host.startsWith('[') ? via.host.slice(1, -1) : via.host;
      if (host === address && (via.port ?? 5060) === port) return true;
    }
    return false;
  }

  /** The answer an INVITE would get (§11.2). */
  #askedOptions(request: SipRequest, transaction: ServerTransaction): void {
    answerOptions(this.#core, request, transaction, this.#options.draining() ? 503 : 200);
  }

  #invite(request: SipRequest, transaction: ServerTransaction): void {
    const core = this.#core;
    const merged = `${request.callId}\n${request.fromTag ?? ''}\n${request.cseq.number}`;
    if (this.#handled.has(merged)) {
      core.respond(transaction, createResponse(request, 482, 'Request Merged'));
      return;
    }
    if (this.#options.draining() || core.pending.size >= this.#options.maxPending || core.dialogs.full) {
      const headers: [string, string][] = [['Retry-After', String(5 + core.random.int(11))]];
      core.refuse(transaction, createResponse(request, 503, undefined, { headers }));
      return;
    }
    if (request.target === null) {
      const what = request.headers.has('Contact') ? 'Contact Unusable' : 'Contact Missing';
      core.respond(transaction, createResponse(request, 400, what));
      return;
    }
    const replaced = replacedBy(core.dialogs, request);
    if (replaced !== null) {
      core.respond(transaction, createResponse(request, replaced));
      return;
    }
    const offer = sdpOf(request);
    if (offer === false) {
      refuseBody(core, request, transaction);
      return;
    }
    this.#handled.add(merged);
    const invite = new ServerInvite(core, transaction, offer, () => this.#handled.delete(merged));
    core.tell(
      () => this.#options.onInvite(invite),
      () => invite.reject(500),
    );
  }
}
