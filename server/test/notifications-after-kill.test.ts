import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { SeededRandom } from '../src/base/random.ts';
import { startChild } from './peers/children.ts';

const office = fileURLToPath(new URL('./peers/office-process.ts', import.meta.url));

interface Heard {
  readonly number: string;
  readonly type: string;
  readonly id: string;
  readonly state: string;
  readonly parent: string | undefined;
}

/** Reads what is told, going on behind the last it has, until `enough`; then the process is gone without a goodbye. */
async function listenUntilKilled(folder: string, heard: Heard[], enough: (heard: readonly Heard[]) => boolean) {
  const child = startChild(process.execPath, [office, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  // What ends before it has said anything is not waited for.
  const [port] = await Promise.race([once(createInterface({ input: child.stdout! }), 'line'), ended]);
  assert.equal(typeof port, 'string', `the office ended with ${port}`);
  const last = heard.at(-1)?.number ?? '0-0';
  const response = await fetch(`http://127.0.0.1:${port}/api/v2/me/events`, { headers: { 'last-event-id': last } });
  let text = '';
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body!) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      const blocks = text.split('\n\n');
      text = blocks.pop()!;
      for (const block of blocks) {
        const [, number, data] = /^id: (.+)\ndata: (.+)$/.exec(block) ?? [];
        if (data === undefined || number === undefined) continue;
        const { notificationType: type, call } = (JSON.parse(data) as { data: Record<string, unknown> }).data;
        const { id, state, parentCallUri: parent } = call as { id: string; state: string; parentCallUri?: string };
        heard.push({ number, type: String(type), id, state, parent });
        // What had come by now of this chunk is not to be read on.
        if (enough(heard)) child.kill('SIGKILL');
      }
    }
  } catch {
    // Killed while it spoke.
  }
  await ended;
}

test('kill -9 around the two notifications of a merge: whoever replays has both, or neither with the ends of the calls', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-notifications-'));
  const random = new SeededRandom(13);
  const heard: Heard[] = [];
  const isMerge = (one: Heard | undefined) => one?.type === 'ParticipantsUpdated';
  try {
    for (let round = 0; round < 6; round++) {
      const begins = heard.length;
      const wanted = begins + 20 + random.int(60);
      // In turn: as the first of the two comes, as both are there, or anywhere.
      await listenUntilKilled(folder, heard, (all) => {
        if (all.length < wanted) return false;
        const last = all.at(-1)!;
        if (round % 3 === 0) return last.state === 'Released' && last.parent !== undefined;
        return round % 3 === 1 ? isMerge(last) : true;
      });
      // Only what was read before the kill counts as had: the rest of it may have come, or not.
    }
    await listenUntilKilled(folder, heard, (all) => all.length > 500 && isMerge(all.at(-1)));
    const told = heard.map(({ number }) => number.split('-').map(Number) as [number, number]);
    for (const [at, [step, place]] of told.entries()) {
      const [stepBefore, placeBefore] = told[at - 1] ?? [0, 0];
      assert.ok(step > stepBefore || (step === stepBefore && place > placeBefore), `${heard[at]!.number} after ${at}`);
    }
    const ended = new Set(heard.filter(({ state }) => state === 'Released').map(({ id }) => id));
    let merges = 0;
    for (const [at, one] of heard.entries()) {
      if (one.state !== 'Released' || one.parent === undefined) continue;
      const next = heard[at + 1];
      const original = one.parent.slice(one.parent.lastIndexOf('/') + 1);
      if (isMerge(next)) {
        assert.equal(next?.id, original);
        assert.equal(next?.number.split('-')[0], one.number.split('-')[0], 'one step');
        merges += 1;
      } else if (next !== undefined) assert.ok(ended.has(original), `${one.number}: neither merged nor ended`);
    }
    assert.ok(merges > 40, `${merges} merges`);
    // Every call but those of the last moment has its end.
    const begun = heard.slice(0, -20).filter(({ type }) => type === 'StatusChange');
    for (const { id } of begun) assert.ok(ended.has(id), id);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
