import { AppError, coerceError } from '../../base/app-error.ts';
import type { Clock } from '../../base/clock.ts';
import { RateLimit } from '../../base/rate-limit.ts';
import type { Call, CallRef } from '../../call/model/call.ts';
import { type Device, type DialTarget, isSameExtension } from '../../call/model/device.ts';
import type { Caller } from '../../call/ports.ts';
import type { CallRuntime } from '../../call/runtime/runtime.ts';
import { singleStepTransfer } from '../../call/services/single-step-transfer.ts';
import { transferCall } from '../../call/services/transfer-call.ts';
import type { Replaces } from '../../sip/message/replaces.ts';
import { numberOrName } from '../../sip/message/telephone-subscriber.ts';
import type { IncomingRefer, SipUserAgent } from '../../sip/user-agent.ts';
import { CallWatch } from '../call-watch.ts';
import type { LegTable } from '../leg-table.ts';
import type { LegsDirectory } from './caller.ts';
import { isOurHost } from './own-address.ts';
import { refusalFor } from './refused-calls.ts';
import { SipLeg } from './sip-leg.ts';
import { ConsultationProgress, type Progress, ReplacementProgress } from './transfer-progress.ts';

interface RefersOptions {
  readonly agent: Pick<SipUserAgent, 'authenticateRefer'>;
  readonly clock: Clock;
  readonly directory: LegsDirectory;
  readonly domain: string;
  readonly legs: LegTable;
  readonly runtime: CallRuntime;
  /** How long whoever is dialled rings, ms. */
  readonly ringTimeoutMs: number;
}

/** The phone that asks: its leg, its place in the call, and whose it is. */
interface Asking extends CallRef {
  readonly leg: SipLeg;
  readonly call: Call;
  readonly caller: Extract<Caller, { readonly kind: 'extension' }>;
}

/** Who is to be dialled; a number: why nobody is. */
type Wanted = { readonly device: Device; readonly target: DialTarget } | number;

/**
 * What becomes of a REFER inside a dialog (RFC 3515, RFC 5589): whose phone it is → 401, 403; one at a time → 491; then
 * 202, and what comes of it by NOTIFY. To a number it is SingleStepTransfer, in which the phone stays until the other
 * has answered; with Replaces it is TransferCall of two calls of the phone.
 *
 * All that is refused after the 202 is told by NOTIFY: to a 404 or 481 of the REFER itself the phone would give up its
 * call (RFC 5057).
 */
export class Refers {
  readonly #options: RefersOptions;
  readonly #watch: CallWatch;
  /** One line a second for each leg: a phone may ask again at once. */
  readonly #refusals = new RateLimit({ perSecond: 1, burst: 1 });

  constructor(options: RefersOptions) {
    this.#options = options;
    this.#watch = new CallWatch(options.runtime);
  }

  close(): void {
    this.#watch.close();
  }

  receive(leg: SipLeg, refer: IncomingRefer): void {
    const asking = this.#asking(leg);
    if (asking === null) {
      this.#note(leg, { source: refer.flow.remote }, 'only phones of ours may have their calls sent on');
      refer.reject(403);
      return;
    }
    const proven = this.#options.agent.authenticateRefer(refer);
    if (!proven.ok) return;
    if (proven.credentials.extensionId !== asking.caller.extensionId) refer.reject(403);
    else if (leg.transfer.pending) refer.reject(491);
    else if (this.#hasOthers(leg)) this.#refused(asking, refer, 603);
    else if (refer.to.replaces === null) this.#toNumber(asking, refer);
    else this.#toOtherCall(asking, refer, refer.to.replaces);
  }

  /** Null for whoever is no phone of ours: guests, and what is behind a trunk. */
  #asking(leg: SipLeg): Asking | null {
    const { directory, runtime } = this.#options;
    const ref = runtime.refOfLeg(leg.knownAs);
    const call = ref === null ? null : runtime.call(ref.callId);
    const connection = call?.connections.get(ref?.connectionId ?? '');
    if (ref === null || call === null || connection?.device.kind !== 'extension') return null;
    const caller = connection.target?.kind === 'trunk' ? null : directory.callerOf(connection.device.extensionId);
    return caller === null ? null : { ...ref, leg, call, caller };
  }

  /**
   * An application has the phone in several calls at once, by this one leg. The phone knows of one: which it means is
   * not clear, and once it hears that its call was sent on it hangs up, and would end the others.
   */
  #hasOthers({ knownAs }: SipLeg): boolean {
    return this.#options.runtime.callsNamed(knownAs).length > 1;
  }

  // ── to a number ──────────────────────────────────────────────────────────────────────────────────────────────────

  #toNumber(asking: Asking, refer: IncomingRefer): void {
    const wanted = this.#wanted(asking, refer);
    if (typeof wanted === 'number') {
      this.#refused(asking, refer, wanted);
      return;
    }
    const { callId, connectionId, caller, leg } = asking;
    const { directory, ringTimeoutMs: timeoutMs, runtime } = this.#options;
    const callerId = directory.callerIdOf(caller.extensionId) ?? { name: caller.name, number: caller.number };
    const progress = new ReplacementProgress(connectionId);
    leg.log.info({ kind: wanted.target.kind }, 'a phone sends its call on');
    leg.transfer.begin(refer.accept());
    const forget = this.#watch.on(callId, (event, call) => {
      if (this.#told(asking, progress.heard(event, call))) forget();
    });
    const charged = caller.extensionId;
    runtime
      .do(singleStepTransfer, { callId, connectionId, ...wanted, callerId, timeoutMs, charged, whenAnswered: true })
      .catch((thrown: unknown) => {
        forget();
        this.#failed(asking, thrown);
      });
  }

  /** By the dial plan and the lists of whoever asks, and no conference: nobody is asked for its PIN. */
  #wanted({ call, caller }: Asking, { to: { uri }, flow, request }: IncomingRefer): Wanted {
    const { directory, domain } = this.#options;
    const { scheme, host, params } = uri;
    // By the names that it knows us by: ours, or what it calls itself.
    const isHere = isOurHost(host, domain, flow.local) || host.toLowerCase() === request.from.uri.host.toLowerCase();
    if (scheme !== 'tel' && (!isHere || params.has('maddr'))) return 404;
    const dialled = numberOrName(uri);
    const route = dialled === '' ? null : directory.route(dialled, caller);
    switch (route?.kind) {
      case 'terminal': {
        const { device, aor } = route;
        return isIn(call, device) ? 486 : { device, target: { kind: 'terminal', aor } };
      }
      case 'trunk': {
        if (!call.publicTransfer) return 403;
        const { trunk, number, account } = route;
        return { device: { kind: 'external', number, name: '' }, target: { kind: 'trunk', trunk, number, account } };
      }
      case 'conference':
        return 403;
      case 'refused':
        return route.status;
      case undefined:
        return 404;
    }
  }

  // ── to another call of the phone ─────────────────────────────────────────────────────────────────────────────────

  #toOtherCall(asking: Asking, refer: IncomingRefer, replaces: Replaces): void {
    const other = this.#ownCallNamed(asking, replaces);
    if (other === null) {
      this.#refused(asking, refer, 481);
      return;
    }
    if (this.#hasOthers(other.leg)) {
      this.#refused(asking, refer, 603);
      return;
    }
    const { leg } = asking;
    const early = !other.leg.answered;
    if (!early && replaces.earlyOnly) {
      this.#refused(asking, refer, 486);
      return;
    }
    leg.log.info({ other: other.callId }, 'a phone brings two of its calls together and leaves');
    leg.transfer.begin(refer.accept());
    if (early) this.#whenAnswered(asking, other);
    else this.#complete(asking, other);
  }

  /** Among the calls of the extension that asks, and nobody else's. */
  #ownCallNamed({ caller, leg }: Asking, replaces: Replaces): (CallRef & { readonly leg: SipLeg }) | null {
    const { legs, runtime } = this.#options;
    const ids = new Set<string>();
    for (const { callId, connectionId } of runtime.connectionsOf(caller.extensionId)) {
      const id = runtime.call(callId)?.connections.get(connectionId)?.legId;
      if (id !== undefined) ids.add(id);
    }
    for (const id of ids) {
      for (const other of sipLegsOf(legs, id)) {
        const ref = other !== leg && other.isNamed(replaces) ? runtime.refOfLeg(id) : null;
        if (ref !== null) return { ...ref, leg: other };
      }
    }
    return null;
  }

  #complete(asking: Asking, other: CallRef): void {
    const { runtime } = this.#options;
    const [own, its] = [asking, other].map(({ callId, connectionId }) => ({ callId, connectionId }));
    // Whichever of the two the phone speaks of, the one that was begun for the other ends.
    const call = runtime.call(asking.callId);
    const begunFor = (call?.connections.get(asking.connectionId)?.parent ?? call?.parent) === other.callId;
    const merging = begunFor ? { original: its!, consult: own! } : { original: own!, consult: its! };
    runtime.do(transferCall, merging).then(
      () => asking.leg.transfer.over(200),
      (thrown: unknown) => this.#failed(asking, thrown),
    );
  }

  /** The other one still rings: once it has answered. Should it not, the phone has both of its calls as they were. */
  #whenAnswered(asking: Asking, other: CallRef): void {
    const progress = new ConsultationProgress();
    const forget = this.#watch.on(other.callId, (event, call) => {
      const news = progress.heard(event, call);
      if (news !== 'answered') {
        this.#told(asking, news);
        return;
      }
      forget();
      this.#complete(asking, other);
    });
    if ((this.#options.runtime.call(other.callId)?.ringing ?? 0) > 0) asking.leg.transfer.rings();
  }

  // ── what is told ─────────────────────────────────────────────────────────────────────────────────────────────────

  /** True when that was the last. */
  #told({ leg }: Asking, news: Progress): boolean {
    if (news === 'rings') leg.transfer.rings();
    if (news === null || news === 'rings') return false;
    leg.transfer.over(news.status);
    return true;
  }

  #refused({ leg }: Asking, refer: IncomingRefer, status: number): void {
    this.#note(leg, { status }, 'a call is not sent on');
    void refer.accept(true).end(status);
  }

  #failed({ leg }: Asking, thrown: unknown): void {
    const refusal = thrown instanceof AppError ? refusalFor(thrown) : null;
    if (!(thrown instanceof AppError)) leg.log.warn({ err: coerceError(thrown) }, 'a call could not be sent on');
    else this.#note(leg, { code: thrown.code, ...thrown.details }, 'a call is not sent on');
    // What is asked for does not go together with the call as it is.
    leg.transfer.over(refusal?.status ?? (thrown instanceof AppError ? 603 : 500));
  }

  #note(leg: SipLeg, what: object, message: string): void {
    if (this.#refusals.admit(leg.id, this.#options.clock.monotonic())) leg.log.info(what, message);
  }
}

function isIn({ connections }: Call, device: Device): boolean {
  return [...connections.values()].some((one) => isSameExtension(one.device, device));
}

/** The leg itself, or those of a hunt, of which one has answered. */
function sipLegsOf(legs: LegTable, id: string): readonly SipLeg[] {
  const leg = legs.get(id);
  if (leg === null) return [];
  if (leg instanceof SipLeg) return [leg];
  return legs.all().filter((one): one is SipLeg => one instanceof SipLeg && one.knownAs === id);
}
