import { type KeyboardEvent, type PointerEvent, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useLanguage } from '../../../look/page.tsx';
import { useCallWords } from '../../../words/console-call.ts';
import { coloursOf } from './colours.ts';
import type { Cursor } from './cursor.ts';
import { type Drawable, digitsOf, draw } from './draw.ts';
import { type Layout, layoutOf, timeAt, xOf } from './layout.ts';
import type { Lane, Timeline } from './timeline.ts';
import { type View, within, zoomed } from './view.ts';
import type { Wave } from './wave.ts';

interface TimelineCanvasProps {
  readonly timeline: Timeline;
  readonly lanes: readonly Lane[];
  readonly wave: Wave | null;
  readonly all: View;
  readonly view: View;
  readonly cursor: Cursor;
  readonly onView: (view: View) => void;
  /** Where the picture is, for whoever wants to keep it. */
  readonly onCanvas: (canvas: HTMLCanvasElement | null) => void;
}

/** The lanes, the ladder and the waveform on one axis, and the cursor that goes through all of it. */
export function TimelineCanvas(props: TimelineCanvasProps) {
  const { all, cursor, lanes, onCanvas, onView, timeline, view, wave } = props;
  const words = useCallWords();
  const { language } = useLanguage();
  const place = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const line = useRef<HTMLDivElement>(null);
  const moment = useRef<HTMLSpanElement>(null);
  const [width, setWidth] = useState(0);
  const theme = useTheme();
  const digits = useMemo(() => digitsOf(timeline), [timeline]);
  const layout = layoutOf(timeline, lanes, Math.max(1, width), wave !== null);
  const now = useRef<{ view: View; layout: Layout }>({ view, layout });
  now.current = { view, layout };

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    setWidth(element.clientWidth);
    return () => observer.disconnect();
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme changes the colours that are read
  useEffect(() => {
    if (canvas.current === null || place.current === null || width === 0) return;
    const colours = coloursOf(place.current);
    const drawn = { timeline, layout, view, colours, wave, digits, now: all.to, language };
    show(canvas.current, layout, (context) => draw(context, drawn));
  }, [timeline, lanes, view, wave, width, theme, language, all.to]);

  const format = useMemo(() => new Intl.DateTimeFormat(language, clockOptions), [language]);
  const moveLine = useCallback(() => {
    const { layout: where, view: shown } = now.current;
    const x = xOf(cursor.at, shown, where);
    const element = line.current;
    if (element === null) return;
    element.hidden = x < where.gutter - 1 || x > where.width + 1;
    element.style.transform = `translateX(${x}px)`;
    element.classList.toggle('turned', x > where.width - 120);
    if (moment.current !== null) moment.current.textContent = format.format(cursor.at);
  }, [cursor, format]);
  // Nobody listens to sixty of them a second.
  const tellPlace = useCallback(() => {
    place.current?.setAttribute('aria-valuetext', format.format(cursor.at));
    place.current?.setAttribute('aria-valuenow', String(Math.round(cursor.at - all.from)));
  }, [cursor, format, all.from]);
  useEffect(() => cursor.subscribe(moveLine), [cursor, moveLine]);
  useEffect(() => cursor.subscribeCalm(tellPlace), [cursor, tellPlace]);
  useEffect(() => {
    moveLine();
    tellPlace();
  });

  // Not passive: the page must not zoom along.
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const wheel = (event: WheelEvent): void => {
      const { layout: where, view: shown } = now.current;
      const box = element.getBoundingClientRect();
      const perPixel = (shown.to - shown.from) / Math.max(1, where.width - where.gutter);
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        onView(zoomed(shown, 1.0015 ** -event.deltaY, timeAt(event.clientX - box.left, shown, where), all));
      } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        event.preventDefault();
        const by = (event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX) * perPixel;
        onView(within({ from: shown.from + by, to: shown.to + by }, all));
      }
    };
    element.addEventListener('wheel', wheel, { passive: false });
    return () => element.removeEventListener('wheel', wheel);
  }, [onView, all]);

  const scrub = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.buttons !== 1) return;
    const box = event.currentTarget.getBoundingClientRect();
    const at = timeAt(event.clientX - box.left, view, layout);
    cursor.set(Math.min(all.to, Math.max(all.from, at)));
  };
  const key = (event: KeyboardEvent): void => {
    const step = (view.to - view.from) / (event.shiftKey ? 10 : 100);
    const moves: Readonly<Record<string, number>> = {
      ArrowLeft: cursor.at - step,
      ArrowRight: cursor.at + step,
      Home: all.from,
      End: all.to,
    };
    const to = moves[event.key];
    if (event.key === '+' || event.key === '-') {
      onView(zoomed(view, event.key === '+' ? 1.6 : 1 / 1.6, cursor.at, all));
    } else if (to !== undefined) {
      const at = Math.min(all.to, Math.max(all.from, to));
      cursor.set(at);
      if (at < view.from || at > view.to) {
        const half = (view.to - view.from) / 2;
        onView(within({ from: at - half, to: at + half }, all));
      }
    } else return;
    event.preventDefault();
  };

  return (
    <div
      ref={place}
      className="call-canvas"
      role="slider"
      tabIndex={0}
      aria-label={words.timelineLabel(lanes.length, timeline.events.length)}
      aria-valuemin={0}
      aria-valuemax={Math.round(all.to - all.from)}
      aria-valuenow={Math.round(cursor.at - all.from)}
      onKeyDown={key}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        scrub(event);
      }}
      onPointerMove={scrub}
      onDoubleClick={(event) => {
        const box = event.currentTarget.getBoundingClientRect();
        onView(zoomed(view, 2.5, timeAt(event.clientX - box.left, view, layout), all));
      }}
    >
      <canvas
        ref={(element) => {
          canvas.current = element;
          onCanvas(element);
        }}
      />
      <div ref={line} className="call-cursor" aria-hidden="true">
        <span ref={moment} />
      </div>
    </div>
  );
}

/**
 * Draws beside the page and shows the finished picture: a canvas that can be drawn on is copied for each frame while
 * the cursor moves over it, a picture is not.
 */
function show(element: HTMLCanvasElement, { height, width }: Layout, paint: (on: Drawable) => void): void {
  const dense = Math.min(2, window.devicePixelRatio || 1);
  const sheet = new OffscreenCanvas(Math.round(width * dense), Math.round(height * dense));
  const context = sheet.getContext('2d');
  if (context === null) return;
  context.setTransform(dense, 0, 0, dense, 0, 0);
  paint(context);
  element.width = sheet.width;
  element.height = sheet.height;
  element.getContext('bitmaprenderer')?.transferFromImageBitmap(sheet.transferToImageBitmap());
}

const clockOptions: Intl.DateTimeFormatOptions = {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  hourCycle: 'h23',
};

function readTheme(): string {
  const dark = window.matchMedia('(prefers-color-scheme: dark)').matches;
  return `${document.documentElement.dataset['theme'] ?? ''} ${dark}`;
}

/** Changes with the colours of the page. */
function useTheme(): string {
  const [theme, setTheme] = useState(readTheme);
  useEffect(() => {
    const look = (): void => setTheme(readTheme());
    const dark = window.matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', look);
    const observer = new MutationObserver(look);
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    return () => {
      dark.removeEventListener('change', look);
      observer.disconnect();
    };
  }, []);
  return theme;
}
