import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../../base/testing/virtual-clock.ts';
import type { MeetingView } from '../../../directory/directory-views.ts';
import { type KnockAnswer, Knocks } from './knocks.ts';
import type { Session } from './sessions.ts';

const meeting = { conferenceId: '3-211-1' } as unknown as MeetingView;

function door() {
  const clock = new VirtualClock(0);
  let changes = 0;
  const knocks = new Knocks(clock, () => void changes++);
  const answers: KnockAnswer[] = [];
  let entered = 0;
  const session = (legId: string, waits = true, enter = async () => void entered++) =>
    ({ meeting, ticket: { name: `Name of ${legId}` }, call: { legId, waits, enter } }) as unknown as Session;
  const knock = (one: Session) => knocks.knock(one, (answer) => void answers.push(answer));
  return { clock, knocks, answers, session, knock, entered: () => entered, changes: () => changes };
}

test('a knock is heard for a minute, once, and no more when it is taken back', () => {
  const { clock, knocks, answers, session, knock, changes } = door();
  const [one, other] = [session('a'), session('b')];
  knock(one);
  knock(other);
  assert.throws(() => knock(one), { code: 'refused' });
  assert.throws(() => knock(session('c', false)), { code: 'refused' }, 'who is in need not knock');
  assert.deepEqual(knocks.at(meeting), [
    { id: 'a', name: 'Name of a' },
    { id: 'b', name: 'Name of b' },
  ]);
  assert.equal(knocks.takeBack(other), true);
  assert.equal(knocks.takeBack(other), false);
  clock.advance(60_000);
  assert.deepEqual([answers, knocks.at(meeting), changes()], [[{ admitted: false, by: null }], [], 4]);
});

test('a moderator decides once; who cannot be let in waits on; where the door opens all come in', async () => {
  const { knocks, answers, session, knock, entered } = door();
  knock(session('a'));
  knock(session('b'));
  await knocks.decide(meeting, 'a', false, 'Ann');
  await assert.rejects(knocks.decide(meeting, 'a', true, 'Ann'), { code: 'notFound' });
  knock(session('full', true, () => Promise.reject(new Error('full'))));
  await assert.rejects(knocks.decide(meeting, 'full', true, 'Ann'), /full/);
  await knocks.admitAll(meeting);
  assert.deepEqual(
    knocks.at(meeting).map(({ id }) => id),
    ['full'],
  );
  assert.deepEqual(
    [answers, entered()],
    [
      [
        { admitted: false, by: 'Ann' },
        { admitted: true, by: '' },
      ],
      1,
    ],
  );
  knocks.close();
});

test('who is let in by two at once comes in once, and neither is told of a fault', async () => {
  const { knocks, answers, session, knock } = door();
  const { promise: stored, resolve } = Promise.withResolvers<undefined>();
  let entering = 0;
  const enter = () => (entering++ === 0 ? stored : Promise.reject(new Error('it is on its way in')));
  knock(session('a', true, enter));
  const both = [knocks.decide(meeting, 'a', true, 'Ann'), knocks.decide(meeting, 'a', true, 'Bob')];
  resolve(undefined);
  await Promise.all(both);
  assert.deepEqual([entering, answers, knocks.at(meeting)], [1, [{ admitted: true, by: 'Ann' }], []]);
});

test('no more than fifty wait at one door', () => {
  const { knocks, session, knock } = door();
  for (let at = 0; at < 50; at++) knock(session(`${at}`));
  assert.throws(() => knock(session('one too many')), { code: 'unavailable' });
  knocks.close();
});
