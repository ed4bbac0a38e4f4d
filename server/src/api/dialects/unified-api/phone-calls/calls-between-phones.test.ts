import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { receiveCall } from '../../../../call/services/receive-call.ts';
import { type Answer, invitation, VirtualUnifiedApi } from '../testing/virtual-unified-api.ts';

const simple = '/uapi/phoneCalls/@me/simple';
const callback = '/uapi/phoneCalls/@me/callback';

function between(source: unknown, destination: unknown, view: object = {}, change: object = {}): object {
  return { extension: '101', ...change, phoneCallView: [{ source, destination, ...view }] };
}

function refused(answer: Answer, status: number, code: string, what = ''): void {
  assert.deepEqual([answer.status, answer.json?.error?.code], [status, code], `${what} ${answer.text}`);
}

describe('simple', () => {
  test('rings the source, then the destination; both see how far it is', async () => {
    const api = await VirtualUnifiedApi.start();
    const body = between(
      ['101'],
      ['3235742879'],
      { callerId: 'Click <55>', callerDestination: 'Sales <3235550100>' },
      { nonce: 'n-1' },
    );
    const made = await api.post(`${simple}?waitForPickup=15&callDuration=60`, body);
    assert.equal(made.status, 200);
    const [{ id, extension, links }] = made.json;
    assert.equal(extension, '101');
    const path = new URL(links.self).pathname;
    const look = async () => (await api.get(path)).json.entry[0];
    const status = async () => (await look()).phoneCallView[0].status;
    assert.equal(await status(), '2');
    const source = api.dialled();
    assert.deepEqual(source.to, { kind: 'terminal', aor: '0003*101@sip.test' });
    assert.deepEqual([source.callerId, source.timeoutMs], [{ name: 'Click', number: '55' }, 15_000]);
    await api.report(source.legId, 'delivered');
    assert.equal(await status(), '3');
    await api.report(source.legId, 'answered');
    assert.equal(await status(), '2');
    assert.equal('answered' in (await look()), false);
    const destination = api.dialled();
    assert.deepEqual(destination.to, { kind: 'trunk', trunk: 'carrier', number: '3235742879', account: '3-12' });
    assert.deepEqual(destination.callerId, { name: 'Sales', number: '3235550100' });
    await api.report(destination.legId, 'delivered');
    assert.equal(await status(), '4');
    api.calls.clock.advance(3000);
    await api.report(destination.legId, 'answered');
    const { phoneCallView, ...call } = await look();
    assert.deepEqual(call, {
      id,
      extension: '101',
      ownerId: '3',
      ownerName: 'Default Organization',
      answered: '2027-01-15T08:00:03Z',
      published: '2027-01-15T08:00:00Z',
      nonce: 'n-1',
      links: { self: links.self },
    });
    assert.deepEqual(phoneCallView, [
      {
        id: '00',
        extension: '101',
        answered: '2027-01-15T08:00:00Z',
        status: '5',
        callerId: 'Click <55>',
        source: ['101'],
        destination: ['3235742879'],
        flow: '4',
        ringing: '2027-01-15T08:00:00Z',
      },
    ]);
    // callDuration: the limit counts from the answer of both.
    api.calls.clock.advance(60_000);
    await api.calls.settle();
    assert.deepEqual((await api.get(path)).json.entry, []);
    await api.close();
  });

  test('between two of ours each has a view; short and extended requests read their own form', async () => {
    const api = await VirtualUnifiedApi.start();
    const id = await api.talking();
    const short = (await api.get(`/uapi/phoneCalls/@me/102/${id}`)).json.entry[0];
    assert.deepEqual(
      short.phoneCallView.map((view: Record<string, unknown>) => [
        view['id'],
        view['extension'],
        view['status'],
        view['flow'],
      ]),
      [
        ['00', '101', '5', '2'],
        ['01', '102', '5', '2'],
      ],
    );
    assert.deepEqual([short.phoneCallView[1].source, short.phoneCallView[1].destination], [['101'], ['102']]);
    for (const slot of ['0003*101', '@self']) {
      const extended = (await api.get(`/uapi/phoneCalls/@me/${slot}/${id}`)).json.entry[0];
      assert.equal(extended.extension, '0003*101');
      assert.deepEqual(extended.phoneCallView[0].destination, ['0003*102']);
    }
    await api.close();
  });

  test('several sources ring together, and the first to pick up has the call', async () => {
    const api = await VirtualUnifiedApi.start();
    await api.post(simple, between(['101', '3235742879', '0003*101'], ['102']));
    const [first, second] = api.dials();
    assert.equal(api.dials().length, 2);
    await api.report(first!.legId, 'delivered');
    await api.report(second!.legId, 'delivered', 'answered');
    assert.deepEqual(api.dialled().to, { kind: 'terminal', aor: '0003*102@sip.test' });
    assert.ok(api.calls.ports.effects.some((effect) => effect.do === 'clear' && effect.legId === first!.legId));
    await api.report(api.dialled().legId, 'delivered', 'answered');
    const [call] = (await api.get('/uapi/phoneCalls/@me/101')).json.entry;
    assert.equal(call.extension, '101');
    assert.deepEqual([call.phoneCallView[0].source, call.phoneCallView[0].destination], [['3235742879'], ['102']]);
    assert.equal(call.phoneCallView[0].flow, '8');
    await api.close();
  });

  test('accepts what clients send, refuses the rest with its code', async () => {
    const api = await VirtualUnifiedApi.start();
    const ok: readonly [string, object][] = [
      [simple, between('101', '102')],
      [`${simple}/?video=true&allowPublicTransfer=1`, between(['101'], ['3235742879'])],
      [simple, { phoneCallView: [{ source: '101', destination: '102' }] }],
      [simple.replace('@me', ''), between('101', '102')],
      [callback.replace('/@me', ''), between('3235550111', '3235550112', {}, { extension: '300' })],
      [simple, between('101', ['102', '0003*102'])],
      [simple, between(['3235550111'], ['3235550112'])],
      [`${simple}?callDuration=0.25`, between('101', '102')],
      [`${simple}?callDuration=99999999999`, between('101', '102')],
      [callback, between('3235550111', '3235550112', {}, { extension: '300' })],
      [
        callback,
        between(['+493012345678'], ['3235550112'], { callerId: 'A <1>' }, { extension: '0003*300', nonce: 7 }),
      ],
    ];
    for (const [path, body] of ok) {
      const answer = await api.post(path, body);
      assert.equal(answer.status, 200, `${JSON.stringify(body)} ${answer.text}`);
      assert.equal((await api.get(new URL(answer.json[0].links.self).pathname)).json.totalResults, 1);
    }
    const dialled = api.dials().length;
    const bad: readonly [code: string, path: string, body: object][] = [
      ['extension_invalid', simple, between('101', '102', {}, { extension: '211' })],
      ['extension_invalid', simple, between('101', '102', {}, { extension: '103' })],
      ['extension_invalid', simple, between('101', '102', {}, { extension: '@self' })],
      ['pc_source_invalid', simple, {}],
      ['pc_source_invalid', simple, between('211', '102')],
      ['pc_source_invalid', simple, between('1234', '102')],
      ['pc_source_invalid', simple, between([], '102')],
      ['pc_destination_invalid', simple, between('101', [])],
      ['pc_destination_invalid', simple, between('101', ['102', '103'])],
      ['pc_destination_invalid', simple, between('101', '211')],
      ['pc_destination_invalid', simple, between('101', '0003*101')],
      ['pc_timeout_invalid', `${simple}?waitForPickup=0`, between('101', '102')],
      ['pc_duration_invalid', `${simple}?callDuration=-1`, between('101', '102')],
      ['pc_callerid_invalid', simple, between('101', '102', { callerId: 'x' })],
      ['pc_callerid_invalid', simple, between('101', '102', { callerDestination: 'x' })],
      ['pc_transfer_invalid', `${simple}?allowPublicTransfer=maybe`, between('101', '102')],
      ['pc_video_invalid', `${simple}?video=maybe`, between('101', '102')],
      ['pc_nonce_invalid', simple, between('101', '102', {}, { nonce: 'x'.repeat(300) })],
      ['pc_nonce_invalid', simple, between('101', '102', {}, { nonce: {} })],
      ['fields_invalid', `${simple}?fields=nothing`, between('101', '102')],
      ['fields_invalid', `${callback}?fields=nothing`, between('3235550111', '3235550112', {}, { extension: '300' })],
      ['user_invalid', simple.replace('@me', '13'), between('103', '102', {}, { extension: '103' })],
      ['extension_invalid', callback, between('3235550111', '3235550112')],
      ['extension_invalid', callback, { phoneCallView: [{ source: '300', destination: '3235550112' }] }],
      ['extension_invalid', callback, between('3235550111', '3235550112', {}, { extension: '@self' })],
      ['pc_source_invalid', callback, between('101', '3235550112', {}, { extension: '300' })],
      ['pc_source_invalid', callback, between(['3235550111', '3235550113'], '3235550112', {}, { extension: '300' })],
      ['pc_destination_invalid', callback, between('3235550111', '0003*101', {}, { extension: '300' })],
      ['pc_destination_invalid', callback, between('3235550111', '3235550111', {}, { extension: '300' })],
    ];
    for (const [code, path, body] of bad) refused(await api.post(path, body), 400, code, JSON.stringify(body));
    assert.equal(api.dials().length, dialled);
    await api.close();
  });

  test('numbers are read as people write them, and as tel URIs', async () => {
    for (const [source, destination] of [
      ['tel:101', 'tel:+1-323-574-2879'],
      ['1-0-1', '+1 (323) 574-2879'],
      ['tel:0003*101', 'tel:%2B13235742879;npdi'],
    ] as const) {
      const api = await VirtualUnifiedApi.start();
      const made = await api.post(simple, { phoneCallView: [{ source: [source], destination: [destination] }] });
      assert.equal(made.status, 200, made.text);
      const { legId, to } = api.dialled();
      assert.deepEqual(to, { kind: 'terminal', aor: '0003*101@sip.test' });
      await api.report(legId, 'delivered', 'answered');
      assert.deepEqual(api.dialled().to, {
        kind: 'trunk',
        trunk: 'carrier',
        number: '+13235742879',
        account: '3-12',
      });
      const [{ phoneCallView }] = (await api.get('/uapi/phoneCalls/@me/101')).json.entry;
      assert.deepEqual([phoneCallView[0].source, phoneCallView[0].destination], [['101'], ['+13235742879']]);
      await api.close();
    }
  });

  test('a request repeated after a crash rings nobody twice', async () => {
    const api = await VirtualUnifiedApi.start();
    api.operation = { operationId: 'd'.repeat(20), resumed: false };
    const first = await api.post(simple, between('101', '102'));
    assert.equal(first.json[0].id, 'd'.repeat(20));
    api.operation = { operationId: 'd'.repeat(20), resumed: true };
    assert.equal((await api.post(simple, between('101', '102'))).text, first.text);
    await api.report(api.dialled().legId, 'failed');
    assert.equal((await api.post(simple, between('101', '102'))).text, first.text);
    assert.equal(api.dials().length, 1);
    await api.close();
  });
});

describe('lists', () => {
  test('everybody sees the calls of the own extensions and no others', async () => {
    const api = await VirtualUnifiedApi.start();
    const ours = await api.talking('101', '103');
    api.calls.clock.advance(1000);
    const [{ id: invited }] = (await api.post('/uapi/phoneCalls/@me/conferenceInvite?number=4', invitation())).json;
    api.calls.clock.advance(1000);
    const [{ id: phone }] = (
      await api.post('/uapi/phoneCalls/@me/conferenceInvite?number=4', invitation({ destination: '103' }))
    ).json;
    const ids = async (path: string, token?: string) =>
      (await api.get(`/uapi/phoneCalls/${path}`, token)).json.entry?.map((entry: { id: string }) => entry.id);
    assert.deepEqual(await ids('@me/101'), [ours]);
    assert.deepEqual(await ids('@me/102'), []);
    assert.deepEqual(await ids('@me/211'), [invited, phone]);
    assert.deepEqual(await ids('@me/@self'), [ours, invited, phone]);
    assert.deepEqual(await ids('@me/@self?sortOrder=descending'), [phone, invited, ours]);
    assert.deepEqual(await ids('@viewer/103', 'colleague'), [ours, phone]);
    assert.deepEqual(await ids('13/@self', 'admin'), [ours, phone]);
    assert.deepEqual(await ids('@me/@self', 'admin'), []);
    assert.deepEqual(await ids('@me/@self', 'stranger'), []);
    assert.deepEqual(await ids(`@me/@self/${ours}`, 'stranger'), []);
    assert.deepEqual(await ids(`@me/101/${invited}`), []);
    assert.deepEqual(await ids('@me/@self?count=1&startIndex=1'), [invited]);
    assert.deepEqual(await ids(`@me/@self?filterBy=id&filterOp=inArray&filterValue=${phone},x`), [phone]);
    assert.deepEqual(await ids('@me/@self?filterBy=published&filterOp=greaterThan&filterValue=2027-01-15T08:00:00Z'), [
      invited,
      phone,
    ]);
    const first = (await api.get('/uapi/phoneCalls/@me/@self?count=2&fields=id')).json;
    assert.deepEqual(first.entry, [{ id: ours }, { id: invited }]);
    assert.equal(first.totalResults, 3);
    const next = await api.get(first.paging.next.replace('http://pbx.test', ''));
    assert.deepEqual(next.json.entry, [{ id: phone }]);
    assert.equal('next' in next.json.paging, false);
    // The invited phone of a colleague has a view of its own.
    const [, leg] = (await api.get('/uapi/phoneCalls/@me/103', 'colleague')).json.entry;
    assert.deepEqual(
      leg.phoneCallView.map((view: Record<string, unknown>) => [view['id'], view['extension']]),
      [
        ['00', '211'],
        ['01', '103'],
      ],
    );
    await api.close();
  });

  test('mistakes', async () => {
    const api = await VirtualUnifiedApi.start();
    const at = (path: string, token?: string) => api.get(`/uapi/phoneCalls/${path}`, token);
    refused(await at('@me/103'), 400, 'extension_invalid');
    refused(await at('@me/9999'), 400, 'extension_invalid');
    refused(await at('@me/0004*101'), 400, 'extension_invalid');
    refused(await at('13/@self'), 400, 'user_invalid');
    refused(await at('@owner/103'), 400, 'user_invalid');
    refused(await at('@me/101/not-an-id'), 400, 'pc_phonecall_invalid');
    refused(await at(`@me/101/${'a'.repeat(65)}`), 400, 'pc_phonecall_invalid');
    refused(await at('@me/101?count=0'), 400, 'count_invalid');
    refused(await at('@me/101?filterBy=extension&filterValue=1'), 400, 'filterby_invalid');
    refused(await at('@me/101?fields=pin'), 400, 'fields_invalid');
    assert.deepEqual((await at(`@me/101/${'5nl3euxysfbpiqavs2zj'}`)).json.entry, []);
    await api.close();
  });

  test('a call from outside to a phone, and one on hold', async () => {
    const api = await VirtualUnifiedApi.start();
    const route = api.directory.extensionOf('3', '101')!;
    await api.calls.runtime.do(receiveCall, {
      kind: 'call',
      legId: 'f'.repeat(20),
      organizationId: '3',
      from: { kind: 'external', number: '+4930123456', name: 'Erika' },
      to: route.device!,
      target: { kind: 'terminal', aor: route.aor! },
      callerId: { name: 'Erika', number: '+4930123456' },
      timeoutMs: 25_000,
    });
    const look = async () => (await api.get('/uapi/phoneCalls/@me/101')).json.entry[0];
    await api.report(api.dialled().legId, 'delivered');
    const ringing = await look();
    assert.equal(ringing.extension, '101');
    assert.deepEqual(ringing.phoneCallView, [
      {
        id: '00',
        extension: '101',
        status: '3',
        callerId: 'Erika <+4930123456>',
        source: ['+4930123456'],
        destination: ['101'],
        flow: '8',
        ringing: '2027-01-15T08:00:00Z',
      },
    ]);
    await api.report(api.dialled().legId, 'answered', 'heldByPeer');
    const held = await look();
    assert.deepEqual(
      [held.phoneCallView[0].status, held.phoneCallView[0].onHold, held.phoneCallView[0].holder],
      ['5', '2027-01-15T08:00:00Z', '1'],
    );
    await api.close();
  });
});

describe('DELETE', () => {
  test('by id, by extension and by number; then there is nothing', async () => {
    const api = await VirtualUnifiedApi.start();
    const at = (path: string, token?: string) => api.delete(`/uapi/phoneCalls/${path}`, token);
    const ids = (answer: Answer) => answer.json?.map((row: { id: string }) => row.id) ?? null;
    const made = async (destination: string) =>
      (await api.post('/uapi/phoneCalls/@me/conferenceInvite?number=4', invitation({ destination }))).json[0].id;
    const [a, b, c] = [await made('3235742879'), await made('103'), await made('102')];
    const call = await api.talking('101', '103');
    for (const nothing of [
      await at(`@me/101/${'0'.repeat(20)}`),
      await at(`@me/102/${a}`),
      await at(`@me/211/${a}?phoneNumber=3235550000`),
      await at(`@me/@self/${a}`, 'stranger'),
      await at('@me/210'),
    ]) {
      assert.deepEqual([nothing.status, nothing.text], [204, '']);
    }
    refused(await at('@me/103'), 400, 'extension_invalid');
    refused(await at('@me/211?phoneNumber=x'), 400, 'pc_phonenumber_invalid');
    const removed = await at(`@me/0003*211/${a}`);
    assert.equal(removed.status, 200);
    const self = `http://pbx.test/uapi/phoneCalls/@me/0003*211/${a}`;
    assert.deepEqual(removed.json, [{ id: a, extension: '0003*211', links: { self }, link: { self } }]);
    assert.equal((await at(`@me/211/${a}`)).status, 204);
    assert.deepEqual(ids(await at('@me/211?phoneNumber=0003*103')), [b]);
    assert.deepEqual(ids(await at('@me/211')), [c]);
    assert.deepEqual(ids(await at('@me/@self?phoneNumber=103&fields=id')), [call]);
    assert.deepEqual(api.calls.runtime.snapshot(), []);
    assert.deepEqual(api.calls.ports.faults, []);
    await api.close();
  });

  test('two at once: one hangs up, the other finds nothing', async () => {
    const api = await VirtualUnifiedApi.start();
    const id = await api.talking();
    const answers = await Promise.all([1, 2].map(() => api.delete(`/uapi/phoneCalls/@me/101/${id}`)));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 204]);
    await api.close();
  });
});
