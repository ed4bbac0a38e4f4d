import { silentLog } from '../../../base/log.ts';
import { SeededRandom } from '../../../base/random.ts';
import { Secret } from '../../../base/secret.ts';
import { VirtualClock } from '../../../base/testing/virtual-clock.ts';
import { digestHa1 } from '../../auth/digest-hash.ts';
import type { SipCredentials } from '../../auth/digest-server.ts';
import { SipRequest, type SipResponse } from '../../message/message.ts';
import type { NameAddr } from '../../message/name-addr.ts';
import { parseNameAddr } from '../../message/name-addr.ts';
import { parseMessage } from '../../message/parse.ts';
import { parseUri, type SipUri } from '../../message/uri.ts';
import { VirtualNetwork } from '../../transport/testing/virtual-network.ts';
import { SipUserAgent, type UserAgentOptions } from '../../user-agent.ts';
import type { IncomingInvite, InviteSession, OutgoingInvite, OutgoingInviteOptions, SessionEnd } from '../invite.ts';

/** Real user agents on a virtual network under a virtual clock, for the tests of this folder. */

export const PASSWORD = new Secret('secret');

export function account(username: string, algorithm: 'MD5' | 'SHA-256' = 'MD5'): SipCredentials {
  const ha1 = {
    md5: digestHa1('MD5', username, 'example.test', PASSWORD.reveal()),
    sha256: digestHa1('SHA-256', username, 'example.test', PASSWORD.reveal()),
  };
  return { username, extensionId: username, ha1, algorithm };
}

export function uri(text: string): SipUri {
  const parsed = parseUri(text);
  if (parsed === null) throw new Error(`no URI: ${text}`);
  return parsed;
}

export function address(text: string): NameAddr {
  const parsed = parseNameAddr(text);
  if (parsed === null) throw new Error(`no address: ${text}`);
  return parsed;
}

/** A message as it went over the network. */
export interface Seen {
  readonly from: string;
  readonly to: string;
  readonly message: SipRequest | SipResponse;
  /** `INVITE`, `200 INVITE`, … */
  readonly name: string;
  readonly atMs: number;
}

export class Laboratory {
  readonly clock = new VirtualClock();
  readonly random: SeededRandom;
  readonly network: VirtualNetwork;
  readonly seen: Seen[] = [];
  /** Loses the message when it says so. */
  lose: (seen: Seen) => boolean = () => false;
  readonly agents: SipUserAgent[] = [];

  constructor(options: { seed: number; loss?: number; delayMs?: number; jitterMs?: number; record?: boolean }) {
    this.random = new SeededRandom(options.seed);
    const { loss = 0, delayMs = 1, jitterMs = 0 } = options;
    this.network = new VirtualNetwork({ clock: this.clock, random: this.random, loss, delayMs, jitterMs });
    if (options.record === false) return;
    this.network.filter = (bytes, from, to) => {
      const parsed = parseMessage(bytes);
      if (!parsed.ok) return true;
      const { message } = parsed;
      const name = message instanceof SipRequest ? message.method : `${message.status} ${message.cseq.method}`;
      const entry = { from: from.address, to: to.address, message, name, atMs: this.clock.monotonic() };
      this.seen.push(entry);
      return !this.lose(entry);
    };
  }

  agent(host: string, options: Partial<UserAgentOptions> = {}): SipUserAgent {
    const transport = options.transport ?? this.network.attach({ address: host, port: 5060 });
    const agent = new SipUserAgent({
      clock: this.clock,
      random: this.random,
      log: silentLog,
      domain: 'example.test',
      bind: { host, port: 5060 },
      credentials: (name) => account(name),
      aorOf: (credentials) => credentials.username,
      // They know each other; strangers.test.ts is about those who do not.
      isCarrier: () => true,
      ...options,
      transport,
    });
    this.agents.push(agent);
    return agent;
  }

  /** The names of what was sent, in order. */
  names(): string[] {
    return this.seen.map((entry) => entry.name);
  }

  count(name: string): number {
    return this.seen.filter((entry) => entry.name === name).length;
  }

  last(name: string): Seen {
    const found = this.seen.findLast((entry) => entry.name === name);
    if (found === undefined) throw new Error(`no ${name} was sent: ${this.names().join(', ')}`);
    return found;
  }

  /** Everything that should be gone when the calls are over and the longest timer has run out. */
  leftovers(): Record<string, number> {
    const sum = { transactions: 0, dialogs: 0, pending: 0, timers: this.clock.pending };
    for (const agent of this.agents) {
      const { transactions, dialogs, pendingInvites } = agent.counters();
      sum.transactions += transactions.server + transactions.client;
      sum.dialogs += dialogs;
      sum.pending += pendingInvites;
    }
    return sum;
  }
}

export const nothingLeft = { transactions: 0, dialogs: 0, pending: 0, timers: 0 };

/** One call from our side, with what was reported about it. */
export class TestCall {
  readonly progress: string[] = [];
  readonly ends: SessionEnd[] = [];
  session: InviteSession | null = null;
  sdp: string | null = null;
  rejected: string | null = null;
  invite: OutgoingInvite | null = null;
  /** What goes into the ACK of a late offer. */
  lateAnswer: string | null = 'late answer';

  start(agent: SipUserAgent, to: string | string[], options: Partial<OutgoingInviteOptions> = {}): this {
    const targets = (Array.isArray(to) ? to : [to]).map((target) => ({ uri: uri(target) }));
    this.invite = agent.invite({
      targets,
      from: address('"Caller" <sip:caller@example.test>'),
      to: address('<sip:callee@example.test>'),
      offer: 'offer',
      timeoutMs: 30_000,
      onProgress: (status, sdp) => this.progress.push(`${status} ${sdp ?? ''}`.trim()),
      onAccepted: (session, sdp) => {
        this.session = session;
        this.sdp = sdp;
        session.onEnded = (end) => this.ends.push(end);
        return this.lateAnswer;
      },
      onRejected: (status, reason) => {
        this.rejected = `${status} ${reason}`;
      },
      ...options,
    });
    return this;
  }
}

/** What a callee saw. */
export class TestCallee {
  readonly invites: IncomingInvite[] = [];
  readonly sessions: InviteSession[] = [];
  readonly answers: (string | null)[] = [];
  readonly ends: SessionEnd[] = [];
  readonly cancelled: (string | null)[] = [];
  notAcked = 0;

  constructor(agent: SipUserAgent, answer: (invite: IncomingInvite, callee: TestCallee) => void = acceptAtOnce) {
    agent.onInvite = (invite) => {
      this.invites.push(invite);
      invite.onCancelled = (reason) => this.cancelled.push(reason);
      answer(invite, this);
    };
  }

  accept(invite: IncomingInvite, sdp = 'answer'): InviteSession {
    const session = invite.accept(sdp);
    session.onAck = (answer) => this.answers.push(answer);
    session.onEnded = (end) => this.ends.push(end);
    session.onNotAcked = () => this.notAcked++;
    this.sessions.push(session);
    return session;
  }
}

function acceptAtOnce(invite: IncomingInvite, callee: TestCallee): void {
  callee.accept(invite);
}
