import { createSocket, type Socket } from 'node:dgram';
import type { HostPort } from '../../base/host-port.ts';

/**
 * A phone that rings, with whatever headers, and answers when it is told to by `NOTIFY`; for the tests of this folder.
 * It sends no sound.
 */
export class RawCallee {
  /** Headers of its 180. */
  ringsWith: readonly string[] = [];
  /** How it answers a NOTIFY. */
  takesNotify = true;
  /** Requests as they came, whole. */
  readonly requests: string[] = [];
  readonly #socket: Socket = createSocket('udp4');
  #sip: HostPort = { address: '127.0.0.1', port: 0 };

  static async open(): Promise<RawCallee> {
    const phone = new RawCallee();
    await new Promise<void>((resolve) => phone.#socket.bind(0, '127.0.0.1', resolve));
    phone.#sip = { address: '127.0.0.1', port: phone.#socket.address().port };
    phone.#socket.on('message', (bytes, from) => phone.#take(bytes.toString('latin1'), from));
    return phone;
  }

  get sip(): HostPort {
    return this.#sip;
  }

  /** The newest request of that method. */
  last(method: string): string | undefined {
    return this.requests.findLast((text) => text.startsWith(`${method} `));
  }

  close(): void {
    this.#socket.close();
  }

  #take(text: string, from: HostPort): void {
    const method = /^([A-Z]+) sip:/.exec(text)?.[1];
    if (method === undefined || method === 'ACK') return;
    this.requests.push(text);
    if (method === 'INVITE') {
      this.#answer(text, from, '180 Ringing', this.ringsWith);
      return;
    }
    this.#answer(text, from, method === 'NOTIFY' && !this.takesNotify ? '489 Bad Event' : '200 OK', []);
    const invite = this.last('INVITE');
    if (invite === undefined) return;
    if (method === 'NOTIFY' && this.takesNotify)
      this.#answer(invite, from, '200 OK', ['Content-Type: application/sdp'], sound);
    if (method === 'CANCEL') this.#answer(invite, from, '487 Request Terminated', []);
  }

  #answer(request: string, { address, port }: HostPort, status: string, more: readonly string[], body = ''): void {
    const copied = (request.match(/^(Via|From|To|Call-ID|CSeq): .*$/gim) ?? []).map((line) => line.trim());
    const tagged = copied.map((line) => (/^To:/i.test(line) && !line.includes(';tag=') ? `${line};tag=raw` : line));
    const contact = `Contact: <sip:raw@127.0.0.1:${this.#sip.port}>`;
    const head = [`SIP/2.0 ${status}`, ...tagged, contact, ...more, `Content-Length: ${body.length}`, '\r\n'];
    this.#socket.send(head.join('\r\n') + body, port, address);
  }
}

const sound = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', 'm=audio 9 RTP/AVP 0', ''].join(
  '\r\n',
);
