import { createSocket, type Socket } from 'node:dgram';
import type { HostPort } from '../../base/host-port.ts';
import { digestHash } from '../../sip/auth/digest-hash.ts';
import { domain, password, until } from './virtual-exchange.ts';

/*
 * A desk phone with a transfer key, in literal text over UDP: what a user agent of ours does not send (REFER), and how
 * it takes what comes of it (NOTIFY). It calls, is called, and has several calls at once; it makes no sound.
 */

export interface PhoneDialog {
  readonly callId: string;
  readonly ownTag: string;
  tag: string;
  /** Of our requests, and theirs. */
  cseq: number;
  readonly to: string;
  /** Final status of our INVITE; null: none yet. */
  status: number | null;
  /** What came of the last REFER: `180 active`, `200 terminated;reason=noresource`. */
  readonly notified: string[];
  /** The server has ended it. */
  ended: boolean;
  /** What the INVITE to us said. */
  invite: string | null;
}

export interface ReferOptions {
  readonly headers?: readonly string[];
  /** Default its own. */
  readonly user?: string;
  readonly password?: string;
}

export class ReferringPhone {
  readonly number: string;
  readonly dialogs: PhoneDialog[] = [];
  /** Whether it answers calls to it. */
  answers = true;
  /** How it answers NOTIFY; null: not at all. */
  notifyStatus: number | null = 200;
  readonly #server: HostPort;
  readonly #host: string;
  readonly #socket: Socket = createSocket('udp4');
  readonly #received: string[] = [];
  #count = 0;

  private constructor(server: HostPort, number: string, host: string) {
    this.#server = server;
    this.number = number;
    this.#host = host;
  }

  /** `host`: what it says that it is of. */
  static async open(server: HostPort, number: string, host: string = domain): Promise<ReferringPhone> {
    const phone = new ReferringPhone(server, number, host);
    await new Promise<void>((resolve) => phone.#socket.bind(0, '127.0.0.1', resolve));
    phone.#socket.on('message', (bytes) => phone.#take(bytes.toString('latin1')));
    return phone;
  }

  get sip(): HostPort {
    return { address: '127.0.0.1', port: this.#socket.address().port };
  }

  /** Calls, and waits until that is answered or refused, or rings (`early`). */
  async call(number: string, early = false): Promise<PhoneDialog> {
    const callId = `${this.sip.port}-${++this.#count}`;
    const dialog: PhoneDialog = { ...blank(), callId, ownTag: `own${this.#count}`, to: number };
    this.dialogs.push(dialog);
    const challenge = await this.#ask(dialog, 'INVITE', { body: this.#sdp() });
    if (statusOf(challenge) !== 401) return dialog;
    this.#ack(dialog, challenge);
    const authorization = answerTo(challenge, this.number, 'INVITE', `sip:${number}@${domain}`);
    const cseq = ++dialog.cseq;
    this.#send(dialog, 'INVITE', cseq, [authorization], this.#sdp());
    const rang = () => this.#received.find((text) => isFor(text, dialog, cseq, 'INVITE') && /^SIP\/2\.0 18/.test(text));
    const final = () => this.#final(dialog, cseq, 'INVITE');
    await until(`${number} to ring or answer`, () => final() !== undefined || (early && rang() !== undefined));
    dialog.tag = tagOf((final() ?? rang())!, 'To');
    return dialog;
  }

  /** The dialog of the call that comes in next, once it is answered. */
  async called(): Promise<PhoneDialog> {
    const before = this.dialogs.length;
    await until('to be called', () => this.dialogs.length > before);
    return this.dialogs[before]!;
  }

  /** Asks for another to be called; gives the final status. */
  async refer(dialog: PhoneDialog, referTo: string, options: ReferOptions = {}): Promise<number> {
    const lines = [`Refer-To: ${referTo}`, `Referred-By: <sip:somebody@else.test>`, ...(options.headers ?? [])];
    const first = await this.#ask(dialog, 'REFER', { lines });
    if (!first.startsWith('SIP/2.0 401')) return statusOf(first);
    const { user = this.number, password: word = password.reveal() } = options;
    const authorization = answerTo(first, user, 'REFER', `sip:partyline@${this.#server.address}`, word);
    return statusOf(await this.#ask(dialog, 'REFER', { lines: [...lines, authorization] }));
  }

  /** What Replaces names this dialog by. */
  replaces({ callId, tag, ownTag }: PhoneDialog, turned = false, flag = ''): string {
    const [toTag, fromTag] = turned ? [ownTag, tag] : [tag, ownTag];
    return encodeURIComponent(`${callId};to-tag=${toTag};from-tag=${fromTag}${flag}`);
  }

  async hold(dialog: PhoneDialog, direction: 'sendonly' | 'sendrecv'): Promise<void> {
    await this.#ask(dialog, 'INVITE', { body: this.#sdp(direction) });
  }

  async hangUp(dialog: PhoneDialog): Promise<number> {
    return statusOf(await this.#ask(dialog, 'BYE', {}));
  }

  async hears(dialog: PhoneDialog, last: RegExp): Promise<void> {
    await until(
      () => `${last} of what came of the REFER; told: ${dialog.notified.join(', ')}`,
      () => last.test(dialog.notified.at(-1) ?? ''),
    );
  }

  close(): void {
    this.#socket.close();
  }

  #sdp(direction = 'sendrecv'): string {
    const lines = ['v=0', 'o=p 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'];
    return [...lines, `m=audio ${this.sip.port} RTP/AVP 0`, `a=${direction}`, ''].join('\r\n');
  }

  async #ask(
    dialog: PhoneDialog,
    method: string,
    { lines = [], body = '' }: { readonly lines?: readonly string[]; readonly body?: string },
  ): Promise<string> {
    const cseq = ++dialog.cseq;
    this.#send(dialog, method, cseq, lines, body);
    await until(`an answer to ${method}`, () => this.#final(dialog, cseq, method) !== undefined);
    return this.#final(dialog, cseq, method)!;
  }

  #final(dialog: PhoneDialog, cseq: number, method: string): string | undefined {
    return this.#received.find((text) => isFor(text, dialog, cseq, method) && /^SIP\/2\.0 [2-6]/.test(text));
  }

  #ack(dialog: PhoneDialog, response: string): void {
    const before = dialog.tag;
    dialog.tag = tagOf(response, 'To');
    this.#send(dialog, 'ACK', dialog.cseq, [], '', response.startsWith('SIP/2.0 2') ? '' : 'INVITE');
    if (!response.startsWith('SIP/2.0 2')) dialog.tag = before;
  }

  /** `branchOf`: an ACK of a refusal belongs to the transaction of its INVITE. */
  #send(dialog: PhoneDialog, method: string, cseq: number, lines: readonly string[], body = '', branchOf = ''): void {
    const { port } = this.sip;
    const target = dialog.tag === '' ? `sip:${dialog.to}@${domain}` : `sip:partyline@${this.#server.address}`;
    const text = [
      `${method} ${branchOf === '' ? target : `sip:${dialog.to}@${domain}`} SIP/2.0`,
      `Via: SIP/2.0/UDP 127.0.0.1:${port};rport;branch=z9hG4bK-${dialog.callId}-${branchOf || method}-${cseq}`,
      `From: <sip:${this.number}@${this.#host}>;tag=${dialog.ownTag}`,
      `To: <sip:${dialog.to}@${domain}>${dialog.tag === '' ? '' : `;tag=${dialog.tag}`}`,
      `Call-ID: ${dialog.callId}`,
      `CSeq: ${cseq} ${method}`,
      `Contact: <sip:${this.number}@127.0.0.1:${port}>`,
      'Max-Forwards: 70',
      ...lines,
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${body.length}`,
    ];
    this.#write(`${text.join('\r\n')}\r\n\r\n${body}`);
  }

  #take(text: string): void {
    const method = /^([A-Z]+) sip:/.exec(text)?.[1];
    if (method === undefined) {
      this.#received.push(text);
      const dialog = this.dialogs.find((one) => headerOf(text, 'Call-ID') === one.callId);
      // Once for each copy: a 2xx is repeated until it is acknowledged.
      if (dialog !== undefined && /^SIP\/2\.0 [2-6]/.test(text) && / INVITE$/.test(headerOf(text, 'CSeq'))) {
        if (statusOf(text) !== 401) dialog.status = statusOf(text);
        if (text.startsWith('SIP/2.0 2')) {
          dialog.tag = tagOf(text, 'To');
          this.#send(dialog, 'ACK', Number.parseInt(headerOf(text, 'CSeq'), 10), []);
        }
      }
      return;
    }
    const known = this.dialogs.find((one) => one.callId === headerOf(text, 'Call-ID'));
    if (method === 'INVITE' && known === undefined) this.#invited(text);
    else if (method === 'NOTIFY') this.#notified(text, known);
    else if (method !== 'ACK' && method !== 'INVITE') {
      if (method === 'BYE' && known !== undefined) known.ended = true;
      this.#answer(text, 200);
    }
  }

  #invited(text: string): void {
    const ownTag = `own${++this.#count}`;
    const callId = headerOf(text, 'Call-ID');
    const to = /sip:([^@]*)@/.exec(headerOf(text, 'From'))?.[1] ?? '';
    const dialog = { ...blank(), callId, ownTag, tag: tagOf(text, 'From'), to, invite: text };
    this.dialogs.push(dialog);
    this.#answer(text, 180, ownTag);
    if (this.answers) this.#answer(text, 200, ownTag, this.#sdp());
  }

  #notified(text: string, dialog: PhoneDialog | undefined): void {
    const state = headerOf(text, 'Subscription-State').replace(/;expires=\d+/, '');
    const said = `${/SIP\/2\.0 (\d+)/.exec(text.slice(text.indexOf('\r\n\r\n')))?.[1]} ${state}`;
    if (dialog !== undefined && dialog.notified.at(-1) !== said) dialog.notified.push(said);
    if (this.notifyStatus !== null) this.#answer(text, this.notifyStatus);
  }

  #answer(text: string, status: number, toTag = '', body = ''): void {
    const copied = ['Via', 'From', 'To', 'Call-ID', 'CSeq'].map((name) => {
      const value = headerOf(text, name);
      return `${name}: ${value}${name === 'To' && toTag !== '' && !value.includes('tag=') ? `;tag=${toTag}` : ''}`;
    });
    const contact = `Contact: <sip:${this.number}@127.0.0.1:${this.sip.port}>`;
    const type = body === '' ? [] : ['Content-Type: application/sdp'];
    const head = [`SIP/2.0 ${status} Answer`, ...copied, contact, ...type, `Content-Length: ${body.length}`];
    this.#write(`${head.join('\r\n')}\r\n\r\n${body}`);
  }

  #write(text: string): void {
    this.#socket.send(text, this.#server.port, this.#server.address);
  }
}

function blank(): PhoneDialog {
  const none = { callId: '', ownTag: '', tag: '', to: '', cseq: 0 };
  return { ...none, status: null, notified: [], ended: false, invite: null };
}

function isFor(text: string, { callId }: PhoneDialog, cseq: number, method: string): boolean {
  return headerOf(text, 'Call-ID') === callId && headerOf(text, 'CSeq') === `${cseq} ${method}`;
}

function headerOf(text: string, name: string): string {
  return new RegExp(`^${name}: ([^\\r]*)`, 'im').exec(text)?.[1] ?? '';
}

function tagOf(text: string, name: string): string {
  return /;tag=([^;\s]+)/.exec(headerOf(text, name))?.[1] ?? '';
}

function statusOf(text: string): number {
  return Number(text.slice(8, 11));
}

function answerTo(challenge: string, user: string, method: string, uri: string, word = password.reveal()): string {
  const asked = headerOf(challenge, 'WWW-Authenticate');
  const part = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(asked)?.[1] ?? '';
  const md5 = (text: string) => digestHash('MD5', text);
  const ha1 = md5(`${user}:${part('realm')}:${word}`);
  const ha2 = md5(`${method}:${uri}`);
  const response = md5(`${ha1}:${part('nonce')}:00000001:abc:auth:${ha2}`);
  const names = `username="${user}", realm="${part('realm')}", nonce="${part('nonce')}", uri="${uri}"`;
  return `Authorization: Digest ${names}, response="${response}", algorithm=MD5, qop=auth, nc=00000001, cnonce="abc"`;
}
