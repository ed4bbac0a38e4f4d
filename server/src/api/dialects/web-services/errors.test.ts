import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { deviceIdOf, userIdOf } from './ids.ts';
import { type Answer, basicOf, VirtualWebServices } from './testing/virtual-web-services.ts';

let api: VirtualWebServices;

before(async () => {
  api = await VirtualWebServices.start();
});

after(() => api?.close());

function check(answer: Answer, status: number, statusCode: number, message: RegExp, what: string): void {
  assert.deepEqual([answer.status, answer.json?.statusCode], [status, statusCode], `${what}: ${answer.text}`);
  assert.deepEqual(Object.keys(answer.json), ['statusCode', 'statusMessage'], what);
  assert.match(answer.json.statusMessage, message, what);
  assert.equal(answer.headers['content-type'], 'application/json', what);
}

const device = `me/devices/${deviceIdOf('3-15000')}`;
const ready = JSON.stringify({ operationName: 'Ready' });

test('what is wrong with the frame of a request is told as everything else', async () => {
  const json = { 'content-type': 'application/json' };
  const rows: [string, Promise<Answer>, number, number, RegExp][] = [
    ['no such address', api.get('nothing'), 404, 6, /nothing at \/api\/v2\/nothing/],
    ['no such address to post to', api.post('me/nothing', { operationName: 'Ready' }), 404, 6, /nothing at/],
    ['address that cannot be decoded', api.get('me/calls/%zz'), 400, 10, /malformed/],
    ['id longer than any', api.get(`me/calls/${'A'.repeat(300)}`), 404, 6, /no such/],
    ['one to post to', api.post(`me/calls/${'A'.repeat(300)}`, { operationName: 'Hangup' }), 404, 6, /no such/],
    ['one of a device', api.get(`devices/${'a'.repeat(5000)}/`), 404, 6, /no such/],
    ['one without a login', api.get(`me/calls/${'A'.repeat(300)}`, null), 403, 20, /denied/],
    ['PUT', api.request('PUT', 'me', 'ann', ready, json), 405, 3, /no PUT here: GET, POST/],
    ['DELETE', api.request('DELETE', 'me/calls/1', 'ann', undefined, {}), 405, 3, /no DELETE here/],
    ['POST where there is only GET', api.post('diagnostics/version', {}), 405, 3, /no POST here: GET/],
    ['PATCH, with a slash', api.request('PATCH', 'me/', 'ann', ready, json), 405, 3, /no PATCH here/],
    ['OPTIONS', api.request('OPTIONS', 'me', 'ann', undefined, {}), 405, 3, /no OPTIONS here: GET, POST/],
    ['OPTIONS of nothing', api.request('OPTIONS', 'nothing', 'ann', undefined, {}), 404, 6, /nothing at/],
    [
      'form',
      api.request('POST', 'me', 'ann', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }),
      415,
      10,
      /JSON/,
    ],
    ['text', api.request('POST', 'me', 'ann', ready, { 'content-type': 'text/plain' }), 415, 10, /JSON/],
    ['no type', api.request('POST', 'me', 'ann', ready, {}), 415, 10, /JSON/],
    ['broken JSON', api.post('me', '{"operationName":'), 400, 10, /no valid JSON/],
    ['deep JSON', api.post('me', `${'['.repeat(100)}${']'.repeat(100)}`), 400, 10, /nested deeper/],
    ['large', api.post('me', `"${'x'.repeat(200_000)}"`), 413, 10, /too large/],
    ['list', api.post('me', '[]'), 400, 10, /object/],
    ['text as body', api.post('me', '"Ready"'), 400, 10, /object/],
    ['no body', api.post('me', undefined), 400, 1, /operationName/],
    ['empty body', api.post('me', ''), 400, 1, /operationName/],
    ['no operation', api.post('me', {}), 400, 1, /operationName/],
    ['operation that is no text', api.post('me', { operationName: 7 }), 400, 10, /operationName/],
  ];
  for (const [what, answer, status, code, message] of rows) {
    check(await answer, status, code, message, what);
    if (status === 405) assert.match(String((await answer).headers['allow']), /^(GET|POST)/, what);
  }
});

test('with and without a slash at the end is the same', async () => {
  for (const path of ['me', 'me/calls', 'me/devices', device, 'me/channels/voice', 'settings/agent-states']) {
    assert.equal((await api.get(`${path}/`)).text, (await api.get(path)).text);
  }
  assert.equal((await api.post('me/channels/voice/', { operationName: 'Ready' })).text, '{"statusCode":0}');
});

test('what is somebody else’s is not there', async () => {
  const call = await api.talking();
  for (const [login, path] of [
    ['cleo', `me/calls/${call}`],
    ['cleo', device],
    ['cleo', `${device}/calls`],
    ['cleo', `devices/${deviceIdOf('3-15000')}`],
    ['other', `me/calls/${call}`],
    ['other', `devices/${deviceIdOf('3-15000')}`],
    ['sue', `devices/${deviceIdOf('4-15000')}`],
    ['sue', `devices/${deviceIdOf('3-211')}`],
    ['cleo', `users/${userIdOf('3', 10)}`],
    ['sue', `users/${userIdOf('4', 10)}`],
    ['sue', `users/${userIdOf('3', 99)}`],
  ] as const) {
    check(await api.get(path, login), 404, 6, /no such/, path);
  }
  check(await api.post(`me/calls/${call}`, { operationName: 'Hangup' }, 'cleo'), 404, 6, /no such call/, 'Hangup');
  check(await api.post(device, { operationName: 'DoNotDisturbOn' }, 'cleo'), 404, 6, /no such device/, 'DND');
  check(await api.post(`${device}/calls`, { operationName: 'Dial' }, 'sue'), 404, 6, /no such device/, 'Dial');
  // Who may monitor may look.
  assert.equal((await api.get(`devices/${deviceIdOf('3-15000')}`, 'sue')).json.device.phoneNumber, '15000');
  assert.equal((await api.get(`users/${userIdOf('3', 10)}`, 'sue')).json.user.userName, 'ann');
  await api.ask(`me/calls/${call}`, 'Hangup');
  check(await api.get(`me/calls/${call}`), 404, 6, /no such call/, 'ended');
  check(await api.post(`me/calls/${call}`, { operationName: 'Hangup' }), 404, 6, /no such call/, 'ended twice');
});

test('each mistake in an operation has its code', async () => {
  const call = `me/calls/${await api.talking()}`;
  const rows: [path: string, body: Record<string, unknown>, status: number, code: number, message: RegExp][] = [
    [call, { operationName: 'Explode' }, 400, 2, /no operation "Explode"/],
    [call, { operationName: 'Ready' }, 400, 2, /no operation/],
    [call, { operationName: 'constructor' }, 400, 2, /no operation/],
    [call, { operationName: 'Retrieve' }, 400, 2, /Retrieve is not possible while the call is Established/],
    [call, { operationName: 'CompleteConference' }, 400, 2, /not possible/],
    [call, { operationName: 'MuteCall' }, 400, 2, /not possible/],
    [call, { operationName: 'StartCallRecording' }, 403, 5, /api-voice-recording is required/],
    [call, { operationName: 'SendDtmf' }, 400, 1, /digits is missing/],
    [call, { operationName: 'SendDtmf', digits: ' ' }, 400, 1, /digits is missing/],
    [call, { operationName: 'SendDtmf', deviceUri: ' ' }, 400, 1, /digits is missing/],
    [
      call,
      { operationName: 'InitiateConference', destination: { phoneNumber: ' ' } },
      400,
      1,
      /phoneNumber is missing/,
    ],
    [call, { operationName: 'SendDtmf', digits: '12x' }, 400, 10, /digits/],
    [call, { operationName: 'SendDtmf', digits: ['1'] }, 400, 10, /digits/],
    [call, { operationName: 'InitiateConference' }, 400, 1, /destination is missing/],
    [call, { operationName: 'InitiateConference', destination: {} }, 400, 1, /phoneNumber is missing/],
    [call, { operationName: 'InitiateConference', destination: '15002' }, 400, 10, /destination/],
    [call, { operationName: 'InitiateConference', destination: { phoneNumber: 'bob' } }, 400, 10, /phoneNumber/],
    [call, { operationName: 'InitiateConference', destination: { phoneNumber: '999' } }, 400, 10, /no such number/],
    [call, { operationName: 'InitiateTransfer', destination: { phoneNumber: '15000' } }, 400, 10, /itself/],
    [call, { operationName: 'InitiateTransfer', destination: { phoneNumber: '15001' } }, 400, 2, /in the call already/],
    [call, { operationName: 'AttachUserData' }, 400, 1, /userData is missing/],
    [call, { operationName: 'AttachUserData', userData: 'x' }, 400, 10, /userData/],
    [call, { operationName: 'AttachUserData', userData: { a: 'x'.repeat(20_000) } }, 400, 10, /Too much/],
    [call, { operationName: 'DeleteUserDataPair' }, 400, 1, /key is missing/],
    [`${device}/calls`, { operationName: 'Dial', destination: { phoneNumber: '15002' } }, 400, 2, /in a call/],
    [`${device}/calls`, { operationName: 'Hangup' }, 400, 2, /no operation/],
    [device, { operationName: 'Explode' }, 400, 2, /no operation/],
    [device, { operationName: 'DoNotDisturbOff' }, 400, 2, /not possible now/],
    [device, { operationName: 'ForwardCallsOn' }, 400, 1, /destination is missing/],
    [device, { operationName: 'ListenIn', targetDeviceUri: deviceIdOf('3-15001') }, 403, 5, /monitoring is required/],
    [call, { operationName: 'SetCallDisposition' }, 400, 1, /disposition is missing/],
    [call, { operationName: 'SetCallDisposition', callUri: 'x', disposition: 'sold' }, 400, 10, /that of this call/],
    ['me/calls/x', { operationName: 'SetCallDisposition', disposition: 'sold' }, 404, 6, /no such call/],
    [device, { operationName: 'SetCallDisposition', disposition: 'sold' }, 400, 1, /callUri is missing/],
    [device, { operationName: 'SetCallDisposition', callUri: call }, 400, 1, /disposition is missing/],
    [device, { operationName: 'SetCallDisposition', callUri: 'x', disposition: 'sold' }, 404, 6, /no such call/],
    ['me', { operationName: 'Explode' }, 400, 2, /no operation/],
    ['me', { operationName: 'StartContactCenterSession', channels: 'voice' }, 400, 10, /channels/],
    ['me', { operationName: 'StartContactCenterSession', channels: ['chat'] }, 500, 4, /no channel chat/],
    ['me', { operationName: 'StartContactCenterSession', channels: ['voice'], place: '1' }, 404, 6, /no such place/],
    ['me/channels/voice', { operationName: 'Lunch' }, 400, 2, /no operation/],
  ];
  for (const [path, body, status, code, message] of rows) {
    check(await api.post(path, body), status, code, message, `${path} ${JSON.stringify(body).slice(0, 90)}`);
  }
  assert.equal((await api.callsOf('ann')).length, 1, 'none of them did anything');
  await api.ask(call, 'Hangup');
});

test('who has no feature has no permission, and sees no capabilities', async () => {
  const own = `me/devices/${deviceIdOf('3-15004')}`;
  const dial = { operationName: 'Dial', destination: { phoneNumber: '15000' } };
  const rows: [string, Record<string, unknown>][] = [
    [`${own}/calls`, dial],
    [own, { operationName: 'DoNotDisturbOn' }],
    ['me', { operationName: 'StartContactCenterSession', channels: ['voice'] }],
    ['me', { operationName: 'EndContactCenterSession' }],
    ['me/channels/voice', { operationName: 'Ready' }],
  ];
  for (const [path, body] of rows) check(await api.post(path, body, 'max'), 403, 5, /api-voice is required/, path);
  assert.deepEqual((await api.get(own, 'max')).json.device.capabilities, []);
  const wrong = { operationName: 'ListenIn', targetDeviceUri: deviceIdOf('4-15000') };
  const sues = `me/devices/${deviceIdOf('3-15003')}`;
  check(await api.post(sues, wrong, 'sue'), 404, 6, /no such device/, 'a device of another organization');
  check(await api.post(sues, { operationName: 'Coach' }, 'sue'), 400, 1, /targetDeviceUri/, 'nobody to coach');
  const self = { operationName: 'ListenIn', targetDeviceUri: deviceIdOf('3-15003') };
  check(await api.post(sues, self, 'sue'), 400, 10, /itself/, 'itself');
});

test('what cannot be called is told at once', async () => {
  const dial = (phoneNumber: string) =>
    api.post(`${device}/calls`, { operationName: 'Dial', destination: { phoneNumber } });
  check(await dial('+49'), 403, 3, /not allowed/, 'a number that no row of the dial plan has');
  check(await dial('211*9'), 400, 10, /no such conference/, 'a conference that is not there');
  check(await dial('211*3*1'), 403, 3, /PIN/, 'a wrong PIN');
  api.withoutPhone.add('3-15001');
  check(await dial('15001'), 500, 4, /^Device '15001' is not registered\.$/, 'a phone that is not there');
  api.withoutPhone.delete('3-15001');
  api.withoutPhone.add('3-15000');
  check(await dial('15001'), 500, 4, /^Device '15000' is not registered\.$/, 'the own phone is not there');
  api.withoutPhone.delete('3-15000');
  assert.equal((await api.callsOf('ann')).length, 0);
});

test('while nothing can be stored, that is told as an error of the server', async () => {
  const call = `me/calls/${await api.talking()}`;
  api.calls.store.beforeAppend = () => Promise.reject(new Error('full'));
  check(await api.post(call, { operationName: 'Hold' }), 503, 4, /./, 'Hold');
  api.calls.store.beforeAppend = null;
  await api.ask(call, 'Hangup');
});

test('an absolute address, and a login that is none, are answered too', async () => {
  const answer = await api.http.inject({
    method: 'GET',
    url: '/api/v2/me/calls',
    headers: { authorization: basicOf('') },
  });
  assert.equal(answer.json().statusCode, 20);
});
