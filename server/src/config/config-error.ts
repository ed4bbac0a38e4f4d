/**
 * A mistake in the configuration: one line that names the file, the place in it and what was expected. Exit code 2.
 * Never holds a value that could be a secret.
 */
export class ConfigError extends Error {
  /** The file, or the environment variable the mistake is in. */
  readonly file: string;
  /** E.g. `organizations[0].users[0].extensions[1].number`; empty for the file as a whole. */
  readonly path: string;
  readonly expected: string;
  /** Both from 1; null when the place is not known. */
  readonly line: number | null;
  readonly column: number | null;

  constructor(file: string, path: string, expected: string, place: { line: number; column: number } | null = null) {
    const where = place === null ? file : `${file}:${place.line}:${place.column}`;
    super(path === '' ? `${where}: ${expected}` : `${where}: ${path}: ${expected}`);
    this.name = 'ConfigError';
    this.file = file;
    this.path = path;
    this.expected = expected;
    this.line = place?.line ?? null;
    this.column = place?.column ?? null;
  }
}

/** Wrong use of `partyline start`: one line that names the argument and says where to read on. Exit code 64. */
export class WrongArgument extends Error {
  constructor(argument: string, what: string) {
    super(`${argument.slice(0, 100)}: ${what}; partyline start --help says what it takes`);
    this.name = 'WrongArgument';
  }
}
