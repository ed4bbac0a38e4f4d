import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { AppError } from '../base/app-error.ts';
import { silentLog } from '../base/log.ts';
import { SeededRandom } from '../base/random.ts';
import { bodyText } from './body-text.ts';
import { createHttp } from './http.ts';

const text = '{"name":"Zoë Müller"}';
const json = (charset: string) => ({ 'content-type': `application/json${charset}` });

test('a body is read in the charset that is named, and without one as UTF-8 or Latin-1', () => {
  const latin1 = Buffer.from(text, 'latin1');
  const utf8 = Buffer.from(text);
  const rows: [charset: string, bytes: Buffer][] = [
    ['', utf8],
    ['', latin1],
    ['; charset=utf-8', utf8],
    ['; charset=UTF-8', latin1],
    ['; charset="utf8"', utf8],
    ['; charset=iso-8859-1', latin1],
    ['; charset = "ISO-8859-15"', latin1],
    [';charset=windows-1252', latin1],
    ['; charset=', utf8],
    ['; charset=martian', utf8],
    ['; charset=utf-16', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')])],
    ['', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')])],
    ['; charset=utf-16', Buffer.concat([Buffer.from([0xfe, 0xff]), Buffer.from(text, 'utf16le').swap16()])],
    ['; charset=utf-16be', Buffer.from(text, 'utf16le').swap16()],
  ];
  for (const [charset, bytes] of rows) assert.equal(bodyText(json(charset), bytes), text, `${charset} ${bytes[0]}`);
  assert.equal(bodyText({}, utf8), text);
  assert.equal(bodyText(json('; charset=utf-16'), Buffer.alloc(0)), '');
});

test('a compressed body is refused as such; "identity" and an empty one are not', async () => {
  const zipped = gzipSync(text);
  for (const coding of ['gzip', 'br', 'gzip, identity', 'x-unknown']) {
    assert.throws(
      () => bodyText({ 'content-encoding': coding }, zipped),
      (error) => error instanceof AppError && error.status === 415,
    );
    assert.equal(bodyText({ 'content-encoding': coding }, Buffer.alloc(0)), '');
  }
  assert.equal(bodyText({ 'content-encoding': 'Identity' }, Buffer.from(text)), text);
  const http = createHttp({ log: silentLog, random: new SeededRandom(1) });
  http.post('/', async ({ body }) => body);
  const post = (payload: Buffer, headers = {}) =>
    http.inject({ method: 'POST', url: '/', headers: { ...json(''), ...headers }, payload });
  assert.equal((await post(zipped, { 'content-encoding': 'gzip' })).statusCode, 415);
  assert.deepEqual((await post(Buffer.from(text, 'latin1'))).json(), { name: 'Zoë Müller' });
});
