import { usePath } from '../../../look/route.ts';
import { WithWords } from '../../../look/with-words.tsx';
import { callWords } from '../../../words/console-call.ts';
import { CallPage } from '../call/call-page.tsx';
import { CallSearch } from './call-search.tsx';

/** `/console/calls`: search; `/console/calls/{id}`: one of them. */
export function CallsSection() {
  const [, , , id] = usePath().split('/');
  return (
    <WithWords of={callWords}>
      {id === undefined || id === '' ? <CallSearch /> : <CallPage key={id} id={decoded(id)} />}
    </WithWords>
  );
}

/** What cannot be decoded is no id, and found nowhere. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
