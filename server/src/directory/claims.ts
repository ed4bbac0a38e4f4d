/**
 * Who is found by what. Where several claim the same, the latest has it; when that one goes it is the one before. (In a
 * checked file nobody does; what an earlier file named may.)
 */
export class Claims<Owner> {
  #owners = new Map<string, Owner | Owner[]>();

  /** Another one, of the same owners. */
  copy(): Claims<Owner> {
    const copy = new Claims<Owner>();
    // Lists are replaced, not changed.
    copy.#owners = new Map(this.#owners);
    return copy;
  }

  get size(): number {
    return this.#owners.size;
  }

  get(key: string): Owner | null {
    return this.all(key).at(-1) ?? null;
  }

  /** In the order in which they came. */
  all(key: string): readonly Owner[] {
    const owners = this.#owners.get(key);
    if (owners === undefined) return [];
    return Array.isArray(owners) ? owners : [owners];
  }

  add(key: string, owner: Owner): void {
    const owners = this.#owners.get(key);
    // Nearly always it is one.
    this.#owners.set(key, owners === undefined ? owner : [...this.all(key), owner]);
  }

  remove(key: string, owner: Owner): void {
    const left = this.all(key).filter((one) => one !== owner);
    if (left.length === 0) this.#owners.delete(key);
    else this.#owners.set(key, left.length === 1 ? left[0]! : left);
  }
}
