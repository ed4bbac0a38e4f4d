import assert from 'node:assert/strict';
import { SeededRandom } from '../../../../../base/random.ts';
import { Remarks } from '../../../../../call/remarks/remarks.ts';
import type { UserView } from '../../../../../directory/directory-views.ts';
import { AgentStates } from '../../agent-states.ts';
import { type CallOperation, callOperations, capabilitiesOf, partiesBeside } from '../../capabilities.ts';
import type { WebServicesDeps } from '../../deps.ts';
import { WebServicesError } from '../../errors.ts';
import { callIdOf } from '../../ids.ts';
import { operateCall } from '../../operations/call-operations.ts';
import type { Parameters } from '../../operations/parameters.ts';
import { ownSeats, seatsInCall } from '../../own-devices.ts';
import { isIn, type Seat, shownIdOf } from '../../seat.ts';
import { Sessions } from '../../session/sessions.ts';
import { type NotifiedOffice, numbers } from './notified-office.ts';

/** What is to be asked, and whether it is listed. */
export interface Question {
  readonly seat: Seat;
  readonly operation: CallOperation;
  readonly listed: boolean;
}

/** The operations of the interface, for the people of an office; while nothing else is under way. */
export class AskingOffice {
  readonly #office: NotifiedOffice;
  readonly #deps: WebServicesDeps;
  /** How often each was accepted. */
  readonly accepted: Map<CallOperation, number>;
  refused = 0;

  constructor(office: NotifiedOffice, accepted: Map<CallOperation, number>) {
    this.accepted = accepted;
    this.#office = office;
    const { clock, runtime, devices, store } = office.fixture;
    const { directory } = office;
    this.#deps = {
      clock,
      directory,
      runtime,
      devices,
      remarks: new Remarks({ clock, random: new SeededRandom(4), store }),
      registrations: (id) => [id],
      keepPin() {},
      publicUrl: null,
      sessions: new Sessions(clock, new SeededRandom(3), 1_800_000),
      states: new AgentStates([]),
      hold: () => () => {},
      endNotifications() {},
      version: '',
    };
  }

  userOf(number: string): UserView {
    return this.#office.directory.user('1', numbers.indexOf(number as (typeof numbers)[number]) + 1)!;
  }

  /** All that there is to ask now. What a call lists is what any of its user's seats in it does. */
  questions(number: string): readonly Question[] {
    const user = this.userOf(number);
    return ownSeats(this.#deps, user).flatMap((seat) => {
      const seats = seatsInCall(this.#deps, user, callIdOf(shownIdOf(seat)));
      const listed = new Set(seats.flatMap((one) => capabilitiesOf(one)));
      return callOperations.map((operation) => ({ seat, operation, listed: listed.has(operation) }));
    });
  }

  /** What has been done least often. */
  rarest(questions: readonly Question[]): Question | null {
    const times = ({ operation }: Question) => this.accepted.get(operation) ?? 0;
    return questions.toSorted((one, other) => times(one) - times(other))[0] ?? null;
  }

  /** What is listed is done, what is not is refused and changes nothing. */
  async ask(number: string, { seat, operation, listed }: Question): Promise<void> {
    const { store } = this.#office.fixture;
    const before = await store.lastPosition();
    const what = `${operation} of ${number} in ${seat.call.id}`;
    const ways = this.#ways(seat, operation);
    let error: unknown = null;
    for (const more of ways) {
      error = await operateCall(this.#deps, this.userOf(number), callIdOf(shownIdOf(seat)), {
        operationName: operation,
        ...more,
      }).then(
        () => null,
        (thrown: unknown) => thrown,
      );
      if (error === null) break;
    }
    await this.#office.fixture.settle();
    if (ways.length === 0) return;
    if (listed) {
      assert.equal(error, null, `${what} is listed, and refused`);
      this.accepted.set(operation, (this.accepted.get(operation) ?? 0) + 1);
      return;
    }
    assert.ok(error instanceof WebServicesError, `${what} is not listed, and done, or: ${error}`);
    assert.equal(await store.lastPosition(), before, `${what} was refused, and changed something`);
    this.refused += 1;
  }

  /** What is asked for with it: one of these must do. None: there is nobody to be dialled for it. */
  #ways(seat: Seat, operation: CallOperation): readonly Parameters[] {
    switch (operation) {
      case 'SendDtmf':
        return [{ digits: '1' }];
      case 'AttachUserData':
      case 'UpdateUserData':
        return [{ userData: { k0: 'asked' } }];
      case 'DeleteUserDataPair':
        return [{ key: 'k0' }];
      case 'RemoveParticipantFromConference':
        return [...partiesBeside(seat).map(({ device }) => ({ participant: device.number })), { participant: '0' }];
      case 'Redirect':
      case 'InitiateConference':
      case 'InitiateTransfer':
      case 'SingleStepConference':
      case 'SingleStepTransfer': {
        const calls = [seat, ...seat.lines].map(({ call }) => call);
        const free = numbers.find((number) => !calls.some((call) => isIn(call, `1-${number}`)));
        return free === undefined ? [] : [{ destination: { phoneNumber: free } }];
      }
      default:
        return [{}];
    }
  }
}
