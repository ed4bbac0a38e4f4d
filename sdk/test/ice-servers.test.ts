import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BrowserSound } from '../src/browser-sound.ts';
import { iceServersIn, iceServersOf } from '../src/session.ts';
import { iceServersLinked } from '../src/token-claims.ts';

const turn = { urls: ['turn:turn.example.test'], username: '1800000000:2111', credential: 'c2VjcmV0' };

function token(claims: object): string {
  return ['e30', Buffer.from(JSON.stringify(claims)).toString('base64url'), 'x'].join('.');
}

test('a token names its TURN servers, or none; what is no list of servers is none', () => {
  assert.deepEqual(iceServersOf(token({ iss: 'http://a.test', iceServers: [turn] })), [turn]);
  for (const odd of [token({}), token({ iceServers: 'turn:x' }), token([]), 'a.b.c', '', '..']) {
    assert.deepEqual(iceServersOf(odd), [], odd);
  }
  assert.deepEqual(iceServersIn([null, 7, {}, { urls: 'turn:x' }, turn]), [turn]);
});

test('so does a header Link; what is none, or of something else, is passed over', () => {
  const { username, credential } = turn;
  const login = `username="${username}"; credential="${credential}"; credential-type="password"`;
  const header = [
    `<turn:turn.example.test>; rel="ice-server"; ${login}`,
    '<stun:stun.example.test>; rel="ice-server"',
    '</whip>; rel="self"',
    '<turn:a',
    'b>; rel=',
  ].join(', ');
  assert.deepEqual(iceServersLinked(header), [turn, { urls: ['stun:stun.example.test'] }]);
  for (const odd of [null, '', '<>', '<a>;rel', '<<>>; rel="ice-server"', '"'.repeat(1000)]) {
    assert.deepEqual(iceServersLinked(odd), [], String(odd));
  }
});

test("a call's connection is made with them", (t) => {
  const made: RTCConfiguration[] = [];
  // In place of the browser's.
  class Connection {
    constructor(configuration: RTCConfiguration) {
      made.push(configuration);
    }
    addTrack() {}
    close() {}
  }
  const before = { connection: globalThis.RTCPeerConnection, stream: globalThis.MediaStream };
  Object.assign(globalThis, { RTCPeerConnection: Connection, MediaStream: class {} });
  t.after(() => Object.assign(globalThis, { RTCPeerConnection: before.connection, MediaStream: before.stream }));
  const track = {} as MediaStreamTrack;
  new BrowserSound(
    track,
    () => {},
    () => {},
    [turn],
  ).close();
  assert.deepEqual(made, [{ bundlePolicy: 'max-bundle', iceServers: [turn] }]);
});
