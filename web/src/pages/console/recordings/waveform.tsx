import { useRecordWords } from '../../../words/console-records.ts';
import { useAsked } from '../use-asked.ts';

const count = 300;

/** How loud a recording is, from its beginning to its end. */
export function Waveform({ id }: { readonly id: string }) {
  const words = useRecordWords();
  const { answer } = useAsked<{ peaks: number[] }>(`/recordings/${id}/peaks?count=${count}`);
  const peaks = answer?.peaks ?? [];
  const path = peaks
    .map((peak, at) => {
      const half = Math.max(0.5, Math.min(1, peak) * 30);
      return `M${at} ${32 - half}v${half * 2}`;
    })
    .join('');
  return (
    <svg
      className="recording-peaks"
      viewBox={`0 0 ${Math.max(1, peaks.length)} 64`}
      preserveAspectRatio="none"
      role="img"
      aria-label={words.waveform}
    >
      <path d={path} stroke="currentColor" strokeWidth="0.8" fill="none" />
    </svg>
  );
}
