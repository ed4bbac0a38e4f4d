import type { PeerConnection, Track } from 'node-datachannel';
import type { Clock, Timer } from '../../../base/clock.ts';
import type { Random } from '../../../base/random.ts';
import { looksLikeRtcp, RtpHeader } from '../../../rtp/rtp-header.ts';
import type { IceRestarted, RemoteMedia, WebRtcLocal, WebRtcRequest } from '../../channel/commands.ts';
import { CommandError } from '../../channel/protocol.ts';
import type { LegPorts } from '../sockets/leg-ports.ts';
import { type LegTransport, type TransportListener, TransportStats } from '../transport/leg-transport.ts';
import { unknown } from '../transport/payload-kind.ts';
import type { TransportKind } from '../transport/transport-kinds.ts';
import { type Asking, Consent } from './consent.ts';
import { offerText, valuesOf } from './descriptions.ts';
import { type IceSide, newSide } from './ice-names.ts';
import { LoopbackEntrances } from './loopback-entrance.ts';
import { IceRestarts } from './restart/ice-restarts.ts';

/** Its own addresses are known at once. */
const gatheringMs = 3000;

/** One reusable view for the whole process: packets are handled one at a time, to the end. */
const header = new RtpHeader();

/** Legs of browsers, all on one UDP port, which is bound while there are any. */
export function webRtcTransport(clock: Clock, random: Random, port: number, ports: LegPorts): TransportKind {
  const shared = {
    clock,
    random,
    port,
    ports,
    consent: new Consent(clock, random, port),
    entrances: new LoopbackEntrances(clock, port),
  };
  return (request) => {
    if (request.kind !== 'webrtc') throw new CommandError('invalid', 'no offer of a browser');
    return (listener, ssrc) => new WebRtcTransport({ ...shared, request }, listener, ssrc);
  };
}

interface WebRtcTransportOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly port: number;
  /** Where those are reached whose ICE begins anew. */
  readonly ports: LegPorts;
  readonly consent: Consent;
  readonly entrances: LoopbackEntrances;
  readonly request: WebRtcRequest;
}

/**
 * SRTP over DTLS over ICE (RFC 8827), one sound both ways. We are the side that is reached: the browser is sent nothing
 * before its checks, which know the password that only its answer told it, have come; keys and addresses are the
 * library's, and consent (RFC 7675) where it is not asked for here.
 *
 *   new → gathering → open → closed
 */
class WebRtcTransport implements LegTransport {
  readonly stats = new TransportStats();
  readonly keepAliveMs = Number.POSITIVE_INFINITY;
  readonly #options: WebRtcTransportOptions;
  readonly #listener: TransportListener;
  readonly #ssrc: number;
  #peer: PeerConnection | null = null;
  #track: Track | null = null;
  /** There when it was agreed on. */
  #asking: Asking | null = null;
  #leave: (() => void) | null = null;
  /** There when it is open. */
  #restarts: IceRestarts | null = null;
  /** Keys are agreed. */
  #flows = false;
  #closed = false;
  /** Of the stream that comes, signed; null before the first packet. */
  #stream: number | null = null;

  constructor(options: WebRtcTransportOptions, listener: TransportListener, ssrc: number) {
    this.#options = options;
    this.#listener = listener;
    this.#ssrc = ssrc;
  }

  async open(): Promise<WebRtcLocal> {
    const { port, request, consent } = this.#options;
    // Loaded by the first browser: a server without any has no need of it.
    const { PeerConnection: Peer } = await import('node-datachannel');
    for (;;) {
      if (this.#closed) throw new CommandError('failed', 'closed while it opened');
      const peer = new Peer('browser', {
        iceServers: [],
        bindAddress: request.bind,
        enableIceUdpMux: true,
        portRangeBegin: port,
        portRangeEnd: port,
        disableAutoNegotiation: true,
        forceMediaTransport: true,
      });
      const local = await this.#agree(peer);
      if (local !== null) {
        const candidates = [...local.candidates, ...(await this.#enter())];
        return { kind: 'webrtc', ...local, candidates, ssrc: this.#ssrc };
      }
      if (!consent.isOpen) break;
      // The last browser has just gone, and the library's socket with it; ours is still at the port.
      consent.close();
      this.#track = null;
      peer.close();
    }
    this.close();
    throw new CommandError('exhausted', `UDP port ${port} cannot be had for browsers on ${request.bind}`);
  }

  /** Null: the library found no way to be reached. */
  async #agree(peer: PeerConnection): Promise<ReturnType<typeof valuesOf>> {
    const { random, request } = this.#options;
    this.#peer = peer;
    peer.onTrack((track) => this.#take(track));
    const gathered = this.#gathered(peer);
    try {
      peer.setRemoteDescription(offerText(request), 'offer');
      const { ufrag, pwd } = newSide(random);
      peer.setLocalDescription('answer', { iceUfrag: ufrag, icePwd: pwd });
    } catch (error) {
      this.close();
      throw new CommandError('invalid', `the offer cannot be used: ${String(error).slice(0, 200)}`);
    }
    await gathered;
    if (this.#closed) throw new CommandError('failed', 'closed while it opened');
    const values = valuesOf(peer.localDescription()?.sdp ?? '');
    if (values === null || values.candidates.length === 0) return null;
    this.#asking = this.#options.consent.with({
      username: `${request.iceUfrag}:${values.iceUfrag}`,
      password: request.icePwd,
      address: () => (this.#flows ? (peer.getSelectedCandidatePair()?.remote ?? null) : null),
      answered: () => {
        this.stats.answers = true;
        this.stats.heardMs = Math.floor(this.#options.clock.monotonic());
      },
    });
    this.#restarts = this.#restartsOf(values);
    return values;
  }

  #restartsOf({ iceUfrag, icePwd, candidates }: NonNullable<ReturnType<typeof valuesOf>>): IceRestarts {
    const { clock, random, ports, port, request } = this.#options;
    const theirs = { ufrag: request.iceUfrag, pwd: request.icePwd };
    const lasting = { ours: { ufrag: iceUfrag, pwd: icePwd }, theirs };
    const { stats } = this;
    return new IceRestarts({ clock, random, ports, bind: request.bind, port, lasting, candidates, stats });
  }

  /** The candidates of another entrance, where one is needed. */
  async #enter(): Promise<readonly string[]> {
    const entered = await this.#options.entrances.enter(this.#options.request.bind);
    if (entered === null) return [];
    if (this.#closed) entered.leave();
    else this.#leave = entered.leave;
    return [entered.candidate];
  }

  /** It is reached wherever ICE finds it. */
  configure(remote: RemoteMedia | null): void {
    if (remote !== null && remote.kind !== 'webrtc') throw new CommandError('invalid', 'this leg is a browser');
  }

  send(packet: Uint8Array): void {
    if (!this.#flows || this.#track === null) return;
    try {
      this.#track.sendMessageBinary(packet as Buffer);
    } catch {
      // The browser has closed it, and the library has not told us yet.
      this.#flows = false;
    }
  }

  sendRtcp(packet: Uint8Array): void {
    this.send(packet);
  }

  ask(): void {
    if (this.#flows) this.#asking?.ask();
  }

  async restartIce(theirs: IceSide): Promise<IceRestarted> {
    if (this.#restarts === null || this.#closed) throw new CommandError('failed', 'it is not open');
    return this.#restarts.restart(theirs);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#flows = false;
    this.#asking?.end();
    this.#leave?.();
    this.#leave = null;
    this.#restarts?.close();
    try {
      this.#track?.close();
      this.#peer?.close();
    } catch {
      // Closed by the other side, or never open.
    }
    this.#track = null;
    this.#peer = null;
  }

  #gathered(peer: PeerConnection): Promise<void> {
    return new Promise((resolve) => {
      let limit: Timer | null = null;
      const done = () => {
        limit?.cancel();
        resolve();
      };
      limit = this.#options.clock.setTimer(gatheringMs, done);
      peer.onGatheringStateChange((state) => {
        if (state === 'complete') done();
      });
    });
  }

  #take(track: Track): void {
    if (this.#closed || this.#track !== null) return;
    this.#track = track;
    track.onOpen(() => {
      if (this.#track !== track) return;
      this.#flows = !this.#closed;
      // Only the browser can have agreed on the keys.
      this.stats.heardMs = Math.floor(this.#options.clock.monotonic());
    });
    track.onClosed(() => {
      if (this.#track !== track) return;
      this.#flows = false;
      // The library's socket goes with the last: ours would keep its port.
      this.#asking?.end();
      // Also when consent was not renewed (RFC 7675).
      this.stats.over = true;
    });
    track.onError(() => {});
    track.onMessage((packet) => this.#receive(packet));
  }

  /** One packet, decrypted: only the browser with the agreed fingerprint can have sent it. */
  #receive(packet: Buffer): void {
    if (this.#closed) return;
    const { stats } = this;
    const nowMs = this.#options.clock.monotonic();
    stats.packetsIn++;
    stats.heardMs = Math.floor(nowMs);
    // RTCP need not look like whole RTP: where that has a number of sources, feedback has its kind.
    if (!header.read(packet) || this.#listener.kindOf(header.payloadType) === unknown) {
      if (looksLikeRtcp(packet)) this.#listener.receivedRtcp(packet, nowMs);
      else stats.invalid++;
      return;
    }
    const fresh = header.ssrc !== this.#stream;
    this.#stream = header.ssrc;
    stats.accepted++;
    stats.bytes += packet.length;
    this.#listener.received(packet, header, fresh, nowMs);
  }
}
