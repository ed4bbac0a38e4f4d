/** What browsers are to do with what a microphone hears, where nobody says otherwise. */
export const clearSpeech: Readonly<MediaTrackConstraints> = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
};

/** The sound of one call: a connection of its own, with the microphone of whoever has it. */
export class BrowserSound {
  readonly #peer: RTCPeerConnection;
  readonly #heard: (stream: MediaStream) => void;
  readonly #sender: RTCRtpSender;
  #remote: MediaStream | null = null;
  #closed = false;

  /** `changed`: how it is with the way to the server. `iceServers`: to find one by. */
  constructor(
    microphone: MediaStreamTrack,
    heard: (stream: MediaStream) => void,
    changed: (state: RTCPeerConnectionState) => void,
    iceServers: readonly RTCIceServer[] = [],
  ) {
    this.#heard = heard;
    const peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle', iceServers: [...iceServers] });
    this.#peer = peer;
    this.#sender = peer.addTrack(microphone, new MediaStream([microphone]));
    peer.ontrack = ({ track, streams }) => {
      this.#remote = streams[0] ?? new MediaStream([track]);
      this.#heard(this.#remote);
    };
    peer.onconnectionstatechange = () => {
      if (!this.#closed) changed(peer.connectionState);
    };
  }

  get state(): RTCPeerConnectionState {
    return this.#peer.connectionState;
  }

  get remote(): MediaStream | null {
    return this.#remote;
  }

  /** SDP. The server finds the browser by its checks, so nothing is waited for. */
  async offer(): Promise<string> {
    await this.#peer.setLocalDescription(await this.#peer.createOffer());
    return this.#peer.localDescription?.sdp ?? '';
  }

  answered(sdp: string): Promise<void> {
    return this.#peer.setRemoteDescription({ type: 'answer', sdp });
  }

  async speakInto(microphone: MediaStreamTrack): Promise<void> {
    if (!this.#closed) await this.#sender.replaceTrack(microphone);
  }

  stats(): Promise<RTCStatsReport> {
    return this.#peer.getStats();
  }

  /** Idempotent. */
  close(): void {
    this.#closed = true;
    this.#peer.close();
  }
}
