import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '../src/base/log.ts';
import { SeededRandom } from '../src/base/random.ts';
import { DialOutBudget } from '../src/directory/dial-out-budget.ts';
import { type DirectoryRecords, trunkTo } from '../src/directory/records.ts';
import {
  conferenceWith,
  directoryOf,
  organizationWith,
  phone,
  rooms,
} from '../src/directory/testing/virtual-organizations.ts';
import { Destinations } from '../src/legs/sip/destinations.ts';
import { Trunks } from '../src/legs/trunks/trunks.ts';
import { SipRequest } from '../src/sip/message/message.ts';
import { parseMessage } from '../src/sip/message/parse.ts';
import { formatUri, parseUri } from '../src/sip/message/uri.ts';
import { Registrar } from '../src/sip/registrar/registrar.ts';
import { VirtualNetwork } from '../src/sip/transport/testing/virtual-network.ts';

const server = { address: '10.0.0.1', port: 5060 };

/** Organization 1 with phones 1001 to 1003 and conferences 211, organization 2 with 2001, a carrier at 10.9.9.9. */
async function stage() {
  const organizations = [
    organizationWith(1, [
      phone('1001'),
      phone('1002'),
      phone('1003', { publicNumbers: ['+15550101'] }),
      rooms('211', { conferences: [conferenceWith('4')] }),
    ]),
    organizationWith(2, [phone('2001', { publicNumbers: ['+15550202'] })]),
  ];
  const trunk = trunkTo('carrier', 'sip:10.9.9.9', { optionsMs: null });
  const dialPlan: DirectoryRecords['dialPlan'] = [
    { match: '^\\+?[0-9]{7,}$', trunk: 'carrier', strip: 0, prepend: '' },
  ];
  const { directory, clock } = await directoryOf({ organizations, trunks: [trunk], dialPlan });
  const network = new VirtualNetwork({ clock, random: new SeededRandom(1) });
  const transport = network.attach(server);
  const registrar = new Registrar({ clock });
  const trunks = new Trunks({
    clock,
    log: silentLog,
    agent: { register: () => assert.fail('no trunk registers'), options: async () => null },
    resolver: { resolve: async () => [] },
    trunks: () => directory.trunks,
  });
  const budget = new DialOutBudget({
    clock,
    limits: {
      dialOutPerMinute: 2,
      dialOutConcurrent: 2,
      dialOutPerUserPerMinute: null,
      dialOutPerUserConcurrent: null,
      dialOutPerConferencePerMinute: null,
      dialOutPerConferenceConcurrent: null,
      dialOutAllow: [],
      dialOutDeny: ['^\\+?1900'],
    },
  });
  const mayRedirectTo: ConstructorParameters<typeof Destinations>[0]['mayRedirectTo'] = (legId, target) =>
    budget.again(legId, target);
  const destinations = new Destinations({
    registrar,
    directory,
    trunks,
    domain: 'sip.test',
    srtp: 'off',
    mayRedirectTo,
  });
  let registers = 0;
  const register = (user: string, contact: string, address: string) => {
    const aor = directory.aorOf(directory.credentials(user)!.extensionId, user)!;
    const lines = [
      'REGISTER sip:sip.test SIP/2.0',
      `Via: SIP/2.0/UDP ${address}:5060;branch=z9hG4bK${++registers}`,
      `From: <sip:${user}@sip.test>;tag=1`,
      `To: <sip:${user}@sip.test>`,
      `Call-ID: ${registers}`,
      'CSeq: 1 REGISTER',
      `Contact: <${contact}>`,
      'Content-Length: 0\r\n\r\n',
    ];
    const parsed = parseMessage(Buffer.from(lines.join('\r\n')));
    assert.ok(parsed.ok && parsed.message instanceof SipRequest);
    const flow = transport.flowTo('udp', { address, port: 5060 });
    assert.equal(registrar.handle(parsed.message, flow, aor).status, 200);
    return aor;
  };
  const leg = { id: 'leg', organizationId: '1', log: silentLog };
  return {
    destinations,
    register,
    leg,
    budget,
    trunks,
    from: transport.flowTo('udp', { address: '10.0.0.21', port: 5060 }),
  };
}

test('a phone may send a call on to phones of its own organization, and nowhere else', async () => {
  const { destinations, register, leg, from } = await stage();
  const aor = register('1001', 'sip:1001@10.0.0.21', '10.0.0.21');
  register('1002', 'sip:1002@10.0.0.22', '10.0.0.22');
  register('1003', 'sip:line@10.0.0.23:5080;transport=udp', '10.0.0.23');
  register('1003', 'sip:mobile@10.0.0.33', '10.0.0.33');
  register('2001', 'sip:2001@10.0.0.24', '10.0.0.24');
  // Whatever a phone writes into its Contact leads over its own flow only.
  register('1002', 'sip:19005550111@10.9.9.9', '10.0.0.22');
  const named = (uri: string) =>
    destinations
      .byPhone(leg, { kind: 'terminal', aor })(parseUri(uri)!, from)
      .map((target) => `${formatUri(target.uri)} over ${target.flow?.remote.address} ${target.address ?? ''}`.trim());
  const second = ['sip:1002@10.0.0.22 over 10.0.0.22', 'sip:19005550111@10.9.9.9 over 10.0.0.22'];
  const third = ['sip:line@10.0.0.23:5080;transport=udp over 10.0.0.23', 'sip:mobile@10.0.0.33 over 10.0.0.33'];
  for (const uri of [
    'sip:1002@sip.test',
    'sips:1002@SIP.test:5060',
    'sip:1002@10.0.0.1',
    'sip:1002@10.0.0.1:5060;transport=tcp',
    'sip:0001*1002@sip.test',
    'tel:1002',
    'sip:1-0.0(2);ext=5@sip.test;user=phone',
    'sip:1002@sip.test?Route=%3Csip%3A10.9.9.9%3Blr%3E',
  ]) {
    assert.deepEqual(named(uri).sort(), second, uri);
  }
  assert.deepEqual(named('sip:1003@sip.test').sort(), third);
  assert.deepEqual(named('tel:+1-555-0101').sort(), third, 'its public number');
  assert.deepEqual(named('sip:line@10.0.0.23:5080;transport=udp'), third.slice(0, 1), 'one of its phones alone');
  assert.deepEqual(named('sip:19005550111@10.9.9.9'), second.slice(1), 'as the phone calls itself, over its own flow');
  for (const uri of [
    'sip:19005550111@10.9.9.9:5062',
    'sip:19005550111@10.9.9.9;transport=tcp',
    'sip:3235550111@10.9.9.9',
    'sip:3235550111@sip.test',
    'tel:+1-900-555-0111',
    'tel:3235550111',
    'sip:10.9.9.9',
    'sip:x@10.8.8.8;transport=tcp',
    'sip:1002@10.8.8.8',
    'sip:1002@10.0.0.1:5061',
    'sip:1002@sip.test;maddr=10.9.9.9',
    'sip:1002@elsewhere.test',
    'sip:line@10.0.0.23:5081',
    'sip:2001@sip.test',
    'sip:0002*2001@sip.test',
    'sip:2001@10.0.0.24',
    'sip:15550202@sip.test',
    'sip:211*4@sip.test',
    'sip:1001@sip.test',
    'sip:1001@10.0.0.21',
    'sip:sip.test',
    'mailto:1002@sip.test',
  ]) {
    assert.deepEqual(named(uri), [], uri);
  }
});

test('phones that send a call to each other do not send it round', async () => {
  const { destinations, register, leg, from } = await stage();
  const aor = register('1001', 'sip:1001@10.0.0.21', '10.0.0.21');
  register('1002', 'sip:1002@10.0.0.22', '10.0.0.22');
  const named = destinations.byPhone(leg, { kind: 'terminal', aor });
  assert.equal(named(parseUri('sip:1002@sip.test')!, from).length, 1);
  for (const again of ['sip:1002@sip.test', 'sip:0001*1002@sip.test', 'sip:1002@10.0.0.22', 'sip:1001@sip.test']) {
    assert.deepEqual(named(parseUri(again)!, from), [], again);
  }
});

test('a carrier may send a call on within dial plan, lists and budget, and only to what the number means here', async () => {
  const { destinations, leg, budget, register, trunks } = await stage();
  register('1001', 'sip:1001@10.0.0.21', '10.0.0.21');
  const to = { kind: 'trunk', trunk: 'carrier', number: '3235550100', account: '1-1' } as const;
  budget.take({ legId: leg.id, organizationId: '1', conferenceId: null, target: to });
  const named = destinations.byCarrier(leg, to, { name: '', number: '' });
  for (const uri of [
    'sip:19005550111@10.9.9.9',
    'sip:+1-900-555-0111@10.9.9.9',
    'sip:1.900.(555).0111@sip.test',
    'sip:+1-900-555-0111;npdi;rn=+13235550100@10.9.9.9;user=phone',
    'tel:+1-900-555-0111;phone-context=sip.test',
    'sip:1001@sip.test',
    'sip:1001@10.0.0.21',
    'sip:211*4@sip.test',
    'sip:15550202@sip.test',
    'sip:3235550100@10.9.9.9',
    'sip:10.9.9.9',
  ]) {
    assert.deepEqual(named(parseUri(uri)!), [], uri);
  }
  const [target] = named(parseUri('sip:3235550111@10.8.8.8:99;transport=tcp;maddr=10.7.7.7')!);
  assert.equal(formatUri(target!.uri), 'sip:3235550111@10.9.9.9');
  assert.deepEqual(target!.address, { address: '10.9.9.9', port: 5060, kind: 'udp' });
  assert.deepEqual(named(parseUri('sip:3235550112@10.9.9.9')!), [], 'a third call in the minute');
  assert.deepEqual([trunks.states()[0]?.redirected, trunks.states()[0]?.redirectsRefused], [1, 12]);
});
