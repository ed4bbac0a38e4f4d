import { createSocket, type Socket } from 'node:dgram';
import { setTimeout as pause } from 'node:timers/promises';
import { answerTo } from '../../server/test/peers/digest.ts';
import { sipPassword } from '../../server/test/peers/partyline.ts';
import { requestLines } from '../../server/test/peers/raw-sip.ts';

export interface CallMade {
  /** From the first INVITE to its final response, ms. */
  readonly ms: number;
  /** 0 when there was no response. */
  readonly status: number;
  /** Where the server takes its sound; 0 when there is none. */
  readonly rtpPort: number;
}

interface Asked {
  readonly lines: readonly string[];
  readonly answer: string;
}

/** Gives up a request after so long. */
const longestMs = 8000;
/** How long a call lasts. */
const talkMs = 100;

/**
 * A phone over UDP that registers and calls, as literal text. It sends again what is not answered, as every phone does
 * (RFC 3261 timers A and E): a datagram may be lost.
 */
export class CallingPhone {
  readonly #socket: Socket;
  readonly #server: number;
  readonly #user: string;
  readonly #waiting = new Map<string, (answer: string) => void>();
  /** The ACK of each call that was answered, as its 200 may come again. */
  readonly #acks = new Map<string, readonly string[]>();

  /** Bound to an address of loopback, which is its source for the server, and registered. */
  static async registered(serverPort: number, user: string, address: string): Promise<CallingPhone> {
    const socket = createSocket('udp4');
    await new Promise<void>((done) => socket.bind(0, address, done));
    const phone = new CallingPhone(socket, serverPort, user);
    const { answer } = await phone.#ask('REGISTER', '');
    if (!answer.startsWith('SIP/2.0 200')) throw new Error(`${user} is not registered: ${answer.split('\r\n', 1)[0]}`);
    return phone;
  }

  private constructor(socket: Socket, server: number, user: string) {
    this.#socket = socket;
    this.#server = server;
    this.#user = user;
    socket.on('message', (bytes) => this.#take(bytes.toString('latin1')));
  }

  /** Calls and hangs up. */
  async call(target: string): Promise<CallMade> {
    const { made, asked } = await this.#invite(target, 40_002);
    if (made.status !== 200) return made;
    await pause(talkMs);
    await this.#send(within(asked, 'BYE', 2));
    return made;
  }

  /** Calls and stays, its sound at this port of its address. */
  async stay(target: string, port: number): Promise<CallMade> {
    return (await this.#invite(target, port)).made;
  }

  close(): void {
    this.#socket.close();
  }

  async #invite(target: string, port: number): Promise<{ made: CallMade; asked: Asked }> {
    const at = this.#socket.address().address;
    const offer = ['v=0', `o=- 1 1 IN IP4 ${at}`, 's=-', `c=IN IP4 ${at}`, 't=0 0', `m=audio ${port} RTP/AVP 0`, ''];
    const begun = performance.now();
    const asked = await this.#ask('INVITE', target, offer.join('\r\n'));
    const ms = performance.now() - begun;
    const rtpPort = Number(/^m=audio (\d+)/m.exec(asked.answer)?.[1] ?? 0);
    return { made: { ms, status: statusOf(asked.answer), rtpPort }, asked };
  }

  /** A request answered with digest. */
  async #ask(method: string, target: string, body = ''): Promise<Asked> {
    const uri = target === '' ? 'sip:localhost' : `sip:${target}@localhost`;
    const more = body === '' ? [] : ['Content-Type: application/sdp'];
    const first = await this.#send(requestLines(method, target, this.#user, more), body);
    if (statusOf(first.answer) !== 401) return first;
    const proof = answerTo(first.answer, { method, uri, user: this.#user, password: sipPassword });
    return await this.#send(requestLines(method, target, this.#user, [...more, proof]), body);
  }

  async #send(lines: readonly string[], body = ''): Promise<Asked> {
    const key = transactionOf(lines.join('\r\n'));
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#waiting.set(key, resolve);
    let waitMs = 500;
    const again = (): void => {
      this.#write(lines, body);
      timer = setTimeout(again, waitMs);
      waitMs *= 2;
    };
    let timer: NodeJS.Timeout | undefined;
    again();
    const limit = setTimeout(() => resolve(''), longestMs);
    const answer = await promise;
    clearTimeout(timer);
    clearTimeout(limit);
    this.#waiting.delete(key);
    const asked = { lines, answer };
    if (lines[0]!.startsWith('INVITE') && answer !== '') {
      const ack = within(asked, 'ACK', 1);
      this.#write(ack);
      this.#acks.set(key, ack);
    }
    return asked;
  }

  #write(lines: readonly string[], body = ''): void {
    const { address, port } = this.#socket.address();
    const text = lines.map((line) => line.replaceAll('HERE', `${address}:${port}`));
    const message = [...text, `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n');
    this.#socket.send(message, this.#server, '127.0.0.1');
  }

  #take(text: string): void {
    if (/^SIP\/2\.0 [2-6]/.test(text)) {
      const [waiting, ack] = [this.#waiting.get(transactionOf(text)), this.#acks.get(transactionOf(text))];
      if (waiting !== undefined) waiting(text);
      else if (ack !== undefined) this.#write(ack);
    } else if (!text.startsWith('SIP/2.0 ') && !text.startsWith('ACK ')) {
      const kept = text.split('\r\n').filter((line) => /^(Via|From|To|Call-ID|CSeq):/i.test(line));
      this.#write(['SIP/2.0 200 OK', ...kept]);
    }
  }
}

function statusOf(answer: string): number {
  return Number(answer.slice(8, 11));
}

function transactionOf(text: string): string {
  return `${/^Call-ID: *(\S+)/im.exec(text)?.[1]} ${/^CSeq: *(.+?)\r?$/im.exec(text)?.[1]}`;
}

/** Another request in the dialog that an INVITE made; the ACK of a refusal belongs to the INVITE's own transaction. */
function within({ lines, answer }: Asked, method: string, cseq: number): string[] {
  const to = /^To: .*?(?=\r?$)/im.exec(answer)?.[0] ?? '';
  const own = statusOf(answer) >= 300;
  const kept = lines.filter((line) => /^(Via|Max-Forwards|From|Call-ID):/.test(line));
  const heads = kept.map((line) => (line.startsWith('Via') && !own ? `${line}${method}` : line));
  return [`${method} ${lines[0]!.split(' ')[1]} SIP/2.0`, ...heads, to, `CSeq: ${cseq} ${method}`];
}
