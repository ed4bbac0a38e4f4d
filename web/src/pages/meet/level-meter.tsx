import { useEffect, useRef } from 'react';
import { watchLevel } from '../../line/microphone.ts';
import { useWords } from '../../words/meet.ts';

/** How loud the microphone is just now: a meter for those who listen to the page, drawn anew for those who look. */
export function LevelMeter({ stream }: { readonly stream: MediaStream }) {
  const words = useWords();
  const meter = useRef<HTMLMeterElement>(null);
  const bar = useRef<HTMLSpanElement>(null);
  useEffect(
    () =>
      watchLevel(stream, (level) => {
        if (meter.current !== null) meter.current.value = level;
        bar.current?.style.setProperty('--level', level.toFixed(3));
      }),
    [stream],
  );
  return (
    <div className="level">
      <meter ref={meter} aria-label={words.level} min={0} max={1} />
      <span ref={bar} aria-hidden="true" />
    </div>
  );
}
