import type { WebhookSubscription } from './webhook-records.ts';

/**
 * One receiver of one organization: what goes to the same place is told in the order of the calls, whichever
 * subscription it is for.
 */
export function laneOf({ organizationId, url }: Pick<WebhookSubscription, 'organizationId' | 'url'>): string {
  return `${organizationId} ${new URL(url).origin}`;
}

/** Whose that is. */
export function ownerOf(lane: string): string {
  return lane.split(' ', 1)[0]!;
}

/**
 * Lanes that wait for a slot: organizations in turn, and of each its lanes in turn, as one may have any number of
 * receivers that are slow to answer.
 */
export class WaitingLanes<Lane extends { readonly name: string }> {
  /** Who was served last comes last. */
  readonly #byOwner = new Map<string, Set<Lane>>();

  add(lane: Lane): void {
    const owner = ownerOf(lane.name);
    const lanes = this.#byOwner.get(owner);
    if (lanes === undefined) this.#byOwner.set(owner, new Set([lane]));
    else lanes.add(lane);
  }

  delete(lane: Lane): void {
    const owner = ownerOf(lane.name);
    const lanes = this.#byOwner.get(owner);
    lanes?.delete(lane);
    if (lanes?.size === 0) this.#byOwner.delete(owner);
  }

  /** Takes out the one whose turn it is; null: none waits. */
  take(): Lane | null {
    for (const [owner, lanes] of this.#byOwner) {
      this.#byOwner.delete(owner);
      const [lane] = lanes;
      if (lane === undefined) continue;
      lanes.delete(lane);
      if (lanes.size > 0) this.#byOwner.set(owner, lanes);
      return lane;
    }
    return null;
  }
}
