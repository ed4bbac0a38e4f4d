import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseUri } from '../../sip/message/uri.ts';
import { isOurs } from './own-address.ts';

const domain = 'PBX.example.test';
const named = (uri: string, address: string, port = 5060) => isOurs(parseUri(uri)!, domain, { address, port });

test('we are named by our domain, or by the address that is ours, however they are written', () => {
  for (const host of ['pbx.example.test', 'PBX.Example.TEST', 'pbx.example.test.', 'localhost', '192.0.2.1']) {
    assert.ok(named(`sip:102@${host}`, '192.0.2.1'), host);
    assert.ok(named(`sip:102@${host}:5060`, '192.0.2.1'), host);
  }
  for (const host of ['[2001:db8::1]', '[2001:DB8::1]', '[2001:0db8:0:0:0:0:0:1]']) {
    assert.ok(named(`sip:102@${host}`, '2001:db8::1'), host);
  }
  for (const host of ['[::ffff:192.0.2.1]', '[::ffff:c000:201]', '192.0.2.1']) {
    assert.ok(named(`sip:102@${host}`, '::ffff:192.0.2.1'), host);
  }
});

test('others are others', () => {
  for (const uri of [
    'sip:102@example.test',
    'sip:102@pbx.example.test.evil.test',
    'sip:102@192.0.2.2',
    'sip:102@[2001:db8::1]',
    'sip:102@192.0.2.1:5070',
    'sip:102@192.0.2.1;maddr=203.0.113.1',
  ]) {
    assert.ok(!named(uri, '192.0.2.1'), uri);
  }
});
