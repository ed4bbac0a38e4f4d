import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { silentLog } from '../../base/log.ts';
import { SeededRandom } from '../../base/random.ts';
import { leastProcessorMs } from '../../base/testing/processor-time.ts';
import { VirtualClock } from '../../base/testing/virtual-clock.ts';
import { SegmentLog } from '../segments/segment-log.ts';
import { lookAt } from './look.ts';
import { masked } from './masked.ts';
import { pcapOf } from './pcap.ts';
import { SignallingTrace } from './signalling-trace.ts';

const flow = {
  kind: 'udp',
  local: { address: '127.0.0.1', port: 5060 },
  remote: { address: '10.1.2.3', port: 5070 },
} as const;
const six = {
  kind: 'tcp',
  local: { address: '::1', port: 5060 },
  remote: { address: 'fe80::1:2', port: 40_000 },
} as const;

function request(method: string, callId: string, more: readonly string[] = [], uri = 'sip:20@x'): Buffer {
  const lines = [
    `${method} ${uri} SIP/2.0`,
    'Via: SIP/2.0/UDP 10.1.2.3:5070;branch=z9hG4bK1',
    'From: <sip:30@x>;tag=a',
    `To: <${uri}>`,
    `Call-ID: ${callId}`,
    `CSeq: 1 ${method}`,
    'Max-Forwards: 70',
    ...more,
    'Content-Length: 0',
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

function response(status: string, callId: string, method = 'INVITE'): Buffer {
  return Buffer.from(
    `SIP/2.0 ${status}\r\nVia: SIP/2.0/UDP 10.1.2.3:5070;branch=z9hG4bK1\r\nFrom: <sip:30@x>;tag=a\r\nTo: <sip:20@x>;tag=b\r\ni: ${callId}\r\nCSeq: 1 ${method}\r\nl: 0\r\n\r\n`,
    'latin1',
  );
}

function traceIn(t: TestContext, mostBytes = 1e6) {
  const folder = mkdtempSync(join(tmpdir(), 'partyline-trace-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const clock = new VirtualClock();
  const log = () => new SegmentLog({ folder, suffix: 'sip', log: silentLog, mostBytes });
  return { folder, clock, trace: new SignallingTrace(clock, log()), again: () => new SignallingTrace(clock, log()) };
}

const always = { from: 0, to: 1e15, organizationId: '3' };
/** One that 10.1.2.3 began. */
const begun = (callId: string, localTag = 'b', caller = { tag: 'a', branch: 'z9hG4bK1', address: '10.1.2.3' }) => ({
  ...{ callId, localTag, caller },
});

test('the messages of a leg are found by the leg, in order, and by their Call-ID, also in the next run', async (t) => {
  const { clock, trace, again } = traceIn(t);
  trace.received(request('INVITE', 'one'), flow);
  trace.isOfLeg(begun('one'), { id: 'leg-1', organizationId: '1' });
  clock.advance(10);
  trace.sent(response('200 OK', 'one'), flow);
  trace.received(request('INVITE', 'two'), six);
  trace.isOfOrganization(begun('two', 'c', { ...begun('').caller, address: six.remote.address }), '3');
  trace.received(request('REGISTER', 'reg'), flow);
  trace.sent(response('200 OK', 'reg', 'REGISTER'), flow);
  trace.received(request('OPTIONS', 'reg'), flow);
  trace.received(Buffer.concat([Buffer.from('\r\n'), request('MESSAGE', 'reg')]), flow);
  const found = await trace.find({ legIds: ['leg-1'], callIds: [], ...always });
  assert.deepEqual(
    found.map(({ direction, text, legId, at }) => [direction, text.split(' ')[0], legId, at - clock.now()]),
    [
      ['in', 'INVITE', 'leg-1', -10],
      ['out', 'SIP/2.0', 'leg-1', 0],
    ],
  );
  assert.deepEqual(found[0]!.remote, flow.remote);
  await trace.close();
  const two = await again().find({ legIds: [], callIds: ['two'], ...always });
  assert.deepEqual(
    two.map(({ remote, legId }) => [remote, legId]),
    [[six.remote, null]],
  );
  for (const asked of [{ callIds: ['reg'] }, { callIds: ['two'], organizationId: '1' }, { callIds: ['one'] }])
    assert.deepEqual(await again().find({ legIds: [], ...always, ...asked }), []);
});

test('no character of a peer ends a line of the log: nobody has what others said hidden, or named as its own', async (t) => {
  const { trace } = traceIn(t);
  const texts = async (asked: { legIds?: string[]; callIds?: string[]; organizationId?: string }) =>
    (await trace.find({ legIds: [], callIds: [], ...always, ...asked })).map(({ text }) => text.split(' ')[0]);
  trace.received(request('INVITE', 'one'), flow);
  trace.isOfLeg(begun('one'), { id: 'leg-1', organizationId: '1' });
  // U+010A and U+0109, whose last bytes are a line feed and a tab.
  const forged = 'x\n\ndialog\t5\tone\t0\t3\tleg-3\tb\t\t\t\n\n'.replaceAll('\n', 'Ċ').replaceAll('\t', 'ĉ');
  for (const callId of ['odd', forged]) {
    const lines = request('INVITE', 'CALL-ID').toString('latin1').replace('CALL-ID', callId).replace('tag=a', 'tag=aĊ');
    trace.received(Buffer.from(lines, 'utf8'), flow);
    const odd = { tag: 'aĊ', branch: `z9hG4bK${forged}`, address: '10.1.2.3' };
    trace.isOfLeg(begun(callId, `ours ${callId}`, odd), { id: `leg ${callId}`, organizationId: '3' });
    assert.deepEqual(await texts({ legIds: [`leg ${callId}`] }), ['INVITE'], callId);
    assert.deepEqual(await texts({ callIds: [callId] }), ['INVITE'], callId);
  }
  trace.received(request('BYE', 'one'), flow);
  assert.deepEqual(await texts({ legIds: ['leg-1'], organizationId: '1' }), ['INVITE', 'BYE']);
  assert.deepEqual(await texts({ callIds: ['one'] }), []);
  assert.deepEqual(await texts({ legIds: ['leg-3'] }), []);
});

test('the log is looked through for one at a time, organizations in turn, and no file again that has nothing of what is asked', async (t) => {
  const { folder, clock } = traceIn(t);
  let [reading, most, files] = [0, 0, 0];
  class CountedLog extends SegmentLog {
    override async *read(...asked: Parameters<SegmentLog['read']>): ReturnType<SegmentLog['read']> {
      most = Math.max(most, ++reading);
      for await (const file of super.read(...asked)) {
        files++;
        yield file;
      }
      reading--;
    }
  }
  const options = { folder, suffix: 'sip', log: silentLog, mostBytes: 1e6, segmentBytes: 1000 };
  const trace = new SignallingTrace(clock, new CountedLog(options));
  for (let at = 0; at < 20; at++) {
    trace.received(request('INVITE', `call-${at}`), flow);
    trace.isOfLeg(begun(`call-${at}`, `ours-${at}`), { id: `leg-${at}`, organizationId: '1' });
    clock.advance(500);
  }
  const look = (callId: string, organizationId = '1') =>
    trace.find({ ...always, legIds: [], callIds: [callId], organizationId });
  assert.deepEqual(await look('nowhere'), []);
  assert.ok(files >= 5, `${files} files`);
  files = 0;
  assert.deepEqual(await look('nowhere-else'), []);
  assert.ok(files <= 1, `${files} files read for what is in none`);
  files = 0;
  assert.equal((await look('call-3')).length, 1);
  assert.equal((await trace.find({ ...always, legIds: ['leg-4'], callIds: [] })).length, 1);
  assert.ok(files <= 8, `${files} files`);
  const order: string[] = [];
  const all = Array.from({ length: 100 }, () => look('call-3').then(() => order.push('1')));
  const other = look('call-3', '2').then(() => order.push('2'));
  const refused = (await Promise.allSettled(all)).filter(({ status }) => status === 'rejected');
  await other;
  assert.equal(refused.length, 49);
  assert.ok(order.indexOf('2') < 3, order.join(''));
  assert.equal(most, 1);
});

test('dialogs with one Call-ID are told apart by our tag, then by the peer, and what may be of two is of neither', async (t) => {
  const { trace } = traceIn(t);
  const said = (text: string, { to = '', branch = 'z9hG4bK1', from = 'a' } = {}) =>
    Buffer.from(
      `${text}\r\nv: SIP/2.0/UDP 10.1.2.3:5070\r\n ;branch=${branch}\r\nf: "x;tag=b>" <sip:30@x;tag=b>;tag=${from}\r\n` +
        `To : <sip:20@x;tag=q>${to === '' ? '' : ` ; TAG=${to}`}\r\nCall-ID: same\r\nCSeq: 1 INVITE\r\n\r\n`,
      'latin1',
    );
  const elsewhere = { ...flow, remote: { address: '10.9.9.9', port: 5070 } };
  const of = async (legId: string) =>
    (await trace.find({ ...always, legIds: [legId], callIds: [] })).map(({ text }) => text.split('\r')[0]);
  // Of the first: the INVITE without a login, what that was told, the INVITE, and the rest of the dialog, whoever
  // sends.
  trace.received(said('INVITE 1', { branch: 'z9hG4bK0' }), flow);
  trace.sent(said('SIP/2.0 401 1', { branch: 'z9hG4bK0', to: 'challenge' }), flow);
  trace.received(said('INVITE 2'), flow);
  trace.isOfLeg(begun('same', 'ours-1'), { id: 'leg-1', organizationId: '1' });
  trace.sent(said('SIP/2.0 100 2'), { ...flow, remote: { ...flow.remote, port: 5071 } });
  trace.sent(said('SIP/2.0 200 2', { to: 'ours-1' }), flow);
  trace.sent(said('BYE 3', { from: 'ours-1', to: 'a', branch: 'z9hG4bK2' }), elsewhere);
  const first = ['INVITE 1', 'SIP/2.0 401 1', 'INVITE 2', 'SIP/2.0 100 2', 'SIP/2.0 200 2', 'BYE 3'];
  assert.deepEqual(await of('leg-1'), first);
  // Somebody of another organization, with the Call-ID, tag and branch of the first, from another address.
  trace.received(said('INVITE 4'), elsewhere);
  const theirs = begun('same', 'ours-2', { ...begun('').caller, address: '10.9.9.9' });
  trace.isOfLeg(theirs, { id: 'leg-2', organizationId: '2' });
  trace.sent(said('SIP/2.0 486 4', { to: 'ours-2' }), elsewhere);
  assert.deepEqual([await of('leg-1'), await of('leg-2')], [first, ['INVITE 4', 'SIP/2.0 486 4']]);
  for (const [organizationId, legId] of [
    ['1', 'leg-1'],
    ['2', 'leg-2'],
  ] as const) {
    const found = await trace.find({ ...always, legIds: [], callIds: ['same'], organizationId });
    assert.ok(found.length > 0 && found.every((message) => message.legId === legId));
  }
  // A leg of ours that has this Call-ID.
  trace.sent(said('INVITE 5', { from: 'ours-3' }), flow);
  trace.isOfLeg({ callId: 'same', localTag: 'ours-3', caller: null }, { id: 'leg-3', organizationId: '2' });
  trace.received(said('SIP/2.0 180 5', { from: 'ours-3', to: 'z' }), flow);
  assert.deepEqual(await of('leg-3'), ['INVITE 5', 'SIP/2.0 180 5']);
  // Behind the same address as the first, with its tag: known by the branch, or not at all.
  trace.received(said('INVITE 6', { branch: 'z9hG4bK6' }), flow);
  trace.isOfLeg(begun('same', 'ours-4', { ...begun('').caller, branch: 'z9hG4bK6' }), {
    id: 'leg-4',
    organizationId: '2',
  });
  trace.sent(said('SIP/2.0 200 6', { branch: 'z9hG4bK6', to: 'ours-4' }), flow);
  assert.deepEqual(await of('leg-4'), ['INVITE 6', 'SIP/2.0 200 6']);
  assert.deepEqual(await of('leg-1'), first.slice(2));
});

test('one call fills the log with a bounded number of its messages, and a flood is dropped', async (t) => {
  const { trace } = traceIn(t, 1e7);
  for (let i = 0; i < 700; i++) trace.received(request('INFO', 'much'), flow);
  trace.received(request('INVITE', 'other'), flow);
  for (const callId of ['much', 'other']) trace.isOfOrganization(begun(callId, callId), '3');
  assert.equal((await trace.find({ legIds: [], callIds: ['much'], ...always })).length, 500);
  assert.equal((await trace.find({ legIds: [], callIds: ['other'], ...always })).length, 1);
  trace.received(request('INVITE', 'much'), { ...flow, remote: { address: '10.1.2.4', port: 5070 } });
  trace.isOfOrganization(begun('much', 'd', { ...begun('').caller, address: '10.1.2.4' }), '4');
  const theirs = await trace.find({ legIds: [], callIds: ['much'], ...always, organizationId: '4' });
  assert.equal(theirs.length, 1, 'somebody else with its Call-ID is counted apart');
  for (let i = 0; i < 200; i++) trace.received(Buffer.alloc(60_000, 'INVITE '), flow);
  assert.ok(trace.dropped > 0);
});

test('no secret is kept: credentials, dialled PINs, keys of sound, keys that were pressed', () => {
  const head = (lines: string) => `INVITE sip:20@x SIP/2.0\r\n${lines}\r\nContent-Length: 0\r\n\r\n`;
  const cases: readonly [string, RegExp, RegExp][] = [
    [head('Authorization: Digest username="20", response="s3cret"'), /s3cret/, /^Authorization: Digest \*\*\*\r$/m],
    [head('proxy-AUTHORIZATION : Digest a="b",\r\n response="s3cret"'), /s3cret/, /Digest \*\*\*\r\nContent/],
    [head('Authorization:Basic s3cret'), /s3cret/, /Basic \*\*\*/],
    ['INVITE sip:211*3*2233@x SIP/2.0\r\nTo: <sip:211%2A3%2a2233@x>\r\n\r\n', /2233/, /sip:211\*3\*xxxx@x SIP/],
    [`${head('c: application/sdp')}a=crypto:1 AES_CM_128 inline:s3cret|2^20\r\n`, /s3cret/, /inline:x{11}\r/],
    [`${head('')}a=ice-pwd:s3cret\r\nk=base64:s3cret\r\n`, /s3cret/, /a=ice-pwd:x{6}\r/],
    [`${head('Content-Type: application/dtmf-relay')}Signal=7\r\nDuration=160\r\n`, /=7/, /Signal=x\r\nDuration=160/],
    [`${head('Content-Type: application/dtmf')}7`, /7$/, /x$/],
    [`INFO sip:20@x SIP/2.0\r\nContent-Type:\r\n application/dtmf\r\n\r\n7`, /7$/, /x$/],
    [`INFO sip:20@x SIP/2.0\r\nc: multipart/mixed\r\n\r\n--b\r\n\r\nSignal=7\r\n`, /=7/, /Signal=x\r\n/],
    [head('To: <sip:2%311*3*2233@x>'), /2233/, /<sip:2%311\*3\*xxxx@x>/],
    [head('Refer-To: <tel:0003*211*3*2233;phone-context=x>'), /2233/, /<tel:0003\*211\*xxxx;phone/],
    [head('To: "211*3*2233" <sip:20@x>'), /2233/, /^To: "211\*3\*xxxx" <sip:20@x>\r$/m],
    [head('f: 211*3*2233 <sip:20@x>'), /2233/, /^f: 211\*3\*xxxx </m],
    [head('To: "2-11*(3)*22-33" <sip:20@x>'), /33/, /^To: "2-11\*\(3\)\*xxxx" <sip:20@x>\r$/m],
    [head('Warning: 399 x "no 211*3*2233 here"'), /2233/, /"no 211\*3\*xxxx here"/],
    [head('-X: y\r\nAuthorization: Digest response="s3cret"'), /s3cret/, /Digest \*\*\*/],
    [`${head('')}a=key-mgmt:mikey s3cret\r\n`, /s3cret/, /a=key-mgmt:x{12}\r/],
  ];
  for (const [text, secret, shown] of cases) {
    assert.match(text, secret);
    assert.ok(lookAt(text).suspicious, text);
    assert.doesNotMatch(masked(text), secret);
    assert.match(masked(text), shown);
  }
  const plain = request('INVITE', 'x').toString('latin1');
  assert.equal(masked(plain), plain);
  const ids = { fromTag: 'a', toTag: '', branch: 'z9hG4bK1' };
  assert.deepEqual(lookAt(plain), { callId: 'x', method: 'INVITE', ...ids, suspicious: false });
  assert.match(masked(request('INVITE', 'x', [], 'sip:211*3@x').toString()), /sip:211\*3@x/);
  for (const id of ['Call-ID: 1*2*3@x', 'i: 1*2*3', 'Via: SIP/2.0/UDP x;branch=z9hG4bK1*2*3', 'X: z1*2*3'])
    assert.match(masked(head(id)), new RegExp(`^${id.replaceAll('*', '\\*')}\r$`, 'm'));
});

test('what is not read closely has nothing to mask', () => {
  const conference = request('INVITE', 'x', ['P-Asserted-Identity: 211*3 <sip:211*3@x>'], 'sip:211*3@x').toString();
  assert.equal(lookAt(conference).suspicious, false);
  assert.equal(masked(conference), conference);
  const random = new SeededRandom(7);
  const pieces = [
    '*',
    '*',
    '211',
    '3',
    '%2a',
    '%31',
    'sip:',
    'tel:',
    '<',
    '>',
    '"',
    ';',
    ' ',
    '@x',
    '-',
    '(',
    '\r\n ',
    '\r\nTo: ',
  ];
  let closely = 0;
  for (let i = 0; i < 20_000; i++) {
    const line = Array.from({ length: 12 }, () => pieces[random.int(pieces.length)]).join('');
    const text = `INVITE sip:20@x SIP/2.0\r\nTo: ${line}\r\n\r\na=x:${line}`;
    if (lookAt(text).suspicious) closely++;
    else assert.equal(masked(text), text);
  }
  assert.ok(closely > 1000 && closely < 19_000, `${closely} of 20000 read closely`);
});

test('a message made to be read slowly is masked about as fast as any other of its length', () => {
  for (const filling of ['sip:', 'tel:*', 'sip:%', '1*', '1', '1-', 'authorization: ', ' ', '*']) {
    const text = `INVITE sip:1*2*3@x SIP/2.0\r\nX: ${filling.repeat(60_000 / filling.length)}\r\n\r\n`;
    const least = leastProcessorMs(() => {
      lookAt(text);
      masked(text);
    }, 100);
    assert.ok(least < 100, `${JSON.stringify(filling)}: ${least} ms`);
  }
});

test('a capture file is read by tshark as SIP between the right addresses', async (t) => {
  const { folder, clock, trace } = traceIn(t);
  trace.received(request('INVITE', 'one'), flow);
  clock.advance(1);
  trace.sent(response('486 Busy Here', 'one'), flow);
  clock.advance(1);
  trace.received(request('ACK', 'one'), six);
  const caller = begun('').caller;
  trace.isOfOrganization(begun('one'), '3');
  trace.isOfOrganization(begun('one', 'c', { ...caller, address: six.remote.address }), '3');
  const messages = await trace.find({ legIds: [], callIds: ['one'], ...always });
  const file = join(folder, 'call.pcap');
  writeFileSync(file, Buffer.concat([...pcapOf(messages)]));
  let read: string;
  try {
    const fields = [
      'ip.src',
      'ipv6.dst',
      'udp.dstport',
      'sip.Method',
      'sip.Status-Code',
      'sip.Call-ID',
      'frame.time_epoch',
    ];
    const args = ['-r', file, '-o', 'ip.check_checksum:TRUE', '-o', 'udp.check_checksum:TRUE', '-T', 'fields'];
    read = execFileSync('tshark', [...args, '-E', 'separator=,', ...fields.flatMap((field) => ['-e', field])], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    t.skip('tshark is not installed; on Debian: sudo apt-get install -y tshark');
    return;
  }
  const lines = read.trim().split('\n');
  assert.match(lines[0]!, /^10\.1\.2\.3,,5060,INVITE,,one,/);
  assert.match(lines[1]!, /^127\.0\.0\.1,,5070,,486,one,/);
  assert.match(lines[2]!, /^,::1,5060,ACK,,one,/);
  const bad = execFileSync(
    'tshark',
    ['-r', file, '-o', 'udp.check_checksum:TRUE', '-Y', '_ws.expert.severity >= warning'],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  assert.equal(bad, '');
});
