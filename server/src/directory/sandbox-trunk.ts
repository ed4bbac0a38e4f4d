import { type DialRule, type Trunk, trunkTo } from './records.ts';

/** Name of the trunk to the carrier in the box. */
export const sandboxTrunkName = 'sandbox';

/**
 * The trunk to the carrier in the box at `uri`, and what is dialled over it where there is no dial plan. In memory,
 * never stored.
 */
export function sandboxTrunk(uri: string): { readonly trunk: Trunk; readonly dialPlan: readonly DialRule[] } {
  return {
    trunk: trunkTo(sandboxTrunkName, uri),
    dialPlan: [{ match: '^\\+?[0-9]{7,15}$', trunk: sandboxTrunkName, strip: 0, prepend: '' }],
  };
}

/** Whether the carrier in the box is to run: `auto` is when no trunk leads anywhere else. */
export function wantsSandboxTrunk(sandbox: 'auto' | 'on' | 'off', trunks: readonly Trunk[]): boolean {
  return sandbox === 'on' || (sandbox === 'auto' && trunks.length === 0);
}
