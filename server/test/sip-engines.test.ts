import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { asterisk } from '../../bench/load/asterisk.ts';
import { foundProgram } from '../../bench/load/found-program.ts';
import { freeswitch } from '../../bench/load/freeswitch.ts';
import { oursBySip } from '../../bench/load/ours-by-sip.ts';
import { peersBySip } from '../../bench/load/peers-by-sip.ts';
import { Phones } from '../../bench/load/phones.ts';
import { SipCalls } from '../../bench/load/sip-calls.ts';
import { conferenceNumber, type Places, type Plan, startedServer } from '../../bench/load/started-server.ts';
import { familyOf, familySeconds } from '../../bench/process-usage.ts';
import { testOrganization } from './peers/partyline.ts';
import { waitFor } from './peers/wait.ts';

/*
 * The engines of the benchmark (bench/) that are called by SIP: ours is, and of the others what can be known without
 * them, as they are not in Debian 12.
 */

const folder = mkdtempSync(join(tmpdir(), 'partyline-engines-'));
after(() => rmSync(folder, { recursive: true, force: true }));
// What is left behind is looked for there: where others have theirs it would be anybody's.
process.env['TMPDIR'] = folder;

const places: Places = { folder: '/some/where', sipPort: 12_345, rtp: { from: 20_000, to: 22_399 } };

/** A program for this test's PATH. */
function program(name: string, text: string, mode = 0o755): string {
  const bin = mkdtempSync(join(folder, 'bin-'));
  writeFileSync(join(bin, name), text);
  chmodSync(join(bin, name), mode);
  return bin;
}

test('three calls by SIP into one conference hear each other, all of it, and the server is measured with its media process', async () => {
  const engine = await oursBySip();
  const phones = await Phones.open(3);
  try {
    const ports = await engine.seat(phones.ports, 3);
    assert.equal(new Set(ports).size, 3);
    await phones.start(ports, [0, 1, 2]);
    const heard = async (packets: number) => {
      const report = await phones.report();
      return report.received >= packets && report;
    };
    await waitFor(() => heard(150), 3000, 'the first sound');
    const family = familyOf(engine.pid);
    assert.ok(family.length >= 2, `${family.length} processes`);
    const before = familySeconds(engine.pid);
    await phones.reset();
    // What a busy machine has the server send late counts once it is there.
    const all = async () => {
      const report = await heard(600);
      return report !== false && report.received >= 0.9 * report.sent && report;
    };
    const { received, lost, loud } = await waitFor(all, 6000, 'four seconds of sound, for nine tenths of what is sent');
    assert.equal(lost, 0);
    assert.ok(loud >= 0.6 * received, `${loud} of ${received} with sound`);
    assert.ok(familySeconds(engine.pid) > before);
  } finally {
    phones.close();
    await engine.close();
  }
});

test('rooms of an engine by SIP are apart: who talks in one is not heard in the other', async () => {
  const engine = await oursBySip(2);
  const phones = await Phones.open(4);
  try {
    const ports = await engine.seat(phones.ports, 2);
    // The first two talk, in the first room: two of four phones hear somebody.
    await phones.start(ports, [0, 1]);
    await waitFor(async () => (await phones.report()).loud >= 100, 4000, 'the first sound');
    await phones.reset();
    const { received, loud } = await waitFor(
      async () => {
        const report = await phones.report();
        return report.received >= 400 && report;
      },
      4000,
      'two seconds of sound',
    );
    assert.ok(loud > 0.2 * received && loud <= 0.6 * received, `${loud} of ${received} with sound`);
  } finally {
    phones.close();
    await engine.close();
  }
});

test('a server of others is found on PATH or where its variable says, and each that is not is one line', () => {
  const bin = program('asterisk', '#!/bin/sh\n');
  const path = join(bin, 'asterisk');
  assert.deepEqual(foundProgram('asterisk', { PATH: `/nowhere:${bin}` }), { path });
  assert.deepEqual(foundProgram('asterisk', { PATH: '', ASTERISK: path }), { path });
  assert.deepEqual(foundProgram('asterisk', { PATH: bin, ASTERISK: '' }), { path });
  assert.deepEqual(foundProgram('asterisk', { PATH: '/nowhere' }), {
    missing: 'there is no asterisk on PATH, and ASTERISK=/path names none',
  });
  // What was said counts: one that happens to be on PATH is not what was meant.
  assert.deepEqual(foundProgram('asterisk', { PATH: bin, ASTERISK: '/nowhere/asterisk' }), {
    missing: 'ASTERISK names no program: /nowhere/asterisk',
  });
  const noProgram = program('freeswitch', '', 0o644);
  assert.ok('missing' in foundProgram('freeswitch', { PATH: noProgram }));
  mkdirSync(join(bin, 'freeswitch'));
  assert.ok('missing' in foundProgram('freeswitch', { PATH: bin }), 'a folder is no program');

  const lines: string[] = [];
  const makers = peersBySip((line) => lines.push(line), { PATH: bin });
  assert.equal(makers.length, 1);
  assert.deepEqual(lines, ['without FreeSWITCH: there is no freeswitch on PATH, and FREESWITCH=/path names none']);
});

test('a server is started with its own files on ports of its own, takes calls when it is there, and leaves nothing behind', async () => {
  const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));
  const plan = ({ folder: own, sipPort, rtp }: Places): Plan => {
    const media = { rtpPorts: `${rtp.from}-${rtp.to - 2}`, webrtcPort: rtp.to - 1, processes: 1, warmUp: false };
    const config = {
      http: { port: 0 },
      sip: { port: sipPort },
      media,
      sandbox: 'off',
      organizations: [testOrganization],
    };
    return {
      files: { 'etc/partyline.yaml': stringify(config) },
      folders: ['data'],
      args: [main, '--config', `${own}/etc/partyline.yaml`],
    };
  };
  const left = () => readdirSync(tmpdir()).filter((name) => name.startsWith('partyline-peer-'));
  const before = left();
  const server = await startedServer({ name: 'Peer', program: 'node', plan }, process.execPath);
  const calls = await SipCalls.open(server.port);
  try {
    assert.ok((await calls.call('201*1', 40_002)) > 0);
    await assert.rejects(calls.call('999', 40_002), /^Error: the call to 999 was refused: 4\d\d /);
  } finally {
    await server.close();
    await calls.close();
  }
  assert.equal(existsSync(`/proc/${server.pid}`), false);
  assert.deepEqual(left(), before);
});

test('a server that does not come up is told with what it said, and leaves nothing behind', async () => {
  const bin = program('asterisk', '#!/bin/sh\necho "asked: $*"\nls etc > log/messages.log\nexit 3\n');
  const left = () => readdirSync(tmpdir()).filter((name) => name.startsWith('partyline-asterisk-'));
  const before = left();
  await assert.rejects(startedServer(asterisk, join(bin, 'asterisk')), (error: Error) => {
    assert.match(error.message, /^Asterisk \(.*\/asterisk\) did not start: it ended with 3$/m);
    assert.match(error.message, /asked: -f -C \/.*\/etc\/asterisk\.conf$/m);
    assert.match(error.message, /^pjsip\.conf$/m);
    return true;
  });
  assert.deepEqual(left(), before);
});

/** Sections of a configuration file of Asterisk by their names, each with its keys and values. */
function sectionsOf(text: string): Map<string, [string, string][]> {
  const sections = new Map<string, [string, string][]>();
  let entries: [string, string][] = [];
  for (const line of text.split('\n').filter((one) => one.trim() !== '')) {
    const [, name] = /^\[([\w-]+)\]$/.exec(line) ?? [];
    const [, key = '', value = ''] = /^ ?([\w.]+) (?:=|=>) (\S.*)$/.exec(line) ?? [];
    if (name !== undefined) {
      assert.ok(!sections.has(name), `[${name}] twice`);
      entries = [];
      sections.set(name, entries);
    } else {
      assert.notEqual(key, '', `neither a section nor a value: ${line}`);
      entries.push([key, value]);
    }
  }
  return sections;
}

test('Asterisk: a caller without a name comes by UDP of loopback into the conference that is dialled', () => {
  const { files, folders, args } = asterisk.plan(places);
  const conf = new Map(Object.entries(files).map(([name, text]) => [name, sectionsOf(text)]));
  const section = (file: string, name: string) => Object.fromEntries(conf.get(`etc/${file}`)?.get(name) ?? []);

  assert.deepEqual(args, ['-f', '-C', '/some/where/etc/asterisk.conf']);
  const directories = section('asterisk.conf', 'directories');
  assert.equal(directories['astetcdir'], '/some/where/etc');
  for (const [name, path] of Object.entries(directories)) {
    if (name !== 'astetcdir') assert.ok(folders.map((one) => `/some/where/${one}`).includes(path), `${name} ${path}`);
  }
  assert.deepEqual(section('rtp.conf', 'general'), { rtpstart: '20000', rtpend: '22399' });

  const transport = section('pjsip.conf', 'udp');
  assert.deepEqual(transport, { type: 'transport', protocol: 'udp', bind: '127.0.0.1:12345' });
  const endpoint = section('pjsip.conf', 'anonymous');
  assert.equal(endpoint['type'], 'endpoint');
  assert.ok(conf.get('etc/pjsip.conf')?.has(endpoint['transport'] ?? ''));
  assert.deepEqual([endpoint['disallow'], endpoint['allow']], ['all', 'ulaw']);

  const dialled = conf.get('etc/extensions.conf')?.get(endpoint['context'] ?? '') ?? [];
  const [, pattern = ''] = /^_(\w+),1,Answer\(\)$/.exec(dialled[0]?.[1] ?? '') ?? [];
  const takes = new RegExp(`^${pattern.replaceAll('X', '\\d')}$`);
  for (const room of [0, 499, 999]) assert.match(conferenceNumber(room), takes);
  const [, bridge = '', user = ''] = /^n,ConfBridge\(\$\{EXTEN\},(\w+),(\w+)\)$/.exec(dialled[1]?.[1] ?? '') ?? [];
  assert.equal(section('confbridge.conf', bridge)['type'], 'bridge');
  assert.equal(section('confbridge.conf', user)['type'], 'user');

  const modules = conf.get('etc/modules.conf')?.get('modules') ?? [];
  assert.deepEqual(modules[0], ['autoload', 'no']);
  for (const [key, value] of modules.slice(1)) assert.match(`${key} ${value}`, /^(load|require) \w+\.so$/);
  assert.equal(new Set(modules.map(([, value]) => value)).size, modules.length, 'one module twice');
});

/**
 * Elements of an XML document in their order, as `parent > child`, with their attributes; fails where tags do not
 * match.
 */
function elementsOf(text: string): { readonly way: string; readonly attributes: Record<string, string> }[] {
  const open: string[] = [];
  const found: { way: string; attributes: Record<string, string> }[] = [];
  const body = text.replace(/^<\?xml[^>]*\?>\n/, '');
  assert.equal(body.replace(/<[^<>]*>/g, '').trim(), '', 'there is text between the elements');
  for (const [, end, name = '', rest = '', single] of body.matchAll(/<(\/?)([\w-]+)((?: [\w-]+="[^"<&]*")*)(\/?)>/g)) {
    if (end === '/') {
      assert.equal(open.pop(), name);
      continue;
    }
    const attributes = Object.fromEntries(
      [...rest.matchAll(/ ([\w-]+)="([^"]*)"/g)].map(([, key, value]) => [key, value]),
    );
    found.push({ way: [...open, name].join(' > '), attributes });
    if (single === '') open.push(name);
  }
  assert.equal(found.length + body.split('</').length - 1, body.split('<').length - 1, 'something is no element');
  assert.deepEqual(open, []);
  return found;
}

test('FreeSWITCH: a caller without a name comes by UDP of loopback into the conference that is dialled', () => {
  const { files, folders, args } = freeswitch.plan(places);
  // All or none of -conf, -log and -db, says its source; without -nc it reads commands, without -nf it leaves its
  // parent.
  assert.deepEqual(args.slice(0, 4), ['-nonat', '-nf', '-nc', '-np']);
  const at = (option: string) => args[args.indexOf(option) + 1];
  assert.equal(at('-conf'), '/some/where/conf');
  for (const one of ['log', 'run', 'db']) {
    assert.equal(at(`-${one}`), `/some/where/${one}`);
    assert.ok(folders.includes(one));
  }
  const elements = elementsOf(files['conf/freeswitch.xml'] ?? '');
  const conf = 'document > section > configuration';
  const params = (within: string) =>
    Object.fromEntries(
      elements
        .filter(({ way }) => way === `${conf} > ${within} > param`)
        .map(({ attributes: { name, value } }) => [name, value]),
    );
  const core = params('settings');
  assert.deepEqual([core['rtp-start-port'], core['rtp-end-port']], ['20000', '22399']);
  const sip = params('profiles > profile > settings');
  assert.deepEqual([sip['sip-ip'], sip['sip-port'], sip['rtp-ip']], ['127.0.0.1', '12345', '127.0.0.1']);
  assert.deepEqual(
    [sip['auth-calls'], sip['inbound-codec-prefs'], sip['bind-params']],
    ['false', 'PCMU', 'transport=udp'],
  );
  assert.equal(params('profiles > profile')['rate'], '8000');

  const named = (end: string) =>
    elements.filter(({ way }) => way.endsWith(` > ${end}`)).map(({ attributes }) => attributes);
  assert.deepEqual(
    named('section').map(({ name }) => name),
    ['configuration', 'dialplan'],
  );
  assert.deepEqual(
    named('section > context').map(({ name }) => name),
    [sip['context']],
  );
  const [condition] = named('condition');
  assert.equal(condition?.['field'], 'destination_number');
  for (const room of [0, 499, 999]) assert.match(conferenceNumber(room), new RegExp(condition?.['expression'] ?? ''));
  const actions = named('action').map(({ application, data = '' }) => `${application} ${data}`.trim());
  assert.deepEqual(actions, ['answer', 'conference $1@bench']);
  assert.ok(named('profiles > profile').some(({ name }) => name === 'bench'));
  const loaded = named('modules > load').map(({ module }) => module);
  assert.equal(loaded.at(-1), 'mod_sofia', 'calls come before all else is there');
  for (const one of ['mod_conference', 'mod_dptools', 'mod_dialplan_xml']) assert.ok(loaded.includes(one), one);
});
