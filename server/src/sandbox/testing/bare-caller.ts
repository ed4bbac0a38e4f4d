import { type Clock, systemClock } from '../../base/clock.ts';
import type { HostPort } from '../../base/host-port.ts';
import { silentLog } from '../../base/log.ts';
import { systemRandom } from '../../base/random.ts';
import { sipUri } from '../../sip/message/uri.ts';
import { type OutgoingInviteOptions, SipUserAgent } from '../../sip/user-agent.ts';

/** A user agent without sound that calls as it is told, for what the carrier's own calls never do. For tests. */
export class BareCaller {
  readonly agent: SipUserAgent;

  private constructor(agent: SipUserAgent) {
    this.agent = agent;
  }

  static async start(clock: Clock = systemClock): Promise<BareCaller> {
    const agent = new SipUserAgent({
      isCarrier: () => true,
      clock,
      random: systemRandom,
      log: silentLog,
      domain: '127.0.0.1',
      bind: { host: '127.0.0.1', port: 0 },
      transports: ['udp'],
      credentials: () => null,
      aorOf: () => null,
    });
    await agent.listen();
    return new BareCaller(agent);
  }

  /** What came before the answer or refusal, and how it ended: `200`, or the status of a refusal. */
  call(
    to: HostPort,
    number: string,
    options: Partial<OutgoingInviteOptions> = {},
  ): Promise<{ progress: { status: number; sdp: string | null }[]; status: number }> {
    const progress: { status: number; sdp: string | null }[] = [];
    return new Promise((resolve) => {
      this.#invite(to, number, {
        offer: bareOffer(9),
        onProgress: (status, sdp) => progress.push({ status, sdp }),
        onAccepted: () => {
          resolve({ progress, status: 200 });
          return null;
        },
        onRejected: (status) => resolve({ progress, status }),
        ...options,
      });
    });
  }

  /** The offer that came in the 200; it is answered in the ACK. */
  callWithoutOffer(to: HostPort, number: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#invite(to, number, {
        offer: null,
        onAccepted: (_session, sdp) => {
          resolve(sdp ?? '');
          return bareOffer(9);
        },
        onRejected: (status) => reject(new Error(String(status))),
      });
    });
  }

  close(): Promise<void> {
    return this.agent.close();
  }

  #invite(to: HostPort, number: string, options: Partial<OutgoingInviteOptions>): void {
    const uri = sipUri(number, to.address, to.port);
    const address = { displayName: null, uri, params: new Map() };
    this.agent.invite({
      targets: [{ uri }],
      from: address,
      to: address,
      offer: null,
      timeoutMs: 60_000,
      onProgress: () => {},
      onAccepted: () => null,
      onRejected: () => {},
      ...options,
    });
  }
}

/** An offer of PCMU and digits. */
export function bareOffer(port: number): string {
  const lines = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'];
  return `${[...lines, `m=audio ${port} RTP/AVP 0 101`, 'a=rtpmap:101 telephone-event/8000'].join('\r\n')}\r\n`;
}
