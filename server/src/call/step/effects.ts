import type { Cause } from '../model/cause.ts';
import type { CallerId, DialTarget } from '../model/device.ts';
import type { Refusal } from '../model/refusal.ts';
import type { Announcement, AnnouncementTarget, DialledFor, MediaPort, SignallingPort } from '../ports.ts';
import type { LegReport } from './reports.ts';

/** What is to be done outside once the events are stored. Plain data: tests read it, `perform` does it. */
export type Effect =
  | {
      readonly do: 'dial';
      readonly legId: string;
      readonly to: DialTarget;
      readonly callerId: CallerId;
      readonly timeoutMs: number;
      readonly call: DialledFor;
      readonly autoAnswer?: true;
    }
  /** A leg that is not dialled, because its device takes no calls: reported as failed. */
  | { readonly do: 'unreached'; readonly legId: string; readonly cause: Cause }
  | { readonly do: 'ring'; readonly legId: string; readonly early?: boolean }
  | { readonly do: 'answer'; readonly legId: string }
  | { readonly do: 'clear'; readonly legId: string; readonly cause: Cause; readonly refusal?: Refusal }
  | { readonly do: 'openRoom'; readonly callId: string; readonly organizationId: string }
  | { readonly do: 'closeRoom'; readonly callId: string }
  | { readonly do: 'join'; readonly legId: string; readonly callId: string }
  | { readonly do: 'leave'; readonly legId: string }
  | { readonly do: 'set'; readonly legId: string; readonly change: Parameters<MediaPort['set']>[1] }
  | { readonly do: 'music'; readonly callId: string; readonly on: boolean }
  | { readonly do: 'announce'; readonly target: AnnouncementTarget; readonly items: readonly Announcement[] }
  | { readonly do: 'hush'; readonly target: AnnouncementTarget }
  | { readonly do: 'startRecording'; readonly callId: string; readonly recordingId: string; readonly tone: boolean }
  | { readonly do: 'pauseRecording'; readonly callId: string; readonly recordingId: string; readonly paused: boolean }
  | { readonly do: 'stopRecording'; readonly callId: string; readonly recordingId: string }
  | { readonly do: 'sendDigits'; readonly legId: string; readonly digits: string; readonly durationMs: number };

/** `report`: what is known of a leg without asking anybody. */
export function perform(
  effect: Effect,
  signalling: SignallingPort,
  media: MediaPort,
  report: (legId: string, report: LegReport) => void,
): void {
  switch (effect.do) {
    case 'dial':
      signalling.dial(effect.legId, effect.to, effect.callerId, effect.timeoutMs, effect.call, {
        autoAnswer: effect.autoAnswer ?? false,
      });
      break;
    case 'unreached':
      report(effect.legId, { type: 'failed', cause: effect.cause });
      break;
    case 'ring':
      signalling.ring(effect.legId, effect.early ?? false);
      break;
    case 'answer':
      signalling.answer(effect.legId);
      break;
    case 'clear':
      signalling.clear(effect.legId, effect.cause, effect.refusal);
      break;
    case 'openRoom':
      media.openRoom(effect.callId, effect.organizationId);
      break;
    case 'closeRoom':
      media.closeRoom(effect.callId);
      break;
    case 'join':
      media.join(effect.legId, effect.callId);
      break;
    case 'leave':
      media.leave(effect.legId);
      break;
    case 'set':
      media.set(effect.legId, effect.change);
      break;
    case 'music':
      media.music(effect.callId, effect.on);
      break;
    case 'announce':
      media.announce(effect.target, effect.items);
      break;
    case 'hush':
      media.hush(effect.target);
      break;
    case 'startRecording':
      media.startRecording(effect.callId, effect.recordingId, { tone: effect.tone });
      break;
    case 'pauseRecording':
      media.pauseRecording(effect.callId, effect.recordingId, effect.paused);
      break;
    case 'stopRecording':
      media.stopRecording(effect.callId, effect.recordingId);
      break;
    case 'sendDigits':
      media.sendDigits(effect.legId, effect.digits, effect.durationMs);
      break;
  }
}
