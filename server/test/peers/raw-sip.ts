import { createSocket, type Socket } from 'node:dgram';
import { waitFor } from './wait.ts';

/** SIP as literal text over UDP, for what no well-behaved phone sends. */
export class RawSip {
  readonly received: string[] = [];
  readonly #socket: Socket;
  readonly #server: number;

  /** `address`: another one of 127.0.0.0/8 is another source for the server. */
  static async open(serverPort: number, address = '127.0.0.1'): Promise<RawSip> {
    const socket = createSocket('udp4');
    // A test that fails before it closes must not keep the process alive.
    socket.unref();
    await new Promise<void>((resolve) => socket.bind(0, address, resolve));
    return new RawSip(socket, serverPort);
  }

  private constructor(socket: Socket, serverPort: number) {
    this.#socket = socket;
    this.#server = serverPort;
    socket.on('message', (bytes) => void this.received.push(bytes.toString('latin1')));
  }

  get port(): number {
    return this.#socket.address().port;
  }

  send(lines: readonly string[], body = ''): void {
    const { address, port } = this.#socket.address();
    const text = lines.map((line) => line.replaceAll('HERE', `${address}:${port}`));
    const message = [...text, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n');
    this.#socket.send(message, this.#server, '127.0.0.1');
  }

  /** The first final response from the `since`th message on. */
  final(usualMs: number, since = 0): Promise<string> {
    return waitFor(
      () => this.received.slice(since).find((text) => /^SIP\/2\.0 [2-6]/.test(text)),
      usualMs,
      'a final response',
    );
  }

  close(): void {
    this.#socket.close();
  }
}

let counter = 0;

/** The head of a request to the number `target` (empty: the server itself), as `from`. */
export function requestLines(method: string, target: string, from: string, more: readonly string[] = []): string[] {
  const unique = `${process.pid}-${++counter}`;
  return [
    `${method} ${target === '' ? 'sip:localhost' : `sip:${target}@localhost`} SIP/2.0`,
    `Via: SIP/2.0/UDP HERE;rport;branch=z9hG4bK-${unique}`,
    'Max-Forwards: 70',
    `From: <sip:${from}@localhost>;tag=${unique}`,
    `To: <sip:${method === 'REGISTER' ? from : target}@localhost>`,
    `Call-ID: ${unique}@test`,
    `CSeq: 1 ${method}`,
    `Contact: <sip:${from}@HERE>`,
    ...more,
  ];
}
