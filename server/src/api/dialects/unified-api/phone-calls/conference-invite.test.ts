import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { enterConference } from '../../../../call/services/enter-conference.ts';
import { setLocked } from '../../../../call/services/set-locked.ts';
import { invitation, VirtualUnifiedApi } from '../testing/virtual-unified-api.ts';
import { messages, path, refused, withPin } from './testing/refused-invitation.ts';

describe('conferenceInvite', () => {
  const accepted: readonly [what: string, path: string, body: unknown][] = [
    ['numbers as bare text', withPin, invitation({ source: '211', destination: '3235742879' })],
    ['numbers as JSON numbers', withPin, invitation({ extension: 211, source: 211, destination: 3235742879 })],
    ['no extension', withPin, invitation({ extension: undefined })],
    ['extended extension', withPin, invitation({ extension: '0003*211', source: ['0003*211'] })],
    ['extension in both forms', withPin, invitation({ extension: '0003*211' })],
    ['no caller id', withPin, invitation({ callerId: undefined })],
    ['an extension as destination', withPin, invitation({ destination: ['103'] })],
    ['an international number', withPin, invitation({ destination: ['+4930123456'] })],
    ['@viewer', withPin.replace('@me', '@viewer'), invitation()],
    ['@owner', withPin.replace('@me', '@owner'), invitation()],
    ['the own id with zeros', withPin.replace('@me', '0012'), invitation()],
    ['nobody between the slashes, who is @me', withPin.replace('@me', ''), invitation()],
    ['nobody, who is @me', withPin.replace('/@me', ''), invitation()],
    ['nobody, and a slash at the end', withPin.replace('/@me', '').replace('?', '/?'), invitation()],
    ['an escaped @', withPin.replace('@me', '%40me'), invitation()],
    ['a trailing slash', withPin.replace('?', '/?'), invitation()],
    ['the older address', withPin.replace('/uapi/', '/unifiedapi/'), invitation()],
    [
      'the older address, nothing behind the question mark',
      '/unifiedapi/phoneCalls/@me/conferenceInvite?',
      invitation(),
    ],
    ['unknown parameters', `${withPin}&sortOder=x&waitforpickup=no`, invitation()],
    ['empty parameters', `${path}?number=&pin=&waitForPickup=`, invitation()],
    ['the moderators’ PIN', `${path}?number=3&pin=9988`, invitation()],
    ['a wait of more digits than anybody waits', `${withPin}&waitForPickup=2147483647`, invitation()],
    ['a wait as programs divide it', `${withPin}&waitForPickup=8.3333333333333339`, invitation()],
    ['a number with zeros in front', `${path}?number=003&pin=2233`, invitation()],
    ['a numeric duration', `${withPin}&callDuration=60`, invitation()],
    ['a view that is no array', withPin, { extension: '211', phoneCallView: { source: '211', destination: '102' } }],
    ['a nonce', withPin, { ...invitation(), nonce: 'abc' }],
  ];

  const view = (change: object) => ({ extension: '211', phoneCallView: [{ source: ['211'], ...change }] });

  type Row = readonly [code: string, path: string, body: unknown, token?: string];

  const rows: readonly Row[] = [
    ['extension_invalid', withPin, invitation({ extension: '@self' })],
    ['extension_invalid', withPin, invitation({ extension: '101', source: ['101'] })],
    ['extension_invalid', withPin, invitation({ extension: '300', source: ['300'] })],
    ['extension_invalid', withPin, invitation({ extension: '999', source: ['999'] })],
    ['extension_invalid', withPin, invitation({ extension: '212', source: ['212'] })],
    ['pc_source_invalid', withPin, invitation({ extension: undefined, source: ['212'] })],
    ['extension_invalid', withPin, invitation({ extension: '0004*211', source: ['0004*211'] })],
    ['extension_invalid', withPin, invitation({ extension: ['211'] })],
    ['extension_invalid', withPin, invitation({ extension: { a: 1 } })],
    ['extension_invalid', withPin.replace('@me', '13'), invitation(), 'admin'],
    ['pc_source_invalid', withPin, invitation({ source: ['210'] })],
    ['pc_source_invalid', withPin, invitation({ source: ['211', '210'] })],
    ['pc_source_invalid', withPin, invitation({ source: ['101'] })],
    ['pc_source_invalid', withPin, invitation({ source: [] })],
    ['pc_source_invalid', withPin, invitation({ source: null })],
    ['pc_source_invalid', withPin, invitation({ source: [{}] })],
    ['pc_source_invalid', withPin, invitation({ extension: undefined, source: ['101'] })],
    ['pc_source_invalid', withPin, invitation({ extension: undefined, source: undefined })],
    ['pc_source_invalid', withPin, {}],
    ['pc_source_invalid', withPin, undefined],
    ['pc_source_invalid', withPin, { extension: '211', phoneCallView: [] }],
    ['pc_destination_invalid', withPin, view({})],
    ['pc_destination_invalid', withPin, view({ destination: [] })],
    ['pc_destination_invalid', withPin, view({ destination: 'abc' })],
    ['pc_destination_invalid', withPin, view({ destination: ['102', 'abc'] })],
    ['pc_destination_invalid', withPin, view({ destination: [true] })],
    ['pc_destination_invalid', withPin, view({ destination: ['1234'] })],
    ['pc_destination_invalid', withPin, view({ destination: ['211'] })],
    ['pc_destination_invalid', withPin, view({ destination: ['210'] })],
    ['pc_destination_invalid', withPin, view({ destination: ['0003*211*4'] })],
    ['pc_destination_invalid', withPin, view({ destination: ['0004*211'] })],
    ['pc_destination_invalid', withPin, view({ destination: ['0004*101'] })],
    ['pc_destination_invalid', withPin, view({ destination: ['300'] })],
    [
      'pc_destination_invalid',
      withPin,
      view({ destination: Array.from({ length: 17 }, (_, i) => `323574${1000 + i}`) }),
    ],
    ['pc_destination_invalid', withPin, view({ destination: ['1'.repeat(5000)] })],
    ...['0', '-1', 'x', '1e3', '25s', '0.0', '%2025'].map(
      (wait) => ['pc_timeout_invalid', `${withPin}&waitForPickup=${wait}`, invitation()] as Row,
    ),
    ['pc_timeout_invalid', `${withPin}&waitForPickup=5&waitForPickup=6`, invitation()],
    ...['John Doe', '', '<>', 'John <abc>', 'John <12', 'A <1> B', 'a\nb <1>', 7, {}, [], '<'.repeat(300)].map(
      (callerId) => ['pc_callerid_invalid', withPin, invitation({ callerId })] as Row,
    ),
    ...['abc', '99', '3;4', '-3', '3.0', '%00'].map(
      (number) => ['pc_number_invalid', `${path}?number=${number}&pin=2233`, invitation()] as Row,
    ),
    ['pc_number_invalid', `${path}?number=3&number=4`, invitation()],
    ...['abc', '0000', '22 33', '2'.repeat(99), '%2333'].map(
      (pin) => ['pc_pin_invalid', `${path}?number=3&pin=${pin}`, invitation()] as Row,
    ),
    ['pc_pin_invalid', `${path}?pin=x`, invitation()],
    ['pc_duration_invalid', `${withPin}&callDuration=x`, invitation()],
    ['pc_duration_invalid', `${withPin}&callDuration=0`, invitation()],
    ...['nobody', '@foo', '@self', '13', '1', '99', '12x', '-12', '%20'].map(
      (user) => ['user_invalid', withPin.replace('@me', user), invitation()] as Row,
    ),
    ['user_invalid', withPin.replace('@me', '@owner'), invitation({ extension: '212', source: ['212'] })],
    ['access_denied', withPin, invitation(), 'wrong'],
    ['access_denied', withPin, '{', 'wrong'],
  ];

  test('the documented request is answered with id, extension and link, and dials as it says', async () => {
    const api = await VirtualUnifiedApi.start();
    const answer = await api.post(withPin, invitation());
    assert.equal(answer.status, 200);
    const [{ id }] = answer.json;
    assert.match(id, /^[0-9a-f]{20}$/);
    const self = `http://pbx.test/uapi/phoneCalls/@me/211/${id}`;
    assert.equal(
      answer.text,
      JSON.stringify([{ id, extension: '211', links: { self }, link: { self } }]),
      'nothing before or behind the array',
    );
    assert.equal(answer.headers['content-type'], 'application/json');
    assert.deepEqual(api.dialled(), {
      do: 'dial',
      legId: id,
      to: { kind: 'trunk', trunk: 'carrier', number: '3235742879', account: '3-12' },
      callerId: { name: 'John Doe', number: '4242425' },
      timeoutMs: 25_000,
    });
    const call = api.calls.runtime.call(api.calls.runtime.refOfLeg(id)!.callId);
    assert.equal(call?.conference?.conferenceId, '3-211-3');
    await api.close();
  });

  test('status follows the phone, and the end is an empty collection', async () => {
    const api = await VirtualUnifiedApi.start();
    const [{ id, links }] = (await api.post(withPin, invitation())).json;
    const look = async () => {
      const { status, json } = await api.get(new URL(links.self).pathname);
      assert.equal(status, 200);
      return json;
    };
    const expected = {
      id,
      extension: '211',
      ownerId: '3',
      ownerName: 'Default Organization',
      published: '2027-01-15T08:00:00Z',
      phoneCallView: [
        {
          id: '00',
          extension: '211',
          status: '2',
          callerId: 'John Doe <4242425>',
          source: ['211'],
          destination: ['3235742879'],
          flow: '4',
        },
      ],
      links: { self: links.self },
    };
    const first = await look();
    assert.deepEqual(first.entry, [expected]);
    const { entry: _entry, ...rest } = first;
    const page = { startIndex: 0, totalResults: 1, itemsPerPage: 20, filtered: false, sorted: false, paging: {} };
    assert.deepEqual(rest, page);
    await api.report(id, 'delivered');
    const ringing = (await look()).entry[0];
    assert.equal(ringing.phoneCallView[0].status, '4');
    assert.equal('answered' in ringing || 'answered' in ringing.phoneCallView[0], false);
    api.calls.clock.advance(5000);
    await api.report(id, 'answered');
    const talking = (await look()).entry[0];
    assert.equal(talking.phoneCallView[0].status, '5');
    assert.equal(talking.answered, '2027-01-15T08:00:05Z');
    assert.equal(talking.phoneCallView[0].answered, '2027-01-15T08:00:05Z');
    await api.report(id, 'cleared');
    assert.deepEqual(await look(), { entry: [], ...page, totalResults: 0 });
    await api.close();
  });

  test('who is not given number and PIN is asked for what is missing', async () => {
    const api = await VirtualUnifiedApi.start();
    const call = (id: string) => api.calls.runtime.call(api.calls.runtime.refOfLeg(id)!.callId)!;
    const [{ id: nothing }] = (await api.post(path, invitation())).json;
    assert.equal(call(nothing).kind, 'access');
    assert.equal(call(nothing).conferenceNumber, null);
    const [{ id: number }] = (await api.post(`${path}?number=3`, invitation())).json;
    assert.equal(call(number).kind, 'access');
    assert.equal(call(number).conferenceNumber, '3');
    assert.deepEqual(call(number).data, {}, 'nothing is attached');
    assert.deepEqual(api.pins, []);
    const [{ id: pin }] = (await api.post(`${path}?pin=0233`, invitation())).json;
    assert.equal(call(pin).kind, 'access');
    assert.deepEqual(api.pins, [{ legId: pin, pin: '0233' }]);
    assert.equal(
      JSON.stringify(await api.calls.store.eventsOf(call(pin).id)).includes('0233'),
      false,
      'PIN in the log',
    );
    // A conference without a PIN needs none.
    const [{ id: open }] = (await api.post(`${path}?number=4`, invitation())).json;
    assert.equal(call(open).conference?.number, '4');
    // The same id all the way: to the reception, and from there into the conference.
    await api.report(number, 'delivered', 'answered');
    const admission = api.directory.admit({
      extensionId: '3-211',
      conferenceNumber: '4',
      pin: null,
      callerKey: 'x',
      authenticated: true,
    });
    assert.equal(admission.result, 'admitted');
    const { policy } = admission as Extract<typeof admission, { result: 'admitted' }>;
    const asked = await api.get(`/uapi/phoneCalls/@me/211/${number}`);
    assert.equal(asked.json.entry[0].phoneCallView[0].status, '5');
    await api.calls.runtime.do(enterConference, { legId: number, policy, role: 'participant' });
    const inside = await api.get(`/uapi/phoneCalls/@me/211/${number}`);
    // Since when it rang may be left out once it is answered.
    const { ringing: _ringing, ...view } = asked.json.entry[0].phoneCallView[0];
    assert.deepEqual({ ...inside.json.entry[0].phoneCallView[0], ...view }, inside.json.entry[0].phoneCallView[0]);
    assert.equal(inside.json.entry[0].published, asked.json.entry[0].published);
    await api.close();
  });

  for (const [what, at, body] of accepted) {
    test(`accepts ${what}`, async () => {
      const api = await VirtualUnifiedApi.start();
      const answer = await api.post(at, body);
      assert.equal(answer.status, 200, answer.text);
      assert.equal(api.dials().length, 1);
      assert.equal((await api.get(new URL(answer.json[0].links.self).pathname)).json.totalResults, 1);
      await api.close();
    });
  }

  test('refuses each mistake with its code and message, and dials nothing', async () => {
    const api = await VirtualUnifiedApi.start();
    const seen = new Set<string>();
    for (const [code, at, body, token] of rows) {
      const answer = await api.post(at, body, token);
      try {
        refused(answer, code === 'access_denied' ? 401 : 400, code);
        if (messages[code] !== undefined) assert.equal(answer.json.error.message, messages[code]);
      } catch (error) {
        throw new Error(`${at} ${JSON.stringify(body)}: ${(error as Error).message}`);
      }
      // A lock-out by wrong PINs is another test's.
      if (code === 'pc_pin_invalid') api.calls.clock.advance(1);
      seen.add(code);
    }
    assert.deepEqual([...seen].sort(), Object.keys(messages).sort(), 'a documented error without a test');
    assert.deepEqual(api.dials(), []);
    assert.deepEqual(api.calls.runtime.snapshot(), []);
    await api.close();
  });

  test('an administrator acts for the users of the own organization, nobody for those of another', async () => {
    const api = await VirtualUnifiedApi.start();
    const at = withPin.replace('@me', '12');
    assert.equal((await api.post(at, invitation(), 'admin')).status, 200);
    assert.equal((await api.post(withPin.replace('@me', '@owner'), invitation(), 'admin')).status, 200);
    refused(await api.post(at, invitation(), 'colleague'), 400, 'user_invalid');
    // User 12 of the other organization has an extension 211 too, but no such conference.
    refused(await api.post(at, invitation({ destination: ['101'] }), 'stranger'), 400, 'pc_number_invalid');
    await api.close();
  });

  test('a conference that is closed, full, locked or guarded by wrong PINs refuses', async () => {
    const api = await VirtualUnifiedApi.start();
    refused(await api.post(`${path}?number=6`, invitation()), 409, 'conference_closed');
    for (const destination of ['101', '102']) {
      assert.equal((await api.post(`${path}?number=5`, invitation({ destination }))).status, 200);
    }
    refused(await api.post(`${path}?number=5`, invitation()), 409, 'conference_full');
    assert.equal((await api.post(`${path}?number=4`, invitation())).status, 200);
    await api.calls.runtime.do(setLocked, { callId: api.calls.runtime.callOfConference('3-211-4')!.id, locked: true });
    refused(await api.post(`${path}?number=4`, invitation({ destination: ['101'] })), 409, 'conference_locked');
    const wrong = () => api.post(`${path}?number=3&pin=0000`, invitation());
    let answer = await wrong();
    for (let tries = 1; answer.json.error.code === 'pc_pin_invalid'; tries++) {
      assert.ok(tries < 40, 'PINs may be guessed for ever');
      answer = await wrong();
    }
    refused(answer, 429, 'too_many_requests');
    refused(await api.post(withPin, invitation()), 429, 'too_many_requests');
    await api.close();
  });

  test('several destinations are one phone call each, and all or none', async () => {
    const api = await VirtualUnifiedApi.start();
    const answer = await api.post(withPin, invitation({ destination: ['101', '3235742879', '101'] }));
    assert.equal(answer.status, 200);
    assert.equal(answer.json.length, 2);
    assert.deepEqual(
      api.dials().map(({ legId }) => legId),
      answer.json.map(({ id }: { id: string }) => id),
    );
    const full = await api.post(`${path}?number=5`, invitation({ destination: ['101', '102', '3235742879'] }));
    refused(full, 409, 'conference_full');
    const left = api.calls.runtime.snapshot().filter((call) => call.conference?.number === '5');
    assert.deepEqual(left, []);
    await api.close();
  });

  test('a phone that is named in several ways is rung once', async () => {
    const api = await VirtualUnifiedApi.start();
    const answer = await api.post(withPin, invitation({ destination: ['0003*101', '101', '102', 'tel:101'] }));
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(
      api.dials().map(({ legId, to }) => [legId, 'aor' in to ? to.aor : to]),
      [
        [answer.json[0].id, '0003*101@sip.test'],
        [answer.json[1].id, '0003*102@sip.test'],
      ],
    );
    await api.close();
  });

  test('a number is a Number: of the same value is the same, where it is one alone', async () => {
    const api = await VirtualUnifiedApi.start();
    const of210 = (number: string) =>
      api.post(`${path}?number=${number}`, invitation({ extension: '210', source: ['210'] }));
    for (const [given, meant] of [
      ['8', '08'],
      ['08', '08'],
      ['008', '08'],
      ['07', '7'],
      ['09', '09'],
      ['009', '009'],
    ] as const) {
      const [{ id }] = (await of210(given)).json;
      assert.equal(api.calls.runtime.call(api.calls.runtime.refOfLeg(id)!.callId)?.conference?.number, meant, given);
    }
    for (const given of ['9', '0009', '0', '80']) refused(await of210(given), 400, 'pc_number_invalid');
    await api.close();
  });

  test('waitForPickup is the time the phone rings', async () => {
    const api = await VirtualUnifiedApi.start();
    await api.post(`${withPin}&waitForPickup=40`, invitation());
    assert.equal(api.dialled().timeoutMs, 40_000);
    for (const much of ['999999', '9999999999', '9'.repeat(400)]) {
      await api.post(`${withPin}&waitForPickup=${much}`, invitation());
      assert.equal(api.dialled().timeoutMs, 3_600_000);
    }
    await api.close();
  });

  test('by default the invited party is shown the extension', async () => {
    const api = await VirtualUnifiedApi.start();
    await api.post(withPin, invitation({ callerId: undefined }));
    assert.deepEqual(api.dialled().callerId, { name: 'Rooms 211', number: '211' });
    await api.close();
  });

  test('fields choose what is answered', async () => {
    const api = await VirtualUnifiedApi.start();
    const answer = await api.post(`${withPin}&fields=id,extension`, invitation());
    assert.deepEqual(Object.keys(answer.json[0]), ['id', 'extension']);
    const dialled = api.dials().length;
    for (const fields of ['nothing', 'id,', 'id;extension', 'ID']) {
      refused(await api.post(`${withPin}&fields=${fields}`, invitation()), 400, 'fields_invalid');
    }
    assert.equal(api.dials().length, dialled, 'a phone rings for a request that was refused');
    await api.close();
  });
});
