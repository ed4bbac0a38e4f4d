import { usePath } from '../../../look/route.ts';
import { CallPage } from '../call/call-page.tsx';
import { WithCallWords } from '../call/with-words.tsx';
import { CallSearch } from './call-search.tsx';

/** `/console/calls`: search; `/console/calls/{id}`: one of them. */
export function CallsSection() {
  const [, , , id] = usePath().split('/');
  return (
    <WithCallWords>
      {id === undefined || id === '' ? <CallSearch /> : <CallPage key={id} id={decoded(id)} />}
    </WithCallWords>
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
