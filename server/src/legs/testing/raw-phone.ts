import { createSocket, type Socket } from 'node:dgram';
import type { HostPort } from '../../base/host-port.ts';
import { until } from './virtual-exchange.ts';

/** Just enough SIP to send, and to leave out, what a user agent of ours would not; for the tests of this folder. */
export class RawPhone {
  /** Requests of the server: methods, and all that they say. */
  readonly asked: string[] = [];
  readonly askedWhole: string[] = [];
  /** Stands in what it answers a request with, besides what is copied. */
  header: (method: string) => string | null = () => null;
  /** Answers a request of the server with this status; null leaves it unanswered. */
  answer: (method: string) => number | null = () => 200;
  readonly #server: HostPort;
  readonly #socket: Socket = createSocket('udp4');
  readonly #received: string[] = [];
  #toTag = '';

  private constructor(server: HostPort) {
    this.#server = server;
  }

  static async open(server: HostPort): Promise<RawPhone> {
    const phone = new RawPhone(server);
    await new Promise<void>((resolve) => phone.#socket.bind(0, '127.0.0.1', resolve));
    phone.#socket.on('message', (bytes) => phone.#take(bytes.toString('latin1')));
    return phone;
  }

  send(method: string, cseq: number, body: string): void {
    const port = this.#socket.address().port;
    const lines = [
      `${method} sip:211*4@127.0.0.1 SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${port};rport;branch=z9hG4bK-${port}-${method}-${cseq}`,
      `From: <sip:raw@elsewhere.test>;tag=raw`,
      `To: <sip:211*4@127.0.0.1>${this.#toTag}`,
      `Call-ID: raw-${port}`,
      `CSeq: ${cseq} ${method}`,
      `Contact: <sip:raw@127.0.0.1:${port}>`,
      'Max-Forwards: 70',
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${body.length}`,
    ];
    this.#write(`${lines.join('\r\n')}\r\n\r\n${body}`);
  }

  /** The final response to this request. */
  async final(method: string, cseq: number): Promise<string> {
    const find = () =>
      this.#received.find((text) => /^SIP\/2\.0 [2-6]/.test(text) && text.includes(`${cseq} ${method}`));
    await until(`a response to ${method}`, () => find() !== undefined);
    const response = find()!;
    this.#toTag = /^To: [^\r]*(;tag=[^\r;]+)/im.exec(response)?.[1] ?? this.#toTag;
    return response;
  }

  get at(): HostPort {
    return { address: '127.0.0.1', port: this.#socket.address().port };
  }

  close(): void {
    this.#socket.close();
  }

  #take(text: string): void {
    this.#received.push(text);
    const method = /^([A-Z]+) sip:/.exec(text)?.[1];
    if (method === undefined) return;
    this.asked.push(method);
    this.askedWhole.push(text);
    const status = this.answer(method);
    if (status === null) return;
    const copied = text.match(/^(Via|From|To|Call-ID|CSeq): .*$/gim) ?? [];
    const more = this.header(method) ?? 'Content-Length: 0';
    const lines = [`SIP/2.0 ${status} Answer`, ...copied.map((line) => line.trim()), more];
    this.#write(`${lines.join('\r\n')}\r\n\r\n`);
  }

  #write(text: string): void {
    this.#socket.send(text, this.#server.port, this.#server.address);
  }
}
