import { consistsOf, TOKEN, WORD } from './chars.ts';
import { parseParams } from './params.ts';

/**
 * The dialog whose place another is to take (RFC 3891 §6.1):
 *
 *     425928@bobster.example.org;to-tag=7743;from-tag=6472;early-only
 */
export interface Replaces {
  readonly callId: string;
  /** As whoever is to give it up knows them: its own is `toTag`. Some phones write them the other way round. */
  readonly toTag: string;
  readonly fromTag: string;
  /** Not once it is answered. */
  readonly earlyOnly: boolean;
}

/** Longer than what anybody names a dialog by. */
const longest = 600;

/** Null when it names no dialog, or not one alone. */
export function parseReplaces(text: string): Replaces | null {
  if (text.length > longest) return null;
  const semicolon = text.indexOf(';');
  if (semicolon === -1) return null;
  const callId = text.slice(0, semicolon).trim();
  const params = parseParams(text, semicolon);
  if (params === null || !consistsOf(callId, WORD)) return null;
  // Of two of one name the first would count: what is named must be clear.
  if (countOf(text, 'to-tag') > 1 || countOf(text, 'from-tag') > 1) return null;
  const toTag = params.get('to-tag') ?? '';
  const fromTag = params.get('from-tag') ?? '';
  if (!consistsOf(toTag, TOKEN) || !consistsOf(fromTag, TOKEN)) return null;
  return { callId, toTag, fromTag, earlyOnly: params.has('early-only') };
}

function countOf(text: string, name: string): number {
  return text.toLowerCase().split(`;${name}`).length - 1;
}
