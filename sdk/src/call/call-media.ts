import type { AudioInterface, MicrophoneUser } from '../media.ts';
import { CallError } from './call-enums.ts';
import { CallException } from './call-values.ts';

const gatheringMs = 1500;

/** The sound of one call: microphone, connection, and where the others are heard. */
export class CallMedia {
  readonly #callId: string;
  readonly #audio: AudioInterface;
  readonly #stream: MediaStream;
  #iceServers: readonly RTCIceServer[] = [];
  #peer: RTCPeerConnection;
  #stopPlaying: (() => void) | null = null;
  #sink: MediaStream | null = null;
  #muted = false;
  #deaf = false;
  #closed = false;
  /** Of several choices of a microphone the last counts. */
  #choice = 0;
  readonly #user: MicrophoneUser = {
    choose: (deviceId) => void this.#useMicrophone(deviceId),
    appeared: () => {
      if (!this.#hasMicrophone) this.#user.choose(this.#chosen);
    },
  };
  /** Connected: keys are agreed and the way is found. Lost: for now, or for good (`failed`). */
  onConnected: () => void = () => {};
  onLost: (failed: boolean) => void = () => {};
  onRemoteStream: (stream: MediaStream) => void = () => {};

  private constructor(callId: string, audio: AudioInterface, stream: MediaStream) {
    this.#callId = callId;
    this.#audio = audio;
    this.#stream = stream;
    this.#peer = this.#connection();
    for (const track of stream.getAudioTracks()) this.#watch(track);
    audio.getInputInterface()._users.add(this.#user);
    audio._streams.local.set(callId, stream);
  }

  /** Asks for the microphone. Rejects with CallException. */
  static async open(callId: string, audio: AudioInterface): Promise<CallMedia> {
    if (typeof RTCPeerConnection === 'undefined' || navigator.mediaDevices?.getUserMedia === undefined) {
      throw new CallException(
        CallError.WEBRTC_NOT_SUPPORTED,
        'This browser, or a page that is not secure, has no WebRTC.',
      );
    }
    const chosen = chosenOf(audio);
    const stream = await microphone(audio, chosen);
    // Names of devices are told once one was allowed.
    void audio.start();
    const media = new CallMedia(callId, audio, stream);
    // The user was asked meanwhile, and may have chosen another.
    if (media.#chosen !== chosen) media.#user.choose(media.#chosen);
    return media;
  }

  /** Another way, as the one before is broken. Gives the offer for it. */
  again(): Promise<string> {
    const before = this.#peer;
    this.#peer = this.#connection();
    before.close();
    return this.offer();
  }

  async offer(): Promise<string> {
    const peer = this.#peer;
    await peer.setLocalDescription(await peer.createOffer());
    await new Promise<void>((resolve) => {
      if (peer.iceGatheringState === 'complete') {
        resolve();
        return;
      }
      const done = () => {
        if (peer.iceGatheringState === 'complete') resolve();
      };
      peer.addEventListener('icegatheringstatechange', done);
      const wanted = Number(this.#audio._gatheringMs);
      setTimeout(resolve, wanted > 0 ? wanted : gatheringMs);
    });
    return peer.localDescription?.sdp ?? '';
  }

  async accept(answer: string): Promise<void> {
    try {
      await this.#peer.setRemoteDescription({ type: 'answer', sdp: answer });
    } catch (error) {
      throw new CallException(CallError.REMOTE_MEDIA_PROCESSING_FAILURE, String((error as Error).message));
    }
  }

  get connected(): boolean {
    return this.#peer.connectionState === 'connected';
  }

  get failed(): boolean {
    return this.#peer.connectionState === 'failed';
  }

  get muted(): boolean {
    return this.#muted;
  }

  set muted(muted: boolean) {
    this.#muted = muted;
    for (const track of this.#stream.getAudioTracks()) track.enabled = !muted;
  }

  set deaf(deaf: boolean) {
    this.#deaf = deaf;
    for (const track of this.#sink?.getAudioTracks() ?? []) track.enabled = !deaf;
  }

  stats(): Promise<RTCStatsReport> {
    return this.#peer.getStats();
  }

  /** Gives microphone and connection back. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#audio.getInputInterface()._users.delete(this.#user);
    this.#audio._streams.local.delete(this.#callId);
    this.#audio._streams.remote.delete(this.#callId);
    this.#stopPlaying?.();
    for (const track of this.#stream.getTracks()) track.stop();
    this.#peer.close();
  }

  /** To be told before an offer is made. */
  set iceServers(servers: readonly RTCIceServer[]) {
    this.#iceServers = servers;
    this.#peer.setConfiguration(this.#configuration);
  }

  get #configuration(): RTCConfiguration {
    return { bundlePolicy: 'max-bundle', iceServers: [...this.#iceServers] };
  }

  #connection(): RTCPeerConnection {
    const peer = new RTCPeerConnection(this.#configuration);
    for (const track of this.#stream.getAudioTracks()) peer.addTrack(track, this.#stream);
    peer.ontrack = ({ track, streams }) => this.#hear(streams[0] ?? new MediaStream([track]));
    peer.onconnectionstatechange = () => {
      if (this.#closed || peer !== this.#peer) return;
      const { connectionState } = peer;
      if (connectionState === 'connected') this.onConnected();
      else if (connectionState === 'disconnected' || connectionState === 'failed') {
        this.onLost(connectionState === 'failed');
      }
    };
    return peer;
  }

  #hear(stream: MediaStream): void {
    this.#sink = stream;
    this.deaf = this.#deaf;
    this.#audio._streams.remote.set(this.#callId, stream);
    this.#stopPlaying?.();
    this.#stopPlaying = this.#audio.getOutputInterface()._play(stream);
    this.onRemoteStream(stream);
  }

  get #chosen(): string | undefined {
    return chosenOf(this.#audio);
  }

  get #hasMicrophone(): boolean {
    return this.#stream.getAudioTracks().some(({ readyState }) => readyState === 'live');
  }

  /** One that is pulled out is no more: then it is any other, now or when there is one. */
  #watch(track: MediaStreamTrack): void {
    track.addEventListener('ended', () => {
      if (!this.#closed && this.#stream.getAudioTracks().includes(track)) this.#user.choose(undefined);
    });
  }

  /** The one in use goes on where it cannot be had. */
  async #useMicrophone(deviceId: string | undefined): Promise<void> {
    const choice = ++this.#choice;
    const [track] = (await microphone(this.#audio, deviceId).catch(() => null))?.getAudioTracks() ?? [];
    if (track === undefined) return;
    if (this.#closed || choice !== this.#choice) {
      track.stop();
      return;
    }
    track.enabled = !this.#muted;
    this.#watch(track);
    const before = this.#stream.getAudioTracks();
    for (const old of before) this.#stream.removeTrack(old);
    // A connection that takes the place of this one meanwhile has it from here.
    this.#stream.addTrack(track);
    await this.#peer
      .getSenders()[0]
      ?.replaceTrack(track)
      .catch(() => {});
    for (const old of before) old.stop();
  }
}

function chosenOf(audio: AudioInterface): string | undefined {
  return audio.getInputInterface().getSelectedDevice()?.getDeviceId();
}

/** Rejects with CallException. */
async function microphone(audio: AudioInterface, deviceId: string | undefined): Promise<MediaStream> {
  const choice = deviceId === undefined || deviceId === '' ? {} : { deviceId: { exact: deviceId } };
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: { ...audio._processing, ...choice } });
    audio._access(true);
    return stream;
  } catch (error) {
    const { name, message } = error as Error;
    if (name === 'NotAllowedError') audio._access(false);
    const none = name === 'NotFoundError' || name === 'OverconstrainedError' || name === 'DevicesNotFoundError';
    throw new CallException(
      none ? CallError.MICROPHONE_NOT_FOUND : CallError.MEDIA_CREATION_FAILURE,
      `${name}: ${message}`,
    );
  }
}
