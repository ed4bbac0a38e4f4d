import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cause } from '../../../../call/model/cause.ts';
import { isOfCall } from '../../../../call/model/event-log.ts';
import { clearConnection } from '../../../../call/services/clear-connection.ts';
import { makeCall } from '../../../../call/services/make-call.ts';
import { singleStepConference } from '../../../../call/services/single-step-conference.ts';
import { extension, policy, RuntimeFixture } from '../../../../call/testing/runtime-fixture.ts';
import { usualWebhookFormat, type WebhookFormat } from '../../../../directory/records.ts';
import { Following } from './testing/following.ts';
import { webhookFields } from './webhook-fields.ts';

const external = { kind: 'external', number: '+13235550100', name: 'Outside' } as const;
const trunk = { kind: 'trunk', trunk: 'carrier', number: '13235550100', account: null } as const;
const callerId = { name: 'Weekly', number: '211' };
const full: WebhookFormat = { ...usualWebhookFormat, hangupStatus: 'full' };

/** `x100 OUT BUSY`, of everything that ended, in order. */
async function endsOf(fixture: RuntimeFixture, format = full): Promise<string[]> {
  await fixture.settle();
  const following = new Following();
  const feed = await fixture.store.feed({ after: 0, limit: 1_000_000 });
  const changes = feed
    .map(({ event }) => event)
    .filter(isOfCall)
    .flatMap((event) => following.next(event))
    .filter(({ change }) => change === 'ended');
  return changes.map((change) => {
    const fields = new URLSearchParams(webhookFields(change, () => null, format));
    return `${change.view.extensionId} ${fields.get('CallFlow')} ${fields.get('CallStatus')}`;
  });
}

const unanswered: readonly [cause: Cause, status: string][] = [
  ['busy', 'BUSY'],
  ['callRejected', 'BUSY'],
  ['noAnswer', 'NOANSWER'],
  ['timeout', 'NOANSWER'],
  ['destNotObtainable', 'CHANUNAVAIL'],
  ['networkNotObtainable', 'CHANUNAVAIL'],
  ['resourcesNotAvailable', 'CONGESTION'],
  ['mediaFailure', 'CONGESTION'],
];

test('who is called is not reached: both sides are told why not', async () => {
  for (const [cause, status] of unanswered) {
    const fixture = new RuntimeFixture();
    const { calledLeg } = await fixture.dialled();
    fixture.runtime.report(calledLeg, { type: 'failed', cause });
    assert.deepEqual((await endsOf(fixture)).toSorted(), [`x100 OUT ${status}`, `x101 IN ${status}`], cause);
  }
});

test('a phone rung so that it can call learns what became of the call', async () => {
  for (const [cause, status] of unanswered) {
    const fixture = new RuntimeFixture();
    await fixture.runtime.do(makeCall, {
      kind: 'call',
      organizationId: 'org',
      from: extension('100'),
      fromTarget: { kind: 'terminal', aor: '100' },
      callerId,
      to: external,
      toTarget: trunk,
      timeoutMs: 25_000,
    });
    fixture.runtime.report(fixture.lastDialled(), { type: 'answered' });
    await fixture.settle();
    fixture.runtime.report(fixture.lastDialled(), { type: 'failed', cause });
    assert.deepEqual(await endsOf(fixture), [`x100 OUT ${status}`], cause);
  }
});

test('somebody invited into a conference is not reached', async () => {
  for (const [cause, status] of unanswered) {
    const fixture = new RuntimeFixture();
    await fixture.runtime.do(singleStepConference, {
      into: { policy: policy() },
      device: external,
      target: trunk,
      callerId,
      timeoutMs: 25_000,
      role: 'participant',
    });
    fixture.runtime.report(fixture.lastDialled(), { type: 'failed', cause });
    assert.deepEqual(await endsOf(fixture), [`x211 OUT ${status}`], cause);
  }
});

test('who calls gives up: CANCEL for both; who was answered: ANSWER, whatever ended it', async () => {
  const ringing = new RuntimeFixture();
  const { ref } = await ringing.dialled();
  await ringing.runtime.do(clearConnection, ref);
  assert.deepEqual(await endsOf(ringing), ['x100 OUT CANCEL', 'x101 IN CANCEL']);
  const talking = new RuntimeFixture();
  const { calledLeg } = await talking.talking();
  talking.runtime.report(calledLeg, { type: 'cleared', cause: 'mediaFailure' });
  assert.deepEqual((await endsOf(talking)).toSorted(), ['x100 OUT ANSWER', 'x101 IN ANSWER']);
});

test('each switch works by itself, and without them everything is as documented', async () => {
  const fixture = new RuntimeFixture();
  const { calledLeg } = await fixture.dialled();
  fixture.runtime.report(calledLeg, { type: 'failed', cause: 'busy' });
  const first = async (format: Partial<WebhookFormat>) =>
    (await endsOf(fixture, { ...usualWebhookFormat, ...format }))[0];
  assert.equal(await first({}), 'x101 IN UNKNOWN');
  assert.equal(await first({ callFlow: 'lower' }), 'x101 in UNKNOWN');
  assert.equal(await first({ callStatus: 'lower' }), 'x101 IN unknown');
  assert.equal(await first({ hangupStatus: 'full' }), 'x101 IN BUSY');
  assert.equal(await first({ callFlow: 'lower', hangupStatus: 'full' }), 'x101 in BUSY');
});
