import type { Connection } from './connection.ts';

/** Part of the trie: children where `bitmap` has a bit; past the last hash bit (`bitmap` 0) a plain list. */
interface Branch {
  readonly bitmap: number;
  readonly items: readonly (Branch | Connection)[];
}

const bitsPerLevel = 5;
const lastShift = 30;
const empty: Branch = { bitmap: 0, items: [] };

/**
 * The connections of a call by id: a persistent hash trie. `with` and `without` share all but O(log n) with the old
 * one, so that each version of a call of a thousand can stand beside the next. Iterates in order of joining.
 */
export class Roster implements ReadonlyMap<string, Connection> {
  static readonly empty = new Roster(empty, 0);

  readonly size: number;
  readonly #root: Branch;
  #ordered: readonly Connection[] | null = null;

  private constructor(root: Branch, size: number) {
    this.#root = root;
    this.size = size;
  }

  get(id: string): Connection | undefined {
    const hash = hashOf(id);
    let branch = this.#root;
    for (let shift = 0; shift <= lastShift; shift += bitsPerLevel) {
      const bit = 1 << ((hash >>> shift) & 31);
      if ((branch.bitmap & bit) === 0) return undefined;
      const item = branch.items[popcount(branch.bitmap & (bit - 1))]!;
      if (isConnection(item)) return item.id === id ? item : undefined;
      branch = item;
    }
    return (branch.items as readonly Connection[]).find((item) => item.id === id);
  }

  has(id: string): boolean {
    return this.get(id) !== undefined;
  }

  /** Adds the connection or replaces the one with its id. */
  with(connection: Connection): Roster {
    const grows = this.get(connection.id) === undefined;
    return new Roster(put(this.#root, 0, hashOf(connection.id), connection), this.size + (grows ? 1 : 0));
  }

  without(id: string): Roster {
    if (this.get(id) === undefined) return this;
    return new Roster(drop(this.#root, 0, hashOf(id), id), this.size - 1);
  }

  *[Symbol.iterator](): MapIterator<[string, Connection]> {
    for (const connection of this.#inOrder()) yield [connection.id, connection];
    return undefined;
  }

  entries(): MapIterator<[string, Connection]> {
    return this[Symbol.iterator]();
  }

  *keys(): MapIterator<string> {
    for (const connection of this.#inOrder()) yield connection.id;
    return undefined;
  }

  values(): MapIterator<Connection> {
    return this.#inOrder()[Symbol.iterator]() as MapIterator<Connection>;
  }

  forEach(visit: (connection: Connection, id: string, roster: ReadonlyMap<string, Connection>) => void): void {
    for (const connection of this.#inOrder()) visit(connection, connection.id, this);
  }

  #inOrder(): readonly Connection[] {
    if (this.#ordered === null) {
      const found: Connection[] = [];
      collect(this.#root, found);
      this.#ordered = found.sort((a, b) => a.ordinal - b.ordinal);
    }
    return this.#ordered;
  }
}

function put(branch: Branch, shift: number, hash: number, connection: Connection): Branch {
  if (shift > lastShift) {
    const others = (branch.items as readonly Connection[]).filter((item) => item.id !== connection.id);
    return { bitmap: 0, items: [...others, connection] };
  }
  const bit = 1 << ((hash >>> shift) & 31);
  const index = popcount(branch.bitmap & (bit - 1));
  if ((branch.bitmap & bit) === 0) {
    return { bitmap: branch.bitmap | bit, items: branch.items.toSpliced(index, 0, connection) };
  }
  const item = branch.items[index]!;
  let child: Branch | Connection = connection;
  if (!isConnection(item)) child = put(item, shift + bitsPerLevel, hash, connection);
  else if (item.id !== connection.id) {
    const pushed = put(empty, shift + bitsPerLevel, hashOf(item.id), item);
    child = put(pushed, shift + bitsPerLevel, hash, connection);
  }
  return { bitmap: branch.bitmap, items: branch.items.with(index, child) };
}

/** The caller knows that `id` is there. */
function drop(branch: Branch, shift: number, hash: number, id: string): Branch {
  if (shift > lastShift) {
    return { bitmap: 0, items: (branch.items as readonly Connection[]).filter((item) => item.id !== id) };
  }
  const bit = 1 << ((hash >>> shift) & 31);
  const index = popcount(branch.bitmap & (bit - 1));
  const item = branch.items[index]!;
  const left = isConnection(item) ? empty : drop(item, shift + bitsPerLevel, hash, id);
  if (left.items.length === 0) {
    return { bitmap: branch.bitmap & ~bit, items: branch.items.toSpliced(index, 1) };
  }
  const only = left.items[0]!;
  const child = left.items.length === 1 && isConnection(only) ? only : left;
  return { bitmap: branch.bitmap, items: branch.items.with(index, child) };
}

function collect(branch: Branch, into: Connection[]): void {
  for (const item of branch.items) {
    if (isConnection(item)) into.push(item);
    else collect(item, into);
  }
}

function isConnection(item: Branch | Connection): item is Connection {
  return 'id' in item;
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  // The low bits of FNV alone are weak; fold the high ones in.
  return (hash ^ (hash >>> 15)) >>> 0;
}

function popcount(bits: number): number {
  let n = bits - ((bits >>> 1) & 0x55555555);
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333);
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
