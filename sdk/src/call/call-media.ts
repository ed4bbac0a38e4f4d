import type { AudioInterface } from '../media.ts';
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
  readonly #use = (deviceId: string | undefined) => void this.#useMicrophone(deviceId);
  /** Connected: keys are agreed and the way is found. Lost: for now, or for good (`failed`). */
  onConnected: () => void = () => {};
  onLost: (failed: boolean) => void = () => {};
  onRemoteStream: (stream: MediaStream) => void = () => {};

  private constructor(callId: string, audio: AudioInterface, stream: MediaStream) {
    this.#callId = callId;
    this.#audio = audio;
    this.#stream = stream;
    this.#peer = this.#connection();
    audio.getInputInterface()._users.add(this.#use);
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
    const device = audio.getInputInterface().getSelectedDevice();
    const stream = await microphone(audio, device?.getDeviceId()).catch((error: unknown) => {
      if (/^NotAllowedError/.test((error as Error).message)) audio._access(false);
      throw error;
    });
    audio._access(true);
    // Names of devices are told once one was allowed.
    void audio.start();
    return new CallMedia(callId, audio, stream);
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
    this.#audio.getInputInterface()._users.delete(this.#use);
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

  async #useMicrophone(deviceId: string | undefined): Promise<void> {
    try {
      const [track] = (await microphone(this.#audio, deviceId)).getAudioTracks();
      const [sender] = this.#peer.getSenders();
      if (track === undefined) return;
      if (this.#closed || sender === undefined) {
        track.stop();
        return;
      }
      track.enabled = !this.#muted;
      await sender.replaceTrack(track);
      for (const old of this.#stream.getAudioTracks()) {
        this.#stream.removeTrack(old);
        old.stop();
      }
      this.#stream.addTrack(track);
    } catch {
      // The one in use goes on.
    }
  }
}

async function microphone({ _processing }: AudioInterface, deviceId: string | undefined): Promise<MediaStream> {
  const choice = deviceId === undefined || deviceId === '' ? {} : { deviceId: { exact: deviceId } };
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: { ..._processing, ...choice },
    });
  } catch (error) {
    const { name, message } = error as Error;
    const none = name === 'NotFoundError' || name === 'OverconstrainedError' || name === 'DevicesNotFoundError';
    throw new CallException(
      none ? CallError.MICROPHONE_NOT_FOUND : CallError.MEDIA_CREATION_FAILURE,
      `${name}: ${message}`,
    );
  }
}
