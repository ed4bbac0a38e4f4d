import assert from 'node:assert/strict';
import type { OfferedLine } from './virtual-offers.ts';

/** One m= line of a description as its reader sees it; read here by other means than those under test. */
export interface ReadLine {
  readonly media: string;
  readonly port: number;
  readonly protocol: string;
  readonly formats: readonly string[];
  readonly maps: ReadonlyMap<number, string>;
  readonly direction: string;
}

const fixed: ReadonlyMap<number, string> = new Map([
  [0, 'PCMU/8000'],
  [8, 'PCMA/8000'],
]);

export function linesOf(text: string): ReadLine[] {
  return text
    .split(/^m=/m)
    .slice(1)
    .map((part) => {
      const [first, ...rest] = part.split('\r\n');
      const [media, port, protocol, ...formats] = first!.split(' ');
      const maps = new Map<number, string>();
      let direction = 'sendrecv';
      for (const line of rest) {
        const map = /^a=rtpmap:(\d+) (.*)$/.exec(line);
        if (map !== null) maps.set(Number(map[1]), map[2]!.toUpperCase());
        if (/^a=(sendrecv|sendonly|recvonly|inactive)$/.test(line)) direction = line.slice(2);
      }
      return { media: media!, port: Number(port), protocol: protocol!, formats, maps, direction };
    });
}

/** What a number means in an offered line, upper case; null: nothing that is known. */
export function meaningIn(line: OfferedLine, type: number): string | null {
  const meaning = line.meanings.find((one) => one.type === type);
  if (meaning === undefined) return null;
  return meaning.map?.toUpperCase() ?? fixed.get(type) ?? null;
}

/** Whether plain G.711 can be talked over it. */
export function canCarry(line: OfferedLine): boolean {
  if (line.media !== 'audio' || line.port === 0 || !/^RTP\/AVPF?$/.test(line.protocol)) return false;
  return line.meanings.some(({ type }) => /^PCM[UA]\/8000$/.test(meaningIn(line, type) ?? ''));
}

const allowed: Readonly<Record<string, readonly string[]>> = {
  sendrecv: ['sendrecv', 'sendonly', 'recvonly', 'inactive'],
  sendonly: ['recvonly', 'inactive'],
  recvonly: ['sendonly', 'inactive'],
  inactive: ['inactive'],
};

/**
 * RFC 3264 §6: what must hold between any offer and its answer. Gives the index of the line that is talked over, or -1.
 */
export function checkAnswer(offered: readonly OfferedLine[], text: string, why: string): number {
  const answered = linesOf(text);
  assert.equal(answered.length, offered.length, why);
  let live = -1;
  for (const [index, line] of answered.entries()) {
    const offer = offered[index]!;
    assert.deepEqual([line.media, line.protocol], [offer.media, offer.protocol], why);
    assert.ok(line.formats.length > 0, why);
    if (offer.port === 0) assert.equal(line.port, 0, why);
    if (line.port === 0) continue;
    assert.equal(live, -1, why);
    live = index;
    assert.ok(canCarry(offer), why);
    assert.ok(allowed[offer.direction]!.includes(line.direction), why);
    assert.equal(new Set(line.formats).size, line.formats.length, why);
    for (const format of line.formats) {
      const meaning = meaningIn(offer, Number(format));
      assert.notEqual(meaning, null, `${why}: ${format} was not offered`);
      assert.equal(line.maps.get(Number(format)), meaning, `${why}: ${format}`);
    }
  }
  return live;
}
