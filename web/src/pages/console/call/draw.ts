import type { Colours } from './colours.ts';
import { drawLadder } from './draw-ladder.ts';
import { type Layout, xOf } from './layout.ts';
import { type Lane, nameOf, type Span, type Timeline } from './timeline.ts';
import { marks, type View } from './view.ts';
import type { Wave } from './wave.ts';

export interface Drawn {
  readonly timeline: Timeline;
  readonly layout: Layout;
  readonly view: View;
  readonly colours: Colours;
  readonly wave: Wave | null;
  /** When keys were pressed, by connection. */
  readonly digits: ReadonlyMap<string, readonly number[]>;
  /** What lasts is drawn up to here. */
  readonly now: number;
  readonly language: string;
}

/** On the page, or beside it. */
export type Drawable = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

const font = '13px "Instrument Sans Variable", system-ui, sans-serif';
const small = '11.5px "Instrument Sans Variable", system-ui, sans-serif';
const quietest = -60;
/** Jitter that is worth a mark, and that fills the lane, ms. */
const [unevenMs, mostUnevenMs] = [30, 200];

/** When keys were pressed, by connection. */
export function digitsOf({ events }: Timeline): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>();
  for (const { at, connection, type } of events) {
    if (type === 'digitsGenerated' && connection !== null)
      found.set(connection, [...(found.get(connection) ?? []), at]);
  }
  return found;
}

/** All but the cursor, anew. */
export function draw(canvas: Drawable, drawn: Drawn): void {
  const { colours, layout } = drawn;
  canvas.clearRect(0, 0, layout.width, layout.height);
  canvas.fillStyle = colours.surface;
  canvas.fillRect(0, 0, layout.width, layout.height);
  canvas.textBaseline = 'middle';
  drawAxis(canvas, drawn);
  if (layout.wave !== null && drawn.wave !== null) drawWave(canvas, drawn, drawn.wave, layout.wave);
  for (const place of layout.lanes) drawLane(canvas, drawn, place);
  drawEvents(canvas, drawn);
  drawLadder(canvas, drawn);
}

function drawAxis(canvas: Drawable, { colours, language, layout, view }: Drawn): void {
  const found = marks(view, layout.width - layout.gutter, 92);
  const fine = (found[1] ?? 0) - (found[0] ?? 0) < 1000;
  const options: Intl.DateTimeFormatOptions = {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    ...(fine ? { fractionalSecondDigits: 1 } : {}),
  };
  const format = new Intl.DateTimeFormat(language, options);
  canvas.font = small;
  canvas.textAlign = 'left';
  for (const at of found) {
    const x = Math.round(xOf(at, view, layout)) + 0.5;
    canvas.strokeStyle = colours.line;
    canvas.beginPath();
    canvas.moveTo(x, layout.axis - 8);
    canvas.lineTo(x, layout.height);
    canvas.stroke();
    canvas.fillStyle = colours.soft;
    if (x < layout.width - 60) canvas.fillText(format.format(at), x + 4, layout.axis / 2);
  }
}

function drawWave(
  canvas: Drawable,
  { colours, layout, view }: Drawn,
  { from, msPerPeak, peaks }: Wave,
  { height, top }: { readonly top: number; readonly height: number },
): void {
  const middle = top + height / 2;
  canvas.fillStyle = colours.accent;
  for (let x = layout.gutter; x < layout.width; x++) {
    const share = (x - layout.gutter) / (layout.width - layout.gutter);
    const begin = (view.from + share * (view.to - view.from) - from) / msPerPeak;
    const end = begin + (view.to - view.from) / (layout.width - layout.gutter) / msPerPeak;
    let peak = 0;
    for (let at = Math.max(0, Math.floor(begin)); at <= Math.min(peaks.length - 1, end); at++) {
      if (peaks[at]! > peak) peak = peaks[at]!;
    }
    if (begin < 0 || begin >= peaks.length) continue;
    const half = Math.max(0.5, peak * (height / 2 - 3));
    canvas.fillRect(x, middle - half, 1, 2 * half);
  }
}

function drawLane(canvas: Drawable, drawn: Drawn, { height, lane, top }: Layout['lanes'][number]): void {
  const { colours, layout, now, view } = drawn;
  canvas.strokeStyle = colours.line;
  canvas.beginPath();
  canvas.moveTo(0, top + height - 0.5);
  canvas.lineTo(layout.width, top + height - 0.5);
  canvas.stroke();
  canvas.font = height < 26 ? small : font;
  canvas.textAlign = 'left';
  canvas.fillStyle = colours.text;
  const name = nameOf(lane);
  const two = height >= 40 && lane.number !== '' && name !== lane.number;
  canvas.fillText(cut(canvas, name, layout.gutter - 20), 8, top + height / 2 - (two ? 8 : 0));
  if (two) {
    canvas.font = small;
    canvas.fillStyle = colours.soft;
    canvas.fillText(cut(canvas, lane.number, layout.gutter - 20), 8, top + height / 2 + 9);
  }
  canvas.save();
  canvas.beginPath();
  canvas.rect(layout.gutter, top, layout.width - layout.gutter, height);
  canvas.clip();
  const order = { present: 0, ringing: 1, hold: 2, muted: 3, talking: 4 } as const;
  const bars = lane.spans.toSorted((a, b) => order[a.kind] - order[b.kind]);
  for (const span of bars) {
    const from = Math.max(layout.gutter - 2, xOf(span.from, view, layout));
    const to = Math.min(layout.width + 2, xOf(span.to ?? now, view, layout));
    if (to >= layout.gutter - 2 && from <= layout.width) drawSpan(canvas, drawn, { span, from, to, top, height, lane });
  }
  drawSamples(canvas, drawn, lane, top, height);
  drawDigits(canvas, drawn, lane, top);
  canvas.restore();
}

/** When keys were pressed; which is told nowhere. */
function drawDigits(canvas: Drawable, { colours, digits, layout, view }: Drawn, lane: Lane, top: number): void {
  canvas.fillStyle = colours['accent-strong'];
  for (const at of digits.get(lane.connection) ?? []) {
    canvas.beginPath();
    canvas.arc(xOf(at, view, layout), top + 8, 3.5, 0, 2 * Math.PI);
    canvas.fill();
  }
}

interface Bar {
  readonly span: Span;
  readonly from: number;
  readonly to: number;
  readonly top: number;
  readonly height: number;
  readonly lane: Lane;
}

function drawSpan(canvas: Drawable, { colours }: Drawn, { from, height, lane, span, to, top }: Bar): void {
  const width = Math.max(1.5, to - from);
  switch (span.kind) {
    case 'present':
      canvas.fillStyle = colours['accent-soft'];
      canvas.fillRect(from, top + 4, width, height - 9);
      return;
    case 'ringing':
      canvas.strokeStyle = colours.edge;
      canvas.setLineDash([4, 3]);
      canvas.strokeRect(from + 0.5, top + 5.5, Math.max(1, width - 1), height - 12);
      canvas.setLineDash([]);
      return;
    case 'hold':
      canvas.fillStyle = colours['lamp-soft'];
      canvas.fillRect(from, top + 4, width, height - 9);
      canvas.strokeStyle = colours.lamp;
      canvas.beginPath();
      for (let x = from - height + 9; x < to; x += 8) {
        canvas.moveTo(Math.max(from, x), top + height - 5 - Math.max(0, from - x));
        canvas.lineTo(Math.min(to, x + height - 9), top + 4 + Math.max(0, x + height - 9 - to));
      }
      canvas.stroke();
      return;
    case 'muted':
      canvas.fillStyle = colours.edge;
      canvas.fillRect(from, top + height - 8, width, 3);
      return;
    case 'talking':
      canvas.fillStyle = colours[`line-${lineOf(lane.connection)}`];
      canvas.fillRect(from, top + height / 2 - height * 0.14, width, height * 0.28);
  }
}

/** How loud it was as a line; what was lost or bad to hear as marks below and above. */
function drawSamples(canvas: Drawable, drawn: Drawn, lane: Lane, top: number, height: number): void {
  const { colours, layout, view } = drawn;
  canvas.strokeStyle = colours.accent;
  canvas.lineWidth = 1;
  canvas.beginPath();
  let before: number | null = null;
  for (const { at, jitterMs, level, loss, mos } of lane.samples) {
    const x = xOf(at, view, layout);
    if (x < layout.gutter - 20 || x > layout.width + 20) {
      before = null;
      continue;
    }
    if (loss >= 0.01) {
      canvas.fillStyle = colours.bad;
      const tall = Math.max(3, Math.min(1, loss * 4) * (height - 10));
      canvas.fillRect(x - 1.5, top + height - 5 - tall, 3, tall);
    }
    if (jitterMs >= unevenMs) {
      canvas.fillStyle = colours.warn;
      const tall = Math.max(3, Math.min(1, jitterMs / mostUnevenMs) * (height - 10));
      canvas.fillRect(x + 2, top + height - 5 - tall, 2, tall);
    }
    if (mos !== null && mos < 3.6) {
      canvas.fillStyle = mos < 3.1 ? colours.bad : colours.warn;
      canvas.fillRect(x - 3, top + 2, 6, 3);
    }
    if (level === null) {
      before = null;
      continue;
    }
    const loud = Math.max(0, 1 - Math.max(quietest, level) / quietest);
    const y = top + height - 6 - loud * (height - 13);
    if (before === null) canvas.moveTo(x, y);
    else canvas.lineTo(x, y);
    before = y;
  }
  canvas.stroke();
}

function drawEvents(canvas: Drawable, { colours, layout, timeline, view }: Drawn): void {
  const { height, top } = layout.events;
  canvas.font = small;
  canvas.textAlign = 'left';
  let lastX = -10;
  let lastLabel = -100;
  for (const { at, seq, type } of timeline.events) {
    const x = xOf(at, view, layout);
    if (x < layout.gutter || x > layout.width) continue;
    const strong = type === 'failed' || type === 'entryRefused';
    if (type === 'talking' && x - lastX < 2) continue;
    canvas.fillStyle = strong ? colours.bad : type === 'talking' ? colours.edge : colours.accent;
    canvas.fillRect(Math.round(x), top, strong ? 2 : 1, type === 'talking' ? 6 : 11);
    lastX = x;
    const label = String(seq);
    const place = Math.min(x + 2, layout.width - 30);
    if (type !== 'talking' && place - lastLabel > 8 * label.length + 10) {
      canvas.fillStyle = colours.soft;
      canvas.fillText(label, place, top + height - 9);
      lastLabel = place;
    }
  }
}

/** Which of the six colours of participants. */
export function lineOf(id: string): 0 | 1 | 2 | 3 | 4 | 5 {
  let sum = 0;
  for (let at = 0; at < id.length; at++) sum = (sum * 31 + id.charCodeAt(at)) >>> 0;
  return (sum % 6) as 0;
}

export function cut(canvas: Drawable, text: string, width: number): string {
  if (canvas.measureText(text).width <= width) return text;
  let short = text.slice(0, 60);
  // Of numbers the end tells them apart.
  if (/^\+?\d+$/.test(text)) {
    while (short.length > 1 && canvas.measureText(`…${short}`).width > width) short = short.slice(1);
    return `…${short}`;
  }
  while (short.length > 1 && canvas.measureText(`${short}…`).width > width) short = short.slice(0, -1);
  return `${short}…`;
}
