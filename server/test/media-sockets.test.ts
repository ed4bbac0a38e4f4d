import assert from 'node:assert/strict';
import { test } from 'node:test';
import { probeUring } from '../src/media/process/sockets/probe.ts';
import { PartylineServer } from './peers/partyline.ts';
import { waitFor } from './peers/wait.ts';

/* How phones' sound gets through the kernel, as whoever runs a server is told of it. */

const { works } = await probeUring();

for (const [wish, kind] of [
  ['auto', works ? 'uring' : 'dgram'],
  ['dgram', 'dgram'],
] as const) {
  test(`media.sockets: ${wish} is ${kind}: one line in the log, and a metric`, async () => {
    const server = await PartylineServer.start({ config: { media: { sockets: wish } } });
    try {
      const lines = server.log.filter(({ msg }) => msg === 'sound goes through these sockets');
      assert.deepEqual(
        lines.map((line) => line['sockets']),
        [kind],
      );
      assert.equal(lines[0]?.['reason'] === null, wish === 'dgram' || works, 'and why it is not io_uring');
      const shown = async (): Promise<string[]> => {
        const text = await (await server.request('/metrics')).text();
        return text.match(/^partyline_media_socket.*$/gm) ?? [];
      };
      const other = kind === 'uring' ? 'dgram' : 'uring';
      await waitFor(
        async () => (await shown()).includes(`partyline_media_sockets{kind="${kind}"} 1`),
        1000,
        'its kind',
      );
      const rows = await shown();
      assert.ok(rows.includes(`partyline_media_sockets{kind="${other}"} 0`), rows.join('\n'));
      assert.ok(rows.includes('partyline_media_socket_faults_total 0'), rows.join('\n'));
    } finally {
      await server.stop();
    }
  });
}

test('media.sockets: uring is that, or no server', async () => {
  const start = PartylineServer.start({ config: { media: { sockets: 'uring' } } });
  if (!works) {
    await assert.rejects(start);
    return;
  }
  const server = await start;
  assert.equal(server.log.filter(({ sockets }) => sockets === 'uring').length, 1);
  await server.stop();
});
