import type { Announcement } from '../call/ports.ts';
import { sayOthers } from '../ivr/phrase.ts';
import type { PlayItem } from '../media/engine.ts';

/** Below the prompts folder; what plays for those on hold and those alone. */
export const musicFile = 'music.wav';

const language = 'en';

export function promptItems(prompts: readonly string[]): PlayItem[] {
  return prompts.map((prompt) => ({ file: `${language}/${prompt}.wav` }));
}

/** How a list of announcements is to be played. */
export interface AnnouncementPlan {
  readonly items: readonly PlayItem[];
  readonly loop: boolean;
  /** Over the room, or in place of it. */
  readonly mix: boolean;
}

export function planOf(announcements: readonly Announcement[]): AnnouncementPlan {
  const items: PlayItem[] = [];
  let loop = false;
  let mix = true;
  for (const announcement of announcements) {
    if ('tone' in announcement) {
      items.push({ tone: announcement.tone });
      loop ||= announcement.tone === 'ringback';
    } else if (announcement.say === 'participant-count') {
      items.push(...promptItems(sayOthers(announcement.count)));
    } else if (announcement.say === 'pins-guessed') {
      items.push(...promptItems(['pins-guessed']));
    } else {
      items.push(...promptItems(['waiting-for-moderator']));
      // It would drown in the music it explains.
      mix = false;
    }
  }
  return { items, loop, mix };
}
