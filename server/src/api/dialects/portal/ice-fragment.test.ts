import assert from 'node:assert/strict';
import { test } from 'node:test';
import { iceUfragsIn, readIceFragment } from './ice-fragment.ts';

test('a fragment names its user fragments, whatever else is in it, at whatever end of lines', () => {
  const rows: readonly (readonly [string, readonly string[] | null])[] = [
    ['', []],
    ['a=end-of-candidates\r\n', []],
    ['a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n', ['EsAw']],
    [
      'a=group:BUNDLE 0\nm=audio 9 RTP/AVP 0\na=mid:0\na=ice-ufrag:Es+/\na=candidate:1 1 udp 1 192.0.2.1 9 typ host',
      ['Es+/'],
    ],
    // Of a candidate, not of the session.
    ['a=candidate:1 1 udp 1 192.0.2.1 9 typ host generation 0 ufrag EsAw\r\n', []],
    ['{"candidate":"candidate:1 1 udp 1 192.0.2.1 9 typ host"}', null],
    ['candidate:1 1 udp 1 192.0.2.1 9 typ host', null],
    ['a=mid:0\r\n<html>', null],
    ['\0\0\0', null],
  ];
  for (const [text, read] of rows) assert.deepEqual(readIceFragment(text), read, text);
  assert.deepEqual(iceUfragsIn('v=0\r\na=ice-ufrag:one\r\nm=audio\r\na=ice-ufrag:two\r\n'), ['one', 'two']);
});
