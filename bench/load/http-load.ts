import { connect } from 'node:net';

export interface HttpLoad {
  readonly port: number;
  readonly connections: number;
  /** Bytes of the request with this number; null ends the load. */
  readonly request: (index: number) => Buffer | null;
  /** Requests begun per second over all connections; default: as fast as answers come. */
  readonly rate?: number;
  readonly timeoutMs: number;
}

export interface HttpLoadResult {
  readonly answers: number;
  /** By status. */
  readonly statuses: ReadonlyMap<number, number>;
  /** Bodies of the answers with status 200, when they were asked for. */
  readonly bodies: readonly string[];
  /** Sorted, ms. */
  readonly latencies: readonly number[];
  readonly seconds: number;
}

/**
 * So many kept connections, one request at a time on each, over plain sockets: a client that costs little beside the
 * server it measures. With a rate, latency counts from when the request was due, so a server that falls behind is not
 * flattered.
 */
export async function loadHttp(load: HttpLoad, keepBodies = false): Promise<HttpLoadResult> {
  const statuses = new Map<number, number>();
  const bodies: string[] = [];
  const latencies: number[] = [];
  const start = performance.now();
  let next = 0;
  let over = false;

  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const socket = connect(load.port, '127.0.0.1');
      let due = 0;
      let asked = false;
      let incoming = new Incoming();
      socket.setNoDelay(true);
      const send = (): void => {
        const index = next++;
        const bytes = over ? null : load.request(index);
        if (bytes === null) {
          over = true;
          socket.end();
          resolve();
          return;
        }
        due = load.rate === undefined ? performance.now() : start + (index * 1000) / load.rate;
        asked = true;
        const wait = due - performance.now();
        if (wait > 1) setTimeout(() => socket.write(bytes), wait);
        else socket.write(bytes);
      };
      socket.on('connect', send);
      socket.on('error', reject);
      // Cut off in the middle of an answer: that counts as status 0, and ends the connection.
      socket.on('close', () => {
        if (!asked) return;
        statuses.set(0, (statuses.get(0) ?? 0) + 1);
        resolve();
      });
      socket.on('data', (part) => {
        const status = incoming.take(part);
        if (status === null) return;
        asked = false;
        latencies.push(performance.now() - due);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (keepBodies && status === 200) bodies.push(incoming.body());
        incoming = new Incoming();
        send();
      });
    });

  const timer = setTimeout(() => {
    over = true;
  }, load.timeoutMs);
  await Promise.all(Array.from({ length: load.connections }, one));
  clearTimeout(timer);
  latencies.sort((a, b) => a - b);
  const seconds = (performance.now() - start) / 1000;
  return { answers: latencies.length, statuses, bodies, latencies, seconds };
}

/** One answer as it arrives, with its length in front or, in chunks, its end behind. */
export class Incoming {
  #parts: Buffer[] = [];
  #size = 0;
  /** Of all; null: it ends with an empty chunk. */
  #length: number | null = null;
  #status = 0;
  #bodyAt = 0;

  /** The status when it is whole; null while bytes are missing. */
  take(part: Buffer): number | null {
    this.#parts.push(part);
    this.#size += part.length;
    if (this.#bodyAt === 0 && !this.#readHead()) return null;
    if (this.#length === null ? !this.#endsChunked() : this.#size < this.#length) return null;
    return this.#status;
  }

  /** With a length in front. */
  body(): string {
    return Buffer.concat(this.#parts).toString('utf8', this.#bodyAt);
  }

  #readHead(): boolean {
    const bytes = Buffer.concat(this.#parts);
    const end = bytes.indexOf('\r\n\r\n');
    if (end < 0) return false;
    const head = bytes.toString('latin1', 0, end);
    const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
    this.#status = Number(head.slice(9, 12));
    this.#bodyAt = end + 4;
    this.#length = /\r\ntransfer-encoding: chunked/i.test(head) ? null : this.#bodyAt + Number(length ?? 0);
    return true;
  }

  #endsChunked(): boolean {
    return Buffer.concat(this.#parts.slice(-5)).subarray(-5).toString('latin1') === '0\r\n\r\n';
  }
}

export function httpRequest(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: string | null = null,
): Buffer {
  const lines = [`${method} ${path} HTTP/1.1`, 'Host: 127.0.0.1'];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  if (body !== null && !('Content-Type' in headers)) lines.push('Content-Type: application/json');
  if (body !== null) lines.push(`Content-Length: ${Buffer.byteLength(body)}`);
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body ?? ''}`);
}

/** The value that this share of all is not above. */
export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
