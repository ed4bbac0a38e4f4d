import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SeededRandom } from '../base/random.ts';
import type { Caller, Route } from '../call/ports.ts';
import { trunkTo } from './records.ts';
import { callback, directoryOf, organizationWith, phone, rooms } from './testing/virtual-organizations.ts';

const { directory } = await directoryOf({
  organizations: [
    organizationWith(3, [
      phone('15000'),
      phone('15001', { publicNumbers: ['3235550199'] }),
      rooms('211', { publicNumbers: ['3235550100'] }),
      rooms('500'),
      callback('300'),
    ]),
    organizationWith(4, [phone('15000'), phone('16000'), rooms('211'), rooms('600')]),
  ],
  trunks: [trunkTo('carrier', 'sip:127.0.0.1:5080'), trunkTo('abroad', 'sip:127.0.0.1:5081')],
  dialPlan: [
    { match: '^00[1-9]', trunk: 'abroad', strip: 2, prepend: '+' },
    { match: '^\\+?[0-9]{7,11}$', trunk: 'carrier', strip: 0, prepend: '' },
    { match: '^9[0-9]{3}$', trunk: 'carrier', strip: 1, prepend: '555' },
  ],
});

const inside: Caller = { kind: 'extension', organizationId: '3', extensionId: '3-15000', number: '15000', name: 'A' };
const other: Caller = { kind: 'extension', organizationId: '4', extensionId: '4-16000', number: '16000', name: 'B' };
const trunk: Caller = { kind: 'trunk', trunk: 'carrier', number: '+4930', name: '' };
const guest: Caller = { kind: 'guest', number: 'x', name: '' };

/** `terminal 3-15000`, `conference 3-211 number pin`, `trunk name number`, `404`. */
function shown(route: Route): string {
  switch (route.kind) {
    case 'terminal':
      assert.equal(route.device.kind, 'extension');
      return `terminal ${route.aor}`;
    case 'conference':
      assert.equal(route.device.extensionId, route.extensionId);
      return ['conference', route.extensionId, route.conferenceNumber, route.pin?.reveal()].filter(Boolean).join(' ');
    case 'trunk':
      return `trunk ${route.trunk} ${route.number}`;
    case 'refused':
      return String(route.status);
  }
}

const table: [dialled: string, from3: string, from4: string, trunk: string, guest: string][] = [
  ['15000', 'terminal 0003*15000@sip.test', 'terminal 0004*15000@sip.test', '404', '404'],
  ['16000', '404', 'terminal 0004*16000@sip.test', '404', '404'],
  ['0003*15000', 'terminal 0003*15000@sip.test', '404', '404', '404'],
  ['0004*16000', '404', 'terminal 0004*16000@sip.test', '404', '404'],
  ['211', 'conference 3-211', 'conference 4-211', '404', '404'],
  ['500', 'conference 3-500', '404', 'conference 3-500', 'conference 3-500'],
  ['600', '404', 'conference 4-600', 'conference 4-600', 'conference 4-600'],
  ['0003*211', ...same('conference 3-211')],
  ['0004*211', ...same('conference 4-211')],
  ['211*3', 'conference 3-211 3', 'conference 4-211 3', '404', '404'],
  ['211*3*2233', 'conference 3-211 3 2233', 'conference 4-211 3 2233', '404', '404'],
  ['500*3*2233', 'conference 3-500 3 2233', '404', 'conference 3-500 3 2233', 'conference 3-500 3 2233'],
  ['0003*211*3', ...same('conference 3-211 3')],
  ['0003*211*3*2233', ...same('conference 3-211 3 2233')],
  ['0003*211*77', ...same('conference 3-211 77')],
  ['3235550100', ...same('conference 3-211')],
  ['+3235550100', ...same('conference 3-211')],
  ['+1 (323) 555-0100', 'trunk carrier +13235550100', 'trunk carrier +13235550100', '404', '404'],
  ['323-555-0100*3*2233', ...same('conference 3-211 3 2233')],
  ['3235550199', 'terminal 0003*15001@sip.test', 'terminal 0003*15001@sip.test', 'terminal 0003*15001@sip.test', '404'],
  ['300', ...same('404')],
  ['0003*300', ...same('404')],
  ['211#', 'conference 3-211', 'conference 4-211', '404', '404'],
  ['0003*211*3*2233#', ...same('conference 3-211 3 2233')],
  ['0003*211*', ...same('conference 3-211')],
  ['0003*211**', ...same('conference 3-211')],
  ['0003*211*3*', ...same('conference 3-211 3')],
  ['0003*211*3*2233*1', ...same('404')],
  ['15000*3', ...same('404')],
  ['0003*', ...same('404')],
  ['0003', ...same('404')],
  ['0003**3', ...same('404')],
  ['9999*211', ...same('404')],
  ['*211', ...same('404')],
  ['*1', ...same('404')],
  ['999', ...same('404')],
  ['jane', ...same('404')],
  ['211@evil', ...same('404')],
  ['', ...same('404')],
  ['2'.repeat(200), ...same('404')],
  ['5551234', 'trunk carrier 5551234', 'trunk carrier 5551234', '404', '404'],
  ['+49301234567', 'trunk carrier +49301234567', 'trunk carrier +49301234567', '404', '404'],
  ['0049301234567', 'trunk abroad +49301234567', 'trunk abroad +49301234567', '404', '404'],
  ['9123', 'trunk carrier 555123', 'trunk carrier 555123', '404', '404'],
  ['493012345678901', '403', '403', '404', '404'],
  ['+4', '403', '403', '404', '404'],
  ['5551234*3', ...same('404')],
];

function same(route: string): [string, string, string, string] {
  return [route, route, route, route];
}

describe('where a number leads', () => {
  for (const [dialled, ...expected] of table) {
    test(`"${dialled.slice(0, 30)}"`, () => {
      assert.deepEqual(
        [inside, other, trunk, guest].map((caller) => shown(directory.route(dialled, caller))),
        expected,
      );
    });
  }
});

type Inside = Extract<Caller, { kind: 'extension' }>;

describe('over a trunk or not', () => {
  const options = {
    organizations: [
      organizationWith(3, [
        phone('15000', { publicNumbers: ['493055501'] }),
        rooms('211', { publicNumbers: ['493055502'] }),
      ]),
      organizationWith(4, [phone('16000')]),
    ],
    trunks: [trunkTo('carrier', 'sip:127.0.0.1:5080')],
    dialPlan: [
      { match: '^0[1-9]', trunk: 'carrier', strip: 1, prepend: '+49' },
      { match: '^\\+49', trunk: 'carrier', strip: 0, prepend: '' },
    ],
  };
  const inside3: Inside = { kind: 'extension', organizationId: '3', extensionId: '3-15000', number: '15000', name: '' };
  const inside4: Inside = { kind: 'extension', organizationId: '4', extensionId: '4-16000', number: '16000', name: '' };
  const app = (organizationId: string, account: string | null): Caller => ({
    kind: 'application',
    organizationId,
    account,
    number: '211',
    name: '',
  });

  test('an outside line without a number behind it leads nowhere', async () => {
    const dialPlan = [{ match: '^0', trunk: 'carrier', strip: 1, prepend: '' }];
    const { directory: house } = await directoryOf({ ...options, dialPlan });
    assert.equal(shown(house.route('0', inside3)), '404');
    assert.equal(shown(house.route('0#', app('3', null))), '404');
    assert.equal(shown(house.route('01', inside3)), 'trunk carrier 1');
  });

  test('what the dial plan makes one of our public numbers stays in the house', async () => {
    const { directory: house } = await directoryOf(options);
    for (const caller of [inside3, inside4, app('3', null), app('4', '4-1')]) {
      for (const dialled of ['+493055501', '03055501']) {
        assert.equal(shown(house.route(dialled, caller)), 'terminal 0003*15000@sip.test', `${dialled} ${caller.kind}`);
      }
      assert.equal(shown(house.route('03055502', caller)), 'conference 3-211');
      assert.equal(shown(house.route('03055503', caller)), 'trunk carrier +493055503');
    }
    // As it is kept, but no row of the dial plan takes it: somebody else's phone is not reached around the dial plan.
    assert.equal(shown(house.route('493055501', inside3)), 'terminal 0003*15000@sip.test');
    assert.equal(shown(house.route('493055501', inside4)), '403');
  });

  test('an application reaches what the extensions of its organization reach', async () => {
    const { directory: house } = await directoryOf(options);
    const dials = [
      '15000',
      '16000',
      '211',
      '211*3',
      '0003*211*3*2233',
      '0003*15000',
      '0004*16000',
      '05',
      '5',
      'x',
      '7'.repeat(9),
    ];
    for (const dialled of dials) {
      for (const extension of [inside3, inside4]) {
        const expected = shown(house.route(dialled, extension));
        assert.equal(shown(house.route(dialled, app(extension.organizationId, null))), expected, dialled);
      }
    }
  });

  test('says who is charged', async () => {
    const { directory: house } = await directoryOf(options);
    const charged = (caller: Caller) => {
      const route = house.route('03055503', caller);
      assert.ok(route.kind === 'trunk');
      return route.account;
    };
    assert.equal(charged(inside3), '3-1', 'the user of the extension');
    assert.equal(charged({ ...inside3, account: '3-77' }), '3-77', 'or whom the caller names');
    assert.equal(charged(app('3', '3-12')), '3-12');
    assert.equal(charged(app('3', null)), null);
    assert.equal(charged({ ...inside3, extensionId: '3-gone' }), null);
  });
});

describe('properties', () => {
  const seed = 20260105;
  const organizations = [3, 4, 5, 6].map((id) =>
    organizationWith(id, [
      ...Array.from({ length: 5 }, (_, at) => phone(`${100 * at + id}`)),
      ...Array.from({ length: 3 }, (_, at) => rooms(`7${at}${id % 2}`)),
      callback('800'),
    ]),
  );

  test(`every extension is reached by each of its numbers, and by no other (seed ${seed})`, async () => {
    const many = (await directoryOf({ organizations, trunks: [], dialPlan: [] })).directory;
    for (const organization of organizations) {
      const [owner] = organization.users;
      const extensions = owner?.extensions ?? [];
      const caller = many.callerOf(`${organization.id}-${extensions[0]?.number}`);
      assert.ok(caller);
      for (const { number, type } of extensions) {
        for (const dialled of [number, `${organization.prefix}*${number}`]) {
          const route = many.route(dialled, caller);
          assert.equal(route.kind, type === 'callback' ? 'refused' : type, dialled);
          if (route.kind === 'terminal' || route.kind === 'conference') {
            assert.ok(route.device.kind !== 'external');
            assert.equal(route.device.extensionId, `${organization.id}-${number}`);
          }
        }
        if (type !== 'conference') continue;
        const full = many.route(`${organization.prefix}*${number}*12*345`, guest);
        assert.equal(shown(full), `conference ${organization.id}-${number} 12 345`);
        // Odd and even organizations share these numbers, so outside the short form says nothing.
        assert.equal(shown(many.route(number, guest)), '404');
      }
    }
  });

  test(`whatever is dialled, there is an answer, and never a phone for a guest (seed ${seed})`, () => {
    const random = new SeededRandom(seed);
    const pieces = [
      '0003',
      '0004',
      '211',
      '15000',
      '500',
      '3',
      '2233',
      '3235550100',
      '3235550199',
      '*',
      '*',
      '#',
      '+',
      'a',
      ' ',
    ];
    for (let round = 0; round < 20_000; round++) {
      let dialled = '';
      for (let left = 1 + random.int(7); left > 0; left--) dialled += pieces[random.int(pieces.length)];
      assert.ok(!['terminal', 'trunk'].includes(directory.route(dialled, guest).kind), dialled);
      assert.notEqual(directory.route(dialled, trunk).kind, 'trunk', dialled);
      const route = directory.route(dialled, inside);
      if (route.kind === 'trunk') assert.match(route.number, /^\+?[0-9]+$/, dialled);
      if (route.kind === 'terminal') assert.match(route.aor, /^0003\*/, dialled);
    }
  });
});
