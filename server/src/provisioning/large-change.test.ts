import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Clock } from '../base/clock.ts';
import { systemClock } from '../base/clock.ts';
import { SeededRandom } from '../base/random.ts';
import { Secret } from '../base/secret.ts';
import { PasswordHasher } from '../directory/password.ts';
import { recordsAtOnce } from '../directory/provision.ts';
import { eachOf, type ProvisionedUser, refOf } from '../directory/records.ts';
import { directoryOf, nothing, organizationWith, phone } from '../directory/testing/virtual-organizations.ts';
import type { DirectoryStore } from '../store/store.ts';
import { byFile } from './change-events.ts';
import type { Plan } from './directory-changes.ts';
import { changesOver } from './testing/changes-over.ts';

const hasher = new PasswordHasher({ random: new SeededRandom(1) });

/** So many users, each with a phone. */
function many(count: number, firstName: string) {
  const [one] = organizationWith(3, []).users as [ProvisionedUser];
  const users = Array.from({ length: count }, (_, at) => ({
    ...one,
    id: 100 + at,
    firstName,
    login: `u${at}@example.test`,
    extensions: [phone(String(20_000 + at), { sipPassword: new Secret('a-secret') })],
  }));
  const organizations = [{ ...organizationWith(3, []), users }];
  return recordsAtOnce({ organizations, trunks: null, dialPlan: null }, nothing, 'sip.test', hasher).records;
}

async function changing(clock: Clock) {
  const { directory } = await directoryOf({
    organizations: [organizationWith(3, [phone('101')])],
    trunks: [],
    dialPlan: [],
  });
  const stored: number[] = [];
  const apply: DirectoryStore['apply'] = async (put, { remove = [] } = {}) => {
    stored.push(eachOf(put).length + remove.length);
    await new Promise((resolve) => setImmediate(resolve));
  };
  const changes = await changesOver({ directory, clock, apply });
  const run = (plan: Omit<Plan, 'origin'>) =>
    changes.run(byFile('a file'), async () => ({ plan: { ...plan, origin: 'file' as const }, result: undefined }));
  return { directory, run, stored };
}

/** Time that passes with every look at it: every slice ends as soon as it may. */
function hurriedClock(): Clock {
  let now = 0;
  return { ...systemClock, monotonic: () => (now += 1000) };
}

test('of a large change everybody sees all or nothing, while others are answered in between', async () => {
  const { directory, run, stored } = await changing(hurriedClock());
  const seen = new Set<string>();
  const look = () => {
    const first = directory.user('3', 100)?.firstName ?? '-';
    const last = directory.user('3', 1199)?.firstName ?? '-';
    const phones = [directory.credentials('0003*20000'), directory.credentials('0003*21099')].map(
      (one) => one !== null,
    );
    seen.add(`${first} ${last} ${phones} ${directory.extensionsOfUser('3', 1199).length}`);
  };
  let turns = 0;
  let looking = true;
  const watch = () => {
    turns += 1;
    look();
    if (looking) setImmediate(watch);
  };
  setImmediate(watch);
  const first = many(1100, 'First');
  try {
    await run({ put: first });
    await run({ put: many(1100, 'Second') });
    const all = eachOf(first).map(refOf);
    await run({ remove: all.filter(({ kind }) => kind !== 'organization') });
  } finally {
    looking = false;
  }
  look();
  assert.deepEqual([...seen], ['- - false,false 0', 'First First true,true 1', 'Second Second true,true 1']);
  assert.ok(turns > 100, `others had ${turns} turns`);
  assert.ok(Math.max(...stored) <= 500, 'the store too has it in parts');
  assert.equal(directory.user('3', 100), null);
  assert.equal(directory.extensionOf('3', '101')?.number, '101', 'what was not named is there');
  assert.deepEqual(directory.records.all('extension')[Symbol.iterator]().next().value?.number, '101');
});

test('a large change gives what the same in small ones gives', async () => {
  const [large, small] = [await changing(systemClock), await changing(systemClock)];
  const [first, second] = [many(300, 'First'), many(300, 'Second')];
  const gone = eachOf(first).map(refOf).slice(1, 50);
  await large.run({ put: first });
  await large.run({ put: second, remove: gone });
  for (const user of first.users) await small.run({ put: { users: [user] } });
  for (const extension of first.extensions) await small.run({ put: { extensions: [extension] } });
  for (const ref of gone) await small.run({ remove: [ref] });
  for (const user of second.users) await small.run({ put: { users: [user] } });
  for (const extension of second.extensions) await small.run({ put: { extensions: [extension] } });
  const shown = ({ directory }: typeof large) => ({
    users: [...directory.records.all('user')],
    extensions: [...directory.records.all('extension')],
    ofOne: directory.extensionsOfUser('3', 120),
    login: directory.records.userByLogin('U9@example.test'),
    account: directory.credentials('0003*20007'),
  });
  assert.deepEqual(shown(large), shown(small));
});

test('ten thousand users change in slices: the longest is a small part of all that is done', async () => {
  const [first, second] = [many(10_000, 'First'), many(10_000, 'Second')];
  const plans = { new: { put: first }, changed: { put: second }, removed: { remove: eachOf(first).map(refOf) } };
  // In which turn garbage is collected, and for how long, is not the work's to say: each counts by its best of these.
  const best = new Map<string, number>();
  for (let tries = 0; tries < 4; tries += 1) {
    const { run } = await changing(systemClock);
    for (const [what, plan] of Object.entries(plans)) {
      const { longest, all } = await turnsOf(() => run(plan));
      console.log(`${what}: longest turn ${longest.toFixed(1)} ms of ${all.toFixed(0)} ms of processor time`);
      best.set(what, Math.min(best.get(what) ?? 1, longest / all));
    }
  }
  for (const [what, part] of best) assert.ok(part < 1 / 3, `${what}: the longest turn took ${part} of all`);
});

/** Milliseconds of this thread's processor time: the longest that others waited for their turn, and all. */
async function turnsOf(work: () => Promise<void>): Promise<{ longest: number; all: number }> {
  const cpuMs = () => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  };
  const began = cpuMs();
  let [longest, before, working] = [0, began, true];
  const turn = () => {
    const now = cpuMs();
    longest = Math.max(longest, now - before);
    before = now;
    if (working) setImmediate(turn);
  };
  setImmediate(turn);
  try {
    await work();
  } finally {
    working = false;
  }
  return { longest, all: cpuMs() - began };
}
