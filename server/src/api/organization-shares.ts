/** How much of something bounded each organization has: where it is full, the one with most gives way to the others. */
export class OrganizationShares {
  readonly #counts = new Map<string, number>();

  add(organizationId: string): void {
    this.#counts.set(organizationId, this.of(organizationId) + 1);
  }

  remove(organizationId: string): void {
    const left = this.of(organizationId) - 1;
    if (left > 0) this.#counts.set(organizationId, left);
    else this.#counts.delete(organizationId);
  }

  of(organizationId: string): number {
    return this.#counts.get(organizationId) ?? 0;
  }

  /** Whose turn it is to give way to one more of `organizationId`: that one's own where no other has more. */
  largest(organizationId: string): string {
    let largest = organizationId;
    for (const [one, count] of this.#counts) if (count > this.of(largest)) largest = one;
    return largest;
  }
}
