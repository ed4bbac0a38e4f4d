import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../../base/random.ts';
import { VirtualClock } from '../../../base/testing/virtual-clock.ts';
import { buildReport, middleNtp, readRtcp } from '../../../rtp/rtcp.ts';
import { LegReceiver } from './leg-receiver.ts';
import { LegReports } from './leg-reports.ts';
import { LegSender } from './leg-sender.ts';

test('what waited before it was read adds nothing to the round trip, nor to what the peer takes it for', () => {
  const clock = new VirtualClock();
  const random = new SeededRandom(1);
  const receiver = new LegReceiver(
    () => {},
    () => false,
  );
  const sender = new LegSender(1, 0, 0, { transport: { send() {} } });
  const reports = new LegReports(clock, random, receiver, sender, 'us');
  receiver.ssrc = 2;
  receiver.statistics.update(1, 0, Number.NaN);
  const ours = middleNtp(clock.now());
  clock.advance(100);
  const cameMs = clock.monotonic() - 15;
  const figures = { ssrc: 1, fractionLost: 0, cumulativeLost: 0, extendedHighestSequence: 1, jitter: 0 };
  const echo = { ...figures, lastSenderReport: ours, delaySinceLastSenderReport: 0 };
  const sent = { now: clock.now() - 40, rtpTimestamp: 0, packetCount: 1, octetCount: 160 };
  reports.receive(buildReport(2, 'peer', sent, echo, false), cameMs);
  assert.equal(Math.round(reports.roundTripMs!), 85);
  assert.equal(reports.heardMs, cameMs);
  clock.advance(10_000);
  const delays: number[] = [];
  const report = reports.due(clock.monotonic(), 500)!;
  readRtcp(report, {
    onSenderReport() {},
    onReceptionBlock: (_from, _about, _lost, _jitter, _last, since) => void delays.push(since),
    onBye() {},
  });
  assert.deepEqual(
    delays.map((delay) => Math.round(delay / 65.536)),
    [10_015],
  );
});
