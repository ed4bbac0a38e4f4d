/** What the server says and is told in a meeting: docs/protocols/webrtc.md. */

export type DeviceKind = 'browser' | 'phone' | 'number';

export interface Participant {
  readonly id: string;
  readonly name: string;
  readonly address: string;
  readonly kind: DeviceKind;
  readonly role: 'moderator' | 'participant';
  readonly state: 'connecting' | 'connected' | 'held';
  readonly muted: boolean;
  readonly mutedBy?: 'self' | 'moderator' | null;
  readonly talking: boolean;
  readonly handRaised: boolean;
  readonly joinedAt: number | string;
}

export type Recording = 'off' | 'on' | 'paused';

export interface Conference {
  readonly self: string | null;
  readonly meetingId: string;
  readonly subject: string;
  readonly locked: boolean;
  readonly recording: Recording;
  /** What it was called when it was begun. */
  readonly recordingName?: string | null;
  readonly recordingMode: string;
  readonly waiting: boolean;
  readonly endsAt: number | null;
  readonly participants: readonly Participant[];
  /** What was written to all before. */
  readonly chat?: readonly ChatMessage[];
}

export interface ChatMessage {
  readonly id: string;
  readonly from: string;
  /** Of who writes, who may have left since. */
  readonly name?: string;
  readonly to: string | null;
  readonly text: string;
  readonly at: number | string;
}

/** Who knocks at the locked conference; told to moderators. */
export interface Pending {
  readonly id: string;
  readonly name: string;
}

export type ServerMessage =
  | { type: 'call'; state: 'alerting' | 'admission' | 'established' | 'ended'; reason?: string }
  | { type: 'admission'; passcodeNeeded: boolean; permissionNeeded: boolean; refused?: string }
  | { type: 'pending'; participants: readonly Pending[] }
  | { type: 'conference'; number: string; conference: Conference }
  | { type: 'joined' | 'changed'; number: string; participant: Participant }
  /**
   * Who was rung was not reached; `left` follows. `status`: as it was said by SIP; `rang`: null when that is not known.
   */
  | { type: 'failed'; number: string; id: string; reason: string; status: number | null; rang: boolean | null }
  | { type: 'left'; number: string; id: string; reason: string }
  | { type: 'talking'; number: string; started: readonly string[]; stopped: readonly string[] }
  | {
      type: 'state';
      number: string;
      locked?: boolean;
      recording?: Recording;
      recordingName?: string | null;
      waiting?: boolean;
      endsAt?: number | null;
    }
  /** Nothing more is recorded, and nobody asked for that. May be told twice. */
  | { type: 'recordingFailed'; id: string }
  | { type: 'chat'; number: string; message: ChatMessage }
  | { type: 'ended'; number: string; reason: string; by?: string | null };

export type Command =
  | { do: 'passcode'; passcode: string }
  | { do: 'mute' | 'unmute'; participant?: string }
  | { do: 'muteAll' | 'unmuteAll' | 'terminate' | 'lock' | 'unlock' | 'raiseHand' | 'lowerHand' }
  | { do: 'record'; name?: string }
  | { do: 'pauseRecording' | 'resumeRecording' | 'stopRecording' | 'knock' }
  | { do: 'remove' | 'admit' | 'deny'; participant: string }
  | { do: 'invite'; address: string }
  | { do: 'chat'; text: string; to?: string };
