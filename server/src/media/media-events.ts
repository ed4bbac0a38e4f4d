import type { LegStats, ProcessStats, RoomLevels } from './channel/protocol.ts';

/** What the engine tells of legs and rooms, by name. */
export interface MediaEvents {
  digit: { leg: string; digit: string; durationMs: number };
  talking: { leg: string; room: string; talking: boolean };
  sounds: { leg: string; sounds: boolean };
  /** Nothing was received for `silentMs`; said again every two media timeouts while the silence lasts. */
  mediaTimeout: { leg: string; silentMs: number };
  /** The leg's process died: its sockets are gone, its identifier is free again. */
  legLost: { leg: string; reason: string };
  /** `at`: when that was asked for, ms since the epoch. */
  legClosed: { leg: string; at: number; stats: LegStats };
  /** While they are watched; see RoomLevels. */
  levels: { rooms: readonly RoomLevels[] };
  roomLost: { room: string; reason: string };
  /**
   * A recording ended before it was told to (disk full, folder not writable …); what was written stays, the room goes
   * on.
   */
  recordingFailed: { recording: string; reason: string };
  processDied: { index: number; reason: string };
  /** Every five seconds, per process; without its single legs. */
  stats: { index: number; stats: ProcessStats };
}
