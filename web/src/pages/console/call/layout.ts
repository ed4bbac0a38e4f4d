import type { Lane, Message, Timeline } from './timeline.ts';

/** Where things stand on the canvas, in CSS pixels from its top. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  /** Names stand left of it, time begins there. */
  readonly gutter: number;
  readonly axis: number;
  readonly wave: { readonly top: number; readonly height: number } | null;
  readonly lanes: readonly { readonly lane: Lane; readonly top: number; readonly height: number }[];
  readonly events: { readonly top: number; readonly height: number };
  readonly ladder: {
    readonly top: number;
    readonly height: number;
    /** Addresses that spoke, ours first, each with its line. */
    readonly hosts: readonly { readonly address: string; readonly y: number; readonly own: boolean }[];
    readonly yOf: ReadonlyMap<string, number>;
  };
}

const axisHeight = 30;
const waveHeight = 56;
const hostHeight = 40;
const eventsHeight = 28;
/** Shown at once; a filter finds the others. */
export const mostLanes = 200;
const mostHosts = 12;

export function layoutOf(timeline: Timeline, lanes: readonly Lane[], width: number, withWave: boolean): Layout {
  const gutter = width < 640 ? 108 : 176;
  const laneHeight = lanes.length <= 12 ? 44 : lanes.length <= 60 ? 30 : 22;
  let top = axisHeight;
  const wave = withWave ? { top, height: waveHeight } : null;
  if (wave !== null) top += waveHeight + 6;
  const placed = lanes
    .slice(0, mostLanes)
    .map((lane, at) => ({ lane, top: top + at * laneHeight, height: laneHeight }));
  top += placed.length * laneHeight + 6;
  const events = { top, height: eventsHeight };
  top += eventsHeight + 10;
  const hosts = hostsOf(timeline.signalling).map((one, at) => ({ ...one, y: top + 28 + at * hostHeight }));
  const height = hosts.length === 0 ? 0 : 28 + hosts.length * hostHeight;
  const yOf = new Map(hosts.map(({ address, y }) => [address, y]));
  return {
    width,
    height: top + height + 4,
    gutter,
    axis: axisHeight,
    wave,
    lanes: placed,
    events,
    ladder: { top, height, hosts, yOf },
  };
}

function hostsOf(messages: readonly Message[]): { address: string; own: boolean }[] {
  const own = new Set<string>();
  const others = new Set<string>();
  for (const { direction, from, to } of messages) {
    own.add(direction === 'in' ? to : from);
    others.add(direction === 'in' ? from : to);
  }
  const all = [...own].map((address) => ({ address, own: true }));
  for (const address of others) if (!own.has(address)) all.push({ address, own: false });
  return all.slice(0, mostHosts);
}

/** Where a moment stands, in CSS pixels from the left. */
export function xOf(
  at: number,
  view: { readonly from: number; readonly to: number },
  { gutter, width }: Layout,
): number {
  return gutter + ((at - view.from) / Math.max(1, view.to - view.from)) * (width - gutter);
}

export function timeAt(
  x: number,
  view: { readonly from: number; readonly to: number },
  { gutter, width }: Layout,
): number {
  return view.from + ((x - gutter) / Math.max(1, width - gutter)) * (view.to - view.from);
}
