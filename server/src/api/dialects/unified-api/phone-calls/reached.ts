import { type Reach, reach } from '../../../reach.ts';
import type { UnifiedApiDeps } from '../deps.ts';
import { type UnifiedApiErrorCode, unifiedApiError } from '../errors.ts';
import type { ExtensionFacts } from '../users.ts';
import { readNumbers } from './payload.ts';

/**
 * Who the numbers of a request lead to on behalf of an extension, each once: also where it is named short and extended.
 * Throws `code` where one of them leads nowhere.
 */
export function readReached(
  { directory }: Pick<UnifiedApiDeps, 'directory'>,
  extension: ExtensionFacts,
  given: unknown,
  code: UnifiedApiErrorCode,
): readonly Reach[] {
  const reached: Reach[] = [];
  for (const number of readNumbers(given, code)) {
    const found = reach(directory, extension, number);
    if (found === null) throw unifiedApiError(code);
    if (!reached.some((one) => isSame(one, found))) reached.push(found);
  }
  return reached;
}

/** Whether the same phone, or the same number outside, is rung. */
export function isSame(a: Reach, b: Reach): boolean {
  if (a.target.kind === 'terminal' || b.target.kind === 'terminal') {
    return a.target.kind === b.target.kind && 'aor' in a.target && 'aor' in b.target && a.target.aor === b.target.aor;
  }
  return a.target.trunk === b.target.trunk && a.target.number === b.target.number;
}
