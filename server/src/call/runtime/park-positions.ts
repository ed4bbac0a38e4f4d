/**
 * The numbers under which parked calls are fetched: per organization the smallest free one, from 1. Owned by the
 * runtime.
 */
export class ParkPositions {
  readonly #taken = new Map<string, Set<number>>();

  take(organizationId: string): number {
    const taken = this.#taken.get(organizationId) ?? new Set();
    this.#taken.set(organizationId, taken);
    let position = 1;
    while (taken.has(position)) position += 1;
    taken.add(position);
    return position;
  }

  free(organizationId: string, position: number): void {
    const taken = this.#taken.get(organizationId);
    taken?.delete(position);
    if (taken?.size === 0) this.#taken.delete(organizationId);
  }
}
