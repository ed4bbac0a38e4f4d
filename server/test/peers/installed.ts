// @ts-expect-error: a script without types
import { peers } from '../../../scripts/peers.mjs';
import { programPath } from './on-path.ts';

const packages = new Map<string, string>(
  (peers as { program: string; debianPackage: string }[]).map(({ program, debianPackage }) => [program, debianPackage]),
);

/**
 * `skip` option of a test that needs this program: false when it is there, else the reason. With CI=true a missing
 * program is an error, so that nothing is skipped unseen. The program is one that scripts/peers.mjs installs for the
 * tests; any other is an error at once, even where somebody has it.
 */
export function needs(program: string): string | false {
  const debianPackage = packages.get(program);
  if (debianPackage === undefined) throw new Error(`scripts/peers.mjs does not install ${program}`);
  if (programPath(program) !== null) return false;
  const reason = `${program} is not installed; on Debian: sudo apt-get install -y ${debianPackage}`;
  if (process.env['CI'] === 'true') throw new Error(reason);
  return reason;
}
