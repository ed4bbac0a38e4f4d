import { SdkPromise } from '../promise.ts';
import { AudioMode, CallError, CallStates, MediaDirection } from './call-enums.ts';
import { rejected } from './call-refusals.ts';
import { isOver } from './call-states.ts';

interface Muted {
  readonly _callState: string;
  isAudioMuted(): boolean;
  isSpeakerMuted(): boolean;
  muteAudio(): SdkPromise;
  unmuteAudio(): SdkPromise;
  muteSpeaker(): SdkPromise;
  unmuteSpeaker(): SdkPromise;
}

/** Whether a call has sound. Without it nothing is said and nothing heard; with it again it is as it was before. */
export class CallAudioMode {
  readonly #call: Muted;
  /** How it was before it was disabled; null: it is not. */
  #before: { readonly muted: boolean; readonly speakerMuted: boolean } | null = null;

  constructor(call: Muted) {
    this.#call = call;
  }

  get direction(): string {
    if (this.#before !== null) return MediaDirection.DISABLE;
    return this.#call._callState === CallStates.HELD ? MediaDirection.INACTIVE : MediaDirection.SEND_RECV;
  }

  set(mode: string): SdkPromise {
    const [call, before] = [this.#call, this.#before];
    if (!Object.hasOwn(AudioMode, mode)) return rejected(CallError.INVALID_PARAMETER, 'There is no such mode.');
    if (isOver(call._callState)) return rejected(CallError.CALL_STATE_MISMATCH, 'The call is over.');
    if (mode === AudioMode.DISABLE) {
      this.#before ??= { muted: call.isAudioMuted(), speakerMuted: call.isSpeakerMuted() };
      void call.muteAudio();
      void call.muteSpeaker();
    } else if (before !== null) {
      this.#before = null;
      if (!before.muted) void call.unmuteAudio();
      if (!before.speakerMuted) void call.unmuteSpeaker();
    }
    return SdkPromise.resolved();
  }
}
