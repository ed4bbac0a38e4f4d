import { AppError } from '../../base/app-error.ts';
import { consistsOf, quotedEnd, skipBlanks, TOKEN, trimEnd } from './chars.ts';
import { headerKey, isKnownKey, listHeaders } from './header-names.ts';

/** More Vias, Contacts or Routes than this are no real message. */
const maxElements = 200;

/** The headers of a message in their order. Names match in any case, compact forms count as the long ones. */
export class Headers {
  readonly #keys: string[] = [];
  readonly #names: string[] = [];
  readonly #values: string[] = [];
  #revision = 0;

  /** Grows with every change, so that what was read from the headers can be kept until then. */
  get revision(): number {
    return this.#revision;
  }

  /** How many header lines there are. */
  get size(): number {
    return this.#keys.length;
  }

  /** The length of all values together. */
  get characters(): number {
    let sum = 0;
    for (const value of this.#values) sum += value.length;
    return sum;
  }

  /** The first line of that name as it stands, commas included. */
  get(name: string): string | null {
    const at = this.#keys.indexOf(headerKey(name));
    return at === -1 ? null : this.#values[at]!;
  }

  /** Every value of that name; lines of list headers are split at their commas, empty elements left out. */
  getAll(name: string): string[] {
    const key = headerKey(name);
    const out: string[] = [];
    const isList = listHeaders.has(key);
    for (let i = 0; i < this.#keys.length; i++) {
      if (this.#keys[i] !== key) continue;
      const value = this.#values[i]!;
      if (isList) splitList(value, out);
      else out.push(value);
    }
    return out;
  }

  /**
   * The elements of a list header, read one by one: what `read` gives for each that is not empty, null for one that is
   * none of its kind. Null when there are more than `maxElements`.
   */
  readList<T>(name: string, read: (element: string) => T | null): (T | null)[] | null {
    const key = headerKey(name);
    const out: (T | null)[] = [];
    for (let i = 0; i < this.#keys.length; i++) {
      if (this.#keys[i] !== key) continue;
      const line = this.#values[i]!;
      for (let at = 0; at <= line.length; ) {
        const end = listEnd(line, at);
        const from = skipBlanks(line, at, end);
        const to = trimEnd(line, from, end);
        if (to > from) {
          if (out.length >= maxElements) return null;
          out.push(read(line.slice(from, to)));
        }
        at = end + 1;
      }
    }
    return out;
  }

  /** How many lines have that name. */
  count(name: string): number {
    const key = headerKey(name);
    let count = 0;
    for (const candidate of this.#keys) if (candidate === key) count++;
    return count;
  }

  has(name: string): boolean {
    return this.#keys.includes(headerKey(name));
  }

  /** Puts one line in the place of all of that name. Throws AppError on a name or value that cannot be written. */
  set(name: string, value: string): void {
    checkValue(name, value);
    const key = headerKey(name);
    const at = this.#keys.indexOf(key);
    if (at === -1) {
      this.#insert(this.#keys.length, key, name, value);
      return;
    }
    this.#values[at] = value;
    this.#revision++;
    for (let i = this.#keys.length - 1; i > at; i--) if (this.#keys[i] === key) this.#removeAt(i);
  }

  /** Adds a line after all others. */
  append(name: string, value: string): void {
    checkValue(name, value);
    this.#insert(this.#keys.length, headerKey(name), name, value);
  }

  /** Adds a line before the first of that name, or before all others. */
  prepend(name: string, value: string): void {
    checkValue(name, value);
    const key = headerKey(name);
    this.#insert(Math.max(0, this.#keys.indexOf(key)), key, name, value);
  }

  /** The first element of a list header that is not empty, as it stands. */
  first(name: string): string | null {
    const key = headerKey(name);
    for (let i = 0; i < this.#keys.length; i++) {
      if (this.#keys[i] !== key) continue;
      const line = this.#values[i]!;
      const { from, to } = firstElement(line);
      if (to > from) return line.slice(from, to);
    }
    return null;
  }

  /** Puts `value` in the place of that first element, leaving the others; empty ones before it go. */
  replaceFirst(name: string, value: string): void {
    checkValue(name, value);
    const key = headerKey(name);
    for (let i = 0; i < this.#keys.length; i++) {
      if (this.#keys[i] !== key) continue;
      const line = this.#values[i]!;
      const { from, to } = firstElement(line);
      if (to === from) continue;
      this.#values[i] = value + line.slice(to);
      this.#revision++;
      return;
    }
    this.prepend(name, value);
  }

  remove(name: string): void {
    const key = headerKey(name);
    for (let i = this.#keys.length - 1; i >= 0; i--) if (this.#keys[i] === key) this.#removeAt(i);
  }

  /** Appends every line of that name of `other` as it stands. */
  copy(other: Headers, name: string): void {
    const key = headerKey(name);
    for (let i = 0; i < other.#keys.length; i++) {
      if (other.#keys[i] === key) this.#insert(this.#keys.length, key, other.#names[i]!, other.#values[i]!);
    }
  }

  clone(): Headers {
    const copy = new Headers();
    copy.#keys.push(...this.#keys);
    copy.#names.push(...this.#names);
    copy.#values.push(...this.#values);
    return copy;
  }

  /** For the parser: a name that is a token and a value that holds no line break. */
  appendParsed(name: string, value: string): void {
    this.#insert(this.#keys.length, headerKey(name), name, value);
  }

  /** Name and value of each line in order. */
  *[Symbol.iterator](): Generator<[name: string, value: string]> {
    for (let i = 0; i < this.#keys.length; i++) yield [this.#names[i]!, this.#values[i]!];
  }

  /**
   * All lines as they go on the wire, each with its line break; without Content-Length, which the serializer writes.
   */
  toWire(): string {
    let out = '';
    for (let i = 0; i < this.#keys.length; i++) {
      if (this.#keys[i] !== 'Content-Length') out += `${this.#names[i]}: ${this.#values[i]}\r\n`;
    }
    return out;
  }

  #insert(at: number, key: string, name: string, value: string): void {
    const spelling = isKnownKey(key) ? key : name;
    if (at === this.#keys.length) {
      this.#keys.push(key);
      this.#names.push(spelling);
      this.#values.push(value);
    } else {
      this.#keys.splice(at, 0, key);
      this.#names.splice(at, 0, spelling);
      this.#values.splice(at, 0, value);
    }
    this.#revision++;
  }

  #removeAt(at: number): void {
    this.#keys.splice(at, 1);
    this.#names.splice(at, 1);
    this.#values.splice(at, 1);
    this.#revision++;
  }
}

/** Splitting a message in two by a line break in a value must be impossible. */
function checkValue(name: string, value: string): void {
  if (!consistsOf(name, TOKEN)) throw new AppError('invalidArgument', 'A SIP header name must be a token.');
  if (value.includes('\r') || value.includes('\n') || value.includes('\0')) {
    throw new AppError('invalidArgument', `The SIP header ${name} must not hold a line break or NUL.`);
  }
}

/**
 * The position of the comma that ends the list element beginning at `at`, or the length; quotes and `<>` hide commas.
 */
function listEnd(line: string, at: number): number {
  if (line.indexOf(',', at) === -1) return line.length;
  let bracket = false;
  for (; at < line.length; at++) {
    const code = line.charCodeAt(at);
    if (code === 0x22 && !bracket) {
      at = quotedEnd(line, at) - 1;
      if (at < 0) return line.length;
    } else if (code === 0x3c) bracket = true;
    else if (code === 0x3e) bracket = false;
    else if (code === 0x2c && !bracket) return at;
  }
  return at;
}

/** Where the first element of a list that is not empty stands; nowhere when all are. */
function firstElement(line: string): { from: number; to: number } {
  for (let at = 0; at <= line.length; ) {
    const end = listEnd(line, at);
    const from = skipBlanks(line, at, end);
    const to = trimEnd(line, from, end);
    if (to > from) return { from, to };
    at = end + 1;
  }
  return { from: 0, to: 0 };
}

function splitList(line: string, out: string[]): void {
  for (let at = 0; at <= line.length; ) {
    const end = listEnd(line, at);
    const from = skipBlanks(line, at, end);
    const to = trimEnd(line, from, end);
    if (to > from) out.push(line.slice(from, to));
    at = end + 1;
  }
}
