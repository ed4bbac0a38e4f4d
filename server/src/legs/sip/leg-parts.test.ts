import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../base/random.ts';
import { dispositionOf } from '../../call/model/call-record-of.ts';
import { type Cause, causes } from '../../call/model/cause.ts';
import type { Connection } from '../../call/model/connection.ts';
import { parseSession } from '../../sdp/offer-answer.ts';
import { planOf } from '../announcements.ts';
import { causeOfStatus, reasonOf, statusOf } from './leg-causes.ts';
import { LegDescription, legConfiguration } from './leg-description.ts';
import { OwnPorts } from './own-ports.ts';

const media = { address: '127.0.0.1', port: 20000, rtcpPort: 20001 };

function offer(version: number, ...lines: string[]) {
  const head = ['v=0', `o=- 1 ${version} IN IP4 127.0.0.1`, 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'];
  const parsed = parseSession(`${[...head, ...lines].join('\r\n')}\r\n`);
  assert.ok(parsed.ok);
  return parsed;
}

const version = (sdp: string) => Number(/^o=partyline \d+ (\d+) /m.exec(sdp)?.[1]);

test('the version of our description grows with every change and only then', () => {
  const description = new LegDescription(media, new SeededRandom(1), new OwnPorts());
  const answered = (...lines: string[]) => {
    const result = description.answer(offer(1, ...lines));
    assert.ok(result.ok);
    return version(result.sdp);
  };
  assert.equal(answered('m=audio 6000 RTP/AVP 0 8'), 1);
  assert.equal(answered('m=audio 6000 RTP/AVP 0 8'), 1, 'a refresh');
  assert.equal(answered('m=audio 6002 RTP/AVP 0 8'), 1, 'their port is no change of ours');
  assert.equal(answered('m=audio 6002 RTP/AVP 0 8', 'a=sendonly'), 2);
  assert.equal(answered('m=audio 6002 RTP/AVP 0 8'), 3);
  assert.equal(version(description.offer()), 4, 'an offer of all we speak');
  assert.equal(version(description.offer()), 4);
});

test('a refused offer leaves everything as it was', () => {
  const description = new LegDescription(media, new SeededRandom(1), new OwnPorts());
  assert.ok(description.answer(offer(1, 'm=audio 6000 RTP/AVP 8')).ok);
  const before = description.negotiated;
  assert.ok(!description.answer(offer(2, 'm=audio 6000 RTP/AVP 18')).ok);
  assert.equal(description.accept('nonsense'), null);
  assert.equal(description.negotiated, before);
});

test('a description that names a port of ours is refused, offered or answered', () => {
  const ours = new OwnPorts();
  ours.add({ address: '127.0.0.1', port: 20_002, rtcpPort: 20_003 });
  const description = new LegDescription(media, new SeededRandom(1), ours);
  for (const port of [20_002, 20_003]) {
    const result = description.answer(offer(1, `m=audio ${port} RTP/AVP 0`));
    assert.equal(!result.ok && result.status, 488);
  }
  description.offer();
  const answered =
    'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 20002 RTP/AVP 0\r\n';
  assert.equal(description.accept(answered), null);
  ours.remove({ address: '127.0.0.1', port: 20_002, rtcpPort: 20_003 });
  assert.ok(description.accept(answered));
  assert.ok(description.answer(offer(1, 'm=audio 20002 RTP/AVP 0')).ok);
});

test('what the media process is told', () => {
  const description = new LegDescription(media, new SeededRandom(1), new OwnPorts());
  const told = (...lines: string[]) => {
    assert.ok(description.answer(offer(1, ...lines)).ok);
    return legConfiguration(description.negotiated!, '198.51.100.7');
  };
  assert.deepEqual(told('m=audio 6000 RTP/AVP 8 0 96', 'a=rtpmap:96 telephone-event/8000', 'a=ptime:30'), {
    remote: { kind: 'udp', address: '127.0.0.1', port: 6000, rtcpPort: 6001, signalledFrom: '198.51.100.7' },
    send: { payloadType: 8, codec: 'PCMA', ptime: 30 },
    receive: [
      { payloadType: 8, codec: 'PCMA' },
      { payloadType: 0, codec: 'PCMU' },
    ],
    telephoneEvents: {
      send: { payloadType: 96, clockRate: 8000 },
      receive: [{ payloadType: 96, clockRate: 8000 }],
    },
    direction: 'sendrecv',
  });
  assert.equal(told('m=audio 6000 RTP/AVP 8', 'c=IN IP4 0.0.0.0').remote, null);
  const { remote } = told('m=audio 6000 RTP/AVP 8', 'a=rtcp:53 IN IP4 192.0.2.1');
  assert.equal(remote?.kind === 'udp' ? remote.rtcpPort : undefined, null);
});

test('every cause has a refusal and a reason, and common refusals come back as the cause they were', () => {
  for (const cause of causes) {
    assert.ok(statusOf(cause) >= 400 && statusOf(cause) < 700, cause);
    assert.match(reasonOf(cause), /^Q\.850;cause=\d{1,3};text="\w+"$/);
  }
  for (const cause of ['busy', 'callCancelled', 'callRejected'] as const) {
    assert.equal(causeOfStatus(statusOf(cause)), cause);
  }
});

test('every refusal of a carrier is one cause, and so one disposition', () => {
  const told: Partial<Record<Cause, number[]>> = {};
  for (let status = 300; status < 700; status++) {
    const cause = causeOfStatus(status);
    told[cause] ??= [];
    told[cause].push(status);
  }
  const from = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);
  assert.deepEqual(told.busy, [486, 600]);
  assert.deepEqual(told.noAnswer, [408, 480]);
  assert.deepEqual(told.callCancelled, [487]);
  assert.deepEqual(told.unauthorized, [401, 402, 407]);
  assert.deepEqual(told.mediaFailure, [415, 488, 606]);
  assert.deepEqual(told.destNotObtainable, [...from(300, 399), 404, 410, 416, 484, 485, 604]);
  const named = Object.values(told).flat();
  assert.equal(named.length, 400);
  assert.deepEqual(
    told.callRejected,
    [403, 433, 434, 436, 437, 438, ...from(601, 699)].filter((status) => status !== 604 && status !== 606),
  );
  for (const status of from(500, 599)) assert.ok(told.networkNotObtainable?.includes(status), String(status));
  // As people read it in the call record.
  const dispositions = [486, 600, 408, 480, 403, 603, 607, 404, 410, 484, 604, 503, 500].map((status) =>
    dispositionOf({ answeredAt: null, failure: null } as Connection, causeOfStatus(status)),
  );
  assert.deepEqual(dispositions, [
    ...['busy', 'busy', 'noAnswer', 'noAnswer', 'refused', 'refused', 'refused'],
    ...['failed', 'failed', 'failed', 'failed', 'failed', 'failed'],
  ]);
});

test('announcements as prompts', () => {
  assert.deepEqual(planOf([{ say: 'participant-count', count: 1 }]), {
    items: [{ file: 'en/one-other.wav' }],
    loop: false,
    mix: true,
  });
  assert.deepEqual(planOf([{ tone: 'ringback' }]), { items: [{ tone: 'ringback' }], loop: true, mix: true });
  assert.equal(planOf([{ say: 'waiting-for-moderator' }]).mix, false);
});
