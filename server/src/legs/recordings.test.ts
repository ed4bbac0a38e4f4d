import assert from 'node:assert/strict';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { newId } from '../base/id.ts';
import { systemRandom } from '../base/random.ts';
import { joinCall } from '../call/services/join-call.ts';
import { until, type VirtualExchange, withExchange } from './testing/virtual-exchange.ts';

/** The recording events of the latest conference, and its recording's id. */
function recorded(exchange: VirtualExchange): { readonly events: string[]; readonly id: string | null } {
  const events = exchange.logOf('conference').filter((event) => event.startsWith('recording'));
  const all = exchange.store.callIds().flatMap((callId) => exchange.store.log(callId));
  const started = all.findLast((event) => event.type === 'recordingStarted');
  return { events, id: started?.type === 'recordingStarted' ? started.data.recordingId : null };
}

describe('each with a server of its own', { concurrency: true }, () => {
  test('*0 records where one may choose, everybody is told, and *0 ends it', () =>
    withExchange({}, async (exchange, alice, bob) => {
      await alice.call(exchange.sip, '211*7');
      await bob.call(exchange.sip, '211*7');
      await until('both to hear each other', () => alice.hears(bob.tone) > 0.05 && bob.hears(alice.tone) > 0.05);
      alice.press('#');
      await exchange.hasSaid('menu-record');
      alice.press('*0');
      await exchange.hasSaid('recording-started');
      await until('the event', () => recorded(exchange).events.length === 1);
      const folder = join(exchange.recordingsFolder, recorded(exchange).id!);
      const size = async (name: string) => (await stat(join(folder, name)).catch(() => null))?.size ?? 0;
      let mix = 0;
      await until('the mix to grow', () => {
        void size('mix.wav').then((bytes) => {
          mix = bytes;
        });
        return mix > 8000;
      });
      alice.press('*0');
      await exchange.hasSaid('recording-stopped');
      assert.deepEqual(recorded(exchange).events, ['recordingStarted normal', 'recordingStopped normal']);
      await until('the end of the files', () => exchange.logged.some(({ msg }) => msg === 'recorded'));
      const files = (await readdir(folder)).sort();
      assert.equal(files.length, 3, files.join());
      assert.ok(files.includes('mix.wav'));
      const sizes = await Promise.all(files.map(size));
      assert.equal(new Set(sizes).size, 1, 'in step');
      const head = await readFile(join(folder, 'mix.wav'));
      assert.equal(head.toString('latin1', 0, 4), 'RIFF');
      alice.hangUp();
      bob.hangUp();
      await exchange.nothingIsLeft();
    }));

  test('*0 is no code where everything is recorded, or nothing', () =>
    withExchange({}, async (exchange, alice, bob) => {
      await alice.call(exchange.sip, '211*4');
      alice.press('*0');
      await bob.call(exchange.sip, '211*8');
      await until('the recording', () => recorded(exchange).events.length === 1);
      bob.press('#*0*1');
      await exchange.hasSaid('muted');
      assert.ok(!exchange.said.some((name) => /^recording-|^menu-record/.test(name)));
      bob.hangUp();
      await until('the end of it', () => recorded(exchange).events.length === 2);
      alice.hangUp();
      await exchange.nothingIsLeft();
      assert.equal(exchange.store.callIds().length, 2);
    }));

  test('a recording that cannot be written ends, the call goes on; it is tried again with who comes in next', () =>
    withExchange({ recordingsFolder: fileURLToPath(import.meta.url) }, async (exchange, alice, bob) => {
      const tried = ['recordingStarted normal', 'recordingStopped mediaFailure'];
      await alice.call(exchange.sip, '211*8');
      await until('the end of the recording', () => recorded(exchange).events.length === 2);
      assert.deepEqual(recorded(exchange).events, tried);
      await bob.call(exchange.sip, '211*8');
      await until('the end of another', () => recorded(exchange).events.length === 4);
      assert.deepEqual(recorded(exchange).events, [...tried, ...tried]);
      assert.ok(exchange.logged.some(({ msg }) => msg === 'a recording failed'));
      await until('both to hear each other', () => alice.hears(bob.tone) > 0.05 && bob.hears(alice.tone) > 0.05);
      alice.hangUp();
      bob.hangUp();
      await exchange.nothingIsLeft();
    }));

  test('a supervisor is heard by one alone', () =>
    withExchange({}, async (exchange, alice, bob, carol) => {
      await alice.call(exchange.sip, '211*4');
      await bob.call(exchange.sip, '211*4');
      exchange.register(carol, '15001');
      const [call] = exchange.runtime.snapshot();
      const [first] = [...call!.connections.values()];
      await exchange.runtime.do(joinCall, {
        callId: call!.id,
        mode: 'coach',
        coached: first!.id,
        device: exchange.directory.callerOf('15001'),
        target: { kind: 'terminal', aor: '15001@partyline.test' },
        callerId: { name: '', number: newId(systemRandom) },
        timeoutMs: 5000,
      });
      await until('alice to hear carol', () => alice.hears(carol.tone) > 0.05);
      await until('carol to hear both', () => carol.hears(alice.tone) > 0.05 && carol.hears(bob.tone) > 0.05);
      assert.ok(bob.hears(carol.tone) < 0.002);
      carol.press('*1');
      alice.press('*1');
      await exchange.hasSaid('muted');
      assert.equal(exchange.said.filter((name) => name === 'muted').length, 1, 'keys of a supervisor are none');
      for (const phone of [alice, bob, carol]) phone.hangUp();
      await exchange.nothingIsLeft();
    }));
});
