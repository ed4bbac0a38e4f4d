import { systemClock } from '../../server/src/base/clock.ts';
import { silentLog } from '../../server/src/base/log.ts';
import { systemRandom } from '../../server/src/base/random.ts';
import { parseSession } from '../../server/src/sdp/session.ts';
import { type SipUri, sipUri } from '../../server/src/sip/message/uri.ts';
import { SipUserAgent } from '../../server/src/sip/user-agent.ts';

const loopback = '127.0.0.1';
const answerMs = 30_000;
const optionsMs = 1000;

/** Calls to a server on loopback by SIP over UDP, by our own user agent; the sound of each is somebody else's. */
export class SipCalls {
  readonly #agent: SipUserAgent;
  readonly #server: number;
  #made = 0;

  private constructor(agent: SipUserAgent, server: number) {
    this.#agent = agent;
    this.#server = server;
  }

  /** `server`: its port. */
  static async open(server: number): Promise<SipCalls> {
    const agent = new SipUserAgent({
      // Who is called here is no stranger.
      isCarrier: () => true,
      clock: systemClock,
      random: systemRandom,
      log: silentLog,
      domain: loopback,
      bind: { host: loopback, port: 0 },
      transports: ['udp'],
      credentials: () => null,
      aorOf: () => null,
      userAgent: 'Bench',
    });
    await agent.listen();
    return new SipCalls(agent, server);
  }

  /** Whether somebody says that this number can be called now (OPTIONS, RFC 3261 §11). */
  async takes(number: string): Promise<boolean> {
    return (await this.#agent.options({ uri: this.#uri(number), kind: 'udp' }, optionsMs)) === 200;
  }

  /** Calls in G.711 µ-law alone, to be heard at this port of ours; where the other side is to be sent its sound. */
  call(number: string, port: number): Promise<number> {
    const uri = this.#uri(number);
    const from = { displayName: null, uri: sipUri(`phone${this.#made++}`, loopback), params: new Map() };
    return new Promise((resolve, reject) => {
      this.#agent.invite({
        targets: [{ uri, kind: 'udp' }],
        from,
        to: { displayName: null, uri, params: new Map() },
        offer: offerOf(port),
        reliable: 'off',
        timeoutMs: answerMs,
        onProgress: () => {},
        onAccepted: (_session, answer) => {
          const taken = portOf(answer ?? '');
          if (typeof taken === 'number') resolve(taken);
          else reject(new Error(`the call to ${number} was answered, but ${taken}:\n${answer}`));
          return null;
        },
        onRejected: (status, reason) => reject(new Error(`the call to ${number} was refused: ${status} ${reason}`)),
      });
    });
  }

  /** Says nothing to the other side: it is to be closed first. */
  close(): Promise<void> {
    return this.#agent.close();
  }

  #uri(number: string): SipUri {
    return sipUri(number, loopback, this.#server);
  }
}

function offerOf(port: number): string {
  const session = ['v=0', `o=- 1 1 IN IP4 ${loopback}`, 's=-', `c=IN IP4 ${loopback}`, 't=0 0'];
  const audio = [`m=audio ${port} RTP/AVP 0`, 'a=rtpmap:0 PCMU/8000', 'a=ptime:20', 'a=sendrecv'];
  return [...session, ...audio, ''].join('\r\n');
}

/** Of an answer that the phones can do with; else what is wrong with it. */
function portOf(answer: string): number | string {
  const session = parseSession(answer);
  if (!session.ok) return session.reason;
  const { audio, warning } = session;
  if (audio === null || audio.port === 0) return warning?.text ?? 'the stream is refused';
  if (audio.address !== loopback) return `its sound is not on loopback but at ${audio.address}`;
  if (audio.held || audio.direction !== 'sendrecv') return 'the call is held';
  if (!audio.formats.some(({ payloadType }) => payloadType === 0)) return 'not in G.711 µ-law';
  if (audio.ptime !== null && audio.ptime !== 20) return `in packets of ${audio.ptime} ms`;
  return audio.port;
}
