import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SeededRandom } from '../../../../base/random.ts';
import { isOfCall } from '../../../../call/model/event-log.ts';
import type { CallEvent } from '../../../../call/model/events.ts';
import { clearCall } from '../../../../call/services/clear-call.ts';
import { clearConnection } from '../../../../call/services/clear-connection.ts';
import { enterConference } from '../../../../call/services/enter-conference.ts';
import { makeCall } from '../../../../call/services/make-call.ts';
import { receiveCall } from '../../../../call/services/receive-call.ts';
import { singleStepConference } from '../../../../call/services/single-step-conference.ts';
import { singleStepTransfer } from '../../../../call/services/single-step-transfer.ts';
import { conferenceDevice, extension, policy, RuntimeFixture } from '../../../../call/testing/runtime-fixture.ts';
import { Following } from './testing/following.ts';
import type { ViewChange } from './view-changes.ts';
import { webhookFields, webhookTypeOf } from './webhook-fields.ts';

const external = { kind: 'external', number: '+13235550100', name: 'Outside' } as const;
const trunk = { kind: 'trunk', trunk: 'carrier', number: '13235550100', account: null } as const;
const callerId = { name: 'Weekly', number: '211' };

/** `x101 in begun`, with the phone call's id as the name given to it. */
function inWords(changes: readonly ViewChange[], names: Readonly<Record<string, string>> = {}): string[] {
  return changes.map(({ change, view }) => {
    const answered = change === 'ended' && view.answered ? ' (answered)' : '';
    return `${names[view.phoneCallId] ?? '?'}: ${view.extensionId} ${view.flow} ${change}${answered}`;
  });
}

async function allEvents(fixture: RuntimeFixture): Promise<CallEvent[]> {
  const feed = await fixture.store.feed({ after: 0, limit: 1_000_000 });
  return feed.map(({ event }) => event).filter(isOfCall);
}

function changesOf(events: readonly CallEvent[]): ViewChange[] {
  const following = new Following();
  const changes = events.flatMap((event) => following.next(event));
  assert.equal(following.between, false);
  return changes;
}

async function told(fixture: RuntimeFixture, names: Readonly<Record<string, string>>): Promise<string[]> {
  return inWords(changesOf(await allEvents(fixture)), names);
}

describe('what extensions see', () => {
  test('one calls the other, who answers; they hang up', async () => {
    const fixture = new RuntimeFixture();
    const { callId, caller } = await fixture.talking();
    await fixture.runtime.do(clearConnection, { callId, connectionId: caller });
    assert.deepEqual(await told(fixture, { [callId]: 'call' }), [
      'call: x100 out begun',
      'call: x101 in begun',
      'call: x101 in answered',
      'call: x100 out answered',
      'call: x100 out ended (answered)',
      'call: x101 in ended (answered)',
    ]);
  });

  test('nobody answers', async () => {
    const fixture = new RuntimeFixture();
    const { ref, calledLeg } = await fixture.dialled();
    fixture.runtime.report(calledLeg, { type: 'delivered' });
    fixture.runtime.report(calledLeg, { type: 'failed', cause: 'noAnswer' });
    await fixture.settle();
    assert.deepEqual(await told(fixture, { [ref.callId]: 'call' }), [
      'call: x100 out begun',
      'call: x101 in begun',
      'call: x101 in ended',
      'call: x100 out ended',
    ]);
  });

  test('a phone is rung so that it can call: it makes the call', async () => {
    const fixture = new RuntimeFixture();
    const { callId } = await fixture.runtime.do(makeCall, {
      kind: 'call',
      organizationId: 'org',
      from: extension('100'),
      fromTarget: { kind: 'terminal', aor: '100' },
      callerId,
      to: external,
      toTarget: trunk,
      timeoutMs: 25_000,
    });
    const first = fixture.lastDialled();
    fixture.runtime.report(first, { type: 'answered' });
    await fixture.settle();
    const second = fixture.lastDialled();
    assert.notEqual(second, first);
    fixture.runtime.report(second, { type: 'answered' });
    await fixture.settle();
    fixture.runtime.report(second, { type: 'cleared', cause: 'normal' });
    await fixture.settle();
    assert.deepEqual(await told(fixture, { [callId]: 'call' }), [
      'call: x100 out begun',
      'call: x100 out answered',
      'call: x100 out ended (answered)',
    ]);
  });

  test('somebody is invited into a conference: the phone call is the leg', async () => {
    const fixture = new RuntimeFixture();
    const legId = 'ab'.repeat(10);
    await fixture.runtime.do(singleStepConference, {
      into: { policy: policy() },
      device: external,
      target: trunk,
      callerId,
      timeoutMs: 25_000,
      role: 'participant',
      legId,
    });
    fixture.runtime.report(legId, { type: 'answered' });
    await fixture.settle();
    fixture.runtime.report(legId, { type: 'cleared', cause: 'normal' });
    await fixture.settle();
    const changes = changesOf(await allEvents(fixture));
    assert.deepEqual(inWords(changes, { [legId]: 'leg' }), [
      'leg: x211 out begun',
      'leg: x211 out answered',
      'leg: x211 out ended (answered)',
    ]);
    assert.deepEqual(
      changes.map((change) => webhookTypeOf(change)),
      [1, 4, 2],
    );
  });

  test('who dials in and gives number and PIN has one phone call through both calls', async () => {
    const fixture = new RuntimeFixture();
    const legId = 'A';
    await fixture.runtime.do(receiveCall, {
      kind: 'access',
      legId,
      organizationId: 'org',
      from: extension('100'),
      to: conferenceDevice,
    });
    const { callId, connectionId } = await fixture.enter(legId);
    const expected = ['leg: x211 in begun', 'leg: x100 out begun', 'leg: x211 in answered', 'leg: x100 out answered'];
    assert.deepEqual(await told(fixture, { [legId]: 'leg' }), expected, 'nothing ends where it goes on');
    await fixture.runtime.do(clearConnection, { callId, connectionId });
    assert.deepEqual(await told(fixture, { [legId]: 'leg' }), [
      ...expected,
      'leg: x211 in ended (answered)',
      'leg: x100 out ended (answered)',
    ]);
  });

  test('who dialled number and PIN at once, and comes in by its own event', async () => {
    const fixture = new RuntimeFixture();
    await fixture.enter('B');
    assert.deepEqual(await told(fixture, { B: 'leg' }), [
      'leg: x211 in begun',
      'leg: x211 in answered',
      'leg: xB out begun',
      'leg: xB out answered',
    ]);
  });

  test('the end of a conference ends everybody once', async () => {
    const fixture = new RuntimeFixture();
    const { callId } = await fixture.enter('B');
    await fixture.enter('C');
    await fixture.runtime.do(clearCall, { callId });
    const ended = (await told(fixture, { B: 'B', C: 'C' })).filter((line) => line.includes('ended'));
    assert.deepEqual(ended.sort(), [
      'B: x211 in ended (answered)',
      'B: xB out ended (answered)',
      'C: x211 in ended (answered)',
      'C: xC out ended (answered)',
    ]);
  });
});

/** Random calls, dial-ins, invitations, answers and departures, over one organization. */
async function anyHistory(seed: number): Promise<CallEvent[]> {
  const random = new SeededRandom(seed);
  const fixture = new RuntimeFixture(seed);
  const legs: string[] = [];
  fixture.ports.onDial = ({ legId }) => legs.push(legId);
  const { runtime } = fixture;
  const ignoring = (done: Promise<unknown>) => void done.catch(() => {});
  for (let step = 0; step < 120; step++) {
    const leg = legs.at(-1 - random.int(Math.max(1, Math.min(6, legs.length)))) ?? 'none';
    const ref = runtime.refOfLeg(leg) ?? { callId: 'none', connectionId: 'none' };
    const own = `L${step}`;
    const device = random.int(2) === 0 ? extension(`${100 + random.int(4)}`) : external;
    switch (random.int(10)) {
      case 0:
        legs.push(own);
        ignoring(
          runtime.do(receiveCall, {
            kind: 'call',
            legId: own,
            organizationId: 'org',
            from: device,
            to: extension('101'),
            target: { kind: 'terminal', aor: '101' },
            callerId,
            timeoutMs: 5000,
          }),
        );
        break;
      case 1:
        legs.push(own);
        ignoring(
          runtime.do(receiveCall, {
            kind: 'access',
            legId: own,
            organizationId: 'org',
            from: device,
            to: conferenceDevice,
          }),
        );
        break;
      case 2:
        ignoring(runtime.do(enterConference, { legId: leg, policy: policy(), role: 'participant' }));
        break;
      case 3:
        legs.push(own);
        ignoring(runtime.do(enterConference, { legId: own, device, policy: policy(), role: 'moderator' }));
        break;
      case 4:
        ignoring(
          runtime.do(singleStepConference, {
            into: { policy: policy() },
            device,
            target: trunk,
            callerId,
            timeoutMs: 5000,
            role: 'participant',
          }),
        );
        break;
      case 5:
      case 6:
        runtime.report(leg, { type: 'answered' });
        break;
      case 7:
        ignoring(
          runtime.do(singleStepTransfer, {
            ...ref,
            device,
            target: trunk,
            callerId,
            timeoutMs: 5000,
            whenAnswered: random.int(2) === 0,
          }),
        );
        break;
      case 8:
        runtime.report(leg, { type: random.int(2) === 0 ? 'failed' : 'cleared', cause: 'busy' });
        break;
      case 9:
        ignoring(runtime.do(clearConnection, ref));
        break;
    }
    if (random.int(3) === 0) await fixture.settle();
  }
  await fixture.settle();
  for (const { id } of runtime.snapshot()) ignoring(runtime.do(clearCall, { callId: id }));
  await fixture.settle();
  return allEvents(fixture);
}

describe('whatever happens', () => {
  test('every phone call of an extension begins once, is answered at most once, and ends once', async () => {
    let answeredOnes = 0;
    for (let seed = 1; seed <= 30; seed++) {
      const events = await anyHistory(seed);
      const states = new Map<string, string>();
      for (const { change, view } of changesOf(events)) {
        const before = states.get(view.key) ?? 'none';
        const follows = { begun: ['none'], answered: ['begun'], ended: ['begun', 'answered'] }[change];
        assert.ok(follows.includes(before), `seed ${seed}: ${view.key} ${before} → ${change}`);
        if (change === 'ended') assert.equal(view.answered, before === 'answered', `seed ${seed}: ${view.key}`);
        if (change === 'answered') answeredOnes++;
        states.set(view.key, change);
      }
      assert.ok(states.size > 5, `seed ${seed}: something happened`);
      for (const [key, state] of states) assert.equal(state, 'ended', `seed ${seed}: ${key}`);
    }
    assert.ok(answeredOnes > 50);
  });

  test('whoever begins in the middle of the feed says the same from there on', async () => {
    for (let seed = 1; seed <= 6; seed++) {
      const events = await anyHistory(seed);
      const following = new Following();
      const whole = events.map((event) => {
        const changes = following.next(event);
        return { changes, between: following.between };
      });
      for (let cut = 1; cut < events.length; cut += 7) {
        // A cursor is never stored between the two halves of a move.
        if (whole[cut - 1]!.between) continue;
        const later = new Following();
        const open = new Set(events.slice(cut).map((event) => event.callId));
        for (const event of events.slice(0, cut)) if (open.has(event.callId)) later.recall(event);
        const said = events.slice(cut).flatMap((event) => later.next(event));
        assert.deepEqual(
          said,
          whole.slice(cut).flatMap(({ changes }) => changes),
          `seed ${seed}, cut ${cut}`,
        );
      }
    }
  });
});

describe('fields', () => {
  const numbersOf = (extensionId: string) => ({
    extendedNumber: `0003*${extensionId.slice(1)}`,
    publicNumbers: extensionId === 'x211' ? ['13235550142'] : [],
  });
  const fieldsOf = (changes: readonly ViewChange[]) =>
    changes.map((change) => Object.fromEntries(new URLSearchParams(webhookFields(change, numbersOf))));

  test('somebody outside dials a conference by its public number', async () => {
    const fixture = new RuntimeFixture();
    await fixture.runtime.do(receiveCall, {
      kind: 'access',
      legId: 'A',
      organizationId: 'org',
      from: { kind: 'external', number: '+1 & 2', name: 'Zoë "Z" *' },
      to: conferenceDevice,
    });
    const [begun, answered] = fieldsOf(changesOf(await allEvents(fixture)));
    const expected = {
      CallID: 'A',
      CallerIDNum: '+1 & 2',
      CallerIDName: 'Zoë "Z" *',
      CalledDID: '13235550142',
      CalledExtension: '0003*211',
      CallStatus: 'CALLING',
      CallFlow: 'IN',
      CallerExtension: '',
      CalledNumber: '13235550142',
      CallAPIID: 'A',
    };
    assert.deepEqual(begun, expected);
    assert.deepEqual(answered, { ...expected, CallStatus: 'ANSWER' });
  });

  test('inside: both are named by their extended numbers; unanswered hang-ups are UNKNOWN', async () => {
    const fixture = new RuntimeFixture();
    const { ref } = await fixture.dialled();
    await fixture.runtime.do(clearConnection, ref);
    const [out, incoming, ...ended] = fieldsOf(changesOf(await allEvents(fixture)));
    const both = { CallerExtension: '0003*100', CalledExtension: '0003*101', CalledDID: '', CalledNumber: '0003*101' };
    assert.partialDeepStrictEqual(out, { ...both, CallFlow: 'OUT', CallerIDNum: '100', CallStatus: 'CALLING' });
    assert.partialDeepStrictEqual(incoming, { ...both, CallFlow: 'IN', CallerIDName: 'Phone 100' });
    assert.deepEqual(
      ended.map(({ CallStatus, CallFlow }) => [CallStatus, CallFlow]),
      [
        ['UNKNOWN', 'OUT'],
        ['UNKNOWN', 'IN'],
      ],
    );
  });

  test('an extension that is not there any more keeps the number it had', async () => {
    const fixture = new RuntimeFixture();
    await fixture.dialled();
    const [first] = changesOf(await allEvents(fixture));
    const fields = new URLSearchParams(webhookFields(first!, () => null));
    assert.equal(fields.get('CallerExtension'), '100');
  });
});
