import { AppError } from '../base/app-error.ts';
import { placeOf } from './placement.ts';
import { noneLive, type ProcessHandle } from './process-handle.ts';

/** A room or leg, and where it lives. */
export interface Placed {
  readonly process: ProcessHandle;
  readonly organization: string;
}

/** A recording that runs, and where. */
interface PlacedRecording {
  readonly process: ProcessHandle;
  readonly room: string;
}

/**
 * Which process has what: rooms, legs and recordings by their identifiers. All of one organization live in one process.
 */
export class Places {
  readonly legs = new Map<string, Placed>();
  readonly rooms = new Map<string, Placed>();
  readonly recordings = new Map<string, PlacedRecording>();
  readonly #processes: readonly ProcessHandle[];
  /** Where an organization with rooms or legs lives, and how many it has: it does not move while it has any. */
  readonly #organizations = new Map<string, { process: ProcessHandle; count: number }>();

  constructor(processes: readonly ProcessHandle[]) {
    this.#processes = processes;
  }

  /** A place for one more room or leg; throws AppError `unavailable` when no process lives. */
  place(organization: string): Placed {
    let home = this.#organizations.get(organization);
    if (home === undefined) {
      const live = this.#processes.filter((process) => process.live).map((process) => process.index);
      const index = placeOf(organization, live);
      if (index === null) throw noneLive(this.#processes);
      home = { process: this.#processes[index]!, count: 0 };
      this.#organizations.set(organization, home);
    }
    home.count++;
    return { process: home.process, organization };
  }

  /** Nothing when another is there by now under this identifier. */
  forget(from: Map<string, Placed>, id: string, placed: Placed): void {
    if (from.get(id) !== placed) return;
    from.delete(id);
    const home = this.#organizations.get(placed.organization);
    if (home === undefined || home.process !== placed.process) return;
    home.count--;
    if (home.count === 0) this.#organizations.delete(placed.organization);
  }

  /**
   * Where what is named lives; throws AppError `notFound`, or `invalidState` when they are of different organizations.
   */
  processOf({ leg, room }: { readonly leg?: string; readonly room?: string }): ProcessHandle {
    const ofLeg = leg === undefined ? null : placeIn(this.legs, 'leg', leg);
    const ofRoom = room === undefined ? null : placeIn(this.rooms, 'room', room);
    const process = ofLeg ?? ofRoom;
    if (process === null) throw new AppError('notFound', 'neither a leg nor a room is named');
    if (ofLeg !== null && ofRoom !== null && ofLeg !== ofRoom) {
      throw new AppError('invalidState', `leg ${leg} and room ${room} are of different organizations`);
    }
    return process;
  }

  /** Forgets, and returns, what a process that died had. */
  lost(process: ProcessHandle): { readonly legs: string[]; readonly rooms: string[] } {
    for (const [organization, home] of this.#organizations) {
      if (home.process === process) this.#organizations.delete(organization);
    }
    takeAll(this.recordings, (one) => one.process === process);
    return {
      legs: takeAll(this.legs, (placed) => placed.process === process),
      rooms: takeAll(this.rooms, (placed) => placed.process === process),
    };
  }

  /** The recording of a room that closes ends with it. */
  forgetRecordings(room: string): void {
    takeAll(this.recordings, (one) => one.room === room);
  }
}

function placeIn(map: ReadonlyMap<string, Placed>, kind: string, id: string): ProcessHandle {
  const placed = map.get(id);
  if (placed === undefined) throw new AppError('notFound', `no media ${kind} ${id}`);
  return placed.process;
}

/** Removes the entries that match; returns their keys. */
function takeAll<Value>(map: Map<string, Value>, matches: (value: Value) => boolean): string[] {
  const taken = [...map].filter(([, value]) => matches(value)).map(([key]) => key);
  for (const key of taken) map.delete(key);
  return taken;
}
