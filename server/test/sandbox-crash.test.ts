import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { PartylineServer } from './peers/partyline.ts';
import { UnifiedApi } from './peers/unified-api.ts';
import { waitFor } from './peers/wait.ts';

/** kill -9 of the carrier in the box: its legs end at once, whatever they were doing, and another one takes calls. */

let server: PartylineServer;
let api: UnifiedApi;

before(async () => {
  server = await PartylineServer.start({ config: { sandbox: 'on' } });
  api = await UnifiedApi.connect(`http://127.0.0.1:${server.httpPort}`);
});

after(() => server?.stop());

/** The process that is the carrier; 0 while there is none. */
function sandboxPid(): number {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (state === 'Z' || Number(parent) !== server.pid) continue;
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('sandbox/main.ts')) return Number(pid);
    } catch {} // It has just ended.
  }
  return 0;
}

async function invite(destination: string): Promise<string> {
  const answer = await api.invite([destination]);
  assert.equal(answer.status, 200, answer.text);
  return answer.json[0].links.self;
}

const states = async () => (await server.calls()).flatMap((call) => call.connections.map(({ state }) => state)).sort();

for (const round of ['first', 'second']) {
  test(`killed during calls, the ${round} time`, async () => {
    const killed = sandboxPid();
    // One answers and stays, one only rings.
    await invite('2025550100');
    await invite('2025550131');
    await waitFor(async () => (await states()).includes('connected'), 10_000, 'one to be connected');
    await waitFor(async () => (await states()).length === 2, 10_000, 'the other to ring');
    const [conference] = await server.calls();
    process.kill(killed, 'SIGKILL');
    await waitFor(async () => (await server.calls()).length === 0, 5000, 'no ghost');
    const causes = (await server.events(conference!.id))
      .filter(({ type }) => type === 'connectionCleared' || type === 'failed')
      .map(({ cause }) => cause);
    assert.ok(causes.length >= 2, causes.join());
    assert.deepEqual([...new Set(causes)], ['networkNotObtainable']);
    await waitFor(() => ![0, killed].includes(sandboxPid()), 30_000, 'another carrier');
    await waitFor(async () => (await server.metric('legs')) === 0, 15_000, 'no leg to be left');
    const link = await invite('2025550100');
    await api.status(link, 5);
    assert.equal((await api.ask(link, { method: 'DELETE' })).status, 200);
    await server.quiet();
  });
}
