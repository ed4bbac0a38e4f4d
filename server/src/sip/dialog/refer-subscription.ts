import type { Timer } from '../../base/clock.ts';
import type { ClientAuthorization } from '../auth/client-authorization.ts';
import type { SipRequest } from '../message/message.ts';
import { reasonPhrases } from '../message/response.ts';
import type { Dialog } from './dialog.ts';
import type { DialogUsage } from './dialog-table.ts';
import { InDialogRequest, setBody } from './in-dialog-request.ts';
import type { Referral } from './refer.ts';
import { type ReferInput, type ReferState, referTable } from './refer-states.ts';
import type { UserAgentCore } from './user-agent-core.ts';

/** Longer than anybody rings, ms: what is not known by then is not told any more. */
const expiresMs = 300_000;

/**
 * Tells whoever sent a REFER how far the call has come, in the dialog it came in (RFC 3515 §2.4.4–7): status lines as
 * `message/sipfrag` (RFC 3420). It stands on the dialog beside the session, and may outlive it.
 */
export class ReferSubscription implements DialogUsage, Referral {
  readonly #core: UserAgentCore;
  readonly #dialog: Dialog;
  readonly #authorization: ClientAuthorization | null;
  readonly #event: string;
  readonly #endsAt: number;
  #expiry: Timer | null;
  #state: ReferState = 'idle';
  #status = 100;
  /** How the subscription ends. */
  #reason: 'noresource' | 'timeout' = 'noresource';
  #whenOver: (() => void)[] = [];

  /** `event`: value of Event. */
  constructor(core: UserAgentCore, dialog: Dialog, authorization: ClientAuthorization | null, event: string) {
    this.#core = core;
    this.#dialog = dialog;
    this.#authorization = authorization;
    this.#event = event;
    this.#endsAt = core.clock.monotonic() + expiresMs;
    this.#expiry = core.clock.setTimer(expiresMs, () => this.#expired());
    core.referrals.add(this);
    core.dialogs.add(dialog, this);
    this.#apply('tell');
  }

  get over(): boolean {
    return this.#state === 'over';
  }

  progress(status: number): void {
    if (status <= this.#status || status >= 200) return;
    this.#tell(status, 'tell');
  }

  end(status: number): Promise<void> {
    this.#tell(status, 'tellLast');
    if (this.#state === 'over') return Promise.resolve();
    return new Promise((resolve) => this.#whenOver.push(resolve));
  }

  /** There is no way to subscribe anew: SUBSCRIBE is not in Allow, and a NOTIFY answered 481 ends it. */
  receive(): boolean {
    return false;
  }

  /** Nothing more can be told. */
  close(): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#over();
  }

  #expired(): void {
    this.#reason = 'timeout';
    this.#apply('tellLast');
  }

  /** What is told last stays. */
  #tell(status: number, input: 'tell' | 'tellLast'): void {
    if (referTable[this.#state][input] === undefined) return;
    this.#status = status;
    this.#apply(input);
  }

  #apply(input: ReferInput): void {
    const row = referTable[this.#state][input];
    if (row === undefined) return;
    this.#state = row.next;
    if (row.effect === 'end') this.#over();
    else if (row.effect !== null) this.#send(row.effect === 'sendLast');
  }

  #send(last: boolean): void {
    const seconds = Math.max(1, Math.ceil((this.#endsAt - this.#core.clock.monotonic()) / 1000));
    const state = last ? `terminated;reason=${this.#reason}` : `active;expires=${seconds}`;
    const line = `SIP/2.0 ${this.#status} ${reasonPhrases[this.#status] ?? 'Unknown'}\r\n`;
    new InDialogRequest({
      core: this.#core,
      dialog: this.#dialog,
      authorization: this.#authorization,
      method: 'NOTIFY',
      fill: (request: SipRequest) => {
        request.headers.append('Event', this.#event);
        request.headers.append('Subscription-State', state);
        setBody(request, 'message/sipfrag;version=2.0', line);
      },
      done: (status) => this.#apply(status >= 200 && status < 300 ? 'taken' : 'lost'),
    }).send();
  }

  #over(): void {
    this.#expiry?.cancel();
    this.#expiry = null;
    this.#core.referrals.delete(this);
    this.#core.dialogs.remove(this.#dialog, this);
    for (const resolve of this.#whenOver.splice(0)) resolve();
  }
}
