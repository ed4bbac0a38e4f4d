import { createSocket, type Socket } from 'node:dgram';
import type { Clock } from '../../base/clock.ts';
import type { HostPort } from '../../base/host-port.ts';
import { silentLog } from '../../base/log.ts';
import { systemRandom } from '../../base/random.ts';
import type { Secret } from '../../base/secret.ts';
import {
  acceptAnswer,
  answer,
  type Direction,
  type LocalAudio,
  makeOffer,
  type Negotiated,
  parseSession,
  pcma,
  pcmu,
} from '../../sdp/offer-answer.ts';
import type { SaidInRefusal } from '../../sip/dialog/refusal.ts';
import { sipUri } from '../../sip/message/uri.ts';
import { type IncomingInvite, type InviteSession, SipUserAgent } from '../../sip/user-agent.ts';

/*
 * A telephone for tests: a SIP user agent of its own and one RTP stream on loopback. It says a tone, presses keys by
 * RFC 4733 and knows how loud a tone is in what it hears.
 */

const packetMs = 20;
const packetSamples = 160;
/** A key: so many packets, then so many of voice. */
const keyPackets = 3;
const gapPackets = 1;
const telephoneEventType = 101;
/** Nobody presses a key before hearing what for; where nothing is to be heard, after half a second. */
const packetsBeforeKeys = 25;

export interface PhoneCallOptions {
  readonly from?: { readonly user: string; readonly host: string; readonly name?: string };
  readonly credentials?: { readonly username: string; readonly password: Secret };
  /** Leave the offer to the other side. */
  readonly late?: boolean;
  readonly formats?: LocalAudio['formats'];
  /** Default sendrecv. */
  readonly direction?: Direction;
  /** In place of an offer of this phone. */
  readonly offer?: string;
  readonly headers?: readonly (readonly [string, string])[];
}

/** Refused with this status. */
export class Refused extends Error {
  readonly status: number;
  /** Headers that came with it. */
  readonly said: SaidInRefusal | null;

  constructor(status: number, said: SaidInRefusal | null = null) {
    super(`refused with ${status}`);
    this.status = status;
    this.said = said;
  }
}

export class VirtualPhone {
  readonly agent: SipUserAgent;
  readonly tone: number;
  #rtp: Socket;
  readonly #timer: NodeJS.Timeout;
  #sip: HostPort = { address: '127.0.0.1', port: 0 };
  /** What it does when called; default: answers at once. */
  onCall: (invite: IncomingInvite) => void = (invite) => void this.pickUp(invite);
  negotiated: Negotiated | null = null;
  session: InviteSession | null = null;
  ended: { readonly by: string; readonly reason?: string } | null = null;
  /** Stops saying anything. */
  silent = false;
  packetsHeard = 0;
  #heard = new Int16Array(8000);
  #heardAt = 0;
  #sequence = 1;
  #timestamp = 1000;
  #saidSamples = 0;
  /** Packets said in this call, and whether any was heard. */
  #said = 0;
  #hears = false;
  #keys: { readonly code: number; sent: number; readonly at: number }[] = [];
  #version = 1;
  /** What `ringAloud` has answered. */
  #early: string | null = null;

  private constructor(clock: Clock, tone: number, rtp: Socket) {
    this.tone = tone;
    this.#rtp = rtp;
    rtp.on('message', (packet) => this.#hear(packet));
    this.agent = new SipUserAgent({
      isCarrier: () => true,
      clock,
      random: systemRandom,
      log: silentLog,
      domain: 'phone.test',
      bind: { host: '127.0.0.1', port: 0 },
      transports: ['udp'],
      credentials: () => null,
      aorOf: () => null,
    });
    this.agent.onInvite = (invite) => this.onCall(invite);
    this.#timer = setInterval(() => this.#say(), packetMs);
  }

  /** `tone` in Hz. */
  static async open(clock: Clock, tone: number): Promise<VirtualPhone> {
    const rtp = await bound();
    const phone = new VirtualPhone(clock, tone, rtp);
    phone.#sip = await phone.agent.listen();
    return phone;
  }

  get sip(): HostPort {
    return this.#sip;
  }

  local(direction: Direction = 'sendrecv', formats: LocalAudio['formats'] = [pcmu, pcma]): LocalAudio {
    const { port } = this.#rtp.address();
    const rest = { rtcpPort: null, telephoneEvent: telephoneEventType, ptime: packetMs, sessionId: '1' };
    return { address: '127.0.0.1', port, formats, direction, sessionVersion: this.#version++, ...rest };
  }

  /** Calls; resolves when answered, rejects with `Refused`. `started` gets the means to give up. */
  call(
    server: HostPort,
    dialled: string,
    options: PhoneCallOptions = {},
    started?: (cancel: () => void) => void,
    onProgress?: (status: number, sdp: string | null) => void,
  ): Promise<void> {
    const local = this.local(options.direction, options.formats);
    const from = options.from ?? { user: 'guest', host: 'elsewhere.test' };
    const to = sipUri(dialled, server.address, server.port);
    this.ended = null;
    return new Promise((resolve, reject) => {
      const invite = this.agent.invite({
        targets: [{ uri: to }],
        from: { displayName: from.name ?? null, uri: sipUri(from.user, from.host), params: new Map() },
        to: { displayName: null, uri: to, params: new Map() },
        offer: options.late ? null : (options.offer ?? makeOffer(local)),
        ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
        ...(options.headers === undefined ? {} : { headers: options.headers }),
        timeoutMs: 20_000,
        onProgress: (status, sdp) => {
          // Heard before the answer.
          if (sdp !== null && !options.late) this.#agree(local, sdp);
          onProgress?.(status, sdp);
        },
        onAccepted: (session, sdp) => {
          this.#begin(session);
          const reply = options.late ? this.#answerTo(sdp ?? '', local) : null;
          if (!options.late) this.#agree(local, sdp ?? '');
          resolve();
          return reply;
        },
        onRejected: (status, _reason, said) => reject(new Refused(status, said)),
      });
      started?.(() => invite.cancel());
    });
  }

  /** Is heard, and hears, before it answers. */
  ringAloud(invite: IncomingInvite, direction: Direction = 'sendrecv'): void {
    this.#early = this.#answerTo(invite.offer ?? '', this.local(direction));
    invite.progress(183, this.#early);
  }

  /** Answers a call to this phone. */
  pickUp(invite: IncomingInvite, direction: Direction = 'sendrecv'): InviteSession {
    const reply = this.#early ?? this.#answerTo(invite.offer ?? '', this.local(direction));
    this.#early = null;
    const session = invite.accept(reply);
    this.#begin(session);
    return session;
  }

  /** Re-INVITE; gives the answer. */
  async reinvite(direction: Direction, address?: string): Promise<string> {
    const local = this.local(direction);
    const offer = makeOffer(local);
    const sent = address === undefined ? offer : offer.replace('c=IN IP4 127.0.0.1', `c=IN IP4 ${address}`);
    const result = await this.session!.reinvite(sent);
    if (!result.ok) throw new Refused(result.status);
    this.#agree(local, result.answer);
    return result.answer;
  }

  /** Re-INVITE with the audio at port 0; gives the answer. `reinvite` brings the sound back. */
  async disable(): Promise<string> {
    const offer = makeOffer(this.local()).replace(/^m=audio \d+/m, 'm=audio 0');
    const result = await this.session!.reinvite(offer);
    if (!result.ok) throw new Refused(result.status);
    this.negotiated = null;
    return result.answer;
  }

  /** Goes on from another RTP port, as a phone that changed networks. */
  async move(): Promise<void> {
    const old = this.#rtp;
    this.#rtp = await bound();
    this.#rtp.on('message', (packet) => this.#hear(packet));
    old.close();
    await this.reinvite('sendrecv');
  }

  hangUp(): void {
    this.session?.bye();
  }

  press(digits: string): void {
    for (const digit of digits) {
      this.#keys.push({ code: '0123456789*#ABCD'.indexOf(digit), sent: 0, at: 0 });
    }
  }

  /** How loud a tone is in the last second heard, 0 to 1 of full scale. */
  hears(tone: number): number {
    const turn = 2 * Math.cos((2 * Math.PI * tone) / 8000);
    let before = 0;
    let last = 0;
    for (const sample of this.#heard) [before, last] = [last, sample + turn * last - before];
    const power = before * before + last * last - turn * before * last;
    return (2 * Math.sqrt(Math.max(0, power))) / this.#heard.length / 32768;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#rtp.close();
    await this.agent.close();
  }

  #begin(session: InviteSession): void {
    this.#heard.fill(0);
    this.#said = 0;
    this.#hears = false;
    this.session = session;
    session.onEnded = (end) => {
      this.session = null;
      this.negotiated = null;
      this.#keys = [];
      this.ended = end;
    };
  }

  #answerTo(offer: string, local: LocalAudio): string {
    const parsed = parseSession(offer);
    const result = parsed.ok ? answer(parsed, local) : null;
    if (result === null || !result.ok) throw new Error(`the phone cannot answer ${offer}`);
    this.negotiated = result.negotiated;
    return result.sdp;
  }

  #agree(local: LocalAudio, sdp: string): void {
    const result = acceptAnswer(local, sdp);
    if (!result.ok) throw new Error(result.reason);
    this.negotiated = result.negotiated;
  }

  #say(): void {
    const remote = this.negotiated?.remote ?? null;
    if (remote === null || this.negotiated === null || this.silent) return;
    const { direction, send } = this.negotiated;
    if (direction === 'recvonly' || direction === 'inactive') return;
    this.#said++;
    const key = this.#hears || this.#said > packetsBeforeKeys ? this.#keys[0] : undefined;
    const packet = key === undefined || key.sent >= keyPackets ? this.#voice(send.format.payloadType) : this.#key(key);
    this.#rtp.send(packet, remote.port, remote.address);
    this.#timestamp += packetSamples;
    if (key !== undefined && ++key.sent >= keyPackets + gapPackets) this.#keys.shift();
  }

  #voice(payloadType: number): Buffer {
    const packet = this.#packet(payloadType, this.#timestamp, packetSamples);
    for (let i = 0; i < packetSamples; i++) {
      const sample = 8000 * Math.sin((2 * Math.PI * this.tone * this.#saidSamples++) / 8000);
      packet[12 + i] = payloadType === 8 ? toAlaw(sample) : toUlaw(sample);
    }
    return packet;
  }

  /** RFC 4733: one timestamp for the whole key, the duration grows, the last packet has the end bit. */
  #key(key: { readonly code: number; sent: number }): Buffer {
    const type = this.negotiated?.telephoneEvents.send?.payloadType ?? telephoneEventType;
    const packet = this.#packet(type, this.#timestamp - key.sent * packetSamples, 4);
    packet[12] = key.code;
    packet[13] = (key.sent === keyPackets - 1 ? 0x80 : 0) | 10;
    packet.writeUInt16BE((key.sent + 1) * packetSamples, 14);
    return packet;
  }

  #packet(payloadType: number, timestamp: number, bytes: number): Buffer {
    const packet = Buffer.alloc(12 + bytes);
    packet[0] = 0x80;
    packet[1] = payloadType;
    packet.writeUInt16BE(this.#sequence++ & 0xffff, 2);
    packet.writeUInt32BE(timestamp >>> 0, 4);
    packet.writeUInt32BE(0x5eed, 8);
    return packet;
  }

  #hear(packet: Buffer): void {
    const type = packet[1]! & 0x7f;
    if (packet.length < 12 || (type !== 0 && type !== 8)) return;
    this.packetsHeard++;
    this.#hears = true;
    for (let i = 12; i < packet.length; i++) {
      this.#heard[this.#heardAt] = type === 8 ? fromAlaw(packet[i]!) : fromUlaw(packet[i]!);
      this.#heardAt = (this.#heardAt + 1) % this.#heard.length;
    }
  }
}

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return socket;
}

function toUlaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(32635, Math.abs(Math.round(sample))) + 132;
  const exponent = 31 - Math.clz32(magnitude) - 7;
  return ~(sign | (exponent << 4) | ((magnitude >> (exponent + 3)) & 0x0f)) & 0xff;
}

function fromUlaw(byte: number): number {
  const bits = ~byte & 0xff;
  const exponent = (bits >> 4) & 7;
  const magnitude = ((((bits & 0x0f) << 3) + 132) << exponent) - 132;
  return (bits & 0x80) !== 0 ? -magnitude : magnitude;
}

function toAlaw(sample: number): number {
  const sign = sample >= 0 ? 0x80 : 0;
  const magnitude = Math.min(32635, Math.abs(Math.round(sample)));
  const exponent = magnitude < 256 ? 0 : 31 - Math.clz32(magnitude) - 7;
  const mantissa = (magnitude >> (exponent === 0 ? 4 : exponent + 3)) & 0x0f;
  return (sign | (exponent << 4) | mantissa) ^ 0x55;
}

function fromAlaw(byte: number): number {
  const bits = byte ^ 0x55;
  const exponent = (bits >> 4) & 7;
  const base = ((bits & 0x0f) << 4) + (exponent === 0 ? 8 : 264);
  const magnitude = exponent <= 1 ? base : base << (exponent - 1);
  return (bits & 0x80) !== 0 ? magnitude : -magnitude;
}
