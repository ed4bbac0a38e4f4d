import type { Recorded } from '../../channel/protocol.ts';
import type { RecordedBlock } from './room-recorder.ts';

/** What the recording thread is told, in this order for each recording: open, write …, close. */
export type RecordingOrder =
  | { readonly do: 'open'; readonly recording: string; readonly folder: string; readonly rate: number }
  | { readonly do: 'write'; readonly recording: string; readonly block: RecordedBlock }
  | { readonly do: 'close'; readonly recording: string };

/** What it answers: every order once, in order. */
export type RecordingReport =
  /** Done; or left undone, because the recording has failed before. */
  | { readonly did: 'open' | 'write'; readonly recording: string }
  | { readonly did: 'close'; readonly recording: string; readonly recorded: Recorded | null }
  /** It could not be done. The recording is over. */
  | { readonly did: 'fail'; readonly recording: string; readonly order: RecordingOrder['do']; readonly reason: string };
