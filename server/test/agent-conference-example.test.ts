import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Phone } from './peers/baresip.ts';
import { startChild } from './peers/children.ts';
import { needs } from './peers/installed.ts';
import { administrator, PartylineServer, sipPassword } from './peers/partyline.ts';

/**
 * The clients in examples/agent-conference as programs, against a server and three phones that answer by themselves.
 */

const skip = needs('baresip');
const folder = fileURLToPath(new URL('../../examples/agent-conference/', import.meta.url));
const programs = {
  'agent.ts': [process.execPath, `${folder}agent.ts`],
  'agent.sh': ['sh', `${folder}agent.sh`],
} as const;

let server: PartylineServer;
let phones: Phone[] = [];

before(async () => {
  if (skip !== false) return;
  server = await PartylineServer.start();
  const options = { password: sipPassword, server: server.sipAddress, autoAnswer: true, tone: 440 };
  phones = await Promise.all(['101', '102', '103'].map((user) => Phone.start({ ...options, user })));
  await Promise.all(phones.map((phone) => phone.registered()));
});

after(async () => {
  await Promise.all(phones.map((phone) => phone.stop()));
  await server?.stop();
});

async function run(program: keyof typeof programs, args: readonly string[], env: Record<string, string> = {}) {
  const [command, ...first] = programs[program];
  const child = startChild(command!, [...first, ...args], {
    env: {
      ...process.env,
      // As of those who run it by hand: see scripts/partyline.mjs.
      NODE_DISABLE_COMPILE_CACHE: '1',
      PARTYLINE_URL: `http://127.0.0.1:${server.httpPort}`,
      PARTYLINE_LOGIN: administrator.login,
      PARTYLINE_PASSWORD: administrator.password,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout?.on('data', (text) => {
    out += text;
  });
  child.stderr?.on('data', (text) => {
    err += text;
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, out, err };
}

/** Without time and ids. */
const told = (out: string) =>
  out
    .split('\n')
    .filter((line) => /StatusChange|ParticipantsUpdated/.test(line))
    .map((line) => line.replace(/^\S+ +/, '').replace(/ (\[.*\] )?[0-9A-V]{32}$/, ''));

for (const program of Object.keys(programs) as (keyof typeof programs)[]) {
  test(`${program} brings three phones together, and prints what it is told`, { skip }, async () => {
    const { code, out, err } = await run(program, ['101', '102', '103']);
    assert.equal(code, 0, out + err);
    assert.deepEqual(told(out), [
      'StatusChange Dialing Internal',
      'StatusChange Established Internal',
      'StatusChange Held Internal',
      'StatusChange Dialing Consult',
      'StatusChange Established Consult',
      'StatusChange Released Consult',
      'ParticipantsUpdated Established Internal',
    ]);
    const [call] = await server.calls();
    assert.equal(call?.connections.filter(({ state }) => state === 'connected').length, 3);
    await phones[0]!.hangup();
    await phones[1]!.hangup();
    await server.quiet();
  });

  test(`${program} says what went wrong`, { skip }, async () => {
    assert.equal((await run(program, ['101', '102'])).code, 2);
    const wrong = await run(program, ['101', '102', '103'], { PARTYLINE_PASSWORD: 'wrong' });
    assert.equal(wrong.code, 1);
    assert.match(wrong.err, /Access denied/);
    const nobody = await run(program, ['101', '104', '103']);
    assert.equal(nobody.code, 1);
    assert.match(nobody.err, /Device '104' is not registered/);
  });
}
