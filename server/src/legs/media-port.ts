import { AppError } from '../base/app-error.ts';
import type { Log } from '../base/log.ts';
import type { Announcement, AnnouncementTarget, MediaEffect, MediaPort, SoundChange } from '../call/ports.ts';
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

  perform(effect: MediaEffect): void {
    const { engine, legs, recordings } = this.#options;
    switch (effect.do) {
      case 'openRoom':
        this.#room(effect, engine.createRoom(effect.callId, effect.organizationId));
        break;
      case 'closeRoom':
        this.#roomPlays.delete(effect.callId);
        this.#room(effect, engine.closeRoom(effect.callId));
        break;
      case 'join':
        this.#join(effect.legId, effect.callId);
        break;
      case 'leave':
        legs.get(effect.legId)?.media.perform('leaveRoom', {});
        break;
      case 'set':
        legs.get(effect.legId)?.media.perform('setLeg', this.#settings(effect.change));
        break;
      case 'music':
        this.#room(effect, engine.perform('setMusic', { room: effect.callId, file: effect.on ? musicFile : null }));
        break;
      case 'announce':
        this.#announce(effect.target, effect.items);
        break;
      case 'hush':
        this.#hush(effect.target);
        break;
      case 'startRecording':
        recordings.start(effect.callId, effect.recordingId, effect.tone);
        break;
      case 'pauseRecording':
        recordings.pause(effect.callId, effect.recordingId, effect.paused);
        break;
      case 'stopRecording':
        recordings.stop(effect.callId, effect.recordingId);
        break;
      case 'sendDigits': {
        const { legId, digits, durationMs } = effect;
        if (digits !== '') legs.get(legId)?.media.perform('sendDigits', { digits, durationMs });
      }
    }
  }

  #join(legId: string, callId: string): void {
    const leg = this.#options.legs.get(legId);
    // Gone between the decision and now: a connection without a leg must not stay in the call.
    if (leg === null || leg.state === 'closed') this.#options.report(legId, { type: 'cleared', cause: 'normal' });
    else leg.media.perform('joinRoom', { room: callId });
  }

  #settings({ muted, deaf, held, heardBy }: SoundChange): LegSettings {
    const settings: { -readonly [Key in keyof LegSettings]: LegSettings[Key] } = {};
    if (muted !== undefined) settings.muted = muted;
    if (deaf !== undefined) settings.deaf = deaf;
    if (heardBy !== undefined) settings.heardBy = heardBy === null ? null : this.#mediaId(heardBy);
    if (held !== undefined) settings.hold = held === null ? null : { music: held === 'music' ? musicFile : null };
    return settings;
  }

  #announce(target: AnnouncementTarget, announcements: readonly Announcement[]): void {
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

  #hush(target: AnnouncementTarget): void {
    if ('legId' in target) {
      const leg = this.#options.legs.get(target.legId);
      if (leg !== null) this.#legPlays.get(leg)?.stop();
      return;
    }
    for (const play of this.#roomPlays.get(target.callId) ?? []) void play.then((playing) => playing?.stop());
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
  #room({ do: command, callId }: Extract<MediaEffect, { readonly callId: string }>, done: Promise<void>): void {
    done.catch((error) => {
      if (error instanceof AppError && error.code === 'notFound') return;
      this.#options.log.warn({ call: callId, command, err: error }, 'a room command failed');
    });
  }
}
