import { playWhenAllowed } from './audible.ts';
import { Capability } from './base.ts';
import { CapabilityDenialReason } from './base-enums.ts';
import { clearSpeech } from './browser-sound.ts';
import { emit, withEvents } from './listeners.ts';
import { mediaInterfaceEvents } from './names.ts';
import { SdkPromise } from './promise.ts';

type Kind = 'audioinput' | 'audiooutput' | 'videoinput';

class Device {
  readonly _deviceId: string;
  readonly _groupId: string;
  readonly _label: string;

  constructor(deviceId = '', groupId = '', label = '') {
    this._deviceId = deviceId;
    this._groupId = groupId;
    this._label = label;
  }

  getDeviceId(): string {
    return this._deviceId;
  }

  getGroupId(): string {
    return this._groupId;
  }

  getLabel(): string {
    return this._label;
  }
}

export class AudioDevice extends Device {}
export class VideoDevice extends Device {}

function mediaDevices(): MediaDevices | undefined {
  return globalThis.navigator?.mediaDevices;
}

/** Some browsers play on the device of the system alone; and no camera is used. */
function canChoose(kind: Kind | null): boolean {
  if (kind === 'audiooutput') return 'setSinkId' in (globalThis.HTMLMediaElement?.prototype ?? {});
  return kind === 'audioinput' && mediaDevices() !== undefined;
}

/** Devices of one kind. The list is there at once, and follows what is plugged in. */
export class MediaInterface {
  readonly _mediaAccessCapability: Capability;
  readonly #select: Capability;
  readonly #kind: Kind | null;
  #devices: Device[] = [];
  #selected: Device | undefined;
  #watching: (() => void) | null = null;

  /** `kind`: null where there is nothing to choose. */
  constructor(kind: Kind | null = null) {
    this.#kind = kind;
    const possible = mediaDevices() !== undefined && kind !== 'videoinput';
    this.#select = new Capability(
      canChoose(kind) ? CapabilityDenialReason.CAPABILITY_NOT_DENIED : CapabilityDenialReason.CAPABILITY_NOT_SUPPORTED,
    );
    this._mediaAccessCapability = new Capability(
      possible ? CapabilityDenialReason.CAPABILITY_NOT_DENIED : CapabilityDenialReason.CAPABILITY_NOT_SUPPORTED,
    );
  }

  getAvailableDevices(): Device[] {
    return [...this.#devices];
  }

  getMediaAccessCapability(): Capability {
    return this._mediaAccessCapability;
  }

  getSelectDeviceCapability(): Capability {
    return this.#select;
  }

  getSelectedDevice(): Device | undefined {
    return this.#selected;
  }

  setSelectedDevice(given: Device | null | undefined): void {
    const device = given ?? undefined;
    if (device === this.#selected) return;
    this.#selected = device;
    this._selected(device);
    emit(this, 'SelectedDeviceChangedCallback', this, device);
  }

  start(): SdkPromise {
    const devices = mediaDevices();
    if (devices === undefined || this.#kind === null) return SdkPromise.resolved();
    if (this.#watching === null) {
      const look = () => void this._refresh();
      devices.addEventListener?.('devicechange', look);
      this.#watching = () => devices.removeEventListener?.('devicechange', look);
    }
    return SdkPromise.from(this._refresh());
  }

  stop(): SdkPromise {
    this.#watching?.();
    this.#watching = null;
    return SdkPromise.resolved();
  }

  /** Told to the one whose sound goes there. */
  _selected(_device: Device | undefined): void {}

  /** There are more than before. */
  _appeared(): void {}

  /** Looks again what is there. */
  async _refresh(): Promise<void> {
    let found: MediaDeviceInfo[];
    try {
      found = (await mediaDevices()?.enumerateDevices()) ?? [];
    } catch {
      emit(this, 'DevicesUnavailableCallback', this);
      return;
    }
    const before = this.#devices;
    const now = found
      .filter(({ kind }) => kind === this.#kind)
      .map(({ deviceId, groupId, label }) => {
        const known = before.find((device) => device._deviceId === deviceId && device._label === label);
        return known ?? new (this.#kind === 'videoinput' ? VideoDevice : AudioDevice)(deviceId, groupId, label);
      });
    this.#devices = now;
    // It may have got a name, once one was allowed.
    const chosen = this.#selected;
    if (chosen !== undefined) this.#selected = now.find(({ _deviceId }) => _deviceId === chosen._deviceId) ?? chosen;
    const added = now.filter((device) => !before.includes(device));
    const removed = before.filter((device) => !now.some(({ _deviceId }) => _deviceId === device._deviceId));
    if (added.length > 0) {
      this._appeared();
      emit(this, 'DevicesAddedCallback', this, added);
    }
    if (removed.length > 0) emit(this, 'DevicesRemovedCallback', this, removed);
    const selected = this.#selected;
    if (selected !== undefined && removed.some(({ _deviceId }) => _deviceId === selected._deviceId)) {
      this.#selected = undefined;
      this._selected(undefined);
      emit(this, 'SelectedDeviceRemovedCallback', this, selected);
    }
  }
}
withEvents(MediaInterface, mediaInterfaceEvents);

/** A call that speaks into a microphone. */
export interface MicrophoneUser {
  /** undefined: any. */
  choose(deviceId: string | undefined): void;
  /** There are more than before: it may have none. */
  appeared(): void;
}

export class AudioInputInterface extends MediaInterface {
  #volume = 1;
  readonly _users = new Set<MicrophoneUser>();

  constructor() {
    super('audioinput');
  }

  getVolume(): number {
    return this.#volume;
  }

  setVolume(volumeLevel: number): void {
    this.#volume = inRange(volumeLevel);
  }

  override _selected(device: Device | undefined): void {
    for (const user of this._users) user.choose(device?._deviceId);
  }

  override _appeared(): void {
    for (const user of this._users) user.appeared();
  }
}

/** Where the sound of the others comes out: elements of our own, which the page need not know. */
export class AudioOutputInterface extends MediaInterface {
  readonly #sinks = new Set<HTMLAudioElement>();
  #volume = 1;
  #muted = false;

  constructor() {
    super('audiooutput');
  }

  getVolume(): number {
    return this.#volume;
  }

  /** 0 to 1. Throws RangeError. */
  setVolume(volumeLevel: number): void {
    this.#volume = inRange(volumeLevel);
    for (const sink of this.#sinks) sink.volume = this.#volume;
  }

  isMuted(): boolean {
    return this.#muted;
  }

  mute(): void {
    this.#muted = true;
    for (const sink of this.#sinks) sink.muted = true;
  }

  unmute(): void {
    this.#muted = false;
    for (const sink of this.#sinks) sink.muted = false;
  }

  /** Plays a stream until the function that it gives is called. */
  _play(stream: MediaStream): () => void {
    if (typeof Audio === 'undefined') return () => {};
    const sink = new Audio();
    sink.autoplay = true;
    sink.srcObject = stream;
    sink.volume = this.#volume;
    sink.muted = this.#muted;
    this.#sinks.add(sink);
    this.#toDevice(sink, this.getSelectedDevice()?.getDeviceId());
    const playNoMore = playWhenAllowed(sink);
    return () => {
      playNoMore();
      this.#sinks.delete(sink);
      sink.pause();
      sink.srcObject = null;
    };
  }

  override _selected(device: Device | undefined): void {
    for (const sink of this.#sinks) this.#toDevice(sink, device?._deviceId);
  }

  #toDevice(sink: HTMLAudioElement, deviceId = ''): void {
    const { setSinkId } = sink as { setSinkId?: (id: string) => Promise<void> };
    void setSinkId?.call(sink, deviceId)?.catch(() => {});
  }
}

function inRange(level: number): number {
  if (typeof level === 'number' && level >= 0 && level <= 1) return level;
  throw new RangeError('a volume is from 0 to 1');
}

/** Streams of the calls of one client. */
export interface CallStreams {
  readonly local: Map<string, MediaStream>;
  readonly remote: Map<string, MediaStream>;
}

export class AudioInterface extends MediaInterface {
  readonly #input: AudioInputInterface;
  readonly #output: AudioOutputInterface;
  readonly _streams: CallStreams = { local: new Map(), remote: new Map() };
  /**
   * How long calls look for addresses before they offer, as the application would have it; undefined: it does not say.
   */
  _gatheringMs: unknown = undefined;
  /** What browsers are to do with what a microphone hears, as configured; what is not said is done. */
  _processing: MediaTrackConstraints = clearSpeech;

  constructor(input: AudioInputInterface = new AudioInputInterface(), output = new AudioOutputInterface()) {
    super(null);
    this.#input = input;
    this.#output = output;
  }

  getInputInterface(): AudioInputInterface {
    return this.#input;
  }

  getOutputInterface(): AudioOutputInterface {
    return this.#output;
  }

  getLocalMediaStream(callId: string): MediaStream | undefined {
    return this._streams.local.get(callId);
  }

  getRemoteMediaStream(callId: string): MediaStream | undefined {
    return this._streams.remote.get(callId);
  }

  /** Whether the microphone may be used, as it turned out. */
  _access(allowed: boolean): void {
    const reason = allowed ? null : CapabilityDenialReason.CAPABILITY_NOT_ALLOWED;
    for (const one of [this, this.#input]) one._mediaAccessCapability._set(reason);
  }

  override start(): SdkPromise {
    return SdkPromise.from(Promise.all([this.#input.start(), this.#output.start()]).then(() => undefined));
  }

  override stop(): SdkPromise {
    return SdkPromise.from(Promise.all([this.#input.stop(), this.#output.stop()]).then(() => undefined));
  }
}

/** There is no video: cameras are listed, and none is used. */
export class VideoInterface extends MediaInterface {
  constructor() {
    super('videoinput');
  }

  getLocalMediaStream(_channelId: number): MediaStream | undefined {
    return undefined;
  }

  getRemoteMediaStream(_channelId: number): MediaStream | undefined {
    return undefined;
  }
}

export class MediaServices {
  readonly #audio: AudioInterface;
  readonly #video: VideoInterface;

  constructor(audioInterface: AudioInterface = new AudioInterface(), videoInterface = new VideoInterface()) {
    this.#audio = audioInterface;
    this.#video = videoInterface;
  }

  getAudioInterface(): AudioInterface {
    return this.#audio;
  }

  getVideoInterface(): VideoInterface {
    return this.#video;
  }
}
