import { useEffect, useRef, useState } from 'react';
import { clearSpeech } from './session.ts';

export type MicrophoneTrouble = 'insecure' | 'denied' | 'none' | 'busy';

export interface Microphone {
  /** What is heard of it; null: it is being opened, or there is none. */
  readonly stream: MediaStream | null;
  readonly devices: readonly { readonly id: string; readonly label: string }[];
  /** The one chosen, also while it is being opened. */
  readonly deviceId: string;
  readonly trouble: MicrophoneTrouble | null;
  /** Until another is open the one before goes on; where it cannot be opened too, and `trouble` says why. */
  choose(deviceId: string): void;
  /** Where the others can be heard; none where the browser does not let a page choose. */
  readonly loudspeakers: readonly { readonly id: string; readonly label: string }[];
}

/**
 * Opens the microphone, and again when another is chosen; where it is pulled out, any other, now or when there is one.
 * `wanted`: as long as it is needed.
 */
export function useMicrophone(wanted: boolean): Microphone {
  const [stream, setStream] = useState<MediaStream | null>(null);
  const [devices, setDevices] = useState<Microphone['devices']>([]);
  const [loudspeakers, setLoudspeakers] = useState<Microphone['devices']>([]);
  const [asked, setAsked] = useState<{ readonly deviceId: string | null }>({ deviceId: null });
  const [trouble, setTrouble] = useState<MicrophoneTrouble | null>(null);
  const open = useRef<MediaStream | null>(null);

  useEffect(() => {
    if (!wanted) return;
    let current = true;
    const list = async () => {
      const found = await navigator.mediaDevices.enumerateDevices();
      if (!current) return;
      setDevices(named(found, 'audioinput'));
      setLoudspeakers('setSinkId' in HTMLMediaElement.prototype ? named(found, 'audiooutput') : []);
    };
    const replace = (gone: MediaStream | null) => {
      if (gone !== null && open.current === gone) setAsked({ deviceId: null });
    };
    const get = async () => {
      if (navigator.mediaDevices === undefined) {
        setTrouble('insecure');
        return;
      }
      try {
        const { deviceId } = asked;
        const audio = deviceId === null ? clearSpeech : { ...clearSpeech, deviceId: { exact: deviceId } };
        const got = await navigator.mediaDevices.getUserMedia({ audio });
        if (!current) {
          for (const track of got.getTracks()) track.stop();
          return;
        }
        close(open.current);
        open.current = got;
        for (const track of got.getAudioTracks()) track.addEventListener('ended', () => replace(got));
        setStream(got);
        setTrouble(null);
        await list();
      } catch (error) {
        if (!current) return;
        setTrouble(troubleOf(error));
        if (isGone(open.current)) setStream(null);
      }
    };
    void get();
    const devicesChanged = () => {
      void list().catch(() => {});
      if (isGone(open.current)) replace(open.current);
    };
    navigator.mediaDevices?.addEventListener('devicechange', devicesChanged);
    return () => {
      current = false;
      navigator.mediaDevices?.removeEventListener('devicechange', devicesChanged);
    };
  }, [asked, wanted]);

  useEffect(() => {
    if (!wanted) return;
    return () => {
      close(open.current);
      open.current = null;
      setStream(null);
    };
  }, [wanted]);

  const chosen = trouble === null ? asked.deviceId : null;
  return {
    stream,
    devices,
    deviceId: chosen ?? deviceOf(stream),
    trouble,
    choose: (deviceId) => {
      setTrouble(null);
      setAsked({ deviceId });
    },
    loudspeakers,
  };
}

function deviceOf(stream: MediaStream | null): string {
  return stream?.getAudioTracks()[0]?.getSettings().deviceId ?? '';
}

function isGone(stream: MediaStream | null): boolean {
  return stream?.getAudioTracks().every(({ readyState }) => readyState === 'ended') ?? false;
}

function close(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

function named(found: readonly MediaDeviceInfo[], wanted: MediaDeviceKind): Microphone['devices'] {
  const devices = found.filter(({ kind, deviceId }) => kind === wanted && deviceId !== '');
  return devices.map(({ deviceId, label }) => ({ id: deviceId, label }));
}

function troubleOf(error: unknown): MicrophoneTrouble {
  switch ((error as DOMException).name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'denied';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'none';
    default:
      return 'busy';
  }
}

let context: AudioContext | null = null;

function audioContext(): AudioContext {
  context ??= new AudioContext();
  void context.resume();
  return context;
}

/** Silence, for those who listen only. */
export function silence(): MediaStream {
  return audioContext().createMediaStreamDestination().stream;
}

/** How loud a stream is, 0 to 1 (from -60 dB to full scale), some times a second. */
export function watchLevel(stream: MediaStream, tell: (level: number) => void): () => void {
  const context = audioContext();
  const source = context.createMediaStreamSource(stream);
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    if (context.state === 'suspended') void context.resume();
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    const decibels = 10 * Math.log10(power + 1e-10);
    tell(Math.min(1, Math.max(0, (decibels + 60) / 60)));
  }, 66);
  return () => {
    clearInterval(timer);
    source.disconnect();
  };
}
