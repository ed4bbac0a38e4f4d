import { cut, type Drawable, type Drawn } from './draw.ts';
import { xOf } from './layout.ts';
import type { Message } from './timeline.ts';

const small = '11.5px "Instrument Sans Variable", system-ui, sans-serif';
const head = 5;

/** What SIP said: a line for each address, and each message an arrow from one to the other at its time. */
export function drawLadder(canvas: Drawable, drawn: Drawn): void {
  const { colours, layout, timeline, view } = drawn;
  const { hosts, yOf } = layout.ladder;
  canvas.font = small;
  for (const { address, own, y } of hosts) {
    canvas.strokeStyle = own ? colours.accent : colours.edge;
    canvas.lineWidth = own ? 2 : 1;
    canvas.beginPath();
    canvas.moveTo(layout.gutter, y + 0.5);
    canvas.lineTo(layout.width, y + 0.5);
    canvas.stroke();
    canvas.fillStyle = own ? colours.accent : colours.text;
    canvas.textAlign = 'left';
    canvas.fillText(cut(canvas, address, layout.gutter - 16), 8, y);
  }
  canvas.lineWidth = 1.5;
  const labels: Label[] = [];
  let lastLabel = Number.NEGATIVE_INFINITY;
  for (const message of timeline.signalling) {
    const x = xOf(message.at, view, layout);
    const from = yOf.get(message.from);
    const to = yOf.get(message.to);
    if (x < layout.gutter || x > layout.width || from === undefined || to === undefined) continue;
    const colour = colourOf(message, drawn);
    canvas.strokeStyle = colour;
    canvas.fillStyle = colour;
    canvas.beginPath();
    canvas.moveTo(x, from);
    canvas.lineTo(x, to);
    canvas.stroke();
    const back = to > from ? -head : head;
    canvas.beginPath();
    canvas.moveTo(x, to);
    canvas.lineTo(x - head * 0.7, to + back);
    canvas.lineTo(x + head * 0.7, to + back);
    canvas.fill();
    const label = labelOf(message);
    const width = canvas.measureText(label).width;
    if (x - lastLabel < width + 10 && lastLabel > Number.NEGATIVE_INFINITY) continue;
    // Beside the arrow, or before it where there is no room behind.
    const behind = x + 6 + width < layout.width;
    labels.push({
      text: label,
      colour,
      align: behind ? 'left' : 'right',
      x: behind ? x + 5 : x - 5,
      y: (from + to) / 2,
    });
    lastLabel = behind ? x + width : x;
  }
  drawLabels(canvas, labels, colours.surface);
  canvas.lineWidth = 1;
}

interface Label {
  readonly text: string;
  readonly colour: string;
  readonly align: 'left' | 'right';
  readonly x: number;
  readonly y: number;
}

/** Above all arrows, and each in a little of the ground: no line goes through what is to be read. */
function drawLabels(canvas: Drawable, labels: readonly Label[], ground: string): void {
  canvas.lineWidth = 4;
  canvas.lineJoin = 'round';
  canvas.strokeStyle = ground;
  for (const { align, colour, text, x, y } of labels) {
    canvas.textAlign = align;
    canvas.strokeText(text, x, y);
    canvas.fillStyle = colour;
    canvas.fillText(text, x, y);
  }
}

function colourOf({ status }: Message, { colours }: Drawn): string {
  if (status === undefined) return colours['accent-strong'];
  return status >= 400 && status !== 401 && status !== 407 ? colours.bad : status >= 200 ? colours.good : colours.edge;
}

export function labelOf({ method, reason, status }: Message): string {
  return method ?? `${status} ${reason ?? ''}`.trim();
}
