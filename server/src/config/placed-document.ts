import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { ConfigError } from './config-error.ts';
import { misplacedLine } from './indentation.ts';
import {
  type ConfigDocument,
  type ConfigEntry,
  type ConfigValue,
  childOf,
  formatPath,
  kindOf,
  type PathStep,
  type Place,
} from './value.ts';

/**
 * What is wrong with text that is not YAML. The parser's own messages quote the text, which may hold a password, so
 * each of its codes has words of ours.
 */
const syntaxErrors: Readonly<Record<string, string>> = {
  BAD_ALIAS: 'an alias (*name) that names no anchor: text that begins with * needs quotes',
  BAD_DQ_ESCAPE: 'an unknown \\ escape in a double-quoted string',
  BAD_INDENT: 'wrong indentation',
  BAD_SCALAR_START: 'a value that starts with a reserved character: put it in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'wrong indentation, a missing line break, or text with ": " in it that needs quotes',
  BLOCK_IN_FLOW: 'a missing comma, or an indented block, inside { } or [ ]',
  DUPLICATE_KEY: 'a key that is already there',
  MISSING_CHAR: 'a missing quote, colon, comma or bracket',
  MULTILINE_IMPLICIT_KEY: 'a missing colon',
  MULTIPLE_DOCS: 'a second document (---): one file holds one configuration',
  NON_STRING_KEY: 'a key that is not text',
  TAB_AS_INDENT: 'a tab as indentation: use spaces',
  UNEXPECTED_TOKEN: 'something that does not belong here',
};

/** One configuration file as parsed YAML, which knows where everything stands. */
export class PlacedDocument implements ConfigDocument {
  readonly file: string;
  readonly #document: Document.Parsed;
  readonly #lines = new LineCounter();

  /** Throws ConfigError when `text` is not YAML. */
  constructor(file: string, text: string) {
    this.file = file;
    // Silent, it would pass over all documents but the first.
    this.#document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false, logLevel: 'error' });
    const error = this.#document.errors[0];
    if (error !== undefined) {
      const place = this.#place(error.pos[0]);
      // Of two lines that do not fit each other the parser may name the first.
      const aboutSpaces = /INDENT|BLOCK/.test(error.code);
      const misplaced = misplacedLine(text, aboutSpaces ? Number.POSITIVE_INFINITY : place.line + 1);
      if (misplaced !== null) {
        const spaces = misplaced.column - 1;
        const fitting = misplaced.fitting.length === 0 ? 'none' : misplaced.fitting.join(' or ');
        const what = `wrong indentation: ${spaces} ${spaces === 1 ? 'space' : 'spaces'}, where ${fitting} would fit`;
        throw new ConfigError(file, '', `not valid YAML: ${what}`, misplaced);
      }
      // To the parser both are the same: what follows stands too far left to be inside.
      const unclosed = error.code === 'BAD_INDENT' && error.message.startsWith('Flow ');
      const what = unclosed
        ? 'a { or [ before this that is not closed'
        : (syntaxErrors[error.code] ?? 'something that cannot be read');
      throw new ConfigError(file, '', `not valid YAML: ${what}`, place);
    }
    visit(this.#document, {
      Alias: (_key, alias) => {
        if (alias.resolve(this.#document) !== undefined) return;
        throw new ConfigError(file, '', `not valid YAML: ${syntaxErrors['BAD_ALIAS']}`, this.placeOf(alias));
      },
    });
  }

  root(): PlacedValue {
    return new PlacedValue(this, this.#document.contents, []);
  }

  /** The node that an alias stands for, or the node itself. */
  resolve(node: Node | null): Node | null {
    return isAlias(node) ? (node.resolve(this.#document) ?? null) : node;
  }

  placeOf(node: unknown): Place | null {
    const offset = (node as Node | null)?.range?.[0];
    return offset === undefined ? null : this.#place(offset);
  }

  #place(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return { line, column: col };
  }

  /** The mistake at `steps`, or at the nearest thing around it that was written. */
  errorAt(steps: readonly PathStep[], expected: string): ConfigError {
    let value = this.root();
    for (const step of steps) {
      const next = value.child(step);
      if (next === null) break;
      value = next;
    }
    return new ConfigError(this.file, formatPath(steps), expected, this.placeOf(value.node));
  }
}

/** One value in the file: what it is, where it stands, and how to complain about it. */
class PlacedValue implements ConfigValue {
  readonly document: PlacedDocument;
  readonly steps: readonly PathStep[];
  /** As written, before an alias is followed: it has the place. */
  readonly node: Node | null;
  readonly #resolved: Node | null;

  constructor(document: PlacedDocument, node: Node | null, steps: readonly PathStep[]) {
    this.document = document;
    this.node = node;
    this.steps = steps;
    this.#resolved = document.resolve(node);
  }

  get place(): Place | null {
    return this.document.placeOf(this.node);
  }

  get isNull(): boolean {
    return this.#resolved === null || (isScalar(this.#resolved) && this.#resolved.value === null);
  }

  get scalar(): string | number | boolean | undefined {
    const value = isScalar(this.#resolved) ? this.#resolved.value : undefined;
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? value : undefined;
  }

  get written(): string {
    return isScalar(this.#resolved) ? String(this.#resolved.source ?? this.#resolved.value) : '';
  }

  get list(): readonly PlacedValue[] | null {
    if (!isSeq(this.#resolved)) return null;
    return (this.#resolved as YAMLSeq<Node | null>).items.map(
      (item, at) => new PlacedValue(this.document, item, [...this.steps, at]),
    );
  }

  get entries(): readonly ConfigEntry[] | null {
    if (!isMap(this.#resolved)) return null;
    return (this.#resolved as YAMLMap<Node, Node | null>).items.map(({ key, value }) => {
      const name = isScalar(key) ? String(key.value) : '?';
      return { key: name, keyNode: key, value: new PlacedValue(this.document, value, [...this.steps, name]) };
    });
  }

  child(step: PathStep): PlacedValue | null {
    return childOf(this, step) as PlacedValue | null;
  }

  error(expected: string, found = kindOf(this)): ConfigError {
    return new ConfigError(
      this.document.file,
      formatPath(this.steps),
      `expected ${expected}, found ${found}`,
      this.document.placeOf(this.node),
    );
  }
}
