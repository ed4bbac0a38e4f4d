import { Headers } from '../../message/headers.ts';
import { SipRequest } from '../../message/message.ts';
import { createResponse, type ResponseOptions } from '../../message/response.ts';
import { serialize } from '../../message/serialize.ts';
import type { VirtualTransport } from '../../transport/testing/virtual-network.ts';
import { type Laboratory, type Seen, uri } from './two-agents.ts';

export interface Question {
  readonly uri?: string;
  readonly callId?: string;
  readonly cseq?: number;
  readonly fromTag?: string;
  readonly toTag?: string;
  readonly via?: string;
  readonly body?: string;
  /** Set on the request; null removes one. */
  readonly headers?: Record<string, string | null>;
  /** As `headers`, with values that we would not write ourselves. */
  readonly parsedHeaders?: Record<string, string>;
}

/** A peer that sends single hand-made requests; for the tests of this folder. */
export class RawPeer {
  readonly #lab: Laboratory;
  readonly #host: string;
  readonly #transport: VirtualTransport;
  #number = 0;

  constructor(lab: Laboratory, host = '10.0.0.9') {
    this.#lab = lab;
    this.#host = host;
    this.#transport = lab.network.attach({ address: host, port: 5060 });
  }

  send(method: string, question: Question = {}, to = '10.0.0.2'): void {
    const number = ++this.#number;
    const headers = new Headers();
    headers.append('Via', question.via ?? `SIP/2.0/UDP ${this.#host}:5060;branch=z9hG4bKprobe${this.#host}-${number}`);
    headers.append('From', `<sip:probe@${this.#host}>;tag=${question.fromTag ?? 'probe'}`);
    headers.append('To', `<sip:b@${to}>${question.toTag === undefined ? '' : `;tag=${question.toTag}`}`);
    headers.append('Call-ID', question.callId ?? `probe-${number}`);
    headers.append('CSeq', `${question.cseq ?? number} ${method}`);
    headers.append('Max-Forwards', '70');
    headers.append('Contact', `<sip:probe@${this.#host}:5060>`);
    for (const [name, value] of Object.entries(question.headers ?? {})) {
      if (value === null) headers.remove(name);
      else headers.set(name, value);
    }
    for (const [name, value] of Object.entries(question.parsedHeaders ?? {})) {
      headers.remove(name);
      headers.appendParsed(name, value);
    }
    const body = Buffer.from(question.body ?? '');
    const request = new SipRequest(method, uri(question.uri ?? `sip:b@${to}`), headers, body);
    this.#transport.flowTo('udp', { address: to, port: 5060 }).send(serialize(request));
  }

  /** Sends and gives the last answer that came within a moment. */
  ask(method: string, question: Question = {}, to = '10.0.0.2'): Seen {
    this.send(method, question, to);
    this.#lab.clock.advance(5);
    return this.last;
  }

  /** Answers a request as it was seen on the network, whoever it was for, `without` some headers. */
  answer(
    request: SipRequest,
    status: number,
    { without = [], ...options }: ResponseOptions & { readonly without?: readonly string[] } = {},
  ): void {
    const contact: [string, string] = ['Contact', `<sip:probe@${this.#host}:5060>`];
    const headers = options.headers ?? (status < 300 ? [contact] : []);
    const response = createResponse(request, status, undefined, { toTag: 'probe', ...options, headers });
    for (const name of without) response.headers.remove(name);
    const { host, port } = request.via;
    const flow = this.#transport.flowTo('udp', { address: host, port: port ?? 5060 });
    flow.send(serialize(response));
  }

  get last(): Seen {
    const found = this.#lab.seen.findLast((entry) => entry.to === this.#host);
    if (found === undefined) throw new Error('nothing came back');
    return found;
  }
}
