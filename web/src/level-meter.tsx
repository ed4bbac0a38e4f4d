import { useEffect, useRef } from 'react';
import { watchLevel } from './microphone.ts';
import { useWords } from './words/words.ts';

/** How loud the microphone is just now. */
export function LevelMeter({ stream }: { readonly stream: MediaStream }) {
  const words = useWords();
  const meter = useRef<HTMLMeterElement>(null);
  useEffect(
    () =>
      watchLevel(stream, (level) => {
        if (meter.current !== null) meter.current.value = level;
      }),
    [stream],
  );
  return <meter ref={meter} aria-label={words.level} min={0} max={1} />;
}
