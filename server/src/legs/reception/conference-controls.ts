import { coerceError } from '../../base/app-error.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import type { CallRuntime } from '../../call/runtime/runtime.ts';
import { setMute } from '../../call/services/set-mute.ts';
import { startRecording } from '../../call/services/start-recording.ts';
import { stopRecording } from '../../call/services/stop-recording.ts';
import {
  availableCommands,
  type MenuCommand,
  type MenuState,
  menuFor,
  menuIdle,
  stepMenu,
} from '../../ivr/in-call-menu.ts';
import { promptItems } from '../announcements.ts';
import type { Leg } from '../leg.ts';

/** What concerns everybody is said to everybody. */
export type RoomPrompt = 'recording-started' | 'recording-stopped';

const withoutRecording: ReadonlySet<MenuCommand> = new Set([...availableCommands].filter((name) => name !== 'record'));

interface Typing {
  state: MenuState;
  timer: Timer | null;
}

/** Keys pressed by somebody who is in a conference, turned into services. */
export class ConferenceControls {
  readonly #clock: Clock;
  readonly #runtime: CallRuntime;
  readonly #tellAll: (callId: string, prompt: RoomPrompt) => void;
  /** Only legs with a code begun. */
  readonly #typing = new Map<string, Typing>();

  /** `tellAll` says a prompt to everybody in a call. */
  constructor(clock: Clock, runtime: CallRuntime, tellAll: (callId: string, prompt: RoomPrompt) => void) {
    this.#clock = clock;
    this.#runtime = runtime;
    this.#tellAll = tellAll;
  }

  digit(leg: Leg, digit: string): void {
    this.#step(leg, { type: 'digit', digit });
  }

  /** The leg is gone. */
  closed(leg: Leg): void {
    this.#typing.get(leg.id)?.timer?.cancel();
    this.#typing.delete(leg.id);
  }

  #step(leg: Leg, input: Parameters<typeof stepMenu>[2]): void {
    const place = this.#placeOf(leg);
    if (place === null) {
      this.closed(leg);
      return;
    }
    const typing = this.#typing.get(leg.id) ?? { state: menuIdle, timer: null };
    typing.timer?.cancel();
    const { state, command, waitMs } = stepMenu(place.rows, typing.state, input);
    if (waitMs === null) {
      this.#typing.delete(leg.id);
    } else {
      const timer = this.#clock.setTimer(waitMs, () => this.#step(leg, { type: 'timeout' }));
      this.#typing.set(leg.id, { state, timer });
    }
    if (command === null) return;
    this.#perform(leg, command.name).catch((error) => {
      leg.log.warn({ command: command.name, err: coerceError(error) }, 'a key command failed');
    });
  }

  /** Commands are performed on what holds by then, so two presses of `*1` are two changes. */
  async #perform(leg: Leg, command: MenuCommand): Promise<void> {
    const place = this.#placeOf(leg);
    if (place === null) return;
    switch (command) {
      case 'menu':
        this.#say(leg, place.rows.some((row) => row.command === 'record') ? ['menu', 'menu-record'] : ['menu']);
        return;
      case 'toggleMute': {
        const { callId, id: connectionId } = { callId: place.callId, id: place.connection.id };
        const muted = !place.connection.muted;
        await this.#runtime.do(setMute, { callId, connectionId, muted });
        this.#say(leg, [muted ? 'muted' : 'unmuted']);
        return;
      }
      case 'record': {
        const { callId, recording } = place;
        if (recording) await this.#runtime.do(stopRecording, { callId });
        else await this.#runtime.do(startRecording, { callId });
        this.#tellAll(callId, recording ? 'recording-stopped' : 'recording-started');
        return;
      }
      default:
        return; // Not available yet, so the menu never gives it.
    }
  }

  #say(leg: Leg, prompts: readonly ('menu' | 'menu-record' | 'muted' | 'unmuted')[]): void {
    leg.media.play(promptItems(prompts), { mix: true });
  }

  #placeOf(leg: Leg) {
    const ref = this.#runtime.refOfLeg(leg.id);
    const call = ref === null ? null : this.#runtime.call(ref.callId);
    const connection = ref === null ? undefined : call?.connections.get(ref.connectionId);
    if (call?.kind !== 'conference' || connection === undefined) return null;
    // A supervisor is muted, or heard by one, because that was asked for: no key changes it.
    if (connection.role === 'supervisor') return null;
    const { id: callId, recording } = call;
    // Where a conference is always recorded, or never, there is nothing to choose.
    const available = call.conference?.record === 'choice' ? availableCommands : withoutRecording;
    return { callId, connection, recording, rows: menuFor(connection.role, available) };
  }
}
