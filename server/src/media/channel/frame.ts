/**
 * Frames on the control stream: a length and that many bytes of UTF-8 JSON.
 *
 *      0                   1                   2                   3
 *      0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                  length of the JSON text                      |
 *     +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *     |                          JSON text ...                        |
 */

const lengthBytes = 4;
/** Statistics of twenty thousand legs fit; anything longer is not our protocol. */
const longestFrame = 16 * 1024 * 1024;

export function encodeFrame(value: unknown): Buffer {
  const text = JSON.stringify(value);
  const length = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(lengthBytes + length);
  frame.writeUInt32BE(length, 0);
  frame.write(text, lengthBytes);
  return frame;
}

/** Cuts a byte stream into frames, however it was split on the way. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #buffered = 0;

  /** The values completed by `chunk`, or null when the stream is not our protocol and must be closed. */
  read(chunk: Buffer): unknown[] | null {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    const values: unknown[] = [];
    let bytes: Buffer | null = null;
    let at = 0;
    for (;;) {
      const left = this.#buffered - at;
      if (left < lengthBytes) break;
      bytes ??= this.#join();
      const length = bytes.readUInt32BE(at);
      if (length > longestFrame) return null;
      if (left < lengthBytes + length) break;
      try {
        values.push(JSON.parse(bytes.toString('utf8', at + lengthBytes, at + lengthBytes + length)));
      } catch {
        return null;
      }
      at += lengthBytes + length;
    }
    if (bytes !== null) this.#keep(bytes.subarray(at));
    return values;
  }

  #join(): Buffer {
    const only = this.#chunks.length === 1 ? this.#chunks[0] : undefined;
    return only ?? Buffer.concat(this.#chunks, this.#buffered);
  }

  #keep(rest: Buffer): void {
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#buffered = rest.length;
  }
}
