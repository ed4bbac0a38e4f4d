import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallRef } from '../model/call.ts';
import { namesOfPermitted, type Permitted, permitted } from '../testing/permitted.ts';
import { extension, RuntimeFixture } from '../testing/runtime-fixture.ts';
import { consultationCall } from './consultation-call.ts';

function ofPhone(fixture: RuntimeFixture, { callId, connectionId }: CallRef): Permitted {
  const call = fixture.runtime.call(callId)!;
  const others = fixture.runtime.snapshot().filter(({ id }) => id !== callId);
  return permitted(call, call.connections.get(connectionId)!, others);
}

const may = (of: Permitted) => namesOfPermitted.filter((name) => of[name]);

test('a phone that rings, one that talks, and one that has put its call on hold may do what the tables say', async () => {
  const fixture = new RuntimeFixture();
  const { ref, calledLeg } = await fixture.dialled();
  fixture.runtime.report(calledLeg, { type: 'delivered' });
  await fixture.settle();
  const called = fixture.runtime.refOfLeg(calledLeg)!;
  const ringing = [
    'rejectCall',
    'deflectCall',
    'pickUpCall',
    'clearConnection',
    'clearCall',
    'associateData',
    'startRecording',
  ];
  assert.deepEqual(may(ofPhone(fixture, called)), ringing);
  fixture.runtime.report(calledLeg, { type: 'answered' });
  await fixture.settle();
  const talking = ['clearConnection', 'clearCall', 'holdCall', 'consultationCall', 'singleStepConference'];
  const more = ['singleStepTransfer', 'parkCall', 'generateDigits', 'mute', 'associateData', 'startRecording'];
  assert.deepEqual(may(ofPhone(fixture, called)), [...talking, ...more, 'joinCall']);
  const target = { kind: 'terminal', aor: '102' } as const;
  const asked = { device: extension('102'), target, callerId: { name: '', number: '' }, timeoutMs: 1000 };
  const consult = await fixture.runtime.do(consultationCall, { ...called, ...asked });
  const held = ofPhone(fixture, called);
  // Its phone is in the consultation, where nobody has answered.
  assert.deepEqual([held.retrieveCall, held.holdCall, held.generateDigits], [false, false, false]);
  assert.deepEqual([held.alternateCall, held.conferenceCall, held.transferCall], [[], [], []]);
  fixture.runtime.report(fixture.lastDialled(), { type: 'answered' });
  await fixture.settle();
  const merging = ofPhone(fixture, called);
  assert.deepEqual([merging.conferenceCall, merging.transferCall], [[consult], [consult]]);
  assert.deepEqual([merging.alternateCall, ofPhone(fixture, consult).alternateCall], [[], [called]]);
  assert.equal(ofPhone(fixture, ref).retrieveCall, false);
});
