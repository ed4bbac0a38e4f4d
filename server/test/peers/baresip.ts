import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../src/base/testing/free-port.ts';
import { ControlConnection, type PhoneEvent } from './baresip-control.ts';
import { endChild, startChild } from './children.ts';
import { Recording } from './recording.ts';
import { waitFor } from './wait.ts';

/**
 * A headless baresip: an independent SIP phone that plays one tone into its microphone and records what it hears. Each
 * has its own temporary configuration folder and ports, and is driven over its ctrl_tcp module.
 *
 * Facts of baresip 1.0.0 this rests on: `ausine` makes sound only with ausrc_srate 48000 and ausrc_channels 2;
 * `aubridge` plays to nowhere at the right pace; `sndfile` dumps each call's decoded sound; `stdio` must not be loaded
 * without a terminal.
 */
export interface PhoneOptions {
  /** The SIP user and digest user, e.g. `15000` or `0003*15000`. */
  readonly user: string;
  readonly password: string;
  /** The server, `address:port`. */
  readonly server: string;
  readonly domain?: string;
  /** Hertz of the tone it says. */
  readonly tone: number;
  readonly transport?: 'udp' | 'tcp' | 'tls';
  /** Answers calls by itself. */
  readonly autoAnswer?: boolean;
  /** false: does not register (a guest). */
  readonly register?: boolean;
  readonly codecs?: string;
  readonly dtmf?: 'rtpevent' | 'info';
  /** SRTP: offered in RTP/AVP, or in RTP/SAVP and nothing else taken. Default: none. */
  readonly srtp?: 'srtp' | 'srtp-mand';
}

const modules = ['g711', 'opus', 'l16', 'ausine', 'aubridge', 'sndfile', 'srtp'];
const applications = ['account', 'menu', 'ctrl_tcp'];
const moduleFolder = process.env['BARESIP_MODULES'] ?? '/usr/lib/baresip/modules';

export class Phone {
  readonly options: PhoneOptions;
  /** Where it listens for SIP on 127.0.0.1. */
  readonly sipPort: number;
  readonly #folder: string;
  readonly #process: ChildProcess;
  readonly #control: ControlConnection;
  #output = '';

  static async start(options: PhoneOptions): Promise<Phone> {
    const folder = mkdtempSync(join(tmpdir(), 'partyline-phone-'));
    // It listens for TLS at the port behind the one for SIP, whether it has a certificate or not.
    const [sipPort, controlPort] = [await freePort(2), await freePort()];
    mkdirSync(join(folder, 'sound'));
    writeFileSync(join(folder, 'config'), configuration(folder, sipPort, controlPort, options));
    writeFileSync(join(folder, 'accounts'), `${account(options)}\n`);
    writeFileSync(join(folder, 'contacts'), '');
    const child = startChild('baresip', ['-f', folder], { stdio: ['ignore', 'pipe', 'pipe'] });
    const phone = new Phone(options, sipPort, folder, child, new ControlConnection(controlPort));
    try {
      await phone.#control.open(() => child.exitCode !== null || child.signalCode !== null);
    } catch (error) {
      await phone.stop();
      throw new Error(`baresip did not start: ${phone.#output}`, { cause: error });
    }
    return phone;
  }

  private constructor(
    options: PhoneOptions,
    sipPort: number,
    folder: string,
    child: ChildProcess,
    control: ControlConnection,
  ) {
    this.options = options;
    this.sipPort = sipPort;
    this.#folder = folder;
    this.#process = child;
    this.#control = control;
    const keep = (text: unknown): void => {
      this.#output += String(text);
    };
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', keep);
    child.on('error', keep);
  }

  /** What it printed so far; for failure messages. */
  get output(): string {
    return this.#output;
  }

  get events(): readonly PhoneEvent[] {
    return this.#control.events;
  }

  /** Waits for an event that came after the first `since` ones. */
  async event(type: string, usualMs = 8000, since = 0): Promise<PhoneEvent> {
    return waitFor(
      () => this.#control.events.slice(since).find((event) => event.type === type),
      usualMs,
      () => `${type} at phone ${this.options.user}; it saw ${this.#control.events.map((e) => `${e.type} ${e.param}`)}`,
    );
  }

  /** Its first registration may be done before it can be asked, so what it prints counts too. */
  async registered(usualMs = 8000): Promise<void> {
    const seen = () =>
      / 200 OK .*binding/.test(this.#output) || this.events.some((event) => event.type === 'REGISTER_OK');
    await waitFor(seen, usualMs, () => `the registration of ${this.options.user}: ${this.#output.slice(-500)}`);
  }

  /** Dials `target` (a number, or a whole SIP URI) and waits until it is answered. */
  async dial(target: string, usualMs = 8000): Promise<void> {
    const since = this.events.length;
    await this.ring(target);
    await this.event('CALL_ESTABLISHED', usualMs, since);
  }

  /** Dials without waiting for the answer. */
  async ring(target: string): Promise<void> {
    const uri = target.startsWith('sip:') ? target : `sip:${target}@${this.options.domain ?? this.options.server}`;
    await this.#control.command('dial', uri);
  }

  /**
   * Dials and waits for the call's end without an answer; resolves to the reason baresip gives, e.g. `404 Not Found`.
   */
  async dialRefused(target: string, usualMs = 8000): Promise<string> {
    const since = this.events.length;
    await this.ring(target);
    return (await this.event('CALL_CLOSED', usualMs, since)).param;
  }

  async answer(): Promise<void> {
    await this.#control.command('accept');
  }

  /** Sends the digits one after the other, as a person's keypad would. */
  async sendDigits(digits: string): Promise<void> {
    for (const digit of digits) {
      await this.#control.command('sndcode', digit);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }

  async hold(): Promise<void> {
    await this.#control.command('hold');
  }

  async resume(): Promise<void> {
    await this.#control.command('resume');
  }

  async mute(): Promise<void> {
    await this.#control.command('mute');
  }

  /** Its transfer key: REFER in the call that it is in. */
  async transfer(target: string): Promise<void> {
    await this.#control.command('transfer', `sip:${target}@${this.options.domain ?? this.options.server}`);
  }

  async hangup(): Promise<void> {
    await this.#control.command('hangup');
  }

  /** Waits until the other side has ended the call. */
  async ended(usualMs: number, since = 0): Promise<PhoneEvent> {
    return this.event('CALL_CLOSED', usualMs, since);
  }

  /** What it hears: the recording of its newest call, growing while the call lasts; null until it has recorded any. */
  newestRecording(): Recording | null {
    const folder = join(this.#folder, 'sound');
    const newest = readdirSync(folder)
      .filter((name) => name.endsWith('-dec.wav'))
      .sort()
      .at(-1);
    return newest === undefined ? null : new Recording(join(folder, newest));
  }

  /** The same, of a phone that was heard to record. */
  recording(): Recording {
    const newest = this.newestRecording();
    if (newest === null) throw new Error(`phone ${this.options.user} has recorded nothing yet`);
    return newest;
  }

  /**
   * Bits per second of sound it receives now, averaged by itself over five seconds. For what its recording does not
   * show: baresip 1.0.0 stops recording when it is retrieved from hold, whoever is at the other end.
   */
  get receiveRate(): number {
    return Number([...this.#output.matchAll(/audio=\d+\/(\d+) \(bit/g)].at(-1)?.[1] ?? 0);
  }

  async stop(): Promise<void> {
    this.#control.close();
    await endChild(this.#process, 3000);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function configuration(folder: string, sipPort: number, controlPort: number, options: PhoneOptions): string {
  return [
    `sip_listen 127.0.0.1:${sipPort}`,
    'call_local_timeout 60',
    'call_max_calls 4',
    'audio_player aubridge,nil',
    `audio_source ausine,${options.tone}`,
    'audio_alert aubridge,nil',
    'ausrc_srate 48000',
    'ausrc_channels 2',
    'audio_level no',
    'rtp_timeout 0',
    // By itself it takes any, also what a server was just told to take.
    'rtp_ports 10000-11999',
    'jitter_buffer_delay 2-6',
    `snd_path ${join(folder, 'sound')}`,
    `ctrl_tcp_listen 127.0.0.1:${controlPort}`,
    `module_path ${moduleFolder}`,
    ...modules.map((name) => `module ${name}.so`),
    ...applications.map((name) => `module_app ${name}.so`),
    '',
  ].join('\n');
}

function account(options: PhoneOptions): string {
  const { user, server, domain, transport = 'udp' } = options;
  const parts = [
    `<sip:${user}@${domain ?? server};transport=${transport}>`,
    `auth_user=${user}`,
    `auth_pass=${options.password}`,
    `outbound="sip:${server};transport=${transport}"`,
    `regint=${options.register === false ? 0 : 600}`,
    `answermode=${options.autoAnswer === true ? 'auto' : 'manual'}`,
    `audio_codecs=${options.codecs ?? 'PCMU/8000/1,PCMA/8000/1'}`,
  ];
  if (options.srtp !== undefined) parts.push(`mediaenc=${options.srtp}`);
  if (options.dtmf === 'info') parts.push('dtmfmode=info');
  return parts.join(';');
}
