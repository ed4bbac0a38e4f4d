import assert from 'node:assert/strict';
import { test } from 'node:test';
import { probeUring } from './process/sockets/probe.ts';
import { MediaStage } from './testing/media-stage.ts';

/*
 * All that is tested of an engine by its sound, once more with Node's own sockets: where io_uring works, the files
 * themselves have that one.
 */

const { works } = await probeUring();

if (works) {
  process.env['PARTYLINE_TEST_SOCKETS'] = 'dgram';
  test('what follows has sockets of Node', async () => {
    const stage = await MediaStage.open();
    const [stats] = await stage.engine.processStats();
    await stage.close();
    assert.equal(stats?.sockets, 'dgram');
  });
  await import('./engine.test.ts');
  await import('./recording.test.ts');
  await import('./processes.test.ts');
}
