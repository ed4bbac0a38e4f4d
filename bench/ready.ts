import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mediaRange } from '../server/src/base/testing/free-port.ts';
import type { Benchmark } from './figure.ts';

const main = fileURLToPath(new URL('../server/src/main.ts', import.meta.url));
const users = 10_000;

export const benchmark: Benchmark = {
  name: 'ready',
  about: `seconds until calls can be taken with ${users} users, each with a password and a phone`,
  parts: {
    async users() {
      const folder = mkdtempSync(join(tmpdir(), 'partyline-ready-'));
      try {
        const file = join(folder, 'partyline.yaml');
        writeFileSync(file, configuration());
        const first = await readyAfter(file, join(folder, 'data'));
        const again = await readyAfter(file, join(folder, 'data'));
        return [
          { name: `ready for ${users} users that are known`, value: again, unit: 's', goal: { atMost: 3 } },
          { name: `ready for ${users} users at the first start`, value: first, unit: 's', goal: { atMost: 3 } },
        ];
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  },
};

function configuration(): string {
  // Of 220, the last for browsers: one for each media process.
  const { from } = mediaRange(220);
  const media = `{ rtpPorts: "${from}-${from + 199}", webrtcPort: ${from + 200} }`;
  const head = `http: { port: 0 }\nsip: { port: 0 }\nmedia: ${media}\nsandbox: off\n`;
  const lines = Array.from({ length: users }, (_, at) => {
    const phone = `{ number: "${10_000 + at}", sipPassword: "phone-word-${at}" }`;
    return `      - { id: ${at + 1}, login: "u${at}@example.test", password: "pass-word-${at}", extensions: [${phone}] }`;
  });
  return `${head}organizations:\n  - id: 3\n    users:\n${lines.join('\n')}\n`;
}

/** Seconds from the start of the process until its ready line; then it is killed. */
async function readyAfter(file: string, data: string): Promise<number> {
  const began = performance.now();
  const child = spawn(process.execPath, [main, '--config', file], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, PARTYLINE_DATA: data },
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    await new Promise<void>((resolve, reject) => {
      let out = '';
      child.stdout.on('data', (bytes) => {
        out += bytes;
        if (out.includes('partyline ready')) resolve();
      });
      child.once('exit', (code) => reject(new Error(`it ended with ${code}`)));
    });
    return (performance.now() - began) / 1000;
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}
