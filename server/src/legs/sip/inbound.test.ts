import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idOfText } from '../../base/id.ts';
import { silentLog } from '../../base/log.ts';
import { currentRequest } from '../../base/request-scope.ts';
import type { CallRuntime } from '../../call/runtime/runtime.ts';
import { trunkTo } from '../../directory/records.ts';
import { RawPeer } from '../../sip/dialog/testing/raw-peer.ts';
import { Laboratory } from '../../sip/dialog/testing/two-agents.ts';
import type { SipResponse } from '../../sip/message/message.ts';
import { Receptions } from '../reception/receptions.ts';
import { domain, password, refusal, withExchange } from '../testing/virtual-exchange.ts';
import { Trunks } from '../trunks/trunks.ts';
import type { LegsDirectory } from './caller.ts';
import { Inbound } from './inbound.ts';
import { spokenFormats } from './leg-description.ts';
import { TrunkLegs } from './trunk-legs.ts';

const device = { kind: 'conference', organizationId: '3', extensionId: '211', number: '211', name: 'Weekly' } as const;

/** 211 is a conference, all else is nowhere; 10.0.0.8 is a carrier, others are guests. */
const directory = {
  credentials: () => null,
  mayBeAccount: () => false,
  hasNumber: () => false,
  route: (dialled: string) =>
    dialled === '211'
      ? { ...device, kind: 'conference', device, conferenceNumber: null, pin: null }
      : { kind: 'refused', status: 404, why: 'no such number' },
} as unknown as LegsDirectory;

const trunks = [trunkTo('carrier', 'sip:10.0.0.8:5060')];

function open(callsPerSecond: number) {
  const lab = new Laboratory({ seed: 1 });
  const agent = lab.agent('10.0.0.2');
  const inbound = new Inbound({
    agent,
    callsPerSecond,
    mostUnproven: 1000,
    formats: spokenFormats,
    srtp: 'optional',
    clock: lab.clock,
    random: lab.random,
    log: silentLog,
    directory,
    trunks: new Trunks({
      clock: lab.clock,
      log: silentLog,
      agent,
      resolver: { resolve: async () => [] },
      trunks: () => trunks,
    }),
    trunkLegs: new TrunkLegs(),
    receptions: new Receptions({
      clock: lab.clock,
      directory,
      runtime: {} as CallRuntime,
      seats: { any: () => false, free: async () => false },
    }),
    domain: 'example.test',
    ringTimeoutMs: 1000,
    // There is no media here: what is let through ends in 500.
    runtime: {} as CallRuntime,
    newLeg: () => {
      throw new Error('let through');
    },
  });
  agent.onInvite = inbound.receive;
  /** How often which status came for so many calls at once. */
  const answers = (probe: RawPeer, number: string, calls: number): Record<number, number> => {
    const counts: Record<number, number> = {};
    for (let i = 0; i < calls; i++) {
      const { status } = probe.ask('INVITE', { uri: `sip:${number}@10.0.0.2` }).message as SipResponse;
      counts[status] = (counts[status] ?? 0) + 1;
    }
    return counts;
  };
  return { lab, agent, answers };
}

test('calls that go nowhere take nothing from the limit of all', () => {
  const { lab, answers } = open(8);
  const carrier = new RawPeer(lab, '10.0.0.8');
  assert.deepEqual(answers(carrier, '999', 20), { 404: 20 });
  assert.deepEqual(answers(carrier, '211', 10), { 500: 8, 503: 2 });
});

test('one guest has half of the limit, all guests leave a quarter, and the carrier has the rest', () => {
  const { lab, agent, answers } = open(8);
  const [first, second, third] = ['10.0.1.1', '10.0.1.2', '10.0.1.3'].map((host) => new RawPeer(lab, host));
  assert.deepEqual(answers(first!, '999', 10), { 404: 4, 503: 6 });
  assert.equal(agent.counters().transactions.server, 4, 'a call turned away is not remembered');
  assert.deepEqual(answers(second!, '211', 6), { 500: 4, 503: 2 });
  assert.deepEqual(answers(third!, '211', 4), { 500: 2, 503: 2 });
  assert.deepEqual(answers(new RawPeer(lab, '10.0.0.8'), '211', 4), { 500: 2, 503: 2 });
});

test('what is refused on behalf of a call is found by its Call-ID, which the log names', () =>
  withExchange({}, async (exchange, alice) => {
    const seen: (string | null)[] = [];
    exchange.directory.route = () => {
      seen.push(currentRequest());
      return { kind: 'refused', status: 403, why: 'for the test' };
    };
    const caller = { from: { user: '15000', host: domain }, credentials: { username: '15000', password } };
    assert.equal(await refusal(alice.call(exchange.sip, '0700123', caller)), 403);
    const told = exchange.logged.find(({ msg }) => msg === 'call refused');
    assert.equal(typeof told?.['sipCallId'], 'string');
    assert.equal(seen.at(-1), idOfText(String(told?.['sipCallId'])));
    await exchange.nothingIsLeft();
  }));
