import {
  CORE_SCHEMA,
  defineMappingTag,
  defineScalarTag,
  floatCoreTag,
  intCoreTag,
  load,
  mapTag,
  NOT_RESOLVED,
  type ScalarTagOptions,
} from 'js-yaml';
import { ConfigError } from './config-error.ts';
import {
  type ConfigDocument,
  type ConfigEntry,
  type ConfigValue,
  childOf,
  formatPath,
  kindOf,
  type PathStep,
} from './value.ts';

/** A number, and how it was written. */
class WrittenNumber {
  readonly value: number;
  readonly source: string;

  constructor(value: number, source: string) {
    this.value = value;
    this.source = source;
  }
}

/** A number's tag with the source kept. */
function written(tag: ScalarTagOptions<number> & { readonly tagName: string }) {
  return defineScalarTag<WrittenNumber>(tag.tagName, {
    ...tag,
    resolve: (source, isExplicit, tagName) => {
      const value = tag.resolve(source, isExplicit, tagName);
      return value === NOT_RESOLVED ? NOT_RESOLVED : new WrittenNumber(value, source);
    },
  });
}

type Section = Map<string, unknown>;

/** A map with text keys alone: whatever else stands there is for the placed document to explain. */
const sectionTag = defineMappingTag<Section>(mapTag.tagName, {
  create: () => new Map(),
  addPair: (section, key, value) => {
    if (typeof key !== 'string') return 'a key that is not text';
    section.set(key, value);
    return '';
  },
  has: (section, key) => section.has(key as string),
  keys: (section) => section.keys(),
  get: (section, key) => section.get(key as string),
  identify: () => false,
});

const schema = CORE_SCHEMA.withTags(written(intCoreTag), written(floatCoreTag), sectionTag);

/** As if it had been read from a file. */
function asRead(given: unknown): unknown {
  if (typeof given === 'number') return new WrittenNumber(given, String(given));
  if (Array.isArray(given)) return given.map(asRead);
  if (given === null || typeof given !== 'object') return given ?? null;
  return new Map(Object.entries(given).map(([key, value]) => [key, asRead(value)]));
}

/**
 * The same file as a PlacedDocument without knowing where anything stands, which takes a quarter of the time. What it
 * throws only says that there is a mistake.
 */
export class QuickDocument implements ConfigDocument {
  readonly file: string;
  readonly #root: QuickValue;

  /** Throws when `text` is not YAML. `given`: what somebody wrote elsewhere, as JSON has it, in place of a text. */
  constructor(file: string, text: string | { readonly given: unknown }) {
    this.file = file;
    // Unlike the standard an empty file is nothing.
    const read = (source: string) => (/^\s*$/.test(source) ? null : load(source, { schema }));
    this.#root = new QuickValue(this, typeof text === 'string' ? read(text) : asRead(text.given), null, '');
  }

  root(): ConfigValue {
    return this.#root;
  }

  placeOf(): null {
    return null;
  }

  errorAt(steps: readonly PathStep[], expected: string): ConfigError {
    return new ConfigError(this.file, formatPath(steps), expected);
  }
}

class QuickValue implements ConfigValue {
  readonly document: QuickDocument;
  readonly #value: unknown;
  readonly #within: QuickValue | null;
  readonly #step: PathStep;

  constructor(document: QuickDocument, value: unknown, within: QuickValue | null, step: PathStep) {
    this.document = document;
    this.#value = value;
    this.#within = within;
    this.#step = step;
  }

  get steps(): readonly PathStep[] {
    return this.#within === null ? [] : [...this.#within.steps, this.#step];
  }

  get place(): null {
    return null;
  }

  get isNull(): boolean {
    return this.#value === null;
  }

  get scalar(): string | number | boolean | undefined {
    const value = this.#value;
    if (typeof value === 'string' || typeof value === 'boolean') return value;
    return value instanceof WrittenNumber ? value.value : undefined;
  }

  get written(): string {
    const value = this.#value;
    if (value instanceof WrittenNumber) return value.source;
    return typeof value === 'string' || typeof value === 'boolean' ? String(value) : '';
  }

  get list(): readonly ConfigValue[] | null {
    if (!Array.isArray(this.#value)) return null;
    return this.#value.map((item, at) => new QuickValue(this.document, item, this, at));
  }

  get entries(): readonly ConfigEntry[] | null {
    if (!(this.#value instanceof Map)) return null;
    return Array.from(this.#value as Section, ([key, value]) => ({
      key,
      keyNode: null,
      value: new QuickValue(this.document, value, this, key),
    }));
  }

  child(step: PathStep): ConfigValue | null {
    return childOf(this, step);
  }

  error(expected: string, found = kindOf(this)): ConfigError {
    return this.document.errorAt(this.steps, `expected ${expected}, found ${found}`);
  }
}
