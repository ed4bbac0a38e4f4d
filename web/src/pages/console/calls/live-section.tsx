import { WithCallWords } from '../call/with-words.tsx';
import { LiveConferences } from './live-conferences.tsx';

/** `/console/live` */
export function LiveSection() {
  return (
    <WithCallWords>
      <LiveConferences />
    </WithCallWords>
  );
}
