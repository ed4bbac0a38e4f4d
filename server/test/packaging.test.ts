import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { parseConfig } from '../src/config/load-config.ts';

/** The files for a service and a container: what can be told of them without systemd or Docker running. */

const packaging = fileURLToPath(new URL('../../packaging', import.meta.url));
const noSystemd = spawnSync('systemd-analyze', ['--version']).error === undefined ? false : 'needs systemd-analyze';
/** Of 100: a service without any hardening has 96. */
const mostExposure = 15;
let folder: string;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'partyline-packaging-'));
});

after(() => rmSync(folder, { recursive: true, force: true }));

const service = () => readFileSync(join(packaging, 'partyline.service'), 'utf8');

test('the service is one that systemd takes, and may do little', { skip: noSystemd }, () => {
  const unit = join(folder, 'partyline.service');
  // The program is not installed here.
  writeFileSync(unit, service().replace('/usr/bin/partyline', '/bin/true'));
  const verified = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' });
  assert.equal(verified.status, 0, verified.stderr);
  assert.doesNotMatch(verified.stderr, /partyline\.service:\d+:/, verified.stderr);
  const options = ['security', '--offline=true', '--no-pager', `--threshold=${mostExposure}`, unit];
  const judged = spawnSync('systemd-analyze', options, { encoding: 'utf8' });
  assert.equal(judged.status, 0, `${judged.stdout}\n${judged.stderr}`);
});

test('the service is enabled at boot, reloads by SIGHUP and is not started again for what does not mend itself', () => {
  const text = service();
  assert.match(text, /^\[Install\]\nWantedBy=multi-user\.target$/m);
  assert.match(text, /^ExecReload=\/bin\/kill -HUP \$MAINPID$/m);
  // A start that fails is told to who asked for it, and a reload waits until there is something to reload.
  assert.match(text, /^Type=notify\nNotifyAccess=all$/m);
  assert.match(text, /^RestartPreventExitStatus=2 3 4 64$/m);
});

test('the container is not root, checks its health, and is built in stages of files that are there', () => {
  const text = readFileSync(join(packaging, 'Dockerfile'), 'utf8');
  const instructions = text
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => /^[A-Z]+ /.test(line));
  assert.equal(instructions.filter((line) => line.startsWith('FROM ')).length, 2);
  // Nothing that moves: a digest or a major version with its system.
  for (const line of instructions.filter((one) => one.startsWith('FROM ')))
    assert.match(line, /^FROM node:24-[a-z-]+( AS build)?$/);
  const after = instructions.slice(instructions.findIndex((line) => line.startsWith('USER ')));
  assert.match(after[0]!, /^USER \d{4,}$/, 'a number that is not root');
  assert.ok(!after.some((line) => /^(RUN|COPY|ADD|USER root)/.test(line)), 'what is made belongs to root');
  assert.ok(after.some((line) => line.startsWith('HEALTHCHECK ')));
  assert.match(
    after.find((line) => line.startsWith('ENTRYPOINT '))!,
    /^ENTRYPOINT \["node", /,
    'signals reach it: no shell between',
  );
  const ignored = readFileSync(join(packaging, '../.dockerignore'), 'utf8').split('\n');
  for (const [, name] of text.matchAll(/^COPY --chown=root:root (\S+) /gm)) {
    assert.ok(existsSync(join(packaging, '..', name!)), name);
    assert.ok(ignored.includes(`!${name!.split('/')[0]}`), `${name} is sent to the build`);
  }
});

test('the health check of the container says what /healthz says', () => {
  const text = readFileSync(join(packaging, 'Dockerfile'), 'utf8').replaceAll('\\\n', ' ');
  const command = JSON.parse(/HEALTHCHECK .*?CMD (\[.*\])/.exec(text)![1]!) as string[];
  assert.equal(command[0], 'node');
  // Nobody listens there, so it says no, and not that it cannot be run.
  const { status, stderr } = spawnSync(
    process.execPath,
    command.slice(1).map((one) => one.replace('8080', '9')),
    { encoding: 'utf8' },
  );
  assert.equal(status, 1);
  assert.equal(stderr, '');
});

test('the configuration of the container has no mistake, and its ports are those of the Dockerfile', () => {
  const config = parseConfig('container.yaml', readFileSync(join(packaging, 'container.yaml'), 'utf8'), '/data', 1);
  const text = readFileSync(join(packaging, 'Dockerfile'), 'utf8');
  const { http, sip, media } = config;
  const exposed = `EXPOSE ${http.port}/tcp ${sip.port}/udp ${sip.port}/tcp ${media.rtpPorts.from}-${media.rtpPorts.to}/udp ${media.webrtcPort}/udp`;
  assert.ok(text.includes(exposed), exposed);
  const compose = parse(readFileSync(join(packaging, 'compose.yaml'), 'utf8')).services.partyline;
  assert.equal(compose.read_only, true);
  assert.deepEqual(compose.cap_drop, ['ALL']);
});

test('what .dockerignore lets through is what the clone has', () => {
  const root = join(packaging, '..');
  const tracked = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 }).split('\n');
  const tops = new Set(tracked.map((name) => name.split('/')[0]));
  for (const line of readFileSync(join(root, '.dockerignore'), 'utf8').split('\n')) {
    if (line.startsWith('!')) assert.ok(tops.has(line.slice(1)), line);
  }
});
