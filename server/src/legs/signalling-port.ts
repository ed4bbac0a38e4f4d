import type { Log } from '../base/log.ts';
import type { SignallingEffect, SignallingPort } from '../call/ports.ts';
import type { LegReport } from '../call/step/reports.ts';
import { Hunt } from './hunt.ts';
import type { DialOrder, LegHouse, LegKind, Way } from './leg-kind.ts';
import type { Invitees } from './reception/invitees.ts';

interface SignallingPortOptions {
  readonly house: LegHouse;
  readonly kinds: readonly LegKind[];
  readonly invitees: Invitees;
  readonly report: (legId: string, report: LegReport) => void;
}

/** The call model's signalling, done by legs of whatever kind. */
export class LegSignallingPort implements SignallingPort {
  readonly #options: SignallingPortOptions;

  constructor(options: SignallingPortOptions) {
    this.#options = options;
  }

  perform(effect: SignallingEffect): void {
    const { legs } = this.#options.house;
    switch (effect.do) {
      case 'dial':
        this.#dial(effect);
        break;
      case 'ring':
        legs.get(effect.legId)?.ring(effect.early ?? false);
        break;
      case 'forwarded':
        legs.get(effect.legId)?.forwarded();
        break;
      case 'answer':
        this.#answer(effect.legId);
        break;
      case 'takeBack':
        legs.get(effect.legId)?.takeBack();
        break;
      case 'clear':
        legs.get(effect.legId)?.close(effect.cause, effect.refusal);
    }
  }

  /** A target that is reached by phones of several media profiles is a hunt: a leg of its own for each. */
  #dial(effect: Extract<SignallingEffect, { readonly do: 'dial' }>): void {
    const { legId, to, callerId, timeoutMs, call, autoAnswer = false, redirections = [] } = effect;
    const { house, invitees, kinds, report } = this.#options;
    const before = house.legs.get(legId);
    if (before !== null) {
      // An id chosen by an interface, dialled again while the media of its former leg is being closed.
      before.log.warn({ state: before.state }, 'a leg of this id is still there, not dialled again');
      report(legId, { type: 'failed', cause: 'resourcesNotAvailable' });
      return;
    }
    const log = house.log.child({ call: call.id, leg: legId });
    const ways = kinds.flatMap((kind) => kind.ways(to));
    const open = spokenWays(ways, log);
    const [way] = open;
    if (way === undefined) {
      const cause = ways.length > 0 ? 'mediaFailure' : 'destNotObtainable';
      log.info({ cause }, 'cannot be dialled');
      report(legId, { type: 'failed', cause });
      return;
    }
    if (call.kind === 'access') invitees.dialled(legId, to);
    const order: DialOrder = {
      callId: call.id,
      organizationId: call.organizationId,
      to,
      callerId,
      timeoutMs,
      autoAnswer,
      redirections,
    };
    if (open.length === 1) way.dial(legId, order, house.owner);
    else new Hunt(house, legId, order).begin(open);
  }

  #answer(legId: string): void {
    const { house, report } = this.#options;
    const leg = house.legs.get(legId);
    // The caller gave up while the call was being stored: nobody is left to answer.
    if (leg === null) report(legId, { type: 'cleared', cause: 'callCancelled' });
    else leg.answer();
  }
}

/** Those whose media can be had here. */
function spokenWays(ways: readonly Way[], log: Log): readonly Way[] {
  return ways.filter(({ profile, spoken }) => {
    if (!spoken) log.warn({ profile }, 'phones of a media profile that is not spoken here do not ring');
    return spoken;
  });
}
