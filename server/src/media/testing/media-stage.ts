import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../base/clock.ts';
import { silentLog } from '../../base/log.ts';
import { mediaRange } from '../../base/testing/free-port.ts';
import { pause, until } from '../../base/testing/wait.ts';
import { type LegConfiguration, MediaEngine, type MediaEngineOptions } from '../engine.ts';
import { type PhoneOptions, RtpPhone } from './rtp-phone.ts';

export { pause, until };

/** PARTYLINE_TEST_SOCKETS=dgram runs a file of tests with Node's own sockets, as nodes-sockets.test.ts does. */
function socketsOfTests(): 'auto' | 'uring' | 'dgram' {
  const named = process.env['PARTYLINE_TEST_SOCKETS'];
  return named === 'dgram' || named === 'uring' ? named : 'auto';
}

const usualEvent = { payloadType: 101, clockRate: 8000 };

/** A real engine with its own processes, ports and folder, and phones on loopback. */
export class MediaStage {
  readonly engine: MediaEngine;
  readonly options: MediaEngineOptions;
  readonly folder: string;
  readonly phones: RtpPhone[] = [];
  readonly events: string[] = [];

  private constructor(engine: MediaEngine, options: MediaEngineOptions, folder: string) {
    this.engine = engine;
    this.options = options;
    this.folder = folder;
    engine.on('digit', ({ leg, digit }) => this.events.push(`digit ${leg} ${digit}`));
    engine.on('talking', ({ leg, talking }) => this.events.push(`${leg} ${talking ? 'talks' : 'silent'}`));
    engine.on('mediaTimeout', ({ leg }) => this.events.push(`timeout ${leg}`));
    engine.on('legLost', ({ leg }) => this.events.push(`legLost ${leg}`));
    engine.on('roomLost', ({ room }) => this.events.push(`roomLost ${room}`));
    engine.on('processDied', ({ index }) => this.events.push(`died ${index}`));
  }

  static async open(changes: Partial<MediaEngineOptions> = {}): Promise<MediaStage> {
    const folder = mkdtempSync(join(tmpdir(), 'partyline-media-'));
    const options: MediaEngineOptions = {
      processes: 1,
      bind: '127.0.0.1',
      advertise: null,
      rtpPorts: mediaRange(200),
      socketFolder: folder,
      promptsRoot: folder,
      log: silentLog,
      clock: systemClock,
      sockets: socketsOfTests(),
      ...changes,
    };
    return new MediaStage(await MediaEngine.start(options), options, folder);
  }

  configuration(phone: RtpPhone, changes: Partial<LegConfiguration> = {}): LegConfiguration {
    const { payloadType, ptime } = phone;
    const codec = phone.codec.name === 'L16' ? `L16/${phone.codec.clockRate}` : phone.codec.name;
    return {
      remote: { kind: 'udp', address: '127.0.0.1', port: phone.port },
      send: { payloadType, codec, ptime },
      receive: [{ payloadType, codec }],
      telephoneEvents: { send: usualEvent, receive: [usualEvent] },
      direction: 'sendrecv',
      ...changes,
    };
  }

  /** A phone with a configured leg of this name; it sends at once. */
  async call(leg: string, options: PhoneOptions = {}, organization = 'org'): Promise<RtpPhone> {
    const phone = await RtpPhone.open(options);
    this.phones.push(phone);
    const { port } = await this.engine.openLeg(leg, organization);
    await this.engine.perform('configureLeg', { leg, ...this.configuration(phone) });
    phone.start(port);
    return phone;
  }

  /** Phones a, b, c … with the given tones, all in one room. */
  async room(tones: readonly number[], options: PhoneOptions = {}): Promise<RtpPhone[]> {
    await this.engine.createRoom('room', 'org');
    const phones: RtpPhone[] = [];
    for (const [i, tone] of tones.entries()) {
      const leg = String.fromCharCode(97 + i);
      phones.push(await this.call(leg, { ...options, tone }));
      await this.engine.perform('joinRoom', { leg, room: 'room' });
    }
    return phones;
  }

  async close(): Promise<void> {
    for (const phone of this.phones) phone.close();
    await this.engine.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
