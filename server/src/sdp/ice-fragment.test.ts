import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readIceCredentials, writeIceFragment } from './ice-fragment.ts';

const [ufrag, pwd] = ['ysXw', 'vw5LmwG4y/e6dPP/zAP9Gp5k'];
const names = `a=ice-ufrag:${ufrag}\r\na=ice-pwd:${pwd}\r\n`;
const others = 'a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n';

test('a fragment names the browser for its sound, for all, or for whichever media comes first', () => {
  const rows: readonly (readonly [string, boolean])[] = [
    [names, true],
    [
      `a=ice-options:trickle ice2\r\na=group:BUNDLE 0 1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\n${names}`,
      true,
    ],
    [`${names}m=audio 9 RTP/AVP 0\r\na=mid:0\r\na=end-of-candidates\r\n`, true],
    [`m=video 9 RTP/AVP 0\r\na=mid:1\r\n${others}m=audio 9 RTP/AVP 0\r\na=mid:0\r\n${names}`, true],
    [`${others}m=audio 9 RTP/AVP 0\r\na=mid:0\r\n${names}`, true],
    [`m=video 9 RTP/AVP 0\r\na=mid:1\r\n${names}m=audio 9 RTP/AVP 0\r\na=mid:0\r\n`, true],
    [`a=mid:0\n${names.replaceAll('\r\n', '\n')}`, true],
    [`a=ice-ufrag:${'u'.repeat(256)}\r\na=ice-pwd:${'p'.repeat(256)}\r\n`, true],
    // One of both alone, twice, too short, too long, of other letters.
    ['', false],
    [`a=ice-ufrag:${ufrag}\r\n`, false],
    [`a=ice-pwd:${pwd}\r\n`, false],
    [`${names}${names}`, false],
    [`a=ice-ufrag:ysX\r\na=ice-pwd:${pwd}\r\n`, false],
    [`a=ice-ufrag:${'u'.repeat(257)}\r\na=ice-pwd:${pwd}\r\n`, false],
    [`a=ice-ufrag:${ufrag}\r\na=ice-pwd:${pwd.slice(0, 21)}\r\n`, false],
    [`a=ice-ufrag:${ufrag}\r\na=ice-pwd:${'p'.repeat(257)}\r\n`, false],
    [`a=ice-ufrag:ys w\r\na=ice-pwd:${pwd}\r\n`, false],
    [`a=ice-ufrag:ys:w\r\na=ice-pwd:${pwd}\r\n`, false],
    [`a=ice-ufrag:${ufrag}\r\na=ice-pwd:${pwd}=\r\n`, false],
    // Nothing is put together from two media.
    [`m=audio 9 RTP/AVP 0\r\na=mid:0\r\na=ice-ufrag:${ufrag}\r\nm=video 9 RTP/AVP 0\r\na=ice-pwd:${pwd}\r\n`, false],
  ];
  for (const [fragment, isNamed] of rows) {
    const read = readIceCredentials(fragment, '0');
    assert.equal(read !== null, isNamed, fragment);
    if (read !== null && read.iceUfrag.length === 4) assert.deepEqual(read, { iceUfrag: ufrag, icePwd: pwd }, fragment);
  }
});

test('the answer names us and where we are, of its media alone', () => {
  const fragment = writeIceFragment({
    mid: '0',
    payloadType: 111,
    iceUfrag: ufrag,
    icePwd: pwd,
    candidates: ['1 1 UDP 2122317823 192.0.2.1 20000 typ host'],
  });
  assert.equal(
    fragment,
    'a=group:BUNDLE 0\r\n' +
      'm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n' +
      `a=mid:0\r\n${names}` +
      'a=candidate:1 1 UDP 2122317823 192.0.2.1 20000 typ host\r\n' +
      'a=end-of-candidates\r\n',
  );
  assert.deepEqual(readIceCredentials(fragment, '0'), { iceUfrag: ufrag, icePwd: pwd });
});
