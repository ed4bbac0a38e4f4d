import { WithWords } from '../../../look/with-words.tsx';
import { callWords } from '../../../words/console-call.ts';
import { LiveConferences } from './live-conferences.tsx';

/** `/console/live` */
export function LiveSection() {
  return (
    <WithWords of={callWords}>
      <LiveConferences />
    </WithWords>
  );
}
