import { Secret } from '../base/secret.ts';
import { ConfigError } from './config-error.ts';
import { parseDuration } from './duration.ts';
import { type ConfigValue, formatPath } from './value.ts';

/**
 * Turns one value of the file into what the program uses, or throws a ConfigError. Readers compose, so that the schema
 * files read like the documentation: one line per key.
 */
export type Reader<T> = ((value: ConfigValue) => T) & {
  /** Of a section, or of each item of a list of sections: its keys. */
  readonly keys?: readonly string[];
};

/** `read` with the keys of `of`, for a reader that does more with a section than to read it. */
export function withKeysOf<T>(of: Reader<unknown>, read: (value: ConfigValue) => T): Reader<T> {
  return of.keys === undefined ? read : Object.assign(read, { keys: of.keys });
}

/** A key that is not known where it stands. */
export class UnknownKey extends ConfigError {
  readonly key: string;
  readonly place: { line: number; column: number } | null;

  constructor(value: ConfigValue, key: string, expected: string, place: { line: number; column: number } | null) {
    super(value.document.file, formatPath([...value.steps, key]), expected, place);
    this.key = key;
    this.place = place;
  }
}

/** One key of a section: how it is read, and what it is when absent (`required` when there is no sensible default). */
export interface Key<T> {
  readonly read: Reader<T>;
  readonly fallback: { readonly value: T } | null;
}

export function key<T, F extends T>(read: Reader<T>, fallback: F): Key<T> {
  return { read, fallback: { value: fallback } };
}

/** A key that is null when it is absent. */
export function optional<T>(read: Reader<T>): Key<T | null> {
  return { read, fallback: { value: null } };
}

export function required<T>(read: Reader<T>): Key<T> {
  return { read, fallback: null };
}

type Shape = Readonly<Record<string, Key<unknown>>>;
export type Section<S extends Shape> = { readonly [K in keyof S]: S[K] extends Key<infer T> ? T : never };

/** A section with exactly these keys. Unknown keys are errors: a typo must not pass. */
export function section<S extends Shape>(shape: S): Reader<Section<S>> {
  const names = Object.keys(shape);
  const read = (value: ConfigValue): Section<S> => {
    // `http:` with every key under it commented out is an empty section, not a mistake.
    const entries = value.isNull ? [] : value.entries;
    if (entries === null) {
      const scalar = value.scalar;
      const glued = typeof scalar === 'string' && names.some((name) => scalar.startsWith(`${name}:`));
      throw value.error(
        `a section with the keys ${names.join(', ')}`,
        glued ? 'text; is a space missing behind its colon?' : undefined,
      );
    }
    for (const entry of entries) {
      if (Object.hasOwn(shape, entry.key)) continue;
      // A known key of what stands before it, or of anything else here, has lost its spaces.
      const before = entries.slice(0, entries.indexOf(entry)).toReversed();
      const near = nearest(entry.key, names);
      const owner = [...before.map(({ key }) => key), ...names].find((name) =>
        shape[name]?.read.keys?.includes(entry.key),
      );
      let said = near !== null || owner === undefined ? hint(near, names) : '';
      if (said === '') said = `wrong indentation? It is a key of ${owner}, further in`;
      // To the eye it is the key.
      if (/[^\S ]/.test(entry.key)) said = 'a blank in it is none of the space bar';
      throw new UnknownKey(value, entry.key, `unknown key; ${said}`, value.document.placeOf(entry.keyNode));
    }
    const out: Record<string, unknown> = {};
    for (const [name, { read, fallback }] of Object.entries(shape)) {
      const found = entries.find((entry) => entry.key === name);
      if (found !== undefined) {
        out[name] = readWithin(names, value, read, found.value);
      } else if (fallback !== null) {
        out[name] = fallback.value;
      } else {
        throw value.document.errorAt([...value.steps, name], 'is missing: it has no default');
      }
    }
    return Object.freeze(out) as Section<S>;
  };
  return Object.assign(read, { keys: names });
}

/** A key that is not known further in, but here, stands too far in. */
function readWithin<T>(names: readonly string[], here: ConfigValue, read: Reader<T>, value: ConfigValue): T {
  try {
    return read(value);
  } catch (error) {
    if (!(error instanceof UnknownKey) || !names.includes(error.key)) throw error;
    const place = here.steps.length === 0 ? 'at the beginning of a line' : `of ${formatPath(here.steps)}`;
    throw new ConfigError(
      error.file,
      error.path,
      `unknown key; wrong indentation? It is a key ${place}, further out`,
      error.place,
    );
  }
}

/** A list of what `read` reads. */
export function list<T>(read: Reader<T>): Reader<readonly T[]> {
  return withKeysOf(read, (value) => {
    const items = value.isNull ? [] : value.list;
    if (items === null)
      throw value.error(value.entries === null ? 'a list' : 'a list ("- " before the first key of each)');
    return Object.freeze(items.map((item) => read(item)));
  });
}

export function nullable<T>(read: Reader<T>): Reader<T | null> {
  return withKeysOf(read, (value) => (value.isNull ? null : read(value)));
}

/**
 * Text; `pattern`, when given, is what `expected` says in words. Half of a surrogate pair, which JSON can write, is
 * none: UTF-8 has no bytes for it, so it would be another text wherever it is stored or sent.
 */
export function text(expected = 'text of 1 to 200 characters', pattern = /^[^\p{Cc}]{1,200}$/u): Reader<string> {
  return (value) => {
    const scalar = value.scalar;
    if (typeof scalar === 'string' && scalar.isWellFormed() && pattern.test(scalar)) return scalar;
    throw value.error(expected, typeof scalar === 'string' ? quoted(scalar) : undefined);
  };
}

/**
 * The beginning of a text in quotes, to be shown; where it is an address, without the password in it (RFC 3986 §3.2.1).
 */
export function quoted(found: string): string {
  return `"${found.replace(/(?<=:[^:@]*):.*@/su, ':***@').slice(0, 80)}"`;
}

/** A number that people dial: digits, as text. `0003` without quotes would be the number 3, so quotes are asked for. */
export function dialled(what: string, pattern = /^[0-9]{1,15}$/): Reader<string> {
  return (value) => {
    const scalar = value.scalar;
    if (typeof scalar === 'number') {
      throw value.error(`${what} as text (numbers that people dial are strings)`, `a number; write "${value.written}"`);
    }
    if (typeof scalar === 'string' && pattern.test(scalar)) return scalar;
    throw value.error(`${what}: digits`, typeof scalar === 'string' ? quoted(scalar) : undefined);
  };
}

/** A password, key or PIN. Whatever is wrong with it, the error does not show it. */
export function secret(what: string, pattern: RegExp = /^[^\p{Cc}]{1,200}$/u): Reader<Secret> {
  return (value) => {
    const scalar = value.scalar;
    if (typeof scalar === 'number') throw value.error(`${what} as text`, 'a number; put it in quotes');
    if (typeof scalar === 'string' && scalar.isWellFormed() && pattern.test(scalar)) return new Secret(scalar);
    throw value.error(what, typeof scalar === 'string' ? 'something else (not shown)' : undefined);
  };
}

export function integer(from: number, to: number): Reader<number> {
  return (value) => {
    const scalar = value.scalar;
    if (typeof scalar === 'number' && Number.isInteger(scalar) && scalar >= from && scalar <= to) return scalar;
    const shown = scalar === undefined ? undefined : typeof scalar === 'string' ? quoted(scalar) : `${scalar}`;
    throw value.error(`a whole number from ${from} to ${to}`, shown);
  };
}

export const boolean: Reader<boolean> = (value) => {
  const scalar = value.scalar;
  if (typeof scalar === 'boolean') return scalar;
  throw value.error('true or false', typeof scalar === 'string' ? quoted(scalar) : undefined);
};

export function oneOf<const T extends string>(...choices: readonly T[]): Reader<T> {
  return (value) => {
    const scalar = value.scalar;
    // YAML 1.1 files say `on` and `off` for truth values; this is YAML 1.2, where they are text, as they are here.
    const match = choices.find((choice) => choice === scalar);
    if (match !== undefined) return match;
    const shown = scalar === undefined ? undefined : typeof scalar === 'string' ? quoted(scalar) : `${scalar}`;
    throw value.error(`one of ${choices.join(', ')}`, shown);
  };
}

/** Milliseconds of a duration with a unit, at least `fromMs` and at most `toMs`. */
export function duration(fromMs: number, toMs: number, limits: string): Reader<number> {
  return (value) => {
    const scalar = value.scalar;
    const ms = typeof scalar === 'string' ? parseDuration(scalar) : null;
    if (ms !== null && ms >= fromMs && ms <= toMs) return ms;
    const expected = `a duration with a unit (ms, s, m, h, d) such as 25s, ${limits}`;
    throw value.error(
      expected,
      scalar === undefined ? undefined : typeof scalar === 'string' ? quoted(scalar) : `${scalar}`,
    );
  };
}

const unitBytes: Readonly<Record<string, number>> = { MB: 1e6, GB: 1e9, TB: 1e12 };

/** Bytes of a size with a unit, from 1MB to 1000TB. */
export const size: Reader<number> = (value) => {
  const { scalar } = value;
  const [, count, unit] = (typeof scalar === 'string' ? /^(\d{1,6}) ?(MB|GB|TB)$/.exec(scalar) : null) ?? [];
  const bytes = Number(count) * (unitBytes[unit ?? ''] ?? Number.NaN);
  if (bytes >= 1e6 && bytes <= 1e15) return bytes;
  throw value.error(
    'a size with a unit (MB, GB, TB) such as 50GB, from 1MB to 1000TB',
    scalar === undefined ? undefined : typeof scalar === 'string' ? quoted(scalar) : `${scalar}`,
  );
};

/** What the reader reads, or `off`: null. */
export function offOr<T>(read: Reader<T>): Reader<T | null> {
  return (value) => (value.scalar === 'off' ? null : read(value));
}

/** `did you mean "number"?`, or the whole list when nothing is near. */
function hint(near: string | null, names: readonly string[]): string {
  return near === null ? `expected one of ${names.join(', ')}` : `did you mean "${near}"?`;
}

function nearest(unknown: string, names: readonly string[]): string | null {
  const near = names
    .map((name) => ({ name, distance: editDistance(unknown.toLowerCase(), name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)[0];
  return near !== undefined && near.distance <= 2 ? near.name : null;
}

function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3;
  let previous = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(change, previous[j]! + 1, row[j - 1]! + 1));
    }
    previous = row;
  }
  return previous[b.length]!;
}
