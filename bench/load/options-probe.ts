import { createSocket } from 'node:dgram';

/** Asks a SIP server by OPTIONS again and again, and keeps how long each answer took. */
export class OptionsProbe {
  readonly #socket = createSocket('udp4');
  readonly #port: number;
  readonly #asked = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  /** ms, in the order of the answers. */
  readonly latencies: number[] = [];
  #count = 0;

  constructor(port: number, everyMs = 20) {
    this.#port = port;
    this.#socket.on('message', (bytes) => {
      const id = /^call-id: *(\S+)/im.exec(bytes.toString('latin1'))?.[1] ?? '';
      const at = this.#asked.get(id);
      if (at === undefined) return;
      this.#asked.delete(id);
      this.latencies.push(performance.now() - at);
    });
    this.#socket.bind(0, '127.0.0.1');
    this.#timer = setInterval(() => this.#ask(), everyMs);
  }

  /** Asked and not answered. */
  get open(): number {
    return this.#asked.size;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#socket.close();
  }

  #ask(): void {
    const id = `probe-${this.#count++}`;
    const here = `127.0.0.1:${this.#socket.address().port}`;
    const lines = [
      `OPTIONS sip:127.0.0.1:${this.#port} SIP/2.0`,
      `Via: SIP/2.0/UDP ${here};branch=z9hG4bK${id}`,
      'Max-Forwards: 70',
      `From: <sip:probe@${here}>;tag=${id}`,
      `To: <sip:127.0.0.1:${this.#port}>`,
      `Call-ID: ${id}`,
      'CSeq: 1 OPTIONS',
      'Content-Length: 0',
    ];
    this.#asked.set(id, performance.now());
    this.#socket.send(`${lines.join('\r\n')}\r\n\r\n`, this.#port, '127.0.0.1');
  }
}
