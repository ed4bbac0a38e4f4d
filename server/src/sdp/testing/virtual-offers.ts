import type { Random } from '../../base/random.ts';

/*
 * Grammatical session descriptions (RFC 8866) at random, for tests: any number of media lines, of any protocol, format,
 * port and direction, with attributes that nobody here knows.
 */

/** What one payload type of the audio lines means. */
export interface Meaning {
  readonly type: number;
  /** `PCMA/8000`, as in an rtpmap; null: its fixed meaning, without one. */
  readonly map: string | null;
}

export interface OfferedLine {
  readonly media: string;
  readonly port: number;
  readonly protocol: string;
  /** Audio: what its numbers mean. */
  readonly meanings: readonly Meaning[];
  readonly direction: 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';
  readonly text: readonly string[];
}

const medias = ['audio', 'audio', 'video', 'text', 'image', 'application', 'message', 'x-thing!', "v'1"];
const protocols = [
  'RTP/AVP',
  'RTP/AVP',
  'RTP/AVP',
  'RTP/AVPF',
  'RTP/SAVP',
  'UDP/TLS/RTP/SAVPF',
  'udptl',
  'TCP/MSRP',
  'x-a+b/c.d~/e',
];
const encodings = [
  'opus/48000/2',
  'G722/8000',
  'speex/16000',
  'iLBC/8000',
  'pcma/8000',
  'PCMU/8000',
  'PCMU/16000',
  'L16/8000/2',
  'telephone-event/8000',
  'telephone-event/48000',
  'x-odd.name_1/90000',
];
const directions = ['sendrecv', 'sendonly', 'recvonly', 'inactive'] as const;
const oddities = [
  'a=ssrc:1 cname:x',
  'a=candidate:0 1 UDP 2113667327 203.0.113.1 54400 typ host',
  'a=mid:0',
  'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR|2^20|1:32',
  'b=AS:64',
  'k=prompt',
  'i=what it is',
  `a=identity:${'x'.repeat(1500)}`,
  'a=x-unknown',
];

export class OfferGenerator {
  readonly #random: Random;
  /** What numbers mean in this session; a number keeps its meaning (RFC 3264 §8.3.2). */
  readonly #meanings = new Map<number, string | null>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** At least `least` lines; `like`: lines of a former offer, whose media stay. */
  lines(least: number, like: readonly string[] = []): OfferedLine[] {
    const more = this.#chance(5) ? this.#random.int(40) : this.#random.int(4);
    const count = Math.max(least, like.length, Math.min(100, like.length + more));
    return Array.from({ length: count }, (_, at) => this.#line(like[at] ?? this.#one(medias)));
  }

  text(version: number, lines: readonly OfferedLine[]): string {
    const head = [
      'v=0',
      `o=- 4711 ${version} IN IP4 192.0.2.1`,
      's=-',
      'c=IN IP4 192.0.2.1',
      't=0 0',
      'a=group:BUNDLE 0',
    ];
    return [...head, ...lines.flatMap((line) => line.text), ''].join('\r\n');
  }

  #line(media: string): OfferedLine {
    const random = this.#random;
    const protocol = media === 'audio' && this.#chance(2) ? 'RTP/AVP' : this.#one(protocols);
    const port = this.#chance(4) ? 0 : this.#one([9, 6000, 40_000, 65_535, 6000 + 2 * random.int(1000)]);
    const rtp = media === 'audio' && protocol.startsWith('RTP/AVP');
    const count = this.#chance(6) ? 40 + random.int(60) : 1 + random.int(6);
    const meanings = new Map<number, Meaning>();
    for (let i = 0; rtp && i < count; i++) {
      const type = this.#chance(3) ? this.#one([0, 8, 9, 18, 3, 4]) : random.int(128);
      meanings.set(type, { type, map: this.#meaningOf(type) });
    }
    const formats = rtp
      ? [...meanings.keys()]
      : Array.from({ length: 1 + random.int(3) }, () => this.#one(['0', '8', 't38', '*', '100', 'wb!']));
    const direction = this.#one(directions);
    const ports = this.#chance(4) ? `${port}/${1 + random.int(3)}` : String(port);
    const attributes = [...meanings.values()].flatMap(({ type, map }) =>
      map === null ? [] : [`a=rtpmap:${type} ${map}`],
    );
    const odd = Array.from({ length: random.int(3) }, () => this.#one(oddities));
    const times = this.#chance(3) ? [`a=ptime:${this.#one([5, 10, 20, 30, 60, 90, 200, 1000])}`] : [];
    const text = [`m=${media} ${ports} ${protocol} ${formats.join(' ')}`, ...attributes, ...odd, ...times];
    if (direction !== 'sendrecv' || this.#chance(2)) text.push(`a=${direction}`);
    return { media, port, protocol, meanings: [...meanings.values()], direction, text };
  }

  #meaningOf(type: number): string | null {
    const known = this.#meanings.get(type);
    if (known !== undefined) return known;
    const map = type < 35 ? null : this.#one(encodings);
    this.#meanings.set(type, map);
    return map;
  }

  #chance(of: number): boolean {
    return this.#random.int(of) === 0;
  }

  #one<T>(of: readonly T[]): T {
    return of[this.#random.int(of.length)]!;
  }
}
