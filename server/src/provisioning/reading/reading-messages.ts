import type { Secret } from '../../base/secret.ts';
import type { Config } from '../../config/config.ts';
import type { ConfigSources } from '../../config/load-config.ts';
import type { AnyRecord } from '../../directory/records.ts';

export interface ReadingOrder {
  /** Null where only lines are wanted. */
  readonly sources: ConfigSources | null;
  /** Realm of SIP digest authentication, as the server runs with it. */
  readonly realm: string;
  /** Rather the lines of this text. */
  readonly linesOf: { readonly file: string; readonly text: string } | null;
}

/** A record of the file; of a user with the password, and without its hash. */
export interface ReadRecord {
  readonly one: AnyRecord;
  readonly password: Secret | null;
}

/** What a file says but the records. */
export type ReadConfig = Omit<Config, 'organizations' | 'trunks' | 'fileText'> & {
  readonly namesOrganizations: boolean;
  readonly namesTrunks: boolean;
};

export interface Mistake {
  readonly message: string;
  readonly file: string;
  readonly path: string;
  readonly expected: string;
  readonly place: { readonly line: number; readonly column: number } | null;
}

/** From the thread that reads, packed: records in parts, then all else, or the first mistake. */
export type ReadingMessage =
  | { readonly kind: 'records'; readonly records: readonly ReadRecord[] }
  /** One `key line` in each line. */
  | { readonly kind: 'lines'; readonly lines: string }
  | { readonly kind: 'config'; readonly config: ReadConfig }
  | { readonly kind: 'mistake'; readonly mistake: Mistake };
