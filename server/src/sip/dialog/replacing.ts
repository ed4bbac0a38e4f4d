import type { SipRequest } from '../message/message.ts';
import { parseReplaces } from '../message/replaces.ts';
import type { DialogTable } from './dialog-table.ts';

/**
 * How an INVITE that wants the place of a dialog is refused (RFC 3891 §3); null: it wants none. Nobody may have it:
 * phones bring two of their calls together by REFER, which says whose they are, and a call is fetched from another
 * phone in other ways. 481 where there is no such dialog, 400 where it is not clear which; a dialog of ours is known by
 * tags that nobody can guess, so 403 tells nothing to whoever is not in it.
 */
export function replacedBy(dialogs: DialogTable, request: SipRequest): 400 | 403 | 481 | null {
  const [text, ...others] = request.headers.getAll('Replaces');
  if (text === undefined) return null;
  const replaces = others.length > 0 ? null : parseReplaces(text);
  if (replaces === null) return 400;
  return dialogs.has(replaces.callId, replaces.toTag, replaces.fromTag) ? 403 : 481;
}
