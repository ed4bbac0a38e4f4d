import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { AgentRefusal, type AgentUser } from '../src/line/agent/agent-api.ts';
import { DeskReader } from '../src/line/agent/desk-reader.ts';

/** What is asked, to be answered in any order. */
function asking(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const answers: PromiseWithResolvers<AgentUser>[] = [];
  const said: string[] = [];
  const reader = new DeskReader(
    () => {
      const answer = Promise.withResolvers<AgentUser>();
      answers.push(answer);
      return answer.promise;
    },
    { onUser: ({ id }) => said.push(id), onSignedOut: () => said.push('signed out') },
  );
  const ask = () => {
    reader.soon();
    t.mock.timers.tick(200);
  };
  const answer = async (at: number) => {
    answers[at]!.resolve({ id: `answer ${at}` } as AgentUser);
    await turn();
  };
  const refuse = async (at: number, refusal: AgentRefusal) => {
    answers[at]!.reject(refusal);
    await turn();
  };
  return { reader, answers, said, ask, answer, refuse };
}

const signedOut = new AgentRefusal(403, 20, 'Access denied');

test('of what is wanted several times at once one is asked for; each answer that is newer than the last counts', async (t) => {
  const { reader, answers, said, ask, answer } = asking(t);
  reader.soon();
  reader.soon();
  ask();
  assert.equal(answers.length, 1);
  ask();
  await answer(0);
  await answer(1);
  assert.deepEqual(said, ['answer 0', 'answer 1']);
});

test('an answer that is overtaken by a later one shows nothing: a call that is over does not come back by it', async (t) => {
  const { said, ask, answer, refuse } = asking(t);
  for (let asked = 0; asked < 4; asked++) ask();
  await answer(1);
  await answer(0);
  await refuse(3, new AgentRefusal(0, 0, 'not reached'));
  await refuse(2, signedOut);
  assert.deepEqual(said, ['answer 1', 'signed out']);
});

test('nothing is heard of what was asked before one signed out, or in', async (t) => {
  const { reader, answers, said, ask, answer, refuse } = asking(t);
  ask();
  ask();
  reader.soon();
  reader.stop();
  t.mock.timers.tick(200);
  assert.equal(answers.length, 2);
  await refuse(0, signedOut);
  await answer(1);
  assert.deepEqual(said, []);
  ask();
  await answer(2);
  assert.deepEqual(said, ['answer 2']);
});
