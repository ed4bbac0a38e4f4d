import type { Config } from '../config/config.ts';
import { linesOf } from '../config/lines.ts';
import { PlacedDocument } from '../config/placed-document.ts';
import { keyOf, type RecordRef } from '../directory/records.ts';
import { readFile } from './reading/file-reader.ts';

/** Where something stands in the file. */
export interface FilePlace {
  readonly file: string;
  /** Null when it is not known. */
  readonly line: number | null;
}

/** Characters: what is read in some milliseconds. */
const smallFile = 20_000;

/** What the configuration file names, and so fixes: only the file changes it. */
export class FileContents {
  readonly #file: string | null;
  readonly #keys: ReadonlySet<string>;
  readonly #readLines: () => Promise<ReadonlyMap<string, number>>;
  #lines: Promise<ReadonlyMap<string, number>> | null = null;

  constructor(
    file: string | null,
    keys: ReadonlySet<string>,
    readLines: () => Promise<ReadonlyMap<string, number>> = () => Promise.resolve(new Map()),
  ) {
    this.#file = file;
    this.#keys = keys;
    this.#readLines = readLines;
  }

  /** Of the file that `config` was read from. Its lines are counted when somebody asks for the first. */
  static of(config: Config): FileContents {
    const { file, fileText } = config;
    const readLines = async () => {
      if (file === null || fileText === null) return new Map<string, number>();
      const text = fileText.reveal();
      if (text.length < smallFile) return linesOf(new PlacedDocument(file, text));
      return (await readFile({ sources: null, realm: '', linesOf: { file, text } }, () => undefined)).lines;
    };
    return new FileContents(file, keysIn(config), readLines);
  }

  names(what: RecordRef | string): boolean {
    return this.#keys.has(typeof what === 'string' ? what : keyOf(what));
  }

  /** Null for what the file does not name. */
  async placeOf(what: RecordRef | string): Promise<FilePlace | null> {
    if (this.#file === null || !this.names(what)) return null;
    this.#lines ??= this.#readLines();
    const lines = await this.#lines.catch(() => new Map<string, number>());
    return { file: this.#file, line: lines.get(typeof what === 'string' ? what : keyOf(what)) ?? null };
  }
}

function keysIn({ organizations, trunks, dialPlan, writtenLimits }: Config): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const { id, users, apps } of organizations ?? []) {
    keys.add(`organization ${id}`);
    for (const user of users) {
      keys.add(`user ${id}-${user.id}`);
      for (const extension of user.extensions) {
        keys.add(`extension ${id}-${extension.number}`);
        if (extension.type !== 'conference') continue;
        for (const { number } of extension.conferences) keys.add(`conference ${id}-${extension.number}-${number}`);
      }
    }
    for (const { key } of apps) keys.add(`app ${key}`);
  }
  for (const { name } of trunks ?? []) keys.add(`trunk ${name}`);
  if (dialPlan !== null) keys.add('dialPlan');
  for (const limit of writtenLimits) keys.add(`limits.${limit}`);
  if (writtenLimits.length > 0) keys.add('limits');
  return keys;
}
