/** An IPv4 address as it lies in memory on a little-endian machine, signed; null for what is none. */
export function wordOfIpv4(text: string): number | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return null;
  let word = 0;
  for (let i = 4; i > 0; i--) {
    const byte = Number(match[i]);
    if (byte > 255) return null;
    word = (word << 8) | byte;
  }
  return word;
}

export function ipv4OfWord(word: number): string {
  return `${word & 0xff}.${(word >>> 8) & 0xff}.${(word >>> 16) & 0xff}.${word >>> 24}`;
}
