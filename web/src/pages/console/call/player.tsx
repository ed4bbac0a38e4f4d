import { useEffect, useRef } from 'react';
import { useCallWords } from '../../../words/console-call.ts';
import type { Cursor } from './cursor.ts';
import type { Timeline } from './timeline.ts';

interface PlayerProps {
  readonly timeline: Timeline;
  readonly cursor: Cursor;
  readonly onShow: (at: number) => void;
}

/** The recording, heard where the cursor is; the cursor goes along with it. */
export function Player({ cursor, timeline }: PlayerProps) {
  const words = useCallWords();
  const audio = useRef<HTMLAudioElement>(null);
  const recording = timeline.recordings[0];
  const startedAt = recording?.startedAt ?? 0;
  useEffect(() => {
    const element = audio.current;
    if (element === null) return;
    let frame = 0;
    let told = -1;
    const along = (): void => {
      told = startedAt + element.currentTime * 1000;
      cursor.set(told);
      if (!element.paused) frame = requestAnimationFrame(along);
    };
    const moved = (): void => {
      if (Math.abs(cursor.at - told) < 300) return;
      const to = (cursor.at - startedAt) / 1000;
      if (to >= 0 && to <= (element.duration || 0)) element.currentTime = to;
    };
    element.addEventListener('play', along);
    const end = cursor.subscribe(moved);
    return () => {
      cancelAnimationFrame(frame);
      element.removeEventListener('play', along);
      end();
    };
  }, [cursor, startedAt]);
  if (recording === undefined) return null;
  return (
    <figure className="call-player">
      <figcaption className="unseen">{words.recording}</figcaption>
      {/* biome-ignore lint/a11y/useMediaCaption: nobody has written down what was said */}
      <audio ref={audio} controls preload="metadata" src={`${recording.path}/mix.wav`} aria-label={words.recording} />
    </figure>
  );
}
