import { coerceError } from '../../base/app-error.ts';
import type { Timer } from '../../base/clock.ts';
import type { Fact } from '../../base/facts.ts';
import { ClientAuthorization, type ClientCredentials } from '../auth/client-authorization.ts';
import type { SipResponse } from '../message/message.ts';
import { requestOf } from '../message/plain-request.ts';
import { createResponse } from '../message/response.ts';
import type { SipUri } from '../message/uri.ts';
import type { Flow } from '../transport/flow.ts';
import type { PlainFlow } from '../transport/plain-flow.ts';
import { Dialog } from './dialog.ts';
import { InDialogRequest } from './in-dialog-request.ts';
import { callerKind, dialogKind, inviteKind, type LeftCaller, type LeftDialog, type LeftInvite } from './left-facts.ts';
import { nextHop } from './next-hop.ts';
import { Session } from './session.ts';
import type { UserAgentCore } from './user-agent-core.ts';

/** Far ends told in one go, and how long until the next: a thousand a second. */
const toldAtOnce = 50;
const pauseMs = 50;
/** How long a phone that cannot be reached may take to come back by itself. */
const patienceMs = 600_000;
/** Temporary failure (Q.850 41): as the log of the call says. */
const reason = 'Q.850;cause=41;text="systemFailure"';

const kinds: readonly string[] = [dialogKind, inviteKind, callerKind];

/** Somebody who could not be reached the way that was written down. */
interface Unreached {
  readonly target: SipUri;
  readonly patience: Timer;
  readonly again: (flow: Flow) => void;
}

/**
 * Ends what an earlier run left behind, from what it had written: an established dialog gets its BYE, a phone that
 * rings its CANCEL, a caller who hears that it rings a refusal. What is told is forgotten when it was answered, or
 * given up; a crash in between tells it again, and who has hung up already answers 481.
 *
 * A phone on a connection that ended with the process is told when it registers again: where else it could be reached,
 * nobody said.
 */
export class LeftBehind {
  readonly #core: UserAgentCore;
  readonly #credentials: (account: string) => ClientCredentials | null;
  #queue: Fact[] = [];
  readonly #unreached = new Set<Unreached>();
  #timer: Timer | null = null;

  constructor(core: UserAgentCore, credentials: (account: string) => ClientCredentials | null) {
    this.#core = core;
    this.#credentials = credentials;
  }

  begin(facts: readonly Fact[]): void {
    this.#queue = facts.filter(({ kind }) => kinds.includes(kind));
    if (this.#queue.length === 0) return;
    this.#core.log.warn({ farEnds: this.#queue.length }, 'far ends that an earlier run left are told that it is over');
    this.#next();
  }

  /** A phone has registered over this flow. */
  registered(contact: SipUri, flow: Flow): void {
    if (this.#unreached.size === 0 || flow.closed) return;
    for (const one of [...this.#unreached]) {
      const { target, patience, again } = one;
      if (target.user !== contact.user || target.host !== contact.host) continue;
      this.#unreached.delete(one);
      patience.cancel();
      again(flow);
    }
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = null;
    this.#queue = [];
    for (const { patience } of this.#unreached) patience.cancel();
    this.#unreached.clear();
  }

  #next(): void {
    for (const fact of this.#queue.splice(0, toldAtOnce)) {
      try {
        this.#tell(fact);
      } catch (error) {
        this.#core.log.warn({ error: coerceError(error).message }, 'a call that was left behind cannot be read');
        this.#forget(fact);
      }
    }
    if (this.#queue.length > 0) this.#timer = this.#core.clock.setTimer(pauseMs, () => this.#next());
  }

  #tell(fact: Fact): void {
    const left: unknown = JSON.parse(fact.data);
    if (fact.kind === dialogKind) this.#endDialog(fact, left as LeftDialog, null);
    else if (fact.kind === inviteKind) this.#cancel(fact, left as LeftInvite, null);
    else this.#refuse(fact, left as LeftCaller);
  }

  #forget({ kind, key }: Fact): void {
    this.#core.facts.forget(kind, key);
  }

  #endDialog(fact: Fact, left: LeftDialog, over: Flow | null): void {
    const dialog = Dialog.fromPlain(left.dialog, over ?? this.#flow(left.dialog.flow));
    if (over === null) dialog.flow = this.#wayInto(dialog);
    // It was acknowledged from there, or answered.
    this.#core.proven.reached(dialog.flow);
    new InDialogRequest({
      core: this.#core,
      dialog,
      authorization: this.#authorization(left.account),
      method: 'BYE',
      fill: (request) => request.headers.append('Reason', reason),
      done: (status) => {
        const silent = status === 408 || status === 503;
        if (!silent || over !== null) this.#forget(fact);
        else this.#wait(fact, dialog.remoteTarget, (flow) => this.#endDialog(fact, left, flow));
      },
    }).send();
  }

  /**
   * Over UDP the same pair of addresses. A connection to where the peer says that it listens, if that is the host it
   * came from; else to where it came from, which is right for a carrier that we connected to.
   */
  #wayInto(dialog: Dialog): Flow {
    const { flow } = dialog;
    if (!flow.reliable) return flow;
    const hop = nextHop(dialog.addressing().next, flow.kind);
    const same = hop !== null && hop.kind === flow.kind && hop.remote.address === flow.remote.address;
    return same ? this.#core.transport.flowTo(hop.kind, hop.remote) : flow;
  }

  #cancel(fact: Fact, left: LeftInvite, over: Flow | null): void {
    const core = this.#core;
    const request = requestOf(left.request);
    const flow = over ?? this.#flow(left.flow);
    /** Whoever accepts all the same, by To tag: each fork is a dialog of its own. */
    const sessions = new Map<string, Session>();
    const accepted = (response: SipResponse) => {
      const tag = response.toTag ?? '';
      const known = sessions.get(tag);
      if (known !== undefined) {
        known.repeatAck(response);
        return;
      }
      const dialog = Dialog.fromResponse(request, response, flow, left.pinned).leap();
      const session = Session.confirm(core, dialog, this.#authorization(left.account), []);
      sessions.set(tag, session);
      session.acknowledge(request, null);
      session.bye(reason);
    };
    const transaction = core.transactions.resumeClient(request, flow, {
      onResponse: (response) => {
        if (response.status < 200) return;
        this.#forget(fact);
        if (response.status < 300) accepted(response);
      },
      onTimeout: () => this.#forget(fact),
      onTransportError: () => {
        if (over !== null) this.#forget(fact);
        else this.#wait(fact, request.uri, (found) => this.#cancel(fact, left, found));
      },
    });
    transaction.cancel(reason);
  }

  #refuse(fact: Fact, { request: plain, flow, toTag }: LeftCaller): void {
    const request = requestOf(plain);
    const transaction = this.#core.transactions.resumeServer(request, this.#flow(flow));
    const headers: [string, string][] = [['Reason', reason]];
    this.#core.respond(transaction, createResponse(request, 500, undefined, { toTag, headers }));
    this.#forget(fact);
  }

  #wait(fact: Fact, target: SipUri, again: (flow: Flow) => void): void {
    const patience = this.#core.clock.setTimer(patienceMs, () => {
      this.#unreached.delete(one);
      this.#forget(fact);
    });
    const one: Unreached = { target, patience, again };
    this.#unreached.add(one);
  }

  #flow({ kind, address, port }: PlainFlow): Flow {
    return this.#core.transport.flowTo(kind, { address, port });
  }

  #authorization(account: string | null): ClientAuthorization | null {
    const credentials = account === null ? null : this.#credentials(account);
    return credentials === null ? null : new ClientAuthorization(credentials, this.#core.random);
  }
}
