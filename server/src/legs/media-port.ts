import { AppError } from '../base/app-error.ts';
import type { Log } from '../base/log.ts';
import type { Announcement, AnnouncementTarget, MediaPort } from '../call/ports.ts';
import type { LegReport } from '../call/step/reports.ts';
import type { LegSettings, MediaEngine, Play } from '../media/engine.ts';
import { musicFile, planOf } from './announcements.ts';
import type { Leg, Playing } from './leg.ts';
import type { LegTable } from './leg-table.ts';
import type { Recordings } from './recordings.ts';

interface MediaPortOptions {
  readonly engine: MediaEngine;
  readonly legs: LegTable;
  readonly recordings: Recordings;
  readonly log: Log;
  readonly report: (legId: string, report: LegReport) => void;
}

/** The call model's sound, done by the media engine. A call's room has the call's id. */
export class EngineMediaPort implements MediaPort {
  readonly #options: MediaPortOptions;
  /** What `announce` plays, or will when the leg can hear it, by leg and by room, so that `hush` finds it. */
  readonly #legPlays = new WeakMap<Leg, Pick<Playing, 'stop'>>();
  readonly #roomPlays = new Map<string, Set<Promise<Play | null>>>();

  constructor(options: MediaPortOptions) {
    this.#options = options;
  }

  openRoom(callId: string, organizationId: string): void {
    this.#room(callId, 'createRoom', this.#options.engine.createRoom(callId, organizationId));
  }

  closeRoom(callId: string): void {
    this.#roomPlays.delete(callId);
    this.#room(callId, 'closeRoom', this.#options.engine.closeRoom(callId));
  }

  join(legId: string, callId: string): void {
    const leg = this.#options.legs.get(legId);
    // Gone between the decision and now: a connection without a leg must not stay in the call.
    if (leg === null || leg.state === 'closed') this.#options.report(legId, { type: 'cleared', cause: 'normal' });
    else leg.media.join(callId);
  }

  leave(legId: string): void {
    this.#options.legs.get(legId)?.media.leave();
  }

  set(legId: string, change: Parameters<MediaPort['set']>[1]): void {
    const { muted, deaf, held, heardBy } = change;
    const settings: { -readonly [Key in keyof LegSettings]: LegSettings[Key] } = {};
    if (muted !== undefined) settings.muted = muted;
    if (deaf !== undefined) settings.deaf = deaf;
    if (heardBy !== undefined) settings.heardBy = heardBy === null ? null : this.#mediaId(heardBy);
    if (held !== undefined) settings.hold = held === null ? null : { music: held === 'music' ? musicFile : null };
    this.#options.legs.get(legId)?.media.set(settings);
  }

  startRecording(callId: string, recordingId: string, { tone }: { readonly tone: boolean }): void {
    this.#options.recordings.start(callId, recordingId, tone);
  }

  pauseRecording(callId: string, recordingId: string, paused: boolean): void {
    this.#options.recordings.pause(callId, recordingId, paused);
  }

  stopRecording(callId: string, recordingId: string): void {
    this.#options.recordings.stop(callId, recordingId);
  }

  music(callId: string, on: boolean): void {
    this.#room(callId, 'setMusic', this.#options.engine.setMusic(callId, on ? musicFile : null));
  }

  announce(target: AnnouncementTarget, announcements: readonly Announcement[]): void {
    const { items, loop, mix } = planOf(announcements);
    if ('legId' in target) {
      const leg = this.#options.legs.get(target.legId);
      if (leg === null) return;
      let wanted = true;
      const waiting = {
        stop: () => {
          wanted = false;
        },
      };
      this.#legPlays.set(leg, waiting);
      // Before its ACK a phone may not be listening yet, unless it was told that there is sound.
      leg.whenHearing(() => {
        if (wanted) this.#legPlays.set(leg, leg.media.play(items, { loop, mix }));
      });
    } else {
      this.#playInRoom(target.callId, this.#options.engine.play({ room: target.callId }, items, { loop }));
    }
  }

  hush(target: AnnouncementTarget): void {
    if ('legId' in target) {
      const leg = this.#options.legs.get(target.legId);
      if (leg !== null) this.#legPlays.get(leg)?.stop();
      return;
    }
    for (const play of this.#roomPlays.get(target.callId) ?? []) void play.then((playing) => playing?.stop());
  }

  sendDigits(legId: string, digits: string, durationMs: number): void {
    this.#options.legs.get(legId)?.media.sendDigits(digits, durationMs);
  }

  /** What the media process calls the sound of a leg. */
  #mediaId(legId: string): string {
    return this.#options.legs.get(legId)?.media.id ?? legId;
  }

  #playInRoom(callId: string, starting: Promise<Play>): void {
    // A tone that can't be played is no reason to end anything; nor is a room that has just closed.
    const play = starting.catch(() => null);
    const plays = this.#roomPlays.get(callId) ?? new Set();
    this.#roomPlays.set(callId, plays.add(play));
    void play
      .then((playing) => playing?.finished)
      .then(() => {
        plays.delete(play);
        if (plays.size === 0 && this.#roomPlays.get(callId) === plays) this.#roomPlays.delete(callId);
      });
  }

  /** A room that can't be had shows when legs try to join it; here it is only written down. */
  #room(callId: string, command: string, done: Promise<void>): void {
    done.catch((error) => {
      if (error instanceof AppError && error.code === 'notFound') return;
      this.#options.log.warn({ call: callId, command, err: error }, 'a room command failed');
    });
  }
}
