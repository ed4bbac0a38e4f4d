import type { MediaPort, SignallingPort } from '../ports.ts';
import type { Effect } from '../step/effects.ts';

export interface RecordedRoom {
  readonly legs: Set<string>;
  music: boolean;
  recordingId: string | null;
  paused: boolean;
}

export interface RecordedLeg {
  muted: boolean;
  deaf: boolean;
  held: 'music' | 'silence' | null;
  heardBy: string | null;
  ringback: boolean;
}

/**
 * Ports that write down what they are told and keep the rooms and legs that follow from it; for tests. A command that a
 * real media engine would stumble over (joining a room that is not open …) is noted in `faults`.
 */
export class SpyPorts {
  readonly effects: Effect[] = [];
  readonly rooms = new Map<string, RecordedRoom>();
  readonly roomOfLeg = new Map<string, string>();
  readonly legs = new Map<string, RecordedLeg>();
  readonly faults: string[] = [];
  /** Off for long simulations. */
  keepEffects = true;
  /** Legs may be hung up although that cannot be stored: as with real ones, nothing reaches them any more, and that is no fault. */
  disksFail = false;
  readonly #hungUp = new Set<string>();

  readonly signalling: SignallingPort = {
    dial: (legId, to, callerId, timeoutMs, call, { autoAnswer } = { autoAnswer: false }) => {
      const dial = { do: 'dial', legId, to, callerId, timeoutMs, call } as const;
      this.#note(autoAnswer ? { ...dial, autoAnswer } : dial);
    },
    ring: (legId, early = false) => this.#note({ do: 'ring', legId, ...(early ? { early } : {}) }),
    answer: (legId) => this.#note({ do: 'answer', legId }),
    clear: (legId, cause, refusal) => {
      this.#note({ do: 'clear', legId, cause, ...(refusal === undefined ? {} : { refusal }) });
      if (this.disksFail) {
        this.#hungUp.add(legId);
        this.#leave(legId);
      } else if (this.roomOfLeg.has(legId)) this.faults.push(`leg ${legId} cleared while in a room`);
      this.legs.delete(legId);
    },
  };

  readonly media: MediaPort = {
    openRoom: (callId, organizationId) => {
      this.#note({ do: 'openRoom', callId, organizationId });
      if (this.rooms.has(callId)) this.faults.push(`room ${callId} opened twice`);
      this.rooms.set(callId, { legs: new Set(), music: false, recordingId: null, paused: false });
    },
    closeRoom: (callId) => {
      this.#note({ do: 'closeRoom', callId });
      const room = this.rooms.get(callId);
      if (room === undefined || room.legs.size > 0 || room.recordingId !== null)
        this.faults.push(`room ${callId} closed: ${room?.legs.size}`);
      this.rooms.delete(callId);
    },
    join: (legId, callId) => {
      this.#note({ do: 'join', legId, callId });
      if (this.#hungUp.has(legId)) return;
      const room = this.rooms.get(callId);
      if (room === undefined) this.faults.push(`leg ${legId} joined room ${callId}, which is not open`);
      this.#leave(legId);
      room?.legs.add(legId);
      this.roomOfLeg.set(legId, callId);
    },
    leave: (legId) => {
      this.#note({ do: 'leave', legId });
      if (this.#hungUp.has(legId)) return;
      if (!this.roomOfLeg.has(legId)) this.faults.push(`leg ${legId} left no room`);
      this.#leave(legId);
    },
    set: (legId, change) => {
      this.#note({ do: 'set', legId, change });
      if (this.#hungUp.has(legId)) return;
      this.legs.set(legId, { ...this.leg(legId), ...change });
    },
    music: (callId, on) => {
      this.#note({ do: 'music', callId, on });
      const room = this.rooms.get(callId);
      if (room === undefined) this.faults.push(`music in room ${callId}, which is not open`);
      else room.music = on;
    },
    announce: (target, items) => {
      this.#note({ do: 'announce', target, items });
      if ('legId' in target && items.some((item) => 'tone' in item && item.tone === 'ringback')) {
        this.legs.set(target.legId, { ...this.leg(target.legId), ringback: true });
      }
    },
    hush: (target) => {
      this.#note({ do: 'hush', target });
      if ('legId' in target) this.legs.set(target.legId, { ...this.leg(target.legId), ringback: false });
    },
    startRecording: (callId, recordingId, { tone }) => {
      this.#note({ do: 'startRecording', callId, recordingId, tone });
      const room = this.rooms.get(callId);
      if (room === undefined || room.recordingId !== null) this.faults.push(`room ${callId} cannot be recorded`);
      else room.recordingId = recordingId;
    },
    pauseRecording: (callId, recordingId, paused) => {
      this.#note({ do: 'pauseRecording', callId, recordingId, paused });
      const room = this.rooms.get(callId);
      if (room?.recordingId !== recordingId) this.faults.push(`room ${callId} is not recorded as ${recordingId}`);
      else room.paused = paused;
    },
    stopRecording: (callId, recordingId) => {
      this.#note({ do: 'stopRecording', callId, recordingId });
      const room = this.rooms.get(callId);
      if (room?.recordingId !== recordingId) this.faults.push(`room ${callId} is not recorded as ${recordingId}`);
      else {
        room.recordingId = null;
        room.paused = false;
      }
    },
    sendDigits: (legId, digits, durationMs) => this.#note({ do: 'sendDigits', legId, digits, durationMs }),
  };

  leg(legId: string): RecordedLeg {
    return this.legs.get(legId) ?? { muted: false, deaf: false, held: null, heardBy: null, ringback: false };
  }

  /** What was told since the last time. */
  taken(): Effect[] {
    return this.effects.splice(0);
  }

  #note(effect: Effect): void {
    if (this.keepEffects) this.effects.push(effect);
  }

  #leave(legId: string): void {
    const from = this.roomOfLeg.get(legId);
    if (from !== undefined) this.rooms.get(from)?.legs.delete(legId);
    this.roomOfLeg.delete(legId);
  }
}
