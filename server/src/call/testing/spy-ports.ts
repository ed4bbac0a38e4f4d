import type { AnnouncementTarget, MediaEffect, MediaPort, SignallingEffect, SignallingPort } from '../ports.ts';
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
  /**
   * Legs may be hung up although that cannot be stored: as with real ones, nothing reaches them any more, and that is
   * no fault.
   */
  disksFail = false;
  /** Of each leg that is dialled, before it is noted. */
  onDial: (effect: Extract<SignallingEffect, { readonly do: 'dial' }>) => void = () => {};
  readonly #hungUp = new Set<string>();

  readonly signalling: SignallingPort = {
    perform: (effect) => {
      if (effect.do === 'dial') this.onDial(effect);
      this.#note(effect);
      this.#signal(effect);
    },
  };

  readonly media: MediaPort = {
    perform: (effect) => {
      this.#note(effect);
      if ('legId' in effect && this.#hungUp.has(effect.legId)) return;
      this.#sound(effect);
    },
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

  #signal(effect: SignallingEffect): void {
    if (effect.do !== 'clear') return;
    const { legId } = effect;
    if (this.disksFail) {
      this.#hungUp.add(legId);
      this.#leave(legId);
    } else if (this.roomOfLeg.has(legId)) this.faults.push(`leg ${legId} cleared while in a room`);
    this.legs.delete(legId);
  }

  #sound(effect: MediaEffect): void {
    switch (effect.do) {
      case 'openRoom':
        if (this.rooms.has(effect.callId)) this.faults.push(`room ${effect.callId} opened twice`);
        this.rooms.set(effect.callId, { legs: new Set(), music: false, recordingId: null, paused: false });
        break;
      case 'closeRoom': {
        const room = this.rooms.get(effect.callId);
        if (room === undefined || room.legs.size > 0 || room.recordingId !== null) {
          this.faults.push(`room ${effect.callId} closed: ${room?.legs.size}`);
        }
        this.rooms.delete(effect.callId);
        break;
      }
      case 'join':
        this.#leave(effect.legId);
        this.#room(effect.callId, `joined by leg ${effect.legId}`)?.legs.add(effect.legId);
        this.roomOfLeg.set(effect.legId, effect.callId);
        break;
      case 'leave':
        if (!this.roomOfLeg.has(effect.legId)) this.faults.push(`leg ${effect.legId} left no room`);
        this.#leave(effect.legId);
        break;
      case 'set':
        this.#change(effect.legId, effect.change);
        break;
      case 'music': {
        const room = this.#room(effect.callId, 'music');
        if (room !== null) room.music = effect.on;
        break;
      }
      case 'announce':
        if (effect.items.some((item) => 'tone' in item && item.tone === 'ringback'))
          this.#ringback(effect.target, true);
        break;
      case 'hush':
        this.#ringback(effect.target, false);
        break;
      case 'startRecording': {
        const room = this.rooms.get(effect.callId);
        if (room === undefined || room.recordingId !== null)
          this.faults.push(`room ${effect.callId} cannot be recorded`);
        else room.recordingId = effect.recordingId;
        break;
      }
      case 'pauseRecording': {
        const room = this.#recorded(effect);
        if (room !== null) room.paused = effect.paused;
        break;
      }
      case 'stopRecording': {
        const room = this.#recorded(effect);
        if (room !== null) Object.assign(room, { recordingId: null, paused: false });
        break;
      }
    }
  }

  #room(callId: string, what: string): RecordedRoom | null {
    const room = this.rooms.get(callId);
    if (room === undefined) this.faults.push(`${what}: room ${callId} is not open`);
    return room ?? null;
  }

  #recorded({ callId, recordingId }: { readonly callId: string; readonly recordingId: string }): RecordedRoom | null {
    const room = this.rooms.get(callId);
    if (room?.recordingId === recordingId) return room;
    this.faults.push(`room ${callId} is not recorded as ${recordingId}`);
    return null;
  }

  #ringback(target: AnnouncementTarget, ringback: boolean): void {
    if ('legId' in target) this.#change(target.legId, { ringback });
  }

  #change(legId: string, change: Partial<RecordedLeg>): void {
    this.legs.set(legId, { ...this.leg(legId), ...change });
  }

  #leave(legId: string): void {
    const from = this.roomOfLeg.get(legId);
    if (from !== undefined) this.rooms.get(from)?.legs.delete(legId);
    this.roomOfLeg.delete(legId);
  }
}
