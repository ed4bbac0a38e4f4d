import { createSocket } from 'node:dgram';
import { strangerOffer, strangerRequest } from './flood-datagrams.ts';

/** One caller at an address: each call is answered, tries one PIN by INFO, and is hung up by the server. */
export class PinGuesser {
  readonly #socket = createSocket('udp4');
  readonly #address: string;
  readonly #sipPort: number;
  /** Whose PIN is asked already: 200 is repeated. */
  readonly #answered = new Set<string>();
  #count = 0;

  constructor(address: string, sipPort: number) {
    this.#address = address;
    this.#sipPort = sipPort;
    this.#socket.on('message', (bytes) => this.#take(bytes.toString('latin1')));
  }

  bind(): Promise<void> {
    return new Promise((done) => this.#socket.bind(0, this.#address, done));
  }

  call(): void {
    const target = `sip:200*3@127.0.0.1:${this.#sipPort}`;
    this.#send(strangerRequest('INVITE', target, this.#here, { body: strangerOffer(this.#address) }));
  }

  get #here(): string {
    return `${this.#address}:${this.#socket.address().port}`;
  }

  #send(text: string): void {
    this.#socket.send(text, this.#sipPort, '127.0.0.1');
  }

  #take(text: string): void {
    const line = (name: string): string => new RegExp(`^${name}: .*?(?=\\r$)`, 'm').exec(text)?.[0] ?? '';
    const names = ['From', 'To', 'Call-ID'].map(line);
    if (!text.startsWith('SIP/2.0 ')) {
      if (text.startsWith('ACK ')) return;
      const whole = ['SIP/2.0 200 OK', line('Via'), ...names, line('CSeq'), 'Content-Length: 0', '', ''];
      this.#send(whole.join('\r\n'));
      return;
    }
    const status = Number(text.slice(8, 11));
    if (status < 200 || !line('CSeq').endsWith('INVITE')) return;
    const contact = /^Contact: <([^>]*)>/m.exec(text)?.[1] ?? `sip:127.0.0.1:${this.#sipPort}`;
    const say = (method: string, cseq: number, body = ''): void => {
      const via = status === 200 ? `Via: SIP/2.0/UDP ${this.#here};branch=z9hG4bKguess${++this.#count}` : line('Via');
      const type = body === '' ? [] : ['Content-Type: application/dtmf-relay'];
      const head = [`${method} ${contact} SIP/2.0`, via, 'Max-Forwards: 70', ...names, `CSeq: ${cseq} ${method}`];
      this.#send([...head, ...type, `Content-Length: ${body.length}`, '', body].join('\r\n'));
    };
    say('ACK', 1);
    const call = line('Call-ID');
    if (status !== 200 || this.#answered.has(call)) return;
    this.#answered.add(call);
    const keys = `${1000 + Math.floor(Math.random() * 9000)}#`;
    for (const [place, key] of [...keys].entries()) {
      setTimeout(() => say('INFO', place + 2, `Signal=${key}\r\nDuration=100\r\n`), 50 + 30 * place);
    }
  }
}
