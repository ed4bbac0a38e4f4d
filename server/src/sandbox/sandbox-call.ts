import type { Headers } from '../sip/message/headers.ts';

/** Why a call is over, seen from the sandbox. */
export interface SandboxCallEnd {
  /** `us`: we hung up, refused or gave up. `them`: they hung up, cancelled or refused. */
  readonly by: 'us' | 'them' | 'timeout' | 'error';
  /** The SIP status that ended it, if one did. */
  readonly status: number | null;
  /** Value of the Reason header, or a few words. */
  readonly reason: string | null;
}

export type SandboxCallState = 'calling' | 'ringing' | 'early' | 'connected' | 'ended';

/** What can be played: Hz of a steady tone, the name of a sound (see sounds.ts), or samples at 8 kHz. */
export type Playable = number | string | Int16Array;

/**
 * One call of the sandbox, either way round. The verbs are things a telephone does; `hears…` reject with an AppError
 * that says what was heard instead. Nothing rejects because the other side hung up, except what waits for something
 * that can then no longer come.
 */
export interface SandboxCall {
  readonly id: string;
  readonly direction: 'incoming' | 'outgoing';
  /** What was dialled, as it stands in the Request-URI. */
  readonly dialled: string;
  /** Who calls: user part and display name of From. */
  readonly from: { readonly number: string; readonly name: string | null };
  /** Headers of their INVITE; null for calls of ours. */
  readonly headers: Headers | null;
  readonly state: SandboxCallState;
  /** Whether it was said before the answer that it rings. */
  readonly rang: boolean;
  /** Digits heard so far (RFC 4733). */
  readonly digits: string;
  /** RTP packets so far; `lostThere` is what they last reported to have lost of ours, in 256ths. */
  readonly packets: {
    readonly sent: number;
    readonly received: number;
    readonly lost: number;
    readonly lostThere: number | null;
  };
  /** For calls of ours: rejects when it ends unanswered. For calls to us: resolves when we have answered. */
  readonly answered: Promise<void>;
  /** Never rejects. */
  readonly ended: Promise<SandboxCallEnd>;

  /** 180. Only before the answer, as the next ones; nothing happens when the call is over. */
  ring(): void;
  /** 183 with SDP; what is played flows before the answer. */
  early(sound?: Playable): void;
  answer(): void;
  busy(): void;
  refuse(status: number, reason?: string, headers?: readonly (readonly [string, string])[]): void;

  /** Sends digits as RFC 4733 events; resolves when the last has been sent. */
  press(digits: string, options?: { durationMs?: number; gapMs?: number }): Promise<void>;
  /** Resolves when it was played to its end, another took its place, or the call is over; a tone has no end. */
  play(sound: Playable): Promise<void>;
  stopPlaying(): void;
  /** Sends back what comes. */
  echo(): void;
  /**
   * Told of every packet that is heard: samples at 8 kHz, good until it returns, and their RTP timestamp. Packets that
   * were lost are missing.
   */
  onHeard: ((pcm: Int16Array, timestamp: number) => void) | null;
  /** Re-INVITEs with sendonly, or back with sendrecv; resolves to the answer's status. */
  hold(on: boolean): Promise<number>;
  /** BYE, or CANCEL of a call of ours that is not answered, or 480. */
  hangUp(reason?: string): void;
  /** From now on no SIP message of this call is answered or sent, and no packet: a peer that lost its power. */
  vanish(): void;

  /**
   * A tone of `frequency` Hz, alone or among others, for a third of a second; within a minute unless told. Only what
   * comes after this call counts.
   */
  hears(frequency: number, withinMs?: number): Promise<void>;
  /** A stretch of `forMs` (600) without a tone of `frequency` Hz, within `withinMs` (60 000). */
  hearsNot(frequency: number, forMs?: number, withinMs?: number): Promise<void>;
  hearsSilence(forMs?: number, withinMs?: number): Promise<void>;
  /** Anything louder than silence. */
  hearsSound(withinMs?: number): Promise<void>;
  /** These digits, after those heard before the last such wait. */
  hearsDigits(digits: string, withinMs?: number): Promise<void>;
}
