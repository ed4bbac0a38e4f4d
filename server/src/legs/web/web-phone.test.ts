import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../../base/log.ts';
import { SeededRandom } from '../../base/random.ts';
import { extension, RuntimeFixture } from '../../call/testing/runtime-fixture.ts';
import type { MediaEngine } from '../../media/engine.ts';
import type { Leg, LegOwner } from '../leg.ts';
import { LegTable } from '../leg-table.ts';
import type { BrowserPhoneCall } from './browser-phone.ts';
import { WebLeg } from './web-leg.ts';
import { WebPhone, type WebPhoneParts } from './web-phone.ts';

const fingerprint = Array.from({ length: 32 }, (_, at) => at.toString(16).padStart(2, '0').toUpperCase()).join(':');
const offer = `v=0
o=- 1 2 IN IP4 127.0.0.1
s=-
t=0 0
m=audio 9 UDP/TLS/RTP/SAVPF 0
c=IN IP4 0.0.0.0
a=ice-ufrag:abcd
a=ice-pwd:abcdefghijklmnopqrstuv
a=fingerprint:sha-256 ${fingerprint}
a=setup:actpass
a=mid:0
a=sendrecv
a=rtcp-mux
a=rtpmap:0 PCMU/8000
`.replaceAll('\n', '\r\n');

const local = {
  iceUfrag: 'efgh',
  icePwd: 'abcdefghijklmnopqrstuv',
  fingerprint: { algorithm: 'sha-256', value: fingerprint },
  setup: 'active',
  candidates: [],
  ssrc: 42,
};

/** A browser that is the phone of 100, and whose sound opens when it is told. */
function browser() {
  const fixture = new RuntimeFixture();
  const { clock, runtime } = fixture;
  const opening = Promise.withResolvers<unknown>();
  const engine = {
    openWebRtcLeg: () => opening.promise,
    performOnLeg: async () => {},
    closeLeg: async () => null,
  } as unknown as MediaEngine;
  const legs = new LegTable();
  const owner: LegOwner = {
    idOf: ({ id }: Leg) => id,
    report: ({ id }, report) => runtime.report(id, report),
    digit() {},
    closed: (leg) => legs.remove(leg),
  };
  const caller = { ...extension('100'), account: null };
  const parts = {
    house: { clock, log: silentLog, random: new SeededRandom(3), engine, legs, owner },
    directory: {
      callerOf: () => caller,
      callerIdOf: () => null,
      callerOfAor: () => null,
      route: () => ({ kind: 'terminal', device: extension('101'), aor: '101' }),
    },
    desk: () => ({ runtime }),
    newLeg(seed: ConstructorParameters<typeof WebLeg>[1]) {
      const leg = new WebLeg({ clock, log: silentLog, engine, owner }, seed);
      legs.add(leg);
      return leg;
    },
  } as unknown as WebPhoneParts;
  const told: BrowserPhoneCall[] = [];
  const entry = {
    extensionId: 'x100',
    agent: 'test',
    expiresAt: 0,
    allowed: () => true,
    tell: (call: BrowserPhoneCall) => void told.push(call),
    pickUp() {},
    displaced() {},
  };
  const phone = new WebPhone(parts, entry, () => {});
  return { fixture, phone, told, open: () => opening.resolve(local) };
}

test('a browser that dials rings another phone; one that is gone before its sound is open rings nobody', async () => {
  for (const leaves of [false, true]) {
    const { fixture, phone, told, open } = browser();
    const dialled = phone.dial('101', offer);
    await fixture.settle();
    assert.deepEqual(
      told.map(({ state }) => state),
      ['dialling'],
    );
    if (leaves) phone.end();
    open();
    if (leaves) await assert.rejects(dialled, { code: 'unavailable' });
    else assert.equal((await dialled).callId, told[0]!.id);
    await fixture.settle();
    assert.equal(fixture.ports.effects.filter((effect) => effect.do === 'dial').length, leaves ? 0 : 1);
    assert.equal(fixture.runtime.snapshot().length, leaves ? 0 : 1);
  }
});
