import { createSocket, type Socket } from 'node:dgram';
import type { HostPort } from '../../base/host-port.ts';

/**
 * A phone that rings, with whatever headers, and answers, or takes back what it holds, when it is told to by `NOTIFY`;
 * for the tests of this folder. It sends no sound.
 */
export class RawCallee {
  /** Headers of its 180. */
  ringsWith: readonly string[] = [];
  /** How it answers a NOTIFY. */
  takesNotify = true;
  /** Requests as they came, whole. */
  readonly requests: string[] = [];
  #holds = false;
  #cseq = 1;
  readonly #socket: Socket = createSocket('udp4');
  #sip: HostPort = { address: '127.0.0.1', port: 0 };
  #server: HostPort = { address: '127.0.0.1', port: 0 };

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

  /** Its user picks up. */
  pickUp(): void {
    this.#answer(this.last('INVITE')!, this.#server, '200 OK', ['Content-Type: application/sdp'], sound());
  }

  /** Its user puts the call on hold, or takes it back: a re-INVITE. */
  hold(on: boolean): void {
    const invite = this.last('INVITE')!;
    const said = (header: RegExp) => header.exec(invite)?.[1]?.trim() ?? '';
    const [from, to, callId] = [said(/^From: (.*)$/m), said(/^To: (.*)$/m), said(/^Call-ID: (.*)$/m)];
    const target = said(/^Contact: <([^>]*)>/m);
    const body = sound(on ? 'sendonly' : 'sendrecv', ++this.#cseq);
    const head = [
      `INVITE ${target} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${this.#sip.port};branch=z9hG4bKraw${this.#cseq}`,
      `From: ${to};tag=raw`,
      `To: ${from}`,
      `Call-ID: ${callId}`,
      `CSeq: ${this.#cseq} INVITE`,
      `Contact: <sip:raw@127.0.0.1:${this.#sip.port}>`,
      'Max-Forwards: 70',
      'Content-Type: application/sdp',
      `Content-Length: ${body.length}`,
      '\r\n',
    ];
    this.#holds = on;
    this.#send(head.join('\r\n') + body, this.#server);
  }

  close(): void {
    this.#socket.close();
  }

  #take(text: string, from: HostPort): void {
    this.#server = from;
    const method = /^([A-Z]+) sip:/.exec(text)?.[1];
    if (method === undefined && /^SIP\/2.0 2/.test(text) && /^CSeq: \d+ INVITE/m.test(text)) this.#acknowledge(text);
    if (method === undefined || method === 'ACK') return;
    this.requests.push(text);
    if (method === 'INVITE') {
      this.#answer(text, from, '180 Ringing', this.ringsWith);
      return;
    }
    this.#answer(text, from, method === 'NOTIFY' && !this.takesNotify ? '489 Bad Event' : '200 OK', []);
    const invite = this.last('INVITE');
    if (invite === undefined) return;
    if (method === 'NOTIFY' && this.takesNotify) {
      if (this.#holds) this.hold(false);
      else this.pickUp();
    }
    if (method === 'CANCEL') this.#answer(invite, from, '487 Request Terminated', []);
  }

  #acknowledge(answer: string): void {
    const copied = (answer.match(/^(From|To|Call-ID): .*$/gim) ?? []).map((line) => line.trim());
    const target = /^Contact: <([^>]*)>/m.exec(answer)?.[1];
    const number = /^CSeq: (\d+)/m.exec(answer)?.[1];
    const via = `Via: SIP/2.0/UDP 127.0.0.1:${this.#sip.port};branch=z9hG4bKrawack${number}`;
    const head = [`ACK ${target} SIP/2.0`, via, ...copied, `CSeq: ${number} ACK`, 'Content-Length: 0', '\r\n'];
    this.#send(head.join('\r\n'), this.#server);
  }

  #send(text: string, { address, port }: HostPort): void {
    this.#socket.send(text, port, address);
  }

  #answer(request: string, to: HostPort, status: string, more: readonly string[], body = ''): void {
    const copied = (request.match(/^(Via|From|To|Call-ID|CSeq): .*$/gim) ?? []).map((line) => line.trim());
    const tagged = copied.map((line) => (/^To:/i.test(line) && !line.includes(';tag=') ? `${line};tag=raw` : line));
    const contact = `Contact: <sip:raw@127.0.0.1:${this.#sip.port}>`;
    const head = [`SIP/2.0 ${status}`, ...tagged, contact, ...more, `Content-Length: ${body.length}`, '\r\n'];
    this.#send(head.join('\r\n') + body, to);
  }
}

function sound(direction = 'sendrecv', version = 1): string {
  const origin = `o=- 1 ${version} IN IP4 127.0.0.1`;
  const lines = ['v=0', origin, 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', 'm=audio 9 RTP/AVP 0', `a=${direction}`, ''];
  return lines.join('\r\n');
}
